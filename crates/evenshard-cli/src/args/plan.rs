//! The arguments of `evenshard plan`, `evenshard shards` and `evenshard explain`.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;
use evenshard::Micros;

use super::{LAUNCHING, ListArgs, PlannerArgs, StoreArgs, TimingsArgs};
use crate::values::{CountFormat, Format, Value as _};
use crate::work_dir::WorkDir;

/// `evenshard plan`
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) timings: TimingsArgs,
    #[command(flatten)]
    pub(crate) size: SizeArgs,
    #[command(flatten)]
    pub(crate) list: ListArgs,
    #[command(flatten)]
    pub(crate) planner: PlannerArgs,
    /// Print json, or text for people
    #[arg(
        long,
        value_enum,
        default_value_t = Format::Json,
        hide_possible_values = true,
        help_heading = "Output"
    )]
    pub(crate) format: Format,
    /// Write here instead of standard output
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,
    /// A folder for the plugin's private files, such as .evenshard, instead of the system's temporary one; with =PATH behind it, a container sees it there
    #[arg(long, value_name = "DIR[=PATH]", value_parser = WorkDir::read, help_heading = LAUNCHING)]
    pub(crate) work_dir: Option<WorkDir>,
    /// A pytest command: it collects, runs nothing, and exactly its selection is planned
    #[arg(last = true, value_name = "COMMAND", conflicts_with = "tests", help_heading = None)]
    pub(crate) command: Vec<OsString>,
}

/// The number of shards, and the plan to stay near.
#[derive(Debug, Args)]
#[command(next_help_heading = "Shards")]
pub(crate) struct SizeArgs {
    /// The number of shards
    #[arg(long, value_name = "N")]
    pub(crate) shards: Option<u32>,
    /// Take the smallest number of shards whose slowest is done in this time, such as 5m
    #[arg(long, value_name = "DURATION", value_parser = Micros::read, conflicts_with = "shards")]
    pub(crate) target: Option<Micros>,
    /// The most shards that --target may take
    #[arg(long, value_name = "M", conflicts_with = "shards")]
    pub(crate) max_shards: Option<NonZeroU32>,
    /// The time that a job takes beside its tests, such as 90s: checkout, install, containers
    #[arg(long, value_name = "DURATION", value_parser = Micros::read, conflicts_with = "shards")]
    pub(crate) job_overhead: Option<Micros>,
    /// Stay near this plan: tests move only when the gap would exceed 1 %
    #[arg(long, value_name = "FILE")]
    pub(crate) previous: Option<PathBuf>,
}

/// `evenshard shards`
#[derive(Debug, Args)]
pub(crate) struct ShardsArgs {
    #[command(flatten)]
    pub(crate) timings: TimingsArgs,
    /// The time in which the slowest shard is done, such as 8m; takes the smallest number that meets it
    #[arg(long, value_name = "DURATION", value_parser = Micros::read, help_heading = "Shards")]
    pub(crate) target: Option<Micros>,
    /// The most shards; without timings this number
    #[arg(long, value_name = "M", help_heading = "Shards")]
    pub(crate) max_shards: Option<NonZeroU32>,
    /// The time that a job takes beside its tests, such as 90s: checkout, install, containers
    #[arg(long, value_name = "DURATION", value_parser = Micros::read, help_heading = "Shards")]
    pub(crate) job_overhead: Option<Micros>,
    #[command(flatten)]
    pub(crate) list: ListArgs,
    #[command(flatten)]
    pub(crate) planner: PlannerArgs,
    /// Print json, github: lines for "$GITHUB_OUTPUT", or buildkite: the number alone
    #[arg(
        long,
        value_enum,
        default_value_t = CountFormat::Json,
        hide_possible_values = true,
        help_heading = "Output"
    )]
    pub(crate) format: CountFormat,
    /// Write here instead of standard output
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,
}

/// `evenshard explain`
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The test: a pytest node id such as `tests/test_api.py::TestLogin::test_post[json]`
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) timings: TimingsArgs,
    /// Explain this plan; --timings may be given too, to show the test's samples
    #[arg(long, value_name = "FILE", conflicts_with_all = ["split", "algorithm", "setup_cost", "workers", "dist", "shards"], help_heading = "A ready plan")]
    pub(crate) plan: Option<PathBuf>,
    /// The number of shards
    #[arg(long, value_name = "N", help_heading = "Planning")]
    pub(crate) shards: Option<u32>,
    #[command(flatten)]
    pub(crate) planner: PlannerArgs,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// Explain the plan that this build has in the store
    #[arg(long, value_name = "ID", conflicts_with_all = ["plan", "shards"], help_heading = "Store")]
    pub(crate) build: Option<String>,
}
