//! The settings of `evenshard run`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{ArgAction, Args};

use super::common::{JobArgs, PlanSource, PlannerSettings, Results, ShardArgs, filled};
use super::store::SharingSettings;
use super::{LAUNCHING, RESULTS, Refused, Resolver, set, switch};
use crate::ci::NamedShard;
use crate::config::{Config, Quarantine};
use crate::env::Env;
use crate::failure::Failure;
use crate::runners;
use crate::values::{FirstBuild, Order, Value as _};
use crate::work_dir::WorkDir;

/// The flags of `evenshard run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    source: PlanSource,
    #[command(flatten)]
    shard: ShardArgs,
    #[command(flatten)]
    planner: PlannerSettings,
    /// Have pytest write JUnit XML here ({shard} and {attempt} are filled in; a folder gets junit-{shard}-{attempt}.xml)
    #[arg(long, value_name = "FILE", help_heading = RESULTS)]
    junit: Option<PathBuf>,
    /// Write the run record here, instead of beside the JUnit XML
    #[arg(long, value_name = "FILE", help_heading = RESULTS)]
    record: Option<PathBuf>,
    #[command(flatten)]
    job: JobArgs,
    #[command(flatten)]
    sharing: SharingSettings,
    /// A folder for the plugin's private files, such as .evenshard, instead of the system's temporary one; with =PATH behind it, a container sees it there
    #[arg(long, value_name = "DIR[=PATH]", value_parser = WorkDir::read, help_heading = LAUNCHING)]
    work_dir: Option<WorkDir>,
    /// Run only the tests of this shard without a passing result in the results of earlier attempts (files, folders or quoted globs); without such an attempt, the whole shard
    #[arg(long, value_name = "RESULTS", num_args = 1.., help_heading = RESULTS)]
    failed_only: Vec<OsString>,
    #[command(flatten)]
    pruning: PruneArgs,
    /// The split of a build without timings: count (each job collects the whole suite once, and balances files by their numbers of tests) or hash (of file names) [default: count]
    #[arg(
        long,
        value_name = "HOW",
        value_enum,
        hide_possible_values = true,
        default_value_t = FirstBuild::Count,
        hide_default_value = true,
        help_heading = "Planning"
    )]
    first_build: FirstBuild,
    /// The order in which xdist's workers get the tests of a shard: collected, as pytest collects them, or longest-first (with --dist load or worksteal) [default: collected]
    #[arg(
        long,
        value_name = "ORDER",
        value_enum,
        hide_possible_values = true,
        default_value_t = Order::Collected,
        hide_default_value = true,
        help_heading = "Planning"
    )]
    order: Order,
    /// Do not compare the plan with those of the other jobs through Buildkite's meta-data
    #[arg(long, help_heading = LAUNCHING)]
    no_ci_compare: bool,
    /// The command that runs pytest, unchanged
    #[arg(last = true, value_name = "COMMAND", required = true, help_heading = None)]
    command: Vec<OsString>,
}

/// Whether files of other shards are left alone.
#[derive(Debug, Args)]
pub(super) struct PruneArgs {
    /// Import the files of other shards as well: for suites in which tests exist only when other test files are imported
    #[arg(long, overrides_with = "prune", help_heading = LAUNCHING)]
    no_prune: bool,
    /// Undone by --no-prune. The configuration has it as `prune`.
    #[arg(
        long,
        hide = true,
        overrides_with = "no_prune",
        action = ArgAction::Set,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_value = "true",
        default_missing_value = "true"
    )]
    prune: bool,
}

impl PruneArgs {
    /// Returns true where files of other shards are left alone.
    pub(super) fn resolve(mut self, config: &Config) -> bool {
        switch(&mut self.prune, config.prune);
        // Each takes the other back, so at most one was typed.
        self.prune && !self.no_prune
    }
}

/// A command that runs pytest.
#[derive(Clone, Debug)]
pub(crate) struct Launch {
    pub(crate) command: Vec<OsString>,
    pub(crate) work_dir: Option<WorkDir>,
}

/// The settings of `evenshard run`.
#[derive(Clone, Debug)]
pub struct RunSettings {
    pub(crate) shard: NamedShard,
    pub(crate) source: PlanSource,
    pub(crate) planner: PlannerSettings,
    /// Compares the plan with those of the other jobs through Buildkite.
    pub(crate) compare: bool,
    pub(crate) results: Results,
    pub(crate) failed_only: Vec<OsString>,
    pub(crate) prune: bool,
    pub(crate) first_build: FirstBuild,
    pub(crate) order: Order,
    pub(crate) quarantine: Quarantine,
    pub(crate) launch: Launch,
    /// What the jobs of the build share.
    pub(crate) sharing: SharingSettings,
}

impl Resolver<'_> {
    pub(crate) fn run(&mut self, mut args: RunArgs) -> Result<RunSettings, Refused> {
        // First: for a command that is not pytest, advice on other flags would mislead.
        runners::refuse_in_run(&args.command)?;
        let shard = self.shard(&args.shard)?;
        let attempt = args.job.attempt;
        let job = self.job(args.job);
        self.source(&mut args.source, &mut args.planner, &args.command);
        let (scope, build) = (&args.source.timings.scope, job.build.as_deref());
        self.sharing(&mut args.sharing, scope, build, attempt)?;
        if args.sharing.store.named().is_some() && args.source.plan.is_some() {
            let what =
                "--plan contradicts --store: the jobs of a build get their plan from the store";
            return Err(Failure::config(what).hint("drop one of them").into());
        }
        if !self.layer.quarantine.is_empty() {
            self.rules.push("quarantine");
        }
        let config = &mut self.layer.config;
        set(&mut args.junit, &mut config.junit);
        set(&mut args.record, &mut config.record);
        set(&mut args.work_dir, &mut config.work_dir);
        let prune = args.pruning.resolve(config);
        set(&mut args.first_build, &mut config.first_build);
        set(&mut args.order, &mut config.order);
        switch(&mut args.no_ci_compare, config.no_ci_compare);
        let fill = |path: PathBuf, file_name: &str| {
            let path = if is_folder(&path, self.env) {
                path.join(file_name)
            } else {
                path
            };
            filled(&path, shard.shard, &job, self.env)
        };
        Ok(RunSettings {
            compare: args.source.plan.is_none() && !args.no_ci_compare,
            results: Results {
                junit: { args.junit }.map(|path| fill(path, "junit-{shard}-{attempt}.xml")),
                record: { args.record }
                    .map(|path| fill(path, "junit-{shard}-{attempt}.shard.json")),
                job,
            },
            shard,
            source: args.source,
            planner: args.planner,
            failed_only: args.failed_only,
            prune,
            first_build: args.first_build,
            order: args.order,
            quarantine: self.layer.quarantine.clone(),
            launch: Launch {
                command: args.command,
                work_dir: args.work_dir,
            },
            sharing: args.sharing,
        })
    }
}

/// Returns true for a path that ends in `/`, has no extension, or is a folder already.
fn is_folder(path: &Path, env: &Env) -> bool {
    let slash = path.to_string_lossy().ends_with(std::path::is_separator);
    // `results` is meant as a folder before the first run made it.
    slash || path.extension().is_none() || env.absolute(path).is_dir()
}
