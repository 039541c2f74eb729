//! What can be typed after `evenshard exec` and `evenshard select`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{GivenPlanArgs, HowArgs, JobArgs, ListArgs, RESULTS, ShardArgs, TimingsArgs};

/// `evenshard exec`
#[derive(Debug, Args)]
pub struct ExecArgs {
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub share: ShareArgs,
    /// The reports that the runner writes, JUnit XML: a file, a folder or a quoted glob ({shard} and {attempt} are filled in); may repeat
    #[arg(long, value_name = "GLOB", help_heading = RESULTS)]
    pub junit: Vec<PathBuf>,
    /// Where the run record goes ({shard} and {attempt} are filled in)
    #[arg(
        long,
        value_name = "FILE",
        default_value = "results/exec-{shard}-{attempt}.shard.json",
        help_heading = RESULTS
    )]
    pub record: PathBuf,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub job: JobArgs,
    /// Do not compare the plan with those of the other jobs through Buildkite's meta-data
    #[arg(long, help_heading = "This shard")]
    pub no_ci_compare: bool,
    /// The command that runs tests: {} stands for the lines, {file} for a file that holds them; without either, the lines go to the end
    #[arg(last = true, value_name = "COMMAND", required = true, help_heading = None)]
    pub command: Vec<OsString>,
}

/// `evenshard select`
#[derive(Debug, Args)]
pub struct SelectArgs {
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub share: ShareArgs,
    /// Write a run record here, for `verify` ({shard} and {attempt} are filled in)
    #[arg(long, value_name = "FILE", help_heading = RESULTS)]
    pub record: Option<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub job: JobArgs,
}

/// Which lines of a list are this job's.
#[derive(Debug, Args)]
pub struct ShareArgs {
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub timings: TimingsArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub given: GivenPlanArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub shard: ShardArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub list: ListArgs,
    /// How the lines are written for the runner: none, as they are, or regex, for one that takes its arguments for regular expressions
    #[arg(
        long,
        value_name = "HOW",
        value_enum,
        default_value_t = Escape::None,
        hide_possible_values = true,
        help_heading = "Tests"
    )]
    pub escape: Escape,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub how: HowArgs,
}

/// What lines are escaped for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Escape {
    /// For nothing.
    None,
    /// For a regular expression.
    Regex,
}
