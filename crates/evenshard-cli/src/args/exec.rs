//! The arguments of `evenshard exec` and `evenshard select`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Args};

use super::{GivenPlanArgs, JobArgs, ListArgs, PlannerArgs, RESULTS, ShardArgs, TimingsArgs};
use crate::values::Escape;

/// `evenshard exec`
#[derive(Debug, Args)]
pub(crate) struct ExecArgs {
    #[command(flatten)]
    pub(crate) share: ShareArgs,
    /// The reports that the runner writes, JUnit XML: a file, a folder or a quoted glob ({shard} and {attempt} are filled in); may repeat
    #[arg(long, value_name = "GLOB", help_heading = RESULTS)]
    pub(crate) junit: Vec<PathBuf>,
    /// Write the run record here ({shard} and {attempt} are filled in) [default: results/exec-{shard}-{attempt}.shard.json]
    #[arg(long, value_name = "FILE", help_heading = RESULTS)]
    pub(crate) record: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) job: JobArgs,
    /// Do not compare the plan with those of the other jobs through Buildkite's meta-data
    #[arg(long, action = ArgAction::SetTrue, help_heading = "This shard")]
    pub(crate) no_ci_compare: Option<bool>,
    /// The command that runs tests: {} is replaced by the lines, {file} by a file that holds them; without either, the lines go to the end
    #[arg(last = true, value_name = "COMMAND", required = true, help_heading = None)]
    pub(crate) command: Vec<OsString>,
}

/// `evenshard select`
#[derive(Debug, Args)]
pub(crate) struct SelectArgs {
    #[command(flatten)]
    pub(crate) share: ShareArgs,
    /// Write a run record here, for `verify` ({shard} and {attempt} are filled in)
    #[arg(long, value_name = "FILE", help_heading = RESULTS)]
    pub(crate) record: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) job: JobArgs,
}

/// Flags that select the lines of a job from a list.
#[derive(Debug, Args)]
pub(crate) struct ShareArgs {
    #[command(flatten)]
    pub(crate) timings: TimingsArgs,
    #[command(flatten)]
    pub(crate) given: GivenPlanArgs,
    #[command(flatten)]
    pub(crate) shard: ShardArgs,
    #[command(flatten)]
    pub(crate) list: ListArgs,
    /// The escaping of lines for the runner: none, as they are, or regex, for one that takes its arguments for regular expressions [default: none]
    #[arg(
        long,
        value_name = "HOW",
        value_enum,
        hide_possible_values = true,
        help_heading = "Tests"
    )]
    pub(crate) escape: Option<Escape>,
    #[command(flatten)]
    pub(crate) planner: PlannerArgs,
}
