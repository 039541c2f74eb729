//! `--failed-only`: the tests of this shard that passed in earlier attempts.

use std::collections::BTreeSet;
use std::ffi::OsString;

use evenshard::RunRecord;
use evenshard::verify::{Earlier, NoEarlier};
use evenshard_report::words::{counted, plural};

use crate::commands::verify::gather;
use crate::inputs;
use crate::streams::Streams;

/// Finds the node ids that passed before, and logs how many tests are left; `None` where the whole
/// shard has to run.
pub(super) fn passed(
    results: &[OsString],
    record: &mut RunRecord,
    streams: &mut Streams<'_>,
) -> Option<BTreeSet<String>> {
    if results.is_empty() {
        return None;
    }
    match earlier(results, record, streams) {
        Ok(earlier) => {
            let attempts: Vec<String> = earlier.attempts.iter().map(u32::to_string).collect();
            streams.say(&format!(
                "failed-only: {} of {} of this shard have no passing result (attempt{} {})",
                earlier.left(),
                counted(earlier.tests, "test"),
                plural(attempts.len()),
                attempts.join(", ")
            ));
            record.failed_only = true;
            Some(earlier.done)
        }
        // A command that always has the flag meets nothing in a first attempt.
        Err(why) if record.attempt == 1 && !results.iter().any(is_there) => {
            streams.say(&format!("failed-only: {why}: the whole shard runs"));
            None
        }
        Err(why) => {
            streams.warn(&format!("failed-only: {why}: the whole shard runs"));
            if record.attempt == 1 {
                streams.add("  this is attempt 1 by --attempt or the CI's variables");
            }
            None
        }
    }
}

fn earlier(
    results: &[OsString],
    record: &RunRecord,
    streams: &mut Streams<'_>,
) -> Result<Earlier, String> {
    // A missing path is no error: a first attempt finds nothing.
    let there = results.iter().filter(|result| is_there(result));
    let there: Vec<OsString> = there.cloned().collect();
    let gathered = gather::gather(&there, &[], streams).map_err(|failure| failure.render())?;
    // The whole shard may have to run because of it.
    for unreadable in &gathered.unreadable {
        streams.warn(&unreadable.to_string());
    }
    Earlier::of(&gathered.evidence, record).map_err(|why: NoEarlier| why.to_string())
}

/// Returns true for a path or glob that names something.
fn is_there(result: &OsString) -> bool {
    inputs::result_files(std::slice::from_ref(result)).is_ok()
}
