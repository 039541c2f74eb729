//! The actions of `evenshard store`, one function each.

use std::fmt::Write as _;
use std::time::Duration;

use evenshard_report::words::counted;

use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::settings::{StoreCommand, StoreSettings};
use crate::store::{Results, Shared, folder, step_name};
use crate::streams::{Streams, size};

pub(super) fn run(command: &StoreCommand, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    let open = |store| Shared::open(store, env);
    match command {
        StoreCommand::Check(settings) => check(&open(&settings.suite.store)?, streams),
        StoreCommand::Status(settings) => {
            let store = &settings.suite.store;
            status(&open(store)?, store, streams)
        }
        StoreCommand::Prune(settings) => {
            let age = Duration::from_micros(settings.older_than.get());
            prune(&open(&settings.store)?, age, streams)
        }
    }
}

/// Tries each operation on the store, and shows the permission that each one needs.
fn check(shared: &Shared, streams: &mut Streams<'_>) -> Outcome {
    let check = shared.check()?;
    let mut text = format!("{shared}, zone {}\n", shared.zone());
    for step in &check.steps {
        let end = match &step.result {
            Ok(()) => "works".to_owned(),
            Err(error) => format!("FAILED: {error}"),
        };
        let _ = writeln!(text, "  {:<12} {end} ({})", step.name, step.permission);
    }
    if let Some(left) = &check.left {
        let _ = writeln!(
            text,
            "  left behind  {left}: this job has no permission to delete it"
        );
    }
    streams.result(text.as_bytes())?;
    let failed = check.steps.into_iter().find_map(|step| step.result.err());
    failed.map_or(Ok(exit::OK), |error| Err(error.into()))
}

/// Shows the contents of the store for this scope, and whether this build may publish.
fn status(shared: &Shared, settings: &StoreSettings, streams: &mut Streams<'_>) -> Outcome {
    let kept = shared.quarantine(streams)?;
    let builds = shared.count_history()?;
    let mut text = format!(
        "{shared}, zone {}, scope '{}'\n",
        shared.zone(),
        settings.scope
    );
    let empty = if builds == 0 {
        ": nothing was added yet, or it is another store or scope"
    } else {
        ""
    };
    let _ = writeln!(text, "  history     {}{empty}", counted(builds, "build"));
    let _ = writeln!(text, "  quarantine  {}", counted(kept.len(), "test"));
    let publishes = match &shared.no_publishing {
        None => "yes".to_owned(),
        Some(why) => format!("no: {why}"),
    };
    let _ = writeln!(text, "  publishes   {publishes}");
    match &settings.build {
        None => text.push_str("  build       no name, so its jobs share nothing\n"),
        Some(build) => {
            let state = state(shared, build, streams)?;
            let _ = writeln!(text, "  build       {build}: {state}");
        }
    }
    streams.result(text.as_bytes())?;
    Ok(exit::OK)
}

/// Describes the progress of each step of a build.
fn state(shared: &Shared, build: &str, streams: &mut Streams<'_>) -> Result<String, Failure> {
    let steps = shared.steps(build)?;
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
        let progress = shared.read_results(step, shards, &mut results, streams)?;
        let open = progress.open.len();
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
    let pruned = shared.prune(age)?;
    let text = format!(
        "deleted {} and {}: {}\n",
        counted(pruned.builds, "build"),
        counted(pruned.others, "other object"),
        size(pruned.bytes)
    );
    streams.result(text.as_bytes())?;
    Ok(exit::OK)
}
