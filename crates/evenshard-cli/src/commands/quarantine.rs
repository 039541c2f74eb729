//! `evenshard quarantine`: tests that are kept from failing their jobs, in the configuration or in
//! the store.

mod known;
mod list;
#[cfg(feature = "store")]
mod shared;

use crate::config::{Added, Addition};
use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::settings::{KeptIn, QuarantineAddSettings, QuarantineCommand, QuarantineRemoveSettings};
use crate::streams::Streams;

/// Adds a test to the quarantine, lists it, or removes one.
pub(crate) fn run(command: &QuarantineCommand, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    match command {
        QuarantineCommand::Add(settings) => add(settings, env, streams),
        QuarantineCommand::List(settings) => list::run(settings, env, streams),
        QuarantineCommand::Remove(settings) => remove(settings, env, streams),
    }
}

fn add(settings: &QuarantineAddSettings, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    let words: Vec<&str> = settings.reason.split_whitespace().collect();
    if words.is_empty() {
        return Err(
            Failure::usage("--reason is empty").hint("whoever sees the failure will want to know")
        );
    }
    let until = settings.until.map(|day| day.0);
    if until.is_some_and(|until| until < crate::config::today()) {
        let day = until.map(|day| day.to_string()).unwrap_or_default();
        let what = format!("--until {day} is over: the failures would count");
        return Err(Failure::usage(what).hint("give the last day on which they shall not"));
    }
    let addition = Addition {
        test: &settings.test,
        reason: &words.join(" "),
        until,
    };
    #[cfg(feature = "store")]
    if let Some(store) = &settings.kept.store {
        return shared::add(&addition, (settings, store), env, streams);
    }
    let _ = env;
    known::warn(settings, &[], streams)?;
    to_file(&addition, &settings.kept, streams)
}

fn to_file(addition: &Addition<'_>, kept: &KeptIn, streams: &mut Streams<'_>) -> Outcome {
    let Some(mut file) = kept.file.clone() else {
        return Err(no_configuration());
    };
    let added = file.add(addition)?;
    let place = file.write(addition.test)?;
    let what = match added {
        Added::New if file.is_new() => "added to a new configuration",
        Added::New => "added",
        Added::Changed => "changed",
    };
    streams.say(&format!(
        "{place}: {what}; failures of {} do not count in builds with this file",
        addition.test
    ));
    Ok(exit::OK)
}

fn no_configuration() -> Failure {
    Failure::config("there is no configuration, and --store names no store")
        .hint("write evenshard.toml where the tests are run")
}

fn remove(settings: &QuarantineRemoveSettings, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    let (test, kept) = (&settings.test, &settings.kept);
    #[cfg(feature = "store")]
    if let Some(store) = &kept.store {
        return shared::remove(test, store, kept, env, streams);
    }
    let _ = env;
    let Some(mut file) = kept.file.clone().filter(|file| !file.is_new()) else {
        return Err(no_configuration());
    };
    if !file.remove(test)? {
        let what = format!("'{test}' is not in the quarantine of {}", file.name());
        let names = kept.configured.entries().iter().flat_map(|e| &e.patterns);
        let names: Vec<&str> = names.map(evenshard::address::Pattern::as_str).collect();
        return Err(Failure::data(what).hint(known::near_or_list(test, &names)));
    }
    file.write(test)?;
    streams.say(&format!(
        "{}: removed; failures of {test} count again in builds with this file",
        file.name()
    ));
    Ok(exit::OK)
}
