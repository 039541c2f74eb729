//! The arguments of `evenshard run`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Args};

use super::{
    GivenPlanArgs, JobArgs, LAUNCHING, PlannerArgs, RESULTS, ShardArgs, SharingArgs, StoreArgs,
    TimingsArgs,
};
use crate::values::{FirstBuild, Order, Value as _};
use crate::work_dir::WorkDir;

/// `evenshard run`
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) timings: TimingsArgs,
    #[command(flatten)]
    pub(crate) given: GivenPlanArgs,
    #[command(flatten)]
    pub(crate) shard: ShardArgs,
    #[command(flatten)]
    pub(crate) planner: PlannerArgs,
    /// Have pytest write JUnit XML here ({shard} and {attempt} are filled in; a folder gets junit-{shard}-{attempt}.xml)
    #[arg(long, value_name = "FILE", help_heading = RESULTS)]
    pub(crate) junit: Option<PathBuf>,
    /// Write the run record here, instead of beside the JUnit XML
    #[arg(long, value_name = "FILE", help_heading = RESULTS)]
    pub(crate) record: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) job: JobArgs,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    #[command(flatten)]
    pub(crate) sharing: SharingArgs,
    /// A folder for the plugin's private files, such as .evenshard, instead of the system's temporary one; with =PATH behind it, a container sees it there
    #[arg(long, value_name = "DIR[=PATH]", value_parser = WorkDir::read, help_heading = LAUNCHING)]
    pub(crate) work_dir: Option<WorkDir>,
    /// Run only the tests of this shard without a passing result in the results of earlier attempts (files, folders or quoted globs); without such an attempt, the whole shard
    #[arg(long, value_name = "RESULTS", num_args = 1.., help_heading = RESULTS)]
    pub(crate) failed_only: Vec<OsString>,
    /// Import the files of other shards as well: for suites in which tests exist only when other test files are imported
    #[arg(long, overrides_with = "prune", help_heading = LAUNCHING)]
    pub(crate) no_prune: bool,
    /// Undone by --no-prune. The configuration has it as `prune`.
    #[arg(
        long,
        hide = true,
        overrides_with = "no_prune",
        action = ArgAction::Set,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub(crate) prune: Option<bool>,
    /// The split of a build without timings: count (each job collects the whole suite once, and balances files by their numbers of tests) or hash (of file names) [default: count]
    #[arg(
        long,
        value_name = "HOW",
        value_enum,
        hide_possible_values = true,
        help_heading = "Planning"
    )]
    pub(crate) first_build: Option<FirstBuild>,
    /// The order in which xdist's workers get the tests of a shard: collected, as pytest collects them, or longest-first (with --dist load or worksteal) [default: collected]
    #[arg(
        long,
        value_name = "ORDER",
        value_enum,
        hide_possible_values = true,
        help_heading = "Planning"
    )]
    pub(crate) order: Option<Order>,
    /// Do not compare the plan with those of the other jobs through Buildkite's meta-data
    #[arg(long, action = ArgAction::SetTrue, help_heading = LAUNCHING)]
    pub(crate) no_ci_compare: Option<bool>,
    /// The command that runs pytest, unchanged
    #[arg(last = true, value_name = "COMMAND", required = true, help_heading = None)]
    pub(crate) command: Vec<OsString>,
}
