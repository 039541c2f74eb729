//! Quarantined tests: what the plugin has to know of them, and what has to be said.

use evenshard::plan::{Pieces, Plan};
use evenshard_report::words::plural;
use serde::Serialize;

use crate::commands::run::sessions::Session;
use crate::config::{Entry, Quarantine, today};
use crate::streams::Streams;

/// An entry as the plugin gets it.
#[derive(Debug, Serialize)]
pub(super) struct Told<'a> {
    patterns: Vec<Pieces<'a>>,
    reason: &'a str,
}

impl<'a> Told<'a> {
    pub(super) fn all(live: &[&'a Entry]) -> Vec<Self> {
        let told = |entry: &&'a Entry| Self {
            patterns: entry.patterns.iter().map(|p| p.pieces()).collect(),
            reason: &entry.reason,
        };
        live.iter().map(told).collect()
    }
}

/// The entries that count today; of the others it is said that they do not.
pub(super) fn live<'a>(quarantine: &'a Quarantine, streams: &mut Streams<'_>) -> Vec<&'a Entry> {
    let (live, expired) = quarantine.on(today());
    for entry in expired {
        let until = entry.until.map(|u| u.to_string()).unwrap_or_default();
        streams.warn(&format!(
            "{}: the quarantine of {} expired after {until}: their failures count",
            entry.place,
            entry.names()
        ));
    }
    live
}

/// Says which entries fit no test, as far as this shard can tell, and how many tests failed.
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
        if !judged.is_empty() && !fits && !known() {
            streams.warn(&format!(
                "{}: the quarantine of {} fits no known test",
                entry.place,
                entry.names()
            ));
        }
    }
    let failed: usize = sessions.iter().map(|s| s.quarantined.len()).sum();
    if failed > 0 {
        streams.warn(&format!(
            "{failed} test{} failed in quarantine: that does not fail this job",
            plural(failed)
        ));
    }
}
