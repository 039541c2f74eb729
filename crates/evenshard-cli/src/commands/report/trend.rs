//! `report --store --since`: the trend over many builds.

use std::fmt::Write as _;

use evenshard::Micros;
use evenshard_report::BuildFigures;
use evenshard_report::escape::printable;
use evenshard_report::words::{counted, day};

use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::settings::{ReportSettings, StoreSettings};
use crate::store::Shared;
use crate::streams::Streams;
use crate::values::ReportFormat;

/// The builds that are listed one by one.
const LISTED: usize = 30;
const DAY_US: u64 = 24 * 60 * 60 * 1_000_000;

pub(super) fn run(
    settings: &ReportSettings,
    (store, since): (&StoreSettings, Micros),
    env: &Env,
    streams: &mut Streams<'_>,
) -> Outcome {
    let shared = Shared::open(store, env)?;
    let days = since.get().div_ceil(DAY_US);
    let builds = shared.trend(days, streams)?;
    let Some(newest) = builds.last() else {
        let what = format!("{shared} has no build of the last {}", counted(days, "day"));
        return Err(Failure::data(what));
    };
    let text = match settings.format {
        ReportFormat::Json => {
            let json = serde_json::to_string_pretty(&builds).unwrap_or_default();
            format!("{json}\n")
        }
        ReportFormat::Text => printable(&text(&builds, newest)),
        ReportFormat::Markdown => format!("```text\n{}```\n", printable(&text(&builds, newest))),
        ReportFormat::Html => {
            return Err(Failure::usage(
                "a trend is text, markdown or json, not html",
            ));
        }
    };
    streams.deliver(&text, settings.output.as_deref())?;
    Ok(exit::OK)
}

fn text(builds: &[BuildFigures], newest: &BuildFigures) -> String {
    let proved = builds.iter().filter(|build| build.proved).count();
    let mut text = format!("{}, {proved} proved\n\n", counted(builds.len(), "build"));
    let _ = writeln!(
        text,
        "{:<10}  {:>7}  {:>6}  {:>6}  {:>12}  {:>9}  build",
        "date", "tests", "failed", "shards", "slowest", "imbalance"
    );
    let left_out = builds.len().saturating_sub(LISTED);
    for build in builds.iter().skip(left_out) {
        let _ = writeln!(
            text,
            "{:<10}  {:>7}  {:>6}  {:>6}  {:>12}  {:>8.1}%  {}{}",
            date(build.begun_ms),
            build.tests,
            build.failed,
            build.shards,
            build.slowest_us.to_string(),
            build.imbalance() * 100.0,
            build.build,
            if build.proved { "" } else { " (NOT proved)" }
        );
    }
    if left_out > 0 {
        let _ = writeln!(text, "and {} before them", counted(left_out, "build"));
    }
    text.push_str("\nslowest tests of the newest build\n");
    for (test, time) in &newest.slowest_tests {
        let _ = writeln!(text, "  {:>10}  {test}", time.to_string());
    }
    text
}

/// The day on which a build began, in UTC.
fn date(begun_ms: u64) -> String {
    let day = i64::try_from(begun_ms).ok().and_then(day);
    day.unwrap_or_else(|| "?".to_owned())
}
