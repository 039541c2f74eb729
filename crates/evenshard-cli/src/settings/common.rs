//! Settings of several commands.

use std::ffi::OsString;
use std::fmt;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use evenshard::pack::{Algorithm, Distribution, Split};
use evenshard::{Micros, Planner, Shard};

use super::Resolver;
use crate::args::{
    GivenPlanArgs, JobArgs, ListArgs, PathMapArgs, PlannerArgs, ShardArgs, TimingsArgs,
};
use crate::ci::{self, Job};
use crate::config::{Many, One, Rules, values};
use crate::env::Env;
use crate::failure::Failure;
use crate::path_map::ReportMapping;
use crate::pytest_options::PytestOptions;
use crate::values::Percent;

/// The typed value, otherwise the configured one.
#[allow(clippy::ref_option, reason = "a field of the configuration, as it is")]
pub(super) fn one<T: Clone>(typed: Option<T>, configured: &Option<One<T>>) -> Option<T> {
    typed.or_else(|| configured.as_ref().map(|One(value)| value.clone()))
}

/// A switch; off where nothing turns it on.
pub(super) fn on(typed: Option<bool>, configured: Option<bool>) -> bool {
    typed.or(configured).unwrap_or(false)
}

/// The typed values, otherwise the configured ones.
pub(super) fn many<T, C: Clone>(typed: Vec<T>, configured: &Many<C>, own: fn(C) -> T) -> Vec<T> {
    if typed.is_empty() {
        return values(configured.clone()).map(own).collect();
    }
    typed
}

/// Timings of earlier builds.
#[derive(Clone, Debug, Default)]
pub(crate) struct TimingsSettings {
    pub(crate) paths: Vec<OsString>,
    pub(crate) allow_none: bool,
    pub(crate) scope: String,
    pub(crate) path_map: Vec<ReportMapping>,
    pub(crate) require_match: Option<f64>,
}

/// The options of the planner.
#[derive(Clone, Debug)]
pub(crate) struct PlannerSettings {
    pub(crate) split: Split,
    pub(crate) algorithm: Algorithm,
    pub(crate) setup_cost: Micros,
    /// The xdist workers of every shard, by a flag of evenshard.
    pub(crate) workers: Option<NonZeroU32>,
    /// The xdist mode, by a flag of evenshard.
    pub(crate) dist: Option<Distribution>,
    pub(crate) rules: Rules,
    pub(crate) scope: String,
    /// The words that pytest reads.
    pub(crate) pytest: PytestOptions,
}

/// The source of a job's plan: a file, or timings.
#[derive(Clone, Debug)]
pub(crate) struct PlanSource {
    /// A ready plan, instead of timings.
    pub(crate) plan: Option<PathBuf>,
    pub(crate) expect_digest: Option<String>,
    pub(crate) timings: TimingsSettings,
    pub(crate) planner: PlannerSettings,
    /// The build of this job: its own results are no timings.
    pub(crate) build: Option<String>,
}

/// A list of tests in a file.
#[derive(Clone, Debug)]
pub(crate) struct ListSettings {
    /// The file; `-` is standard input.
    pub(crate) path: PathBuf,
    /// NUL ends a line, not a newline.
    pub(crate) null: bool,
}

/// The shard to run, and who named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedShard {
    pub(crate) shard: Shard,
    /// The shard in words: `shard 3 of 20 (--shard)`.
    pub(crate) words: String,
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

impl Resolver<'_> {
    pub(super) fn scope(&self, typed: Option<String>) -> Option<String> {
        one(typed, &self.layer.config.scope)
    }

    pub(super) fn path_map(&self, args: PathMapArgs) -> Vec<ReportMapping> {
        many(args.path_map, &self.layer.config.path_map, |mapping| {
            mapping
        })
    }

    pub(super) fn timing_paths(&self, typed: Vec<OsString>) -> Vec<OsString> {
        many(typed, &self.layer.config.timings, OsString::from)
    }

    pub(super) fn timings(&self, args: TimingsArgs) -> TimingsSettings {
        let config = &self.layer.config;
        let require_match = one(args.require_match, &config.require_match);
        TimingsSettings {
            paths: self.timing_paths(args.timings),
            allow_none: on(args.allow_no_timings, config.allow_no_timings),
            scope: self.scope(args.scope).unwrap_or_default(),
            path_map: self.path_map(args.path_map),
            require_match: require_match.map(Percent::get),
        }
    }

    /// A ready plan has rules of its own: those of the configuration are for others.
    pub(super) fn planner(
        &mut self,
        args: &PlannerArgs,
        is_ready: bool,
        scope: &str,
        command: &[OsString],
    ) -> PlannerSettings {
        let rules = if is_ready {
            Rules::default()
        } else {
            self.rules()
        };
        let config = &self.layer.config;
        PlannerSettings {
            split: one(args.split, &config.split).unwrap_or(Split::Auto),
            algorithm: one(args.algorithm, &config.algorithm).unwrap_or(Algorithm::Auto),
            setup_cost: one(args.setup_cost, &config.setup_cost)
                .unwrap_or(Planner::DEFAULT_SETUP_COST),
            workers: one(args.workers, &config.workers),
            dist: one(args.dist, &config.dist),
            rules,
            scope: scope.to_owned(),
            pytest: PytestOptions::of(command, self.env),
        }
    }

    pub(super) fn source(
        &mut self,
        (given, timings, planner): (GivenPlanArgs, TimingsArgs, PlannerArgs),
        command: &[OsString],
        job: &Job,
    ) -> PlanSource {
        let plan = one(given.plan, &self.layer.config.plan);
        let timings = self.timings(timings);
        PlanSource {
            expect_digest: given.expect_digest,
            planner: self.planner(&planner, plan.is_some(), &timings.scope, command),
            plan,
            timings,
            build: job.build.clone(),
        }
    }

    /// The shard: `--shard`, otherwise the CI's own variables.
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
                let what = format!("--shard {shard} contradicts {found}");
                Err(Failure::config(what).hint("drop --shard, or pass --ignore-ci to let it stand"))
            }
            (Some(shard), _) => Ok(NamedShard {
                shard,
                words: format!("shard {} of {} (--shard)", shard.number(), shard.count()),
            }),
            (None, Some(found)) => Ok(NamedShard {
                shard: found.shard,
                words: found.to_string(),
            }),
            (None, None) => Err(ci::unsharded(self.env)),
        }
    }

    pub(super) fn job(&self, args: JobArgs) -> Job {
        let found = ci::job(self.env);
        Job {
            build: args.build.or(found.build),
            id: found.id,
            attempt: Some(args.attempt.or(found.attempt).unwrap_or(1)),
        }
    }
}

impl ListSettings {
    pub(super) fn of(args: ListArgs) -> Option<Self> {
        let null = args.null;
        args.tests.map(|path| Self { path, null })
    }
}
