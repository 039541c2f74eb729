//! Settings of several commands.

use std::ffi::OsString;
use std::fmt;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use clap::Args;
use evenshard::pack::{Algorithm, Distribution, Split};
use evenshard::{Micros, Planner, Shard};

use super::{READY, RESULTS, Resolver, set, set_all, switch};
use crate::ci::{self, Job, NamedShard};
use crate::config::{Config, Rules};
use crate::env::Env;
use crate::failure::Failure;
use crate::path_map::ReportMapping;
use crate::pytest_options::PytestOptions;
use crate::values::{Percent, Value, digest};

/// Rewritings of paths in reports to those of the checkout.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct PathMap {
    /// Rewrite the beginning of report paths, such as /app=. where a container saw other paths; with the reports it is for in front, such as junit/web:.=packages/web; may repeat
    #[arg(id = "path_map", long = "path-map", value_name = "[REPORTS:]FROM=TO", value_parser = ReportMapping::read)]
    pub(crate) mappings: Vec<ReportMapping>,
}

/// Timings of earlier builds.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Timings")]
pub(crate) struct TimingsSettings {
    /// Timings of earlier builds: files, folders or quoted globs of JUnit XML, `timings.json` or `.test_durations`, plain, gzip or zstd
    #[arg(id = "timings", long = "timings", value_name = "PATH", num_args = 1..)]
    pub(crate) paths: Vec<OsString>,
    /// Go on without timings where --timings names none
    #[arg(long)]
    pub(crate) allow_no_timings: bool,
    /// Keeps histories, plans and records of separate suites apart
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) scope: String,
    #[command(flatten)]
    pub(crate) path_map: PathMap,
    /// Fail with 65 when fewer tests are known to the timings, in percent
    #[arg(long, value_name = "PCT", value_parser = Percent::read)]
    pub(crate) require_match: Option<Percent>,
}

/// The options of the planner.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Planning")]
pub(crate) struct PlannerSettings {
    /// The smallest unit that may move alone: auto, file, class or test [default: auto]
    #[arg(long, value_name = "UNIT", value_parser = Split::read, default_value = "auto", hide_default_value = true)]
    pub(crate) split: Split,
    /// The packing algorithm: auto, or lpt for plain greedy longest-processing-time [default: auto]
    #[arg(long, value_name = "NAME", value_parser = Algorithm::read, default_value = "auto", hide_default_value = true)]
    pub(crate) algorithm: Algorithm,
    /// The cost of each file whose import was not measured, in every shard that runs some of it, such as 50ms [default: 50ms]
    #[arg(long, value_name = "DURATION", value_parser = Micros::read, default_value_t = Planner::DEFAULT_SETUP_COST, hide_default_value = true)]
    pub(crate) setup_cost: Micros,
    /// The xdist workers of every shard; otherwise as `-n` in the command says
    #[arg(long, value_name = "W")]
    pub(crate) workers: Option<NonZeroU32>,
    /// The distribution of a shard to xdist's workers: load, loadscope, loadfile, loadgroup or worksteal; otherwise as in the command
    #[arg(long, value_name = "MODE", value_parser = Distribution::read)]
    pub(crate) dist: Option<Distribution>,
    /// The rules of the configuration.
    #[arg(skip)]
    pub(crate) rules: Rules,
    /// The words that pytest reads.
    #[arg(skip)]
    pub(crate) pytest: PytestOptions,
}

/// The source of a job's plan: a file, or timings.
#[derive(Clone, Debug, Args)]
pub(crate) struct PlanSource {
    #[command(flatten)]
    pub(crate) timings: TimingsSettings,
    /// Use this plan and nothing else
    #[arg(long, value_name = "FILE", conflicts_with_all = ["timings", "split", "algorithm", "setup_cost", "workers", "dist"], help_heading = READY)]
    pub(crate) plan: Option<PathBuf>,
    /// Exit with 75 when the plan is absent or has another digest
    #[arg(long, value_name = "DIGEST", value_parser = digest, help_heading = READY)]
    pub(crate) expect_digest: Option<String>,
}

/// The flags that name the shard.
#[derive(Debug, Args)]
#[command(next_help_heading = "This shard")]
pub(super) struct ShardArgs {
    /// The shard, counted from 1, such as 3/20; otherwise by the CI's own variables
    #[arg(long, value_name = "I/N")]
    shard: Option<String>,
    /// Use --shard where the CI's variables name another shard
    #[arg(long, requires = "shard")]
    ignore_ci: bool,
}

/// The flags that name the build and the attempt.
#[derive(Debug, Args)]
#[command(next_help_heading = RESULTS)]
pub(super) struct JobArgs {
    /// The build; otherwise by the CI's own variables
    #[arg(long, value_name = "ID")]
    build: Option<String>,
    /// The attempt at the shard, counted from 1; otherwise by the CI's own variables
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) attempt: Option<u32>,
}

