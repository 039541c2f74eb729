//! Planners as the settings ask for them.

use std::num::NonZeroU32;

use evenshard::pack::Target;
use evenshard::{Planner, Shard};
use evenshard_report::words::grouped;

use crate::failure::Failure;
use crate::settings::{PlannerSettings, Size};
use crate::streams::Streams;
use crate::xdist::Xdist;

/// Makes a planner for this many shards.
pub(crate) fn for_shards(shards: u32) -> Result<Planner, Failure> {
    Planner::new(shards).map_err(|_| {
        let most = grouped(u64::from(Shard::MAX_COUNT));
        let what = format!("a plan has 1 to {most} shards, not {shards}");
        Failure::config(what)
    })
}

/// Makes a planner for a number of shards, or for the smallest number that meets a target.
pub(crate) fn sized(
    size: Size,
    has_timings: bool,
    streams: &mut Streams<'_>,
) -> Result<Planner, Failure> {
    let (time, max_shards, overhead) = match size {
        Size::Shards(shards) => return for_shards(shards),
        Size::Target {
            time,
            max_shards,
            overhead,
            ..
        } => (time, max_shards, overhead),
    };
    if has_timings {
        let all = NonZeroU32::new(Shard::MAX_COUNT).unwrap_or(NonZeroU32::MIN);
        return Ok(Planner::for_target(Target {
            time,
            max_shards: max_shards.unwrap_or(all).min(all),
            overhead,
        }));
    }
    let Some(most) = max_shards else {
        return Err(Failure::usage(
            "without timings no number of shards can be chosen for --target",
        )
        .hint("give --max-shards M: a first build then takes that many"));
    };
    streams.warn(&format!(
        "no timings: the target cannot be judged, this plan takes the {most} shards of --max-shards"
    ));
    for_shards(most.get())
}

/// Sets all of a planner but its number of shards.
pub(crate) fn planner(
    planner: Planner,
    settings: &PlannerSettings,
    scope: &str,
    streams: &mut Streams<'_>,
) -> Planner {
    let xdist = Xdist::of(&settings.pytest.words);
    let workers = xdist.workers(settings.workers, settings.dist);
    // Jobs on other machines would plan otherwise.
    if workers.is_none() && xdist.by_machine {
        streams.say("the plan counts one worker a shard, since jobs may differ in what `-n auto` gives them; --workers W plans for W");
    }
    planner
        .split(settings.split)
        .algorithm(settings.algorithm)
        .setup_cost(settings.setup_cost)
        .workers(workers)
        .rules(settings.rules.rules().clone())
        .scope(scope)
}
