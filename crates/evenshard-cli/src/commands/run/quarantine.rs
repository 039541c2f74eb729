//! Quarantined tests: the entries that count, and messages about them.

use evenshard::Plan;
use evenshard_report::words::counted;

use crate::commands::run::plugin::message::Session;
use crate::config::{Entry, Quarantine, today};
use crate::streams::Streams;

/// Returns the entries that count today, and warns of the expired ones.
pub(super) fn live<'a>(quarantine: &'a Quarantine, streams: &mut Streams<'_>) -> Vec<&'a Entry> {
    let (live, expired) = quarantine.on(today());
    for entry in expired {
        let until = entry.until.map(|u| u.to_string()).unwrap_or_default();
        streams.warn(&format!(
            "{}: the quarantine of {} expired after {until}: their failures count",
            entry.location,
            entry.names()
        ));
    }
    live
}

/// Warns of entries that fit no test, as far as this shard knows, and counts the tests that failed.
pub(super) fn report(
    live: &[&Entry],
    plan: &Plan,
    sessions: &[Session],
    streams: &mut Streams<'_>,
) {
    let judged: Vec<_> = sessions
        .iter()
        .filter_map(|s| s.quarantine_fits.as_ref())
        .collect();
    for (at, entry) in live.iter().enumerate() {
        let fits = judged.iter().any(|fits| fits.contains(&at));
        let known = || entry.patterns.iter().any(|p| plan.has_some_of(p));
        // Another shard may have the test: only what the plan does not know either is a mistake.
        if !judged.is_empty() && !fits && !known() {
            streams.warn(&format!(
                "{}: the quarantine of {} fits no known test",
                entry.location,
                entry.names()
            ));
        }
    }
    let failed: usize = sessions.iter().map(|s| s.quarantined.len()).sum();
    if failed > 0 {
        let failed = counted(failed, "test");
        streams.warn(&format!(
            "{failed} failed in quarantine: that does not fail this job"
        ));
    }
}