/// A list of tests in a file.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Tests")]
pub(crate) struct ListSettings {
    /// The tests to split, one on each line: file paths, node ids, or names as the runner's reports have them; - is standard input
    #[arg(id = "tests", long = "tests", value_name = "FILE", required = false)]
    pub(crate) path: PathBuf,
    /// The list is separated by NUL instead of newlines
    #[arg(long, requires = "tests")]
    pub(crate) null: bool,
}

/// The files that a run leaves, placeholders filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Results {
    pub(crate) junit: Option<PathBuf>,
    pub(crate) record: Option<PathBuf>,
    pub(crate) job: Job,
}

impl fmt::Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = |path: &Option<PathBuf>, otherwise: &str| {
            let shown = path.as_ref().map(|path| path.display().to_string());
            shown.unwrap_or_else(|| otherwise.to_owned())
        };
        write!(
            f,
            "build {}, attempt {}; JUnit XML: {}; record: {}",
            self.job.build.as_deref().unwrap_or("unknown"),
            self.job.attempt.unwrap_or(1),
            path(&self.junit, "as the command says"),
            path(&self.record, "beside it")
        )
    }
}

/// Fills the placeholders of a path in, and makes it absolute.
pub(crate) fn filled(path: &Path, shard: Shard, job: &Job, env: &Env) -> PathBuf {
    let text = path.to_string_lossy();
    let attempt = job.attempt.unwrap_or(1).to_string();
    let filled = text
        .replace("{shard}", &shard.number().to_string())
        .replace("{attempt}", &attempt);
    // A path that is not UTF-8 has no placeholders that could be filled in.
    if filled == text {
        env.absolute(path)
    } else {
        env.absolute(Path::new(&filled))
    }
}

impl TimingsSettings {
    pub(super) fn fill(&mut self, config: &mut Config) {
        set_all(&mut self.paths, &mut config.timings);
        switch(&mut self.allow_no_timings, config.allow_no_timings);
        set(&mut self.scope, &mut config.scope);
        set_all(&mut self.path_map.mappings, &mut config.path_map);
        set(&mut self.require_match, &mut config.require_match);
    }
}

impl Resolver<'_> {
    /// Fills the options of a planner. A ready plan has rules of its own: those of the
    /// configuration are for others.
    pub(super) fn planner(
        &mut self,
        planner: &mut PlannerSettings,
        is_ready: bool,
        command: &[OsString],
    ) {
        let config = &mut self.layer.config;
        set(&mut planner.split, &mut config.split);
        set(&mut planner.algorithm, &mut config.algorithm);
        set(&mut planner.setup_cost, &mut config.setup_cost);
        set(&mut planner.workers, &mut config.workers);
        set(&mut planner.dist, &mut config.dist);
        planner.pytest = PytestOptions::of(command, self.env);
        if !is_ready {
            planner.rules = self.rules();
        }
    }

    /// Fills the source of a plan, and the options of the planner that may make it.
    pub(super) fn source(
        &mut self,
        source: &mut PlanSource,
        planner: &mut PlannerSettings,
        command: &[OsString],
    ) {
        let config = &mut self.layer.config;
        set(&mut source.plan, &mut config.plan);
        // Also beside a ready plan, for its scope and --require-match.
        source.timings.fill(config);
        self.planner(planner, source.plan.is_some(), command);
    }

    /// Finds the shard: `--shard`, otherwise the CI's own variables.
    pub(super) fn shard(&self, args: &ShardArgs) -> Result<NamedShard, Failure> {
        let typed = args.shard.as_deref().map(str::parse::<Shard>).transpose();
        let typed = typed.map_err(evenshard::Error::from)?;
        let detected = if args.ignore_ci {
            None
        } else {
            ci::detect(self.env)?
        };
        match (typed, detected) {
            // A CI that counts one job says nothing about which of several this is.
            (Some(shard), Some(found)) if found.shard != shard && found.shard.count().get() > 1 => {
                let what = format!("--shard {shard} contradicts {}", found.words);
                Err(Failure::config(what).hint("drop --shard, or pass --ignore-ci to let it stand"))
            }
            (Some(shard), _) => Ok(NamedShard::new(shard, "--shard")),
            (None, Some(found)) => Ok(found),
            (None, None) => Err(ci::unsharded(self.env)),
        }
    }

    /// Names the job: by flags, otherwise by the CI's own variables.
    pub(super) fn job(&self, typed: JobArgs) -> Job {
        let found = ci::job(self.env);
        Job {
            build: typed.build.or(found.build),
            id: found.id,
            // Without a counter of attempts, each is the first.
            attempt: Some(typed.attempt.or(found.attempt).unwrap_or(1)),
        }
    }
}
