//! What `evenshard quarantine` does, one function an action.

use std::fmt::Write as _;

use evenshard_report::escape::printable;
use evenshard_report::words::counted;
use serde::Serialize;

use crate::config::{Entry, today};
use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::settings::{
    QuarantineAddSettings, QuarantineCommand, QuarantineListSettings, StoreSettings,
};
use crate::store::{KeptTest, Shared, entries};
use crate::streams::Streams;
use crate::values::Format;

/// Variables that name who is at work, in the order in which they are tried.
const NAMES: [&str; 5] = [
    "BUILDKITE_BUILD_CREATOR",
    "GITHUB_ACTOR",
    "GITLAB_USER_LOGIN",
    "USER",
    "USERNAME",
];

pub(super) fn run(command: &QuarantineCommand, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    // Every build reads the quarantine of those that publish.
    let open = |store: &StoreSettings| {
        let shared = Shared::open(store, env)?;
        Ok::<_, Failure>(shared.trusted(&store.scope))
    };
    match command {
        QuarantineCommand::Add(settings) => {
            add(settings, &open(&settings.suite.store)?, env, streams)
        }
        QuarantineCommand::Remove(settings) => remove(
            &open(&settings.suite.store)?,
            &settings.test.to_string(),
            streams,
        ),
        QuarantineCommand::List(settings) => list(settings, &open(&settings.suite.store)?, streams),
    }
}

fn add(
    settings: &QuarantineAddSettings,
    shared: &Shared,
    env: &Env,
    streams: &mut Streams<'_>,
) -> Outcome {
    let words: Vec<&str> = settings.reason.split_whitespace().collect();
    if words.is_empty() {
        return Err(
            Failure::usage("--reason is empty").hint("whoever sees the failure will want to know")
        );
    }
    let by = NAMES.iter().find_map(|name| env.get(name));
    let kept = KeptTest {
        test: settings.test.to_string(),
        reason: words.join(" "),
        until: settings.until.map(|day| day.0.to_string()),
        by: by.map(str::to_owned),
        removed: false,
    };
    shared.keep(&kept)?;
    streams.say(&format!(
        "{}: failures do not count from the next build on",
        kept.test
    ));
    Ok(exit::OK)
}

fn remove(shared: &Shared, test: &str, streams: &mut Streams<'_>) -> Outcome {
    let kept = shared.quarantine(streams)?;
    let Some(found) = kept.into_iter().find(|kept| kept.test == test) else {
        let what = format!("'{test}' is not in the quarantine of {shared}");
        return Err(Failure::data(what).hint("`evenshard quarantine list` shows it"));
    };
    let removed = KeptTest {
        removed: true,
        ..found
    };
    shared.keep(&removed)?;
    streams.say(&format!(
        "{test}: failures count again from the next build on"
    ));
    Ok(exit::OK)
}

/// One line of the list.
#[derive(Serialize)]
struct Line {
    tests: Vec<String>,
    reason: String,
    until: Option<String>,
    expired: bool,
    place: String,
}

fn list(settings: &QuarantineListSettings, shared: &Shared, streams: &mut Streams<'_>) -> Outcome {
    let kept = shared.quarantine(streams)?;
    let mut all: Vec<Entry> = settings.configured.entries().to_vec();
    all.extend(entries(&kept, streams));
    let today = today();
    let lines = all.iter().map(|entry| Line {
        tests: entry.patterns.iter().map(ToString::to_string).collect(),
        reason: entry.reason.clone(),
        until: entry.until.map(|day| day.to_string()),
        expired: entry.until.is_some_and(|until| until < today),
        place: entry.location.clone(),
    });
    let lines: Vec<Line> = lines.collect();
    if settings.format == Format::Json {
        let json = serde_json::to_string_pretty(&lines).unwrap_or_default();
        streams.deliver(&format!("{json}\n"), None)?;
        return Ok(exit::OK);
    }
    let mut text = String::new();
    for line in &lines {
        let until = match (&line.until, line.expired) {
            (None, _) => String::new(),
            (Some(day), false) => format!(", until {day}"),
            (Some(day), true) => format!(", EXPIRED after {day}"),
        };
        let tests = line.tests.join(", ");
        let _ = writeln!(text, "{tests}\n  {}{until} ({})", line.reason, line.place);
    }
    let _ = writeln!(text, "{} in quarantine", counted(lines.len(), "entry"));
    streams.result(printable(&text).as_bytes())?;
    Ok(exit::OK)
}
