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
    pub(crate) results: Vec<OsString>,
    pub(crate) timings: TimingsSettings,
    pub(crate) plan: Option<PathBuf>,
    pub(crate) shards: Option<u32>,
    pub(crate) target: Option<Micros>,
    pub(crate) max_shards: Option<NonZeroU32>,
    pub(crate) job_overhead: Micros,
    pub(crate) list: Option<ListSettings>,
    pub(crate) planner: PlannerSettings,
    pub(crate) format: ReportFormat,
    pub(crate) output: Option<PathBuf>,
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
            planner: self.planner(&args.planner, plan.is_some(), &timings.scope, &[]),
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
