//! The settings of `evenshard run`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::common::{on, one};
use super::{NamedShard, PlanSource, Refused, Resolver, Results, SharingSettings, filled};
use crate::args::RunArgs;
use crate::ci;
use crate::config::Quarantine;
use crate::env::Env;
use crate::failure::Failure;
use crate::runners;
use crate::values::{FirstBuild, Order};
use crate::work_dir::WorkDir;

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
    /// Compares the plan with those of the other jobs through Buildkite.
    pub(crate) compare: bool,
    pub(crate) results: Results,
    pub(crate) failed_only: Vec<OsString>,
    pub(crate) prune: bool,
    pub(crate) first_build: FirstBuild,
    pub(crate) order: Order,
    pub(crate) quarantine: Quarantine,
    pub(crate) launch: Launch,
    /// The place that the jobs of the build share.
    pub(crate) sharing: Option<SharingSettings>,
}

impl Resolver<'_> {
    pub(super) fn run(&mut self, args: RunArgs) -> Result<RunSettings, Refused> {
        runners::refuse_in_run(&args.command)?;
        let shard = self.shard(&args.shard)?;
        let attempt = args.job.attempt.or(ci::job(self.env).attempt);
        let job = self.job(args.job);
        let source = self.source(
            (args.given, args.timings, args.planner),
            &args.command,
            &job,
        );
        let store = (args.store, args.sharing);
        let build = job.build.as_deref();
        let sharing = self.sharing(store, &source.timings.scope, build, attempt)?;
        if sharing.is_some() && source.plan.is_some() {
            let what =
                "--plan contradicts --store: the jobs of a build get their plan from the store";
            return Err(Failure::config(what).hint("drop one of them").into());
        }
        if !self.layer.quarantine.is_empty() {
            self.rules.push("quarantine");
        }
        let config = &self.layer.config;
        let fill = |path: Option<PathBuf>, file_name: &str| {
            let path = path?;
            let is_folder = is_folder(&path, self.env);
            let path = if is_folder {
                path.join(file_name)
            } else {
                path
            };
            Some(filled(&path, shard.shard, &job, self.env))
        };
        let junit = one(args.junit, &config.junit);
        let record = one(args.record, &config.record);
        Ok(RunSettings {
            compare: source.plan.is_none() && !on(args.no_ci_compare, config.no_ci_compare),
            results: Results {
                junit: fill(junit, "junit-{shard}-{attempt}.xml"),
                record: fill(record, "junit-{shard}-{attempt}.shard.json"),
                job,
            },
            shard,
            source,
            failed_only: args.failed_only,
            prune: !args.no_prune && args.prune.or(config.prune).unwrap_or(true),
            first_build: one(args.first_build, &config.first_build).unwrap_or(FirstBuild::Count),
            order: one(args.order, &config.order).unwrap_or(Order::Collected),
            quarantine: self.layer.quarantine.clone(),
            launch: Launch {
                command: args.command,
                work_dir: one(args.work_dir, &config.work_dir),
            },
            sharing,
        })
    }
}

/// Returns true for a path that ends in `/`, has no extension, or is a folder already.
fn is_folder(path: &Path, env: &Env) -> bool {
    let slash = path.to_string_lossy().ends_with(std::path::is_separator);
    slash || path.extension().is_none() || env.absolute(path).is_dir()
}
