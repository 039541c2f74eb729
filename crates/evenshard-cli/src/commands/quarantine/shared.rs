//! `evenshard quarantine` in the store: what changes there counts from the next build on.

use evenshard::address::Pattern;

use super::known;
use crate::config::{Addition, Entry};
use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::settings::{KeptIn, QuarantineAddSettings, StoreSettings};
use crate::store::{KeptTest, Shared, entries, folder};
use crate::streams::Streams;

/// Variables that name who is at work, in the order in which they are tried.
const NAMES: [&str; 5] = [
    "BUILDKITE_BUILD_CREATOR",
    "GITHUB_ACTOR",
    "GITLAB_USER_LOGIN",
    "USER",
    "USERNAME",
];

/// Opens the store. Every build reads the quarantine of those that publish.
fn open(store: &StoreSettings, env: &Env) -> Result<Shared, Failure> {
    Ok(Shared::open(store, env)?.trusted(&store.scope))
}

pub(super) fn add(
    addition: &Addition<'_>,
    (settings, store): (&QuarantineAddSettings, &StoreSettings),
    env: &Env,
    streams: &mut Streams<'_>,
) -> Outcome {
    let shared = open(store, env)?;
    let temporary = folder()?;
    let history = shared.newest(temporary.path(), streams)?;
    known::warn(settings, &history, streams)?;
    let by = NAMES.iter().find_map(|name| env.get(name));
    let kept = KeptTest {
        test: addition.test.to_string(),
        reason: addition.reason.to_owned(),
        until: addition.until.map(|day| day.to_string()),
        by: by.map(str::to_owned),
        removed: false,
    };
    shared.keep(&kept)?;
    streams.say(&format!(
        "{}: failures do not count from the next build on, by {shared}",
        kept.test
    ));
    Ok(exit::OK)
}

pub(super) fn remove(
    test: &Pattern,
    store: &StoreSettings,
    kept_in: &KeptIn,
    env: &Env,
    streams: &mut Streams<'_>,
) -> Outcome {
    let shared = open(store, env)?;
    let kept = shared.quarantine(streams)?;
    let Some(found) = kept.iter().find(|kept| kept.test == test.as_str()) else {
        let what = format!("'{test}' is not in the quarantine of {shared}");
        let configured = kept_in.configured.entries().iter();
        let mut configured = configured.filter(|e| e.patterns.contains(test));
        let hint = if let Some(entry) = configured.next() {
            format!(
                "it is in {}: `evenshard quarantine remove --store none` takes it out there",
                entry.location
            )
        } else {
            let names: Vec<&str> = kept.iter().map(|kept| kept.test.as_str()).collect();
            known::near_or_list(test, &names)
        };
        return Err(Failure::data(what).hint(hint));
    };
    let removed = KeptTest {
        removed: true,
        ..found.clone()
    };
    shared.keep(&removed)?;
    streams.say(&format!(
        "{test}: failures count again from the next build on, by {shared}"
    ));
    Ok(exit::OK)
}

/// Reads the quarantine of the store.
pub(super) fn entries_of(
    store: &StoreSettings,
    env: &Env,
    streams: &mut Streams<'_>,
) -> Result<Vec<Entry>, Failure> {
    let kept = open(store, env)?.quarantine(streams)?;
    Ok(entries(&kept, streams))
}
