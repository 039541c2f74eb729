//! The plan of a first build, which has no timings.

use evenshard::{Plan, Planner};
use evenshard_report::words::{counted, grouped};

use super::Collect;
use crate::exit;
use crate::failure::Failure;
use crate::streams::Streams;

/// Collects the whole suite once and balances its files by their numbers of tests. Returns the
/// plan and the node ids; `None` where pytest cannot collect the suite or finds no test in it,
/// as it then reports in every job.
pub(super) fn by_count(
    planner: &Planner,
    collect: Collect<'_>,
    has_store: bool,
    streams: &mut Streams<'_>,
) -> Result<Option<(Plan, Vec<String>)>, Failure> {
    streams.say("no timings: collecting the whole suite once, to balance it by numbers of tests");
    let ids = match collect(streams) {
        Ok(ids) => ids,
        // A suite that does not collect fails in the run as well, where pytest shows the error.
        Err(failure) if failure.code() == exit::DATA => {
            streams.warn(
                "the suite could not be collected: files are placed by a hash of their names",
            );
            return Ok(None);
        }
        Err(failure) => return Err(failure),
    };
    if ids.is_empty() {
        return Ok(None);
    }
    let plan = planner.plan_by_count(ids.iter().map(String::as_str))?;
    let most = plan.content().certificate.makespan.get();
    let next = if has_store {
        "builds count times once the store has the history of one"
    } else {
        "pass the results of this build as --timings of the next"
    };
    let text = format!(
        "no timings: every test counts the same, at most {} of {} in a shard; {next}",
        grouped(most),
        counted(ids.len(), "test")
    );
    // In a store the first build is nobody's omission.
    if has_store {
        streams.say(&text);
    } else {
        streams.warn(&text);
    }
    Ok(Some((plan, ids)))
}
