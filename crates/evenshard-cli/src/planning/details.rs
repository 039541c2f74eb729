//! The lines of `--verbose` about a plan: its time, its units and its limiting factor.

use evenshard::address::likely_node_id;
use evenshard::pack::BoundKind;
use evenshard::plan::{Level, PlannedShard, Unit};
use evenshard::{Micros, Plan};
use evenshard_report::words::grouped;

use crate::streams::Streams;

/// The number of units that are named. Chosen, not measured.
const LARGEST: usize = 3;

/// Logs the plan.
pub(super) fn log(plan: &Plan, took: Micros, streams: &mut Streams<'_>) {
    if !streams.is_verbose() {
        return;
    }
    streams.detail(&format!("planned in {took}"));
    let shards = &plan.content().shards;
    if shards.iter().all(|shard| shard.units.is_empty()) {
        return;
    }
    streams.detail(&units(plan));
    // With workers the time of a shard is no sum.
    if plan.content().workers.is_none() {
        streams.detail(&work(plan));
    }
    streams.detail(&spread(shards));
    streams.detail(&limit(plan.content().certificate.bound));
    for (shard, unit) in largest(shards) {
        let unit_is = match unit.level {
            Level::File => "all of",
            Level::Class => "a class of",
            Level::Test => "tests of",
        };
        let (time, file) = (unit.predicted_us, likely_node_id(unit.file()));
        streams.detail(&format!(
            "large unit: {time} in shard {shard}, {unit_is} {file}"
        ));
    }
}

/// Counts the units by size.
fn units(plan: &Plan) -> String {
    let content = plan.content();
    let all = || content.shards.iter().flat_map(|shard| &shard.units);
    let count = |level| grouped(all().filter(|unit| unit.level == level).count() as u64);
    format!(
        "units, split {}: {} whole files, {} whole classes, {} parts of classes; {} in every shard",
        content.split,
        count(Level::File),
        count(Level::Class),
        count(Level::Test),
        grouped(content.everywhere.len()),
    )
}

/// Sums the time of all shards, tests and setup apart.
fn work(plan: &Plan) -> String {
    let content = plan.content();
    let sum = |units: &[Unit]| -> Micros { units.iter().map(|unit| unit.predicted_us).sum() };
    let everywhere = sum(&content.everywhere);
    let shards = content.shards.iter();
    let tests: Micros = shards.clone().map(|s| sum(&s.units) + everywhere).sum();
    let all: Micros = shards.map(|shard| shard.predicted_us).sum();
    let setup = all.saturating_sub(tests);
    format!("work in all shards: {tests} in tests, {setup} in setup")
}

/// Names the limiting factor, and what would help.
fn limit(bound: BoundKind) -> String {
    let help = match bound {
        BoundKind::Work | BoundKind::SetUp => "more shards would make it faster",
        BoundKind::Longest => "more shards would not help; cutting or speeding up that unit would",
        _ => "more shards or smaller units would help",
    };
    format!("limiting factor: {bound}; {help}")
}

/// Names the slowest and the fastest shard.
fn spread(shards: &[PlannedShard]) -> String {
    let numbered = || (1..).zip(shards);
    let shown = |found: Option<(u32, &PlannedShard)>| {
        found.map_or_else(String::new, |(number, shard)| {
            format!("{number} with {}", shard.predicted_us)
        })
    };
    // Of several the first, in both cases.
    let slowest = numbered().min_by_key(|(_, shard)| std::cmp::Reverse(shard.predicted_us));
    let fastest = numbered().min_by_key(|(_, shard)| shard.predicted_us);
    format!(
        "slowest shard {}, fastest {}",
        shown(slowest),
        shown(fastest)
    )
}

/// Lists the largest units with the numbers of their shards.
fn largest(shards: &[PlannedShard]) -> Vec<(u32, &Unit)> {
    let numbered = (1..).zip(shards);
    let mut units: Vec<(u32, &Unit)> = numbered
        .flat_map(|(number, shard)| shard.units.iter().map(move |unit| (number, unit)))
        .collect();
    units.sort_by(|(_, one), (_, other)| {
        let by_time = other.predicted_us.cmp(&one.predicted_us);
        by_time.then_with(|| one.file().cmp(other.file()))
    });
    units.truncate(LARGEST);
    units
}
