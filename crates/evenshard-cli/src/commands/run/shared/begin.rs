//! The beginning of a job that shares: its attempt, the plan of the build, what is left to run.

use std::ffi::OsString;
use std::time::Duration;

use evenshard::Plan;
use evenshard_store::{Build, Error, ErrorKind, Job};
use tempfile::TempDir;

use super::SharedJob;
use crate::commands::run::{self, coverage};
use crate::env::Env;
use crate::failure::Failure;
use crate::planning::Planned;
use crate::settings::{RunSettings, StoreSettings};
use crate::store::{
    Claimed, Got, KeptTest, PlanInStore, Results, Shared, Trouble, entries, folder, write_own,
};
use crate::streams::Streams;
use crate::values::StoreFallback;

/// The time that the store has to answer before a test runs, twice: until there is a plan or
/// none, and to create one.
const PATIENCE: Duration = Duration::from_secs(20);
/// Buildkite's word on who retried a job.
const RETRY_TYPE: &str = "BUILDKITE_RETRY_TYPE";

/// A job before it runs.
#[derive(Debug)]
pub(super) enum Begun {
    /// It shares nothing; with what it read from the store.
    Alone(Box<RunSettings>, Option<TempDir>),
    /// It shares, and has its plan.
    Shared(SharedJob, Box<RunSettings>, Box<Planned>),
}

/// Claims the attempt and gets the plan. Where the store is away, the job stops with 75, or goes
/// on alone if it was told to; one of a pull request that may not write goes on alone.
pub(super) fn begin(
    settings: &RunSettings,
    env: &Env,
    streams: &mut Streams<'_>,
) -> Result<Begun, Failure> {
    let opened = Shared::open(&settings.sharing.store, env);
    let shared = opened.as_ref().ok().cloned();
    let begun = opened.map_err(Trouble::Store).and_then(|shared| {
        let shared = shared.keeping(settings.sharing.store_content);
        match shared.build().cloned() {
            Some(build) => join(settings, (shared, build), env, streams),
            None => read_only(settings, &shared, streams),
        }
    });
    let error = match begun {
        Ok(begun) => return Ok(begun),
        Err(Trouble::Failed(failure)) => return Err(failure),
        Err(Trouble::Store(error)) => error,
    };
    let refused = matches!(error.kind(), ErrorKind::Denied | ErrorKind::Credentials);
    let is_guest = refused && Shared::is_guest(env);
    // A job without a build shares nothing anyway.
    let is_lonely = shared.is_some_and(|shared| shared.build().is_none());
    if !((settings.sharing.store_fallback == StoreFallback::Static) || is_guest || is_lonely) {
        return Err(Failure::from(error).or_hint(
            "no test was run. store-fallback = \"static\" lets jobs go on without the store, unproved",
        ));
    }
    streams.warn(&format!("the store: {error}"));
    streams.add("  this job shares nothing: it plans without the store, and nothing proves that every test runs once");
    Ok(Begun::Alone(Box::new(alone(settings)), None))
}

/// Returns the settings of a job without a store: the same in all jobs of the build.
fn alone(settings: &RunSettings) -> RunSettings {
    let mut alone = settings.clone();
    alone.sharing.store = StoreSettings::default();
    alone.source.timings.allow_no_timings = true;
    alone
}

/// Plans with the history of a store, and shares nothing, where nothing names the build.
fn read_only(
    settings: &RunSettings,
    shared: &Shared,
    streams: &mut Streams<'_>,
) -> Result<Begun, Trouble> {
    let folder = folder()?;
    let mut alone = alone(settings);
    with_history(&mut alone, &shared.within(PATIENCE), &folder, streams)?;
    streams.say(
        "no build is named (--build, or the CI's variables): this run shares nothing in the store",
    );
    Ok(Begun::Alone(Box::new(alone), Some(folder)))
}

/// Replaces the timings by the history of the store, where it has one, and adds its quarantine.
/// Returns the quarantine.
fn with_history(
    settings: &mut RunSettings,
    shared: &Shared,
    folder: &TempDir,
    streams: &mut Streams<'_>,
) -> Result<Vec<KeptTest>, Error> {
    let newest = shared.newest(folder.path(), streams)?;
    let timings = &mut settings.source.timings;
    timings.allow_no_timings = true;
    if !newest.is_empty() {
        timings.paths = newest;
    }
    let kept = shared.quarantine(streams)?;
    add_quarantine(settings, &kept, streams);
    Ok(kept)
}

fn add_quarantine(settings: &mut RunSettings, kept: &[KeptTest], streams: &mut Streams<'_>) {
    for entry in entries(kept, streams) {
        settings.quarantine.add(entry);
    }
}

