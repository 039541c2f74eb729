//! `evenshard timings update --store`: builds whose reports are at hand, as if they had published.

use evenshard::history::{Histories, History};
use evenshard_report::words::counted;
use evenshard_store::digest;

use crate::ci;
use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::settings::UpdateSettings;
use crate::store::Shared;
use crate::streams::Streams;

/// Opens the store, where one is named. A build of a CI adds no more by hand than it would publish.
pub(super) fn open(settings: &UpdateSettings, env: &Env) -> Result<Option<Shared>, Failure> {
    let Some(store) = settings.store.named() else {
        return Ok(None);
    };
    let shared = Shared::open(store, env)?;
    if let Some(why) = &shared.no_publishing
        && ci::provider(env).is_some()
    {
        let hint = if Shared::is_guest(env) {
            "pull requests never add to the history: run it in a build of a branch"
        } else {
            "--publish names the branches whose builds add to the history"
        };
        return Err(Failure::config(format!("nothing was added: {why}")).hint(hint));
    }
    Ok(Some(shared.trusted(&store.scope)))
}

/// Adds each build of a history to that of the store, in an object of its own, as a finished build
/// does. Of many, as many as are read.
pub(super) fn add(
    history: &History,
    scope: &str,
    shared: &Shared,
    streams: &mut Streams<'_>,
) -> Outcome {
    let builds = history.builds();
    let old = builds.len().saturating_sub(Shared::NEWEST);
    let (mut added, mut tests) = (0, 0);
    for build in builds.iter().skip(old) {
        let mut histories = Histories::default();
        *histories.scope(scope) = build.alone(history);
        let json = histories.to_json();
        let begun = build.begun_ms.and_then(|ms| u64::try_from(ms).ok());
        let digest = digest([json.as_bytes()]);
        if shared.publish(begun.unwrap_or_default(), &digest, &json)? {
            added += 1;
            tests += histories.scope(scope).len();
        }
    }
    streams.say(&format!(
        "{} added to the history of {shared}: {}",
        counted(added, "build"),
        counted(tests, "test")
    ));
    let known = builds.len() - old - added;
    if known > 0 {
        streams.say(&format!("{} there already", counted(known, "build")));
    }
    if old > 0 {
        streams.say(&format!(
            "{} left out: the newest {} of a history are read",
            counted(old, "older build"),
            Shared::NEWEST
        ));
    }
    Ok(exit::OK)
}
