//! What text, Markdown and HTML show alike: which rows of long lists, and figures in words.

use evenshard::Micros;
use evenshard::report::{ChosenBy, PlanFacts, Point, Report, ShardFacts, Sizing};

use crate::inputs::plural;
use crate::planning::grouped;

/// Numbers of shards that people think in.
pub(super) const NUMBERS: [u32; 19] = [
    1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 50, 64, 80, 100, 128, 200,
];

/// The points worth a row: round numbers, and those that have a name.
pub(super) fn points(sizing: &Sizing) -> Vec<&Point> {
    let named = |n: u32| n == sizing.knee || n == sizing.chosen || sizing.largest_useful == Some(n);
    let last = sizing.points.last().map(|p| p.shards);
    let worth =
        |p: &&Point| NUMBERS.contains(&p.shards) || named(p.shards) || last == Some(p.shards);
    sizing.points.iter().filter(worth).collect()
}

/// What a number of shards is, in a word or two; empty for most.
pub(super) fn remark(sizing: &Sizing, shards: u32) -> String {
    let names = [
        (sizing.chosen == shards, "shown"),
        (sizing.knee == shards, "knee"),
        (sizing.largest_useful == Some(shards), "floor"),
    ];
    let names: Vec<&str> = names.iter().filter(|n| n.0).map(|n| n.1).collect();
    names.join(", ")
}

/// Why the shown number of shards is shown.
pub(super) fn chosen(sizing: &Sizing) -> &'static str {
    match sizing.chosen_by {
        ChosenBy::Asked => "as asked",
        ChosenBy::Target => "the fewest that meet the target",
        ChosenBy::Plan => "as planned",
        ChosenBy::Builds => "as many as the newest build had",
        _ => "the knee",
    }
}

/// At most so many shards, slowest first where that leaves some out, and how many are left.
pub(super) fn shards(plan: &PlanFacts, most: usize) -> (Vec<&ShardFacts>, usize) {
    let mut shards: Vec<&ShardFacts> = plan.shards.iter().collect();
    if shards.len() <= most {
        return (shards, 0);
    }
    shards.sort_by_key(|shard| (std::cmp::Reverse(shard.predicted_us), shard.shard));
    let left = shards.len() - most;
    shards.truncate(most);
    (shards, left)
}

/// The suite in one sentence.
pub(super) fn suite(report: &Report) -> String {
    let suite = &report.suite;
    let (tests, files) = (suite.matched.tests, suite.files);
    let text = format!(
        "{} test{} in {} file{}: {} of tests and {} of set-up",
        grouped(tests),
        many(tests),
        grouped(files),
        many(files),
        suite.work_us,
        suite.setup_us,
    );
    match report.builds.len() {
        0 => text,
        builds => format!("{text}, from {builds} build{}", plural(builds)),
    }
}

/// How many shards are worth it, in sentences.
pub(super) fn advice(sizing: &Sizing) -> Vec<String> {
    let floor = &sizing.floor;
    let mut lines = vec![format!(
        "floor: {}, set by {}; no number of shards is faster",
        floor.wall_us, floor.what
    )];
    if let Some(useful) = sizing.largest_useful {
        lines.push(format!(
            "more than {useful} shard{} gain nothing",
            many(useful.into())
        ));
    }
    let overhead = if sizing.job_overhead_us == Micros::ZERO {
        "with no job overhead counted; --job-overhead 90s counts start, checkout and install"
            .to_owned()
    } else {
        format!("with {} of job overhead", sizing.job_overhead_us)
    };
    let knee = sizing.knee;
    lines.push(format!(
        "knee: {knee} shard{}, where speed for the agents' time is best, {overhead}",
        many(knee.into())
    ));
    if let Some(target) = &sizing.target {
        lines.push(match (&target.obstacle, target.shards) {
            (None, Some(n)) if target.proved_smallest => format!(
                "target of {}: {n} shard{}, proved to be the fewest",
                target.target_us,
                many(n.into())
            ),
            (None, Some(n)) => format!(
                "target of {}: {n} shard{}",
                target.target_us,
                many(n.into())
            ),
            (obstacle, _) => format!(
                "target of {}: not met: {}",
                target.target_us,
                obstacle.as_deref().unwrap_or("no number of shards does")
            ),
        });
    }
    lines
}

/// What the build of that index is called, counted from 1 where nothing named it.
pub(super) fn build_name(report: &Report, build: usize) -> String {
    let named = report.builds.get(build).and_then(|b| b.id.clone());
    named.unwrap_or_else(|| format!("({})", build.saturating_add(1)))
}

/// Millionths as a percentage with one decimal.
pub(super) fn percent(ppm: u64) -> String {
    format!("{:.1} %", ppm as f64 / 1e4)
}

/// A gain; a dash for none.
pub(super) fn gain(gain: Micros) -> String {
    if gain == Micros::ZERO {
        "-".to_owned()
    } else {
        gain.to_string()
    }
}

/// A time measured against the one predicted: `+12.0 %`.
pub(super) fn deviation(measured: Micros, predicted: Micros) -> String {
    if predicted == Micros::ZERO {
        return "-".to_owned();
    }
    let over = measured.as_secs_f64() / predicted.as_secs_f64() - 1.0;
    format!("{:+.1} %", over * 100.0)
}

/// `s` unless there is one.
pub(super) fn many(n: u64) -> &'static str {
    if n == 1 { "" } else { "s" }
}
