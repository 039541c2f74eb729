//! How much of a list a ready plan knows.

use evenshard::Plan;
use evenshard::plan::{Match, Placed};
use evenshard_report::words::{grouped, plural};

use super::{LITTLE_PERCENT, require_match};
use crate::failure::Failure;
use crate::streams::Streams;

/// Says how many lines the plan knows; with `--require-match`, stops where these are too few.
///
/// # Errors
/// Code 65.
pub(super) fn say_match(
    plan: &Plan,
    list: &[&str],
    placed: &[Placed],
    least: Option<f64>,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let unknown = list
        .iter()
        .zip(placed)
        .filter(|(_, placed)| !placed.reason.is_known());
    let unknown: Vec<&str> = unknown.map(|(line, _)| *line).collect();
    let matched = Match {
        tests: list.len() as u64,
        known: (list.len() - unknown.len()) as u64,
    };
    let (known, percent) = (grouped(matched.known), matched.percent());
    let s = plural(matched.tests);
    let line = format!(
        "the plan has {known} of {} line{s} ({percent:.2} %)",
        grouped(matched.tests)
    );
    if unknown.is_empty() || percent >= LITTLE_PERCENT {
        streams.say(&line);
    } else {
        streams.warn(&line);
        let shards = plan.content().shards.iter();
        let units = shards.flat_map(|shard| &shard.units);
        let planned: Vec<&str> = units.map(evenshard::plan::Unit::file).take(3).collect();
        let unknown: Vec<&str> = unknown.into_iter().take(3).collect();
        streams.add(&format!("  lines, such as          {}", unknown.join(", ")));
        streams.add(&format!("  files of the plan, as   {}", planned.join(", ")));
        streams.add(
            "  likely cause: a plan of another suite, or one made before these files were there",
        );
    }
    require_match("the plan has", matched, least)
}
