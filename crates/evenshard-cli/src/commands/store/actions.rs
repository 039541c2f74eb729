//! What `evenshard store` does, one function an action.

use std::fmt::Write as _;
use std::time::Duration;

use evenshard_report::words::counted;
use evenshard_store::ErrorKind;

use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::settings::{StoreCommand, StoreSettings};
use crate::store::{Results, Shared, failure, folder, step_name};
use crate::streams::{Streams, size};

pub(super) fn run(command: &StoreCommand, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    let open = |store| Shared::open(store, env).map_err(|error| failure(&error));
    match command {
        StoreCommand::Check(settings) => check(&open(&settings.store)?, streams),
        StoreCommand::Status(settings) => status(&open(&settings.store)?, &settings.store, streams),
        StoreCommand::Prune(settings) => {
            let age = Duration::from_micros(settings.older_than.get());
            prune(&open(&settings.store)?, age, streams)
        }
    }
}

/// Tries each verb, and names the permission that is missing.
fn check(shared: &Shared, streams: &mut Streams<'_>) -> Outcome {
    let check = shared.check().map_err(|error| failure(&error))?;
    let mut text = format!("{shared}, zone {}\n", shared.zone());
    for step in &check.steps {
        let end = match &step.result {
            Ok(()) => "works".to_owned(),
            Err(error) => format!("FAILED: {error}"),
        };
        let _ = writeln!(text, "  {:<12} {end} ({})", step.name, step.permission);
    }
    if let Some(left) = &check.left {
        let _ = writeln!(text, "  left behind  {left}, which this job may not delete");
    }
    streams.result(text.as_bytes())?;
    let failed = check
        .steps
        .iter()
        .find_map(|step| step.result.as_ref().err());
    match failed {
        None => Ok(exit::OK),
        Some(error) if error.kind() == ErrorKind::NotConditional => Err(failure(error)),
        Some(error) => Err(failure(error)),
    }
}

/// Shows what a store holds for this scope, and what this build may do.
fn status(shared: &Shared, settings: &StoreSettings, streams: &mut Streams<'_>) -> Outcome {
    let kept = shared
        .quarantine(streams)
        .map_err(|error| failure(&error))?;
    let builds = shared.count_history().map_err(|error| failure(&error))?;
    let mut text = format!(
        "{shared}, zone {}, scope '{}'\n",
        shared.zone(),
        settings.scope
    );
    let _ = writeln!(text, "  history     {}", counted(builds, "build"));
    let _ = writeln!(text, "  quarantine  {}", counted(kept.len(), "test"));
    let publishes = match &shared.no_publishing {
        None => "yes".to_owned(),
        Some(why) => format!("no: {why}"),
    };
    let _ = writeln!(text, "  publishes   {publishes}");
    match &settings.build {
        None => text.push_str("  build       not named: nothing is shared\n"),
        Some(build) => {
            let state = state(shared, build, streams)?;
            let _ = writeln!(text, "  build       {build}: {state}");
        }
    }
    streams.result(text.as_bytes())?;
    Ok(exit::OK)
}

/// Says how far a build is.
fn state(shared: &Shared, build: &str, streams: &mut Streams<'_>) -> Result<String, Failure> {
    let steps = shared.steps(build).map_err(|error| failure(&error))?;
    let temporary = folder()?;
    let mut states = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let name = step_name(step);
        let Some(found) = shared.plan(step)? else {
            states.push(format!("{name}: no plan"));
            continue;
        };
        let shards = found.plan.shard_count();
        let mut results = Results::new(&temporary.path().join(at.to_string()));
        let progress = shared.read_results(step, shards, &mut results, streams);
        let open = progress.map_err(|error| failure(&error))?.open.len();
        let done = shards as usize - open;
        states.push(format!(
            "{name}: {done} of {} finished",
            counted(shards as usize, "shard")
        ));
    }
    Ok(if states.is_empty() {
        "no job has begun".to_owned()
    } else {
        states.join("; ")
    })
}

fn prune(shared: &Shared, age: Duration, streams: &mut Streams<'_>) -> Outcome {
    let pruned = shared.prune(age).map_err(|error| failure(&error))?;
    let text = format!(
        "deleted {} and {}: {}\n",
        counted(pruned.builds, "build"),
        counted(pruned.others, "other object"),
        size(pruned.bytes)
    );
    streams.result(text.as_bytes())?;
    Ok(exit::OK)
}