/// Claims the attempt, and gets or makes the plan.
fn join(
    settings: &RunSettings,
    (shared, build): (Shared, Build),
    env: &Env,
    streams: &mut Streams<'_>,
) -> Result<Begun, Trouble> {
    let soon = shared.within(PATIENCE);
    let number = settings.shard.shard.number();
    let name = settings.results.job.id.as_deref();
    let job = match soon.claim(&build, number, settings.sharing.attempt, name)? {
        Claimed::Ours(job) => job,
        Claimed::Theirs(job, owner) => return Err(taken(job, owner).into()),
    };
    let mut settings = settings.clone();
    settings.compare = false;
    settings.results.job.attempt = Some(job.attempt);
    let named = &mut settings.results.job.build;
    *named = named
        .take()
        .or_else(|| settings.sharing.store.build.clone());
    let joined = SharedJob {
        shared,
        build,
        job,
        folder: folder()?,
    };
    let planned = match soon.plan(&joined.build)? {
        Some(found) => joined.use_plan(&mut settings, &found, env, streams)?,
        None => joined.make_plan(&mut settings, &soon, env, streams)?,
    };
    joined.leave_out(&mut settings, &planned.plan, env, streams)?;
    Ok(Begun::Shared(joined, Box::new(settings), Box::new(planned)))
}

fn taken(job: Job, owner: Option<String>) -> Failure {
    let owner = owner.map(|name| format!(" ({name})")).unwrap_or_default();
    Failure::config(format!(
        "another job{owner} of this build runs attempt {} at shard {}: no test was run",
        job.attempt, job.shard
    ))
    .hint("give each matrix entry a --scope, such as --scope py3.12")
}

impl SharedJob {
    /// Takes the plan that another job made.
    fn use_plan(
        &self,
        settings: &mut RunSettings,
        found: &PlanInStore,
        env: &Env,
        streams: &mut Streams<'_>,
    ) -> Result<Planned, Failure> {
        let path = self.plan_file();
        write_own(&path, found.json.as_bytes())?;
        settings.source.plan = Some(path);
        add_quarantine(settings, &found.quarantine, streams);
        run::plan(settings, env, streams)
    }

    /// Makes the plan of the build, unless another job does it meanwhile.
    fn make_plan(
        &self,
        settings: &mut RunSettings,
        soon: &Shared,
        env: &Env,
        streams: &mut Streams<'_>,
    ) -> Result<Planned, Trouble> {
        let is_new = self.job.attempt == 1 || env.get(RETRY_TYPE) == Some("automatic");
        if !is_new && !soon.nobody_ran(&self.build)? {
            let attempt = self.job.attempt;
            let what = format!(
                "attempt {attempt}, and the store has no plan of this build: no test was run"
            );
            let hint =
                "the store forgot it, or the first attempt had another store: start a new build";
            return Err(Failure::config(what).hint(hint).into());
        }
        let mut own = settings.clone();
        let kept = with_history(&mut own, soon, &self.folder, streams)?;
        let planned = run::plan(&own, env, streams)?;
        let shared = self.shared.within(PATIENCE);
        warn_of_test(&shared, streams)?;
        match shared.create_plan(&self.build, &planned.plan, &kept)? {
            Got::Own => {
                write_own(&self.plan_file(), planned.plan.to_json().as_bytes())?;
                streams.say("the plan of this build: made here, for all jobs");
                *settings = own;
                Ok(planned)
            }
            Got::Other(found) => {
                streams.say("the plan of this build: another job was first");
                Ok(self.use_plan(settings, &found, env, streams)?)
            }
        }
    }

    /// Lets a retried job run what has no passing result, if its shard was not green and coverage
    /// does not have to be whole.
    fn leave_out(
        &self,
        settings: &mut RunSettings,
        plan: &Plan,
        env: &Env,
        streams: &mut Streams<'_>,
    ) -> Result<(), Error> {
        if self.job.attempt == 1 || settings.sharing.all || !settings.failed_only.is_empty() {
            return Ok(());
        }
        if let Some(why) = coverage::measures(&settings.launch.command, env) {
            streams.say(&format!(
                "attempt {}: the whole shard runs, since {why} measures coverage",
                self.job.attempt
            ));
            return Ok(());
        }
        let mut results = Results::new(&self.folder.path().join("earlier"));
        let shared = self.shared.within(PATIENCE);
        let shards = plan.shard_count();
        shared.read_results_of(self.job.shard, &self.build, shards, &mut results, streams)?;
        match results.was_green(self.job) {
            Some(true) => streams.say(&format!(
                "attempt {}: the last one was green, so the whole shard runs again",
                self.job.attempt
            )),
            Some(false) => settings.failed_only = vec![OsString::from(results.folder())],
            None => {}
        }
        Ok(())
    }
}

/// Warns of a store that does not create keys once. Other faults are errors.
fn warn_of_test(shared: &Shared, streams: &mut Streams<'_>) -> Result<(), Error> {
    for step in shared.check()?.steps {
        match step.result {
            Err(error) if error.kind() == ErrorKind::NotConditional => {
                streams.warn(&format!("the store: {error}"));
            }
            other => other?,
        }
    }
    Ok(())
}
