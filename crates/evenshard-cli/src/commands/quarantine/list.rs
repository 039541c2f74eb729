//! `evenshard quarantine list`

use std::fmt::Write as _;

use evenshard_report::escape::printable;
use evenshard_report::words::grouped;
use serde::Serialize;

use crate::config::{Entry, today};
use crate::env::Env;
use crate::exit;
use crate::failure::Outcome;
use crate::settings::QuarantineListSettings;
use crate::streams::Streams;
use crate::values::Format;

/// One line of the list.
#[derive(Serialize)]
struct Line {
    tests: Vec<String>,
    reason: String,
    until: Option<String>,
    expired: bool,
    place: String,
}

/// Lists the quarantine of the configuration, and that of the store where one is named.
pub(super) fn run(
    settings: &QuarantineListSettings,
    env: &Env,
    streams: &mut Streams<'_>,
) -> Outcome {
    let kept = &settings.kept;
    #[cfg_attr(
        not(feature = "store"),
        allow(unused_mut, reason = "only the store adds")
    )]
    let mut all: Vec<Entry> = kept.configured.entries().to_vec();
    #[cfg(feature = "store")]
    if let Some(store) = &kept.store {
        all.extend(super::shared::entries_of(store, env, streams)?);
    }
    let _ = env;
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
    let entries = if lines.len() == 1 { "entry" } else { "entries" };
    let _ = writeln!(
        text,
        "{} {entries} in quarantine",
        grouped(lines.len() as u64)
    );
    streams.result(printable(&text).as_bytes())?;
    Ok(exit::OK)
}
