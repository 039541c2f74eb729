//! The builds that timings are from, and their time outside of tests.

use crate::model::BuildFacts;
use evenshard::Micros;
use evenshard::history::{Build, History};

pub(super) fn facts(history: &History, builds: &[Build]) -> Vec<BuildFacts> {
    builds.iter().map(|build| of(history, build)).collect()
}

fn of(history: &History, build: &Build) -> BuildFacts {
    let reports = || build.reports.iter().map(|&r| &history.reports()[r]);
    let cases: Micros = reports().map(|r| r.cases).sum();
    let wall = build.wall(history);
    // Reports without a wall time would count as if they had none.
    let complete = reports().all(|r| r.facts.wall.is_some() && !r.is_parallel());
    BuildFacts {
        id: build.id.clone(),
        begun_ms: build.begun_ms,
        shards: shards(history, build),
        // Each attempt counts, as it does in the time.
        tests: reports().map(|r| u64::from(r.tests)).sum(),
        cases_us: cases,
        wall_us: wall,
        outside_us: wall
            .filter(|_| complete)
            .map(|wall| wall.saturating_sub(cases)),
    }
}

/// The number of shards of a build.
fn shards(history: &History, build: &Build) -> Option<u32> {
    let reports = build.reports.iter().map(|&r| &history.reports()[r]);
    reports.filter_map(|r| Some(r.origin.shard?.1)).max()
}

/// The number of shards of the newest build, if run records have it.
pub(super) fn usual_shards(history: &History) -> Option<u32> {
    shards(history, history.builds().last()?)
}
