//! The settings of `evenshard explain`.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;
use evenshard::Micros;

use super::common::{PlannerSettings, TimingsSettings};
use super::run::{Launch, PruneArgs};
use super::store::StoreSettings;
use super::{LAUNCHING, READY, Refused, Resolver, set};
use crate::runners;
use crate::values::Value as _;
use crate::work_dir::WorkDir;

/// The flags of `evenshard explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The test: a pytest node id such as `tests/test_api.py::TestLogin::test_post[json]`
    id: String,
    #[command(flatten)]
    timings: TimingsSettings,
    /// Explain this plan; --timings may be given too, to show the test's samples
    #[arg(long, value_name = "FILE", conflicts_with_all = ["split", "algorithm", "setup_cost", "workers", "dist", "shards"], help_heading = READY)]
    plan: Option<PathBuf>,
    /// The number of shards
    #[arg(long, value_name = "N", help_heading = "Planning")]
    shards: Option<u32>,
    #[command(flatten)]
    planner: PlannerSettings,
    #[command(flatten)]
    store: StoreSettings,
    /// Explain the plan that this build has in the store
    #[arg(long, value_name = "ID", conflicts_with_all = ["plan", "shards"], help_heading = "Store")]
    build: Option<String>,
    #[command(flatten)]
    bisect: BisectArgs,
    #[command(flatten)]
    pruning: PruneArgs,
    /// A folder for the plugin's private files, such as .evenshard, instead of the system's temporary one; with =PATH behind it, a container sees it there
    #[arg(long, value_name = "DIR[=PATH]", value_parser = WorkDir::read, help_heading = LAUNCHING)]
    work_dir: Option<WorkDir>,
    /// With --bisect, the command that runs pytest, unchanged
    #[arg(last = true, value_name = "COMMAND", help_heading = None)]
    command: Vec<OsString>,
}

/// The flags of a search for tests that make another one fail.
#[derive(Debug, Args)]
#[command(next_help_heading = "Tests that make it fail")]
struct BisectArgs {
    /// The test fails only in its shard: run the shard's tests before it in ever smaller parts, until the smallest set that makes it fail is found
    #[arg(long)]
    bisect: bool,
    /// The most runs of pytest; the same command goes on where they are used up
    #[arg(long, value_name = "N", default_value = "100", requires = "bisect")]
    max_runs: NonZeroU32,
    /// Start no run of pytest after this time
    #[arg(long, value_name = "DURATION", value_parser = Micros::read, default_value = "1h", requires = "bisect")]
    max_time: Micros,
    /// Keep what the runs found here, until the search is done
    #[arg(
        long,
        value_name = "FILE",
        default_value = ".evenshard-bisect.json",
        requires = "bisect"
    )]
    state: PathBuf,
}

/// The settings of `evenshard explain`.
#[derive(Debug)]
pub struct ExplainSettings {
    pub(crate) id: String,
    pub(crate) timings: TimingsSettings,
    pub(crate) plan: PlanOrShards,
    pub(crate) planner: PlannerSettings,
    /// The store that has the timings.
    pub(crate) store: StoreSettings,
    /// The search for tests that make this one fail, where it is asked for.
    pub(crate) bisect: Option<BisectSettings>,
}

/// The settings of a search for tests that make another one fail.
#[derive(Debug)]
pub(crate) struct BisectSettings {
    pub(crate) launch: Launch,
    pub(crate) prune: bool,
    pub(crate) max_runs: NonZeroU32,
    pub(crate) max_time: Micros,
    pub(crate) state: PathBuf,
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
    pub(crate) fn explain(&mut self, mut args: ExplainArgs) -> Result<ExplainSettings, Refused> {
        let config = &mut self.layer.config;
        set(&mut args.plan, &mut config.plan);
        set(&mut args.shards, &mut config.shards);
        set(&mut args.work_dir, &mut config.work_dir);
        args.timings.fill(config);
        let prune = args.pruning.resolve(config);
        let (is_bisected, has_command) = (args.bisect.bisect, !args.command.is_empty());
        if is_bisected != has_command {
            return Err(self.missing(if has_command {
                "--bisect"
            } else {
                "-- <COMMAND>"
            }));
        }
        runners::refuse_in_run(&args.command)?;
        // Without a command, no options of pytest decide.
        self.planner(&mut args.planner, args.plan.is_some(), &args.command);
        let (scope, build) = (&args.timings.scope, args.build.as_deref());
        self.store(&mut args.store, true, scope, build)?;
        if build.is_some() && args.store.named().is_none() {
            return Err(self.missing("--store <URL>"));
        }
        let plan = match (args.plan, args.shards) {
            _ if args.build.is_some() => PlanOrShards::OfBuild,
            (Some(plan), _) => PlanOrShards::Plan(plan),
            (None, Some(shards)) => PlanOrShards::Shards(shards),
            (None, None) => {
                return Err(self.missing("--plan <FILE>, or --timings <PATH> with --shards <N>"));
            }
        };
        Ok(ExplainSettings {
            id: args.id,
            timings: args.timings,
            plan,
            planner: args.planner,
            store: args.store,
            bisect: is_bisected.then_some(BisectSettings {
                launch: Launch {
                    command: args.command,
                    work_dir: args.work_dir,
                },
                prune,
                max_runs: args.bisect.max_runs,
                max_time: args.bisect.max_time,
                state: self.env.absolute(&args.bisect.state),
            }),
        })
    }
}
