//! What `--verbose` says of a plan: how long it took, what it is made of, and what binds it.

use evenshard::pack::BoundKind;
use evenshard::plan::{Level, PlannedShard, Unit};
use evenshard::{Micros, Plan};
use evenshard_report::words::grouped;

use crate::streams::Streams;

/// How many of the largest units are named.
const LARGEST: usize = 3;

/// Says all of it.
pub(super) fn show(plan: &Plan, took: Micros, streams: &mut Streams<'_>) {
    if !streams.is_verbose() {
        return;
    }
    streams.detail(&format!("planned in {took}"));
    let shards = &plan.content().shards;
    if shards.iter().all(|shard| shard.units.is_empty()) {
        return;
    }
    streams.detail(&units(plan));
    if plan.content().workers.is_none() {
        streams.detail(&work(plan));
    }
    streams.detail(&spread(shards));
    streams.detail(&binding(plan.content().certificate.bound));
    for (shard, unit) in largest(shards) {
        let unit_is = match unit.level {
            Level::File => "all of",
            Level::Class => "a class of",
            Level::Test => "tests of",
        };
        let (time, file) = (unit.predicted_us, unit.file());
        streams.detail(&format!(
            "large unit: {time} in shard {shard}, {unit_is} {file}"
        ));
    }
}

/// What was placed, by size.
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
        grouped(content.everywhere.len() as u64),
    )
}

/// What all shards together take, and for what.
fn work(plan: &Plan) -> String {
    let content = plan.content();
    let sum = |units: &[Unit]| -> Micros { units.iter().map(|unit| unit.predicted_us).sum() };
    let everywhere = sum(&content.everywhere);
    let shards = content.shards.iter();
    let tests: Micros = shards.clone().map(|s| sum(&s.units) + everywhere).sum();
    let all: Micros = shards.map(|shard| shard.predicted_us).sum();
    let setup = all.saturating_sub(tests);
    format!("work in all shards: {tests} in tests, {setup} in set-up")
}

/// Why it cannot be faster, and what would help.
fn binding(bound: BoundKind) -> String {
    let help = match bound {
        BoundKind::Work | BoundKind::SetUp => "more shards would make it faster",
        BoundKind::Longest => "more shards would not help; cutting or speeding up that unit would",
        _ => "more shards or smaller units would help",
    };
    format!("what binds: {bound}; {help}")
}

/// The slowest and the fastest shard.
fn spread(shards: &[PlannedShard]) -> String {
    let numbered = || (1..).zip(shards);
    let told = |found: Option<(u32, &PlannedShard)>| {
        found.map_or_else(String::new, |(number, shard)| {
            format!("{number} with {}", shard.predicted_us)
        })
    };
    // Of several the first, in both cases.
    let slowest = numbered().min_by_key(|(_, shard)| std::cmp::Reverse(shard.predicted_us));
    let fastest = numbered().min_by_key(|(_, shard)| shard.predicted_us);
    format!("slowest shard {}, fastest {}", told(slowest), told(fastest))
}

/// The largest units with the numbers of their shards.
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
