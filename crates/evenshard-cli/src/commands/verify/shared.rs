//! `verify --store`: the results that the jobs of a build put into a store.

use std::ffi::OsString;
use std::time::{Duration, Instant};

use evenshard_store::Build;

use super::of_files;
use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::settings::{StoreSettings, VerifySettings};
use crate::store::{Results, Shared, folder, step_name, write_own};
use crate::streams::Streams;

/// The pause between two looks at a build that has not finished.
const PAUSE: Duration = Duration::from_secs(3);

/// Judges each step of a build that has jobs in the store, and returns the worst code.
pub(super) fn run(
    settings: &VerifySettings,
    store: &StoreSettings,
    env: &Env,
    streams: &mut Streams<'_>,
) -> Outcome {
    let Some(build) = &store.build else {
        return Err(Failure::config("which build? Nothing names it")
            .hint("give --build ID, or --store-key as the jobs have it"));
    };
    let shared = Shared::open(store, env)?;
    let temporary = folder()?;
    let wait = Wait {
        until: Instant::now() + Duration::from_micros(settings.wait.unwrap_or_default().get()),
    };
    let steps = wait.for_steps(&shared, build)?;
    if steps.is_empty() {
        let what = format!("no job of build {build} has begun, by {shared}");
        return Err(Failure::new(nothing(settings), what).hint(
            "do the jobs have this store and scope, and is this step of the same build? Pull requests and branches have zones of their own",
        ));
    }
    let newest = shared.newest(&temporary.path().join("history"), streams)?;
    let mut codes = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let below = temporary.path().join(at.to_string());
        let mut of_step = settings.clone();
        of_step.store = StoreSettings::default();
        of_step.scope = Some(store.scope.clone());
        if of_step.timings.is_empty() {
            of_step.timings.clone_from(&newest);
        }
        read(&mut of_step, &shared, step, (&below, &wait), streams)?;
        if steps.len() > 1 {
            streams.say(&format!("step {}:", step_name(step)));
        }
        codes.push(of_files(&of_step, env, streams)?);
    }
    let is_lost = codes.contains(&exit::TESTS_LOST);
    let worst = codes.into_iter().max().unwrap_or(exit::TESTS_LOST);
    Ok(if is_lost { exit::TESTS_LOST } else { worst })
}

/// Reads the plan and the results of a step into files.
fn read(
    settings: &mut VerifySettings,
    shared: &Shared,
    step: &Build,
    (folder, wait): (&std::path::Path, &Wait),
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let mut results = Results::new(folder);
    settings.results = vec![OsString::from(results.folder())];
    let plan = loop {
        match shared.plan(step)? {
            Some(found) => break found,
            None if wait.goes_on() => {}
            None => {
                let what = "jobs of this build began, and none made a plan";
                return Err(Failure::new(nothing(settings), what));
            }
        }
    };
    let path = folder.join("plan.json");
    write_own(&path, plan.json.as_bytes())?;
    settings.plan.get_or_insert(path);
    fs_err::create_dir_all(results.folder())
        .map_err(|error| Failure::unwritable("cannot make a folder").caused_by(&error))?;
    let shards = plan.plan.shard_count();
    loop {
        let progress = shared.read_results(step, shards, &mut results, streams)?;
        if !progress.open.is_empty() && wait.goes_on() {
            continue;
        }
        if results.is_empty() {
            let what = format!("no job has reported: {}", progress.waits_for(shards));
            return Err(Failure::new(nothing(settings), what));
        }
        return Ok(());
    }
}

/// The exit code where there is nothing to judge.
fn nothing(settings: &VerifySettings) -> u8 {
    if settings.gate {
        exit::TESTS_LOST
    } else {
        exit::DATA
    }
}

/// The time to wait for jobs.
#[derive(Debug)]
struct Wait {
    until: Instant,
}

impl Wait {
    /// Pauses; returns false where the time is over.
    fn goes_on(&self) -> bool {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        std::thread::sleep(left.min(PAUSE));
        true
    }

    fn for_steps(&self, shared: &Shared, build: &str) -> Result<Vec<Build>, Failure> {
        loop {
            let steps = shared.steps(build)?;
            if !steps.is_empty() || !self.goes_on() {
                return Ok(steps);
            }
        }
    }
}
