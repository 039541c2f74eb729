//! Tests whose order matters across files: no job knows them before it has read both.

use evenshard_report::words::counted;

use crate::commands::run::plugin::message::Session;
use crate::streams::Streams;

/// Warns of tests that are linked to tests of other shards.
pub(super) fn report(sessions: &[Session], streams: &mut Streams<'_>) {
    let apart = sessions.iter().flat_map(|session| &session.apart);
    let apart: Vec<&(String, String)> = apart.collect();
    let Some((test, other)) = apart.first() else {
        return;
    };
    let links = counted(apart.len(), "link");
    streams.warn(&format!(
        "{links} to tests that other shards run, such as that of {test} to {other}"
    ));
    streams.add("  name both files in one group of `together` in the configuration");
}
