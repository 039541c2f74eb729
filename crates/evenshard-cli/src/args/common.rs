//! Flags of several commands.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{ArgAction, Args};
use evenshard::Micros;
use evenshard::pack::{Algorithm, Distribution, Split};

use super::RESULTS;
use crate::path_map::ReportMapping;
use crate::values::{Percent, Value, digest};

/// The flag that maps paths in reports to those of the checkout.
#[derive(Debug, Args)]
pub(crate) struct PathMapArgs {
    /// Rewrite the beginning of report paths, such as /app=. where a container saw other paths; with the reports it is for in front, such as junit/web:.=packages/web; may repeat
    #[arg(long, value_name = "[REPORTS:]FROM=TO", value_parser = ReportMapping::read)]
    pub(crate) path_map: Vec<ReportMapping>,
}

/// Flags of the timings to plan with.
#[derive(Debug, Args)]
#[command(next_help_heading = "Timings")]
pub(crate) struct TimingsArgs {
    /// Timings of earlier builds: files, folders or quoted globs of JUnit XML, `timings.json` or `.test_durations`, plain, gzip or zstd
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) timings: Vec<OsString>,
    /// Go on without timings where --timings names none
    #[arg(long, action = ArgAction::SetTrue)]
    pub(crate) allow_no_timings: Option<bool>,
    /// Keeps histories, plans and records of separate suites apart
    #[arg(long, value_name = "NAME")]
    pub(crate) scope: Option<String>,
    #[command(flatten)]
    pub(crate) path_map: PathMapArgs,
    /// Fail with 65 when fewer tests are known to the timings, in percent
    #[arg(long, value_name = "PCT", value_parser = Percent::read)]
    pub(crate) require_match: Option<Percent>,
}

/// Flags of the planner.
#[derive(Debug, Args)]
#[command(next_help_heading = "Planning")]
pub(crate) struct PlannerArgs {
    /// The smallest unit that may move alone: auto, file, class or test [default: auto]
    #[arg(long, value_name = "UNIT", value_parser = Split::read)]
    pub(crate) split: Option<Split>,
    /// The packing algorithm: auto, or lpt for plain greedy longest-processing-time [default: auto]
    #[arg(long, value_name = "NAME", value_parser = Algorithm::read)]
    pub(crate) algorithm: Option<Algorithm>,
    /// The cost of each file whose import was not measured, in every shard that runs some of it, such as 50ms [default: 50ms]
    #[arg(long, value_name = "DURATION", value_parser = Micros::read)]
    pub(crate) setup_cost: Option<Micros>,
    /// The xdist workers of every shard; otherwise as `-n` in the command says
    #[arg(long, value_name = "W")]
    pub(crate) workers: Option<NonZeroU32>,
    /// The distribution of a shard to xdist's workers: load, loadscope, loadfile, loadgroup or worksteal; otherwise as in the command
    #[arg(long, value_name = "MODE", value_parser = Distribution::read)]
    pub(crate) dist: Option<Distribution>,
}

/// Flags of a plan file that replaces timings.
#[derive(Debug, Args)]
#[command(next_help_heading = "A ready plan")]
pub(crate) struct GivenPlanArgs {
    /// Use this plan and nothing else
    #[arg(long, value_name = "FILE", conflicts_with_all = ["timings", "split", "algorithm", "setup_cost", "workers", "dist"])]
    pub(crate) plan: Option<PathBuf>,
    /// Exit with 75 when the plan is absent or has another digest
    #[arg(long, value_name = "DIGEST", value_parser = digest)]
    pub(crate) expect_digest: Option<String>,
}

/// Flags that name the shard.
#[derive(Debug, Args)]
#[command(next_help_heading = "This shard")]
pub(crate) struct ShardArgs {
    /// The shard, counted from 1, such as 3/20; otherwise by the CI's own variables
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<String>,
    /// Use --shard where the CI's variables name another shard
    #[arg(long, requires = "shard")]
    pub(crate) ignore_ci: bool,
}

/// Flags that name the build and the attempt.
#[derive(Debug, Args)]
#[command(next_help_heading = RESULTS)]
pub(crate) struct JobArgs {
    /// The build; otherwise by the CI's own variables
    #[arg(long, value_name = "ID")]
    pub(crate) build: Option<String>,
    /// The attempt at the shard, counted from 1; otherwise by the CI's own variables
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) attempt: Option<u32>,
}

/// Flags that name a list of tests.
#[derive(Debug, Args)]
#[command(next_help_heading = "Tests")]
pub(crate) struct ListArgs {
    /// The tests to split, one on each line: file paths, node ids, or names as the runner's reports have them; - is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) tests: Option<PathBuf>,
    /// The list is separated by NUL instead of newlines
    #[arg(long, requires = "tests")]
    pub(crate) null: bool,
}
