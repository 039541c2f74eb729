//! The settings of `evenshard exec` and `evenshard select`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use super::common::{JobArgs, ListSettings, PlanSource, PlannerSettings, ShardArgs, filled};
use super::{RESULTS, Refused, Resolver, set, switch};
use crate::ci::{Job, NamedShard};
use crate::failure::Failure;
use crate::values::Escape;

/// The record of `exec`, where no flag names another path.
const RECORD: &str = "results/exec-{shard}-{attempt}.shard.json";

/// The flags of `evenshard exec`.
#[derive(Debug, Args)]
pub(crate) struct ExecArgs {
    #[command(flatten)]
    share: ShareArgs,
    /// The reports that the runner writes, JUnit XML: a file, a folder or a quoted glob ({shard} and {attempt} are filled in); may repeat
    #[arg(long, value_name = "GLOB", help_heading = RESULTS)]
    junit: Vec<PathBuf>,
    /// Write the run record here ({shard} and {attempt} are filled in) [default: results/exec-{shard}-{attempt}.shard.json]
    #[arg(long, value_name = "FILE", help_heading = RESULTS, default_value = RECORD, hide_default_value = true)]
    record: PathBuf,
    #[command(flatten)]
    job: JobArgs,
    /// Do not compare the plan with those of the other jobs through Buildkite's meta-data
    #[arg(long, help_heading = "This shard")]
    no_ci_compare: bool,
    /// The command that runs tests: {} is replaced by the lines, {file} by a file that holds them; without either, the lines go to the end
    #[arg(last = true, value_name = "COMMAND", required = true, help_heading = None)]
    command: Vec<OsString>,
}

/// The flags of `evenshard select`.
#[derive(Debug, Args)]
pub(crate) struct SelectArgs {
    #[command(flatten)]
    share: ShareArgs,
    /// Write a run record here, for `verify` ({shard} and {attempt} are filled in)
    #[arg(long, value_name = "FILE", help_heading = RESULTS)]
    record: Option<PathBuf>,
    #[command(flatten)]
    job: JobArgs,
}

/// The flags that select the lines of a job from a list.
#[derive(Debug, Args)]
struct ShareArgs {
    #[command(flatten)]
    source: PlanSource,
    #[command(flatten)]
    shard: ShardArgs,
    #[command(flatten)]
    list: Option<ListSettings>,
    /// The escaping of lines for the runner: none, as they are, or regex, for one that takes its arguments for regular expressions [default: none]
    #[arg(
        long,
        value_name = "HOW",
        value_enum,
        hide_possible_values = true,
        default_value_t = Escape::None,
        hide_default_value = true,
        help_heading = "Tests"
    )]
    escape: Escape,
    #[command(flatten)]
    planner: PlannerSettings,
}

/// One job's share of a list.
#[derive(Debug)]
pub(crate) struct ShareSettings {
    pub(crate) source: PlanSource,
    pub(crate) shard: NamedShard,
    pub(crate) list: ListSettings,
    pub(crate) escape: Escape,
    pub(crate) planner: PlannerSettings,
    pub(crate) job: Job,
}

/// The settings of `evenshard exec`.
#[derive(Debug)]
pub struct ExecSettings {
    pub(crate) share: ShareSettings,
    /// The reports that the runner writes: files, folders or globs, absolute.
    pub(crate) junit: Vec<PathBuf>,
    /// The run record, absolute.
    pub(crate) record: PathBuf,
    /// Compares the plan with those of the other jobs through Buildkite.
    pub(crate) compare: bool,
    pub(crate) command: Vec<OsString>,
}

/// The settings of `evenshard select`.
#[derive(Debug)]
pub struct SelectSettings {
    pub(crate) share: ShareSettings,
    /// The run record, absolute, where one is asked for.
    pub(crate) record: Option<PathBuf>,
}

impl Resolver<'_> {
    fn share(&mut self, mut args: ShareArgs, job: JobArgs) -> Result<ShareSettings, Failure> {
        // Before the list: a job without a shard has no use for one.
        let shard = self.shard(&args.shard)?;
        let Some(list) = args.list else {
            return Err(
                Failure::usage("which tests? --tests is missing").hint(
                    "pipe a list into it: git ls-files -z 'tests/*_spec.rb' | evenshard ... --tests - --null",
                ),
            );
        };
        self.source(&mut args.source, &mut args.planner, &[]);
        set(&mut args.escape, &mut self.layer.config.escape);
        Ok(ShareSettings {
            source: args.source,
            shard,
            list,
            escape: args.escape,
            planner: args.planner,
            job: self.job(job),
        })
    }

    pub(crate) fn exec(&mut self, mut args: ExecArgs) -> Result<ExecSettings, Refused> {
        let share = self.share(args.share, args.job)?;
        let config = &mut self.layer.config;
        switch(&mut args.no_ci_compare, config.no_ci_compare);
        set(&mut args.record, &mut config.record);
        // The flag may repeat, the key has one value.
        args.junit.extend(config.junit.take().map(|path| path.0));
        let fill = |path: &PathBuf| filled(path, share.shard.shard, &share.job, self.env);
        Ok(ExecSettings {
            junit: args.junit.iter().map(fill).collect(),
            record: fill(&args.record),
            compare: share.source.plan.is_none() && !args.no_ci_compare,
            share,
            command: args.command,
        })
    }

    pub(crate) fn select(&mut self, mut args: SelectArgs) -> Result<SelectSettings, Refused> {
        let share = self.share(args.share, args.job)?;
        set(&mut args.record, &mut self.layer.config.record);
        let fill = |path: PathBuf| filled(&path, share.shard.shard, &share.job, self.env);
        Ok(SelectSettings {
            record: args.record.map(fill),
            share,
        })
    }
}
