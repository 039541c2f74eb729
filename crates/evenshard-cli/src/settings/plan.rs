//! The settings of `evenshard plan` and `evenshard shards`.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;
use evenshard::Micros;
use evenshard::plan::Percentile;

use super::common::{ListSettings, PlannerSettings, TimingsSettings};
use super::run::Launch;
use super::{LAUNCHING, Refused, Resolver, set};
use crate::runners;
use crate::values::{CountFormat, Format, Value as _};
use crate::work_dir::WorkDir;

/// The flags of `evenshard plan`.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    timings: TimingsSettings,
    #[command(flatten)]
    size: SizeArgs,
    #[command(flatten)]
    list: Option<ListSettings>,
    #[command(flatten)]
    planner: PlannerSettings,
    /// Print json, or text for people [default: text on a terminal, otherwise json]
    #[arg(long, value_enum, hide_possible_values = true, help_heading = "Output")]
    format: Option<Format>,
    /// Write here instead of standard output
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
    /// A folder for the plugin's private files, such as .evenshard, instead of the system's temporary one; with =PATH behind it, a container sees it there
    #[arg(long, value_name = "DIR[=PATH]", value_parser = WorkDir::read, help_heading = LAUNCHING)]
    work_dir: Option<WorkDir>,
    /// A pytest command: it collects, runs nothing, and exactly its selection is planned
    #[arg(last = true, value_name = "COMMAND", conflicts_with = "tests", help_heading = None)]
    command: Vec<OsString>,
}

/// The number of shards, and the plan to stay near.
#[derive(Debug, Args)]
#[command(next_help_heading = "Shards")]
struct SizeArgs {
    /// The number of shards
    #[arg(long, value_name = "N")]
    shards: Option<u32>,
    /// Take the smallest number of shards whose slowest is done in this time, such as 5m
    #[arg(long, value_name = "DURATION", value_parser = Micros::read, conflicts_with = "shards")]
    target: Option<Micros>,
    /// Meet --target in this many builds of a hundred, such as 90, by how much longer than predicted the newest builds took
    #[arg(long, value_name = "P", value_parser = Percentile::read, conflicts_with = "shards")]
    percentile: Option<Percentile>,
    /// The most shards that --target may take
    #[arg(long, value_name = "M", conflicts_with = "shards")]
    max_shards: Option<NonZeroU32>,
    /// The time that a job takes beside its tests, such as 90s: checkout, install, containers
    #[arg(long, value_name = "DURATION", value_parser = Micros::read, conflicts_with = "shards")]
    job_overhead: Option<Micros>,
    /// Stay near this plan: tests move only when the gap would exceed 1 %
    #[arg(long, value_name = "FILE")]
    previous: Option<PathBuf>,
}

/// The flags of `evenshard shards`.
#[derive(Debug, Args)]
pub(crate) struct ShardsArgs {
    #[command(flatten)]
    timings: TimingsSettings,
    /// The time in which the slowest shard is done, such as 8m; takes the smallest number that meets it
    #[arg(long, value_name = "DURATION", value_parser = Micros::read, help_heading = "Shards")]
    target: Option<Micros>,
    /// Meet the target in this many builds of a hundred, such as 90, by how much longer than predicted the newest builds took
    #[arg(long, value_name = "P", value_parser = Percentile::read, help_heading = "Shards")]
    percentile: Option<Percentile>,
    /// The most shards; without timings this number
    #[arg(long, value_name = "M", help_heading = "Shards")]
    max_shards: Option<NonZeroU32>,
    /// The time that a job takes beside its tests, such as 90s: checkout, install, containers
    #[arg(long, value_name = "DURATION", value_parser = Micros::read, help_heading = "Shards")]
    job_overhead: Option<Micros>,
    #[command(flatten)]
    list: Option<ListSettings>,
    #[command(flatten)]
    planner: PlannerSettings,
    /// Print json, github: lines for the outputs of a step, or buildkite: the number alone
    #[arg(
        long,
        value_enum,
        default_value_t = CountFormat::Json,
        hide_possible_values = true,
        help_heading = "Output"
    )]
    format: CountFormat,
    /// Write here instead of standard output
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
}

/// The number of shards of a plan.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Size {
    /// This number.
    Shards(u32),
    /// The smallest number that meets a target.
    Target {
        time: Micros,
        max_shards: Option<NonZeroU32>,
        overhead: Micros,
        /// The builds of a hundred that have to meet it; `None` for no room beyond the prediction.
        percentile: Option<Percentile>,
    },
}

impl Size {
    /// Returns the builds of a hundred that have to meet the target.
    pub(crate) fn percentile(self) -> Option<Percentile> {
        match self {
            Self::Shards(_) => None,
            Self::Target { percentile, .. } => percentile,
        }
    }
}

/// The settings of `evenshard plan`.
#[derive(Debug)]
pub struct PlanSettings {
    pub(crate) inputs: PlanInputs,
    pub(crate) format: Option<Format>,
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

impl Resolver<'_> {
    pub(crate) fn plan(&mut self, mut args: PlanArgs) -> Result<PlanSettings, Refused> {
        let (config, size) = (&mut self.layer.config, &mut args.size);
        set(&mut size.shards, &mut config.shards);
        set(&mut size.target, &mut config.target);
        set(&mut size.percentile, &mut config.percentile);
        set(&mut size.max_shards, &mut config.max_shards);
        set(&mut size.job_overhead, &mut config.job_overhead);
        set(&mut size.previous, &mut config.previous);
        set(&mut args.work_dir, &mut config.work_dir);
        args.timings.fill(config);
        let size = match (size.target, size.shards) {
            // clap refuses --target beside a typed --shards; one of the file gives way.
            (Some(time), _) => Size::Target {
                time,
                max_shards: size.max_shards,
                overhead: size.job_overhead.unwrap_or_default(),
                percentile: size.percentile,
            },
            _ if size.max_shards.is_some()
                || size.job_overhead.is_some()
                || size.percentile.is_some() =>
            {
                return Err(self.missing("--target <DURATION>"));
            }
            (None, Some(shards)) => Size::Shards(shards),
            (None, None) => return Err(self.missing("--shards <N>")),
        };
        runners::refuse_in_plan(&args.command)?;
        self.planner(&mut args.planner, false, &args.command);
        Ok(PlanSettings {
            inputs: PlanInputs {
                timings: args.timings,
                size,
                previous: args.size.previous,
                list: args.list,
                planner: args.planner,
                collect: Launch {
                    command: args.command,
                    work_dir: args.work_dir,
                },
            },
            format: args.format,
            output: args.output,
        })
    }

    pub(crate) fn shards(&mut self, mut args: ShardsArgs) -> Result<ShardsSettings, Refused> {
        let config = &mut self.layer.config;
        set(&mut args.target, &mut config.target);
        set(&mut args.percentile, &mut config.percentile);
        set(&mut args.max_shards, &mut config.max_shards);
        set(&mut args.job_overhead, &mut config.job_overhead);
        args.timings.fill(config);
        let Some(time) = args.target else {
            return Err(self.missing("--target <DURATION>"));
        };
        self.planner(&mut args.planner, false, &[]);
        Ok(ShardsSettings {
            inputs: PlanInputs {
                timings: args.timings,
                size: Size::Target {
                    time,
                    max_shards: args.max_shards,
                    overhead: args.job_overhead.unwrap_or_default(),
                    percentile: args.percentile,
                },
                previous: None,
                list: args.list,
                planner: args.planner,
                collect: Launch {
                    command: Vec::new(),
                    work_dir: None,
                },
            },
            format: args.format,
            output: args.output,
        })
    }
}
