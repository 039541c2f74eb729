//! Tests whose order matters across files: no job can tell before it has read both.

use evenshard_report::words::plural;

use crate::commands::run::sessions::Session;
use crate::streams::Streams;

/// Says which tests are linked to tests that other shards run.
pub(super) fn report(sessions: &[Session], streams: &mut Streams<'_>) {
    let apart = sessions.iter().flat_map(|session| &session.apart);
    let apart: Vec<&(String, String)> = apart.collect();
    let Some((test, other)) = apart.first() else {
        return;
    };
    let n = apart.len();
    streams.warn(&format!(
        "{n} link{} to tests that other shards run, such as that of {test} to {other}",
        plural(n)
    ));
    streams.add("  name both files in one group of `together` in the configuration");
}
