//! The room of a target, learnt from earlier builds.

use evenshard::Planner;
use evenshard::history::History;
use evenshard::plan::{Percentile, Room, TooFewBuilds};
use evenshard_report::words::counted;

use crate::failure::Failure;

/// Learns the room that a target needs to be met in so many builds of a hundred.
pub(crate) fn learn(
    planner: &Planner,
    percentile: Percentile,
    history: &History,
) -> Result<Room, Failure> {
    planner.learn_room(history, percentile).map_err(|missing| {
        let TooFewBuilds {
            compared,
            builds,
            needed,
            ..
        } = missing;
        let what = format!(
            "--percentile {} needs {needed} builds to compare with their predictions: of {} in the timings, {compared} can be",
            percentile.get(),
            counted(builds, "build")
        );
        Failure::data(what).hint(
            "the first build has none before it to predict it, and a build does not count where a shard is missing or broke off, its reports have no time, or it ran less than half of the tests; keep more builds, or leave --percentile out",
        )
    })
}
