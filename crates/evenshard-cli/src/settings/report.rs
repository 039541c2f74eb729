//! The settings of `evenshard report`.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;

use evenshard::Micros;

use super::common::one;
use super::{ListSettings, PlannerSettings, Resolver, TimingsSettings};
use crate::args::ReportArgs;
use crate::values::ReportFormat;

/// The settings of `evenshard report`.
#[derive(Debug)]
pub struct ReportSettings {
    /// The results of a finished build.
    pub results: Vec<OsString>,
    /// The timings to report on.
    pub timings: TimingsSettings,
    /// The plan to report on.
    pub plan: Option<PathBuf>,
    /// The number of shards to show in detail.
    pub shards: Option<u32>,
    /// The time that a build should take.
    pub target: Option<Micros>,
    /// The most shards to compare.
    pub max_shards: Option<NonZeroU32>,
    /// The time that a job takes beside its tests.
    pub job_overhead: Micros,
    /// The tests to report on, where they are in a list.
    pub list: Option<ListSettings>,
    /// How to plan.
    pub planner: PlannerSettings,
    /// What to print.
    pub format: ReportFormat,
    /// The file to write instead of standard output.
    pub output: Option<PathBuf>,
}

impl Resolver<'_> {
    pub(super) fn report(&mut self, args: ReportArgs) -> ReportSettings {
        let (config, size) = (&self.layer.config, args.size);
        let plan = one(args.plan, &config.plan);
        let shards = one(size.shards, &config.shards);
        let target = one(size.target, &config.target);
        let max_shards = one(size.max_shards, &config.max_shards);
        let job_overhead = one(size.job_overhead, &config.job_overhead);
        let timings = self.timings(args.timings);
        ReportSettings {
            results: args.results,
            planner: self.planner(args.planner, plan.is_some(), &timings.scope, &[]),
            timings,
            plan,
            shards,
            target,
            max_shards,
            job_overhead: job_overhead.unwrap_or_default(),
            list: ListSettings::of(args.list),
            format: args.format,
            output: args.output,
        }
    }
}
