//! What text, Markdown and HTML show alike: which rows of long lists, and figures in words.

use crate::model::{
    Basis, ChosenBy, PlanFacts, Point, Report, ResultFacts, ShardFacts, Sizing, TargetFacts,
};
use evenshard::Micros;
use evenshard::verify::ShardVerdict;

use crate::verdict::text::beside;
use crate::words::{grouped, plural};

/// Numbers of shards that people think in.
pub(crate) const NUMBERS: [u32; 19] = [
    1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 50, 64, 80, 100, 128, 200,
];

/// The columns of shards as they ran, with `:` where numbers stand.
pub(crate) const AS_THEY_RAN: [&str; 7] = [
    "shard:",
    "state",
    "tests:",
    "failed:",
    "predicted:",
    "measured:",
    "deviation:",
];

/// The points worth a row: round numbers, and those that have a name.
pub(crate) fn points(sizing: &Sizing) -> Vec<&Point> {
    let named = |n: u32| n == sizing.knee || n == sizing.chosen || sizing.largest_useful == Some(n);
    let last = sizing.points.last().map(|p| p.shards);
    let worth =
        |p: &&Point| NUMBERS.contains(&p.shards) || named(p.shards) || last == Some(p.shards);
    sizing.points.iter().filter(worth).collect()
}

/// What a number of shards is, in a word or two; empty for most.
pub(crate) fn remark(sizing: &Sizing, shards: u32) -> String {
    let shown = match sizing.chosen_by {
        ChosenBy::Plan => "as planned",
        _ => "shown",
    };
    let names = [
        (sizing.chosen == shards, shown),
        (sizing.knee == shards, "knee"),
        (sizing.largest_useful == Some(shards), "floor"),
    ];
    let names: Vec<&str> = names.iter().filter(|n| n.0).map(|n| n.1).collect();
    names.join(", ")
}

/// Why the shown number of shards is shown.
pub(crate) fn chosen(sizing: &Sizing) -> &'static str {
    match sizing.chosen_by {
        ChosenBy::Asked => "as asked",
        ChosenBy::Target => "the fewest that meet the target",
        ChosenBy::Plan => "as planned",
        ChosenBy::Builds => "as many as the newest build had",
        _ => "the knee",
    }
}

/// At most so many shards, slowest first where that leaves some out, and how many are left.
pub(crate) fn shards(plan: &PlanFacts, most: usize) -> (Vec<&ShardFacts>, usize) {
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
pub(crate) fn suite(report: &Report) -> String {
    let suite = &report.suite;
    let (tests, files) = (suite.matched.tests, suite.files);
    let text = format!(
        "{} test{} in {} file{}: {} of tests and {} of set-up",
        grouped(tests),
        plural(tests),
        grouped(files),
        plural(files),
        suite.work_us,
        suite.setup_us,
    );
    let from = match (report.basis, report.builds.len()) {
        (Basis::Plan, _) => ", from a plan alone: each test counts the mean of its unit".to_owned(),
        (_, 0) => String::new(),
        (_, builds) => format!(", from {builds} build{}", plural(builds)),
    };
    format!("{text}{from}{}", gone(report))
}

/// How many tests the newest build did not have, where that is one in a hundred or more.
fn gone(report: &Report) -> String {
    let matched = report.suite.matched;
    let newest = report.builds.last().map_or(matched.tests, |b| b.tests);
    let absent = matched.tests.saturating_sub(newest);
    if matched.known < matched.tests || absent == 0 || absent.saturating_mul(100) < matched.tests {
        return String::new();
    }
    format!(
        "; {} of them are not in the newest build (--tests leaves out what is gone)",
        grouped(absent)
    )
}

/// A finished build and what is proved of it, in one sentence without its end.
pub(crate) fn proof(results: &ResultFacts) -> String {
    let totals = &results.totals;
    let ran = totals.tests.saturating_sub(totals.not_run);
    let proof = if results.proved {
        match &results.list {
            // Without a case for each line, nothing is said of what ran.
            Some(list) if list.with_cases != Some(list.lines) => {
                let (n, s) = (grouped(list.lines), plural(list.lines));
                format!("proved: {n} line{s} in one share each")
            }
            _ => format!("proved: {} test{} ran once", grouped(ran), plural(ran)),
        }
    } else {
        "NOT proved: `evenshard verify` names what is in the way".to_owned()
    };
    proof + &beside(totals)
}

/// What the figures of a build leave out.
pub(crate) fn unmeasured(results: &ResultFacts) -> Option<String> {
    let not_run = results.totals.not_run;
    (not_run > 0).then(|| {
        format!(
            "times are those of the tests that ran: {} did not",
            grouped(not_run)
        )
    })
}

/// How many shards are worth it, in sentences.
pub(crate) fn advice(report: &Report) -> Vec<String> {
    let sizing = &report.sizing;
    let floor = &sizing.floor;
    let means = report.basis == Basis::Plan;
    let bound = if means {
        "by the means of units: a single test may take longer"
    } else {
        "no number of shards is faster"
    };
    let mut lines = vec![format!(
        "floor: {}, set by {}; {bound}",
        floor.wall_us, floor.what
    )];
    if let Some(useful) = sizing.largest_useful {
        let gain = if useful == 1 { "gains" } else { "gain" };
        lines.push(format!(
            "more than {useful} shard{} {gain} nothing{}",
            plural(useful),
            if means { ", by these means" } else { "" }
        ));
    }
    if sizing.chosen_by == ChosenBy::Plan {
        lines.push(format!(
            "as planned: {} by the timings of the plan; other numbers are packed anew, {}",
            sizing.chosen,
            if means {
                "from means"
            } else {
                "from the times of this build"
            }
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
        plural(knee)
    ));
    lines.extend(sizing.target.as_ref().map(met));
    lines
}

/// The number of shards that meets a target, or why none does.
fn met(target: &TargetFacts) -> String {
    let Some(n) = target.shards.filter(|_| target.obstacle.is_none()) else {
        let obstacle = target.obstacle.as_deref();
        let obstacle = obstacle.unwrap_or("the target, by any number of shards");
        return format!("not met: {obstacle}");
    };
    let proved = if target.proved_smallest {
        ", proved to be the fewest"
    } else {
        ""
    };
    let time = target.target_us;
    format!("target of {time}: {n} shard{}{proved}", plural(n))
}

/// What the build of that index is called, counted from 1 where nothing named it.
pub(crate) fn build_name(report: &Report, build: usize) -> String {
    let named = report.builds.get(build).and_then(|b| b.id.clone());
    named.unwrap_or_else(|| format!("({})", build.saturating_add(1)))
}

/// A gain; a dash for none, and nothing where it was not worked out.
pub(crate) fn gain(gain: impl Into<Option<Micros>>) -> String {
    match gain.into() {
        None => String::new(),
        Some(Micros::ZERO) => "-".to_owned(),
        Some(gain) => gain.to_string(),
    }
}

/// What stands for the name of a build that has none.
pub(crate) fn of_build(build: Option<&str>) -> String {
    build.map_or_else(|| "the build".to_owned(), |id| format!("build {id}"))
}

/// How many tests of a shard failed in the end.
pub(crate) fn failed(shard: &ShardVerdict) -> u64 {
    shard.outcomes.failed + shard.outcomes.errored
}
