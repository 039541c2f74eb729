//! The settings of `evenshard report`.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;

use evenshard::Micros;

use super::common::one;
use super::{ListSettings, PlannerSettings, Refused, Resolver, StoreSettings, TimingsSettings};
use crate::args::ReportArgs;
use crate::failure::Failure;
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
    /// The store that has the timings.
    pub(crate) store: Option<StoreSettings>,
    /// The time over which a trend is shown.
    pub(crate) since: Option<Micros>,
}

impl Resolver<'_> {
    pub(super) fn report(&mut self, args: ReportArgs) -> Result<ReportSettings, Refused> {
        let (config, size) = (&self.layer.config, args.size);
        let plan = one(args.plan, &config.plan);
        let shards = one(size.shards, &config.shards);
        let target = one(size.target, &config.target);
        let max_shards = one(size.max_shards, &config.max_shards);
        let job_overhead = one(size.job_overhead, &config.job_overhead);
        let wanted = args.results.is_empty();
        let timings = self.timings(args.timings);
        let store = self.store(args.store, wanted, Some(&timings.scope), None)?;
        if args.since.is_some() && store.is_none() {
            let what = "--since needs --store, which keeps figures of each build";
            return Err(Failure::config(what).into());
        }
        Ok(ReportSettings {
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
            store,
            since: args.since,
        })
    }
}
