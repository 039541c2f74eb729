//! The settings of `evenshard plan`, `evenshard shards` and `evenshard explain`.

use std::num::NonZeroU32;
use std::path::PathBuf;

use evenshard::Micros;

use super::common::one;
use super::{
    Launch, ListSettings, PlannerSettings, Refused, Resolver, StoreSettings, TimingsSettings,
};
use crate::args::{ExplainArgs, PlanArgs, ShardsArgs};
use crate::runners;
use crate::values::{CountFormat, Format};

/// The number of shards of a plan.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Size {
    /// This number.
    Shards(u32),
    /// The smallest number that meets a target.
    Target(TargetSettings),
}

/// The time that a build should take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TargetSettings {
    pub(crate) time: Micros,
    pub(crate) max_shards: Option<NonZeroU32>,
    pub(crate) overhead: Micros,
}

/// The settings of `evenshard plan`.
#[derive(Debug)]
pub struct PlanSettings {
    pub(crate) inputs: PlanInputs,
    pub(crate) format: Format,
    pub(crate) output: Option<PathBuf>,
}

/// The settings of `evenshard shards`.
#[derive(Debug)]
pub struct ShardsSettings {
    pub(crate) inputs: PlanInputs,
    pub(crate) format: CountFormat,
    pub(crate) output: Option<PathBuf>,
}

/// The parts that a plan is made of.
#[derive(Debug)]
pub(crate) struct PlanInputs {
    pub(crate) timings: TimingsSettings,
    pub(crate) size: Size,
    pub(crate) previous: Option<PathBuf>,
    pub(crate) list: Option<ListSettings>,
    pub(crate) planner: PlannerSettings,
    /// A pytest command whose tests are planned; without words where there is none.
    pub(crate) collect: Launch,
}

/// The settings of `evenshard explain`.
#[derive(Debug)]
pub struct ExplainSettings {
    pub(crate) id: String,
    pub(crate) timings: TimingsSettings,
    pub(crate) plan: PlanOrShards,
    pub(crate) planner: PlannerSettings,
    /// The store that has the timings.
    pub(crate) store: Option<StoreSettings>,
}

/// A plan that is ready, or one that is to be made.
#[derive(Debug)]
pub(crate) enum PlanOrShards {
    /// The plan of this file.
    Plan(PathBuf),
    /// A plan for this many shards.
    Shards(u32),
    /// The plan that the build has in the store.
    OfBuild,
}

impl Resolver<'_> {
    pub(super) fn plan(&mut self, args: PlanArgs) -> Result<PlanSettings, Refused> {
        let (config, size) = (&self.layer.config, &args.size);
        let max_shards = one(size.max_shards, &config.max_shards);
        let overhead = one(size.job_overhead, &config.job_overhead);
        let target = one(size.target, &config.target);
        let size = match (target, one(size.shards, &config.shards)) {
            (Some(time), _) => Size::Target(TargetSettings {
                time,
                max_shards,
                overhead: overhead.unwrap_or_default(),
            }),
            _ if max_shards.is_some() || overhead.is_some() => {
                return Err(self.missing("--target <DURATION>"));
            }
            (None, Some(shards)) => Size::Shards(shards),
            (None, None) => return Err(self.missing("--shards <N>")),
        };
        let config = &self.layer.config;
        runners::refuse_in_plan(&args.command)?;
        let previous = one(args.size.previous, &config.previous);
        let work_dir = one(args.work_dir, &config.work_dir);
        let timings = self.timings(args.timings);
        Ok(PlanSettings {
            inputs: PlanInputs {
                size,
                previous,
                list: ListSettings::of(args.list),
                planner: self.planner(&args.planner, false, &timings.scope, &args.command),
                timings,
                collect: Launch {
                    command: args.command,
                    work_dir,
                },
            },
            format: args.format,
            output: args.output,
        })
    }

    pub(super) fn shards(&mut self, args: ShardsArgs) -> Result<ShardsSettings, Refused> {
        let config = &self.layer.config;
        let Some(time) = one(args.target, &config.target) else {
            return Err(self.missing("--target <DURATION>"));
        };
        let size = Size::Target(TargetSettings {
            time,
            max_shards: one(args.max_shards, &config.max_shards),
            overhead: one(args.job_overhead, &config.job_overhead).unwrap_or_default(),
        });
        let timings = self.timings(args.timings);
        Ok(ShardsSettings {
            inputs: PlanInputs {
                size,
                previous: None,
                list: ListSettings::of(args.list),
                planner: self.planner(&args.planner, false, &timings.scope, &[]),
                timings,
                collect: Launch {
                    command: Vec::new(),
                    work_dir: None,
                },
            },
            format: args.format,
            output: args.output,
        })
    }

    pub(super) fn explain(&mut self, args: ExplainArgs) -> Result<ExplainSettings, Refused> {
        let config = &self.layer.config;
        let plan = one(args.plan, &config.plan);
        let plan = match (plan, one(args.shards, &config.shards)) {
            _ if args.build.is_some() => PlanOrShards::OfBuild,
            (Some(plan), _) => PlanOrShards::Plan(plan),
            (None, Some(shards)) => PlanOrShards::Shards(shards),
            (None, None) => return Err(self.missing("--shards <N>")),
        };
        let timings = self.timings(args.timings);
        let (scope, build) = (Some(timings.scope.as_str()), args.build.as_deref());
        let store = self.store(args.store, true, scope, build)?;
        if store.is_none() && args.build.is_some() {
            return Err(self.missing("--store <URL>"));
        }
        let is_ready = matches!(plan, PlanOrShards::Plan(_));
        Ok(ExplainSettings {
            id: args.id,
            planner: self.planner(&args.planner, is_ready, &timings.scope, &[]),
            plan,
            timings,
            store,
        })
    }
}
