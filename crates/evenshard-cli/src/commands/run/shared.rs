//! `run --store`: the jobs of a build share a plan, their results and the history.

mod begin;
mod finish;
mod results;

use std::path::PathBuf;

use evenshard_store::{Build, Job};
use tempfile::TempDir;

use crate::env::Env;
use crate::failure::Outcome;
use crate::planning::Planned;
use crate::settings::RunSettings;
use crate::store::Shared;
use crate::streams::Streams;
use begin::{Begun, begin};
use results::{OwnResults, Watch};

/// A job that owns an attempt at its shard.
#[derive(Debug)]
struct SharedJob {
    shared: Shared,
    build: Build,
    job: Job,
    /// What was read from the store.
    folder: TempDir,
}

/// Runs one shard, and shares what comes of it.
pub(super) fn run(settings: &RunSettings, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    match begin(settings, env, streams)? {
        Begun::Alone(settings, _folder) => super::alone(&settings, env, streams),
        Begun::Shared(job, settings, planned) => job.run(*settings, *planned, env, streams),
    }
}

impl SharedJob {
    /// The path of the plan, once there is one.
    fn plan_file(&self) -> PathBuf {
        self.folder.path().join("plan.json")
    }

    fn run(
        self,
        mut settings: RunSettings,
        planned: Planned,
        env: &Env,
        streams: &mut Streams<'_>,
    ) -> Outcome {
        let plan = planned.plan.clone();
        let own = OwnResults::choose(&mut settings, self.job, env)?;
        let watch = Watch::begin(&self.shared, &self.build, self.job, own.record());
        let code = super::with_plan(&settings, planned, env, streams);
        watch.end();
        let code = code?;
        Ok(self.finish(&settings, &plan, own, code, env, streams))
    }
}
