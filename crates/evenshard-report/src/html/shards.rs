//! The shards of a plan as bars, made of what they run.

use evenshard::Micros;
use evenshard::address::likely_node_id;

use super::bars::Bars;
use super::name::{TIP, shown};
use super::svg::{About, Svg};
use crate::model::{Report, ShardFacts};
use crate::table::heaviest;
use crate::words::counted;

/// The most shards with bars of their own: a chart of 60 is 1,150 pixels high.
pub(super) const MOST: usize = 60;
/// The least share of the longest bar that is a part of its own: below it, a part is narrower
/// than its outline on a narrow page.
const LEAST: f64 = 0.01;

/// The chart.
pub(super) fn chart(report: &Report) -> Svg {
    let plan = &report.plan;
    let (shards, left) = heaviest(&plan.shards, MOST, |shard| shard.predicted_us);
    let longest = plan.certificate.makespan;
    let description = format!(
        "{}; the slowest takes {longest}, the mean is {}, and no plan can be faster than {}.",
        counted(plan.shards.len(), "shard"),
        plan.mean_us,
        plan.certificate.lower_bound
    );
    let about = About {
        id: "chart-shards",
        title: "Predicted time of each shard, as a bar of its files, classes and tests",
        description: &description,
    };
    let rows = shards.len() + usize::from(!left.is_empty());
    let mut bars = Bars::new("shards", rows, longest, &about);
    for (row, shard) in shards.iter().enumerate() {
        parts(&mut bars, row, shard);
        let name = shard.shard.to_string();
        bars.label(row, &name, &shard.predicted_us.to_string());
    }
    if !left.is_empty() {
        others(&mut bars, shards.len(), &left);
    }
    bars.across([
        ("bound", plan.certificate.lower_bound, "lower bound"),
        ("mean", plan.mean_us, "mean"),
    ]);
    bars.svg.end()
}

/// The bar of one shard: its large parts, all small ones as one, setup.
fn parts(bars: &mut Bars, row: usize, shard: &ShardFacts) {
    let mut x = 0.0;
    let mut part = |bars: &mut Bars, class: &str, time: Micros, tip: &str| {
        // Several workers run side by side: the sum may be beyond the shard's time.
        let end = bars.axis.share(shard.predicted_us);
        let width = bars.axis.share(time).min(end - x).max(0.0);
        let at = bars.bar(row);
        if width > 0.0 {
            bars.svg.rect(class, x, width, at, tip);
        }
        x += width;
    };
    let units = shard.units.shown.iter();
    // Thousands of boxes would make a page slow and show nothing.
    let (large, small): (Vec<_>, Vec<_>) =
        units.partition(|unit| bars.axis.share(unit.predicted_us) >= LEAST);
    for unit in large {
        let (what, tests) = (
            shown(&likely_node_id(&unit.what), TIP),
            counted(unit.tests, "test"),
        );
        let tip = format!("{what}: {}, {tests}", unit.predicted_us);
        part(bars, "unit", unit.predicted_us, &tip);
    }
    let rest: Micros = small.iter().map(|u| u.predicted_us).sum();
    // What the model has left out is small as well.
    let rest = rest + shard.units.more_us;
    let count = small.len() as u64 + shard.units.more;
    let tip = format!("{}: {rest}", counted(count, "smaller part"));
    part(bars, "rest", rest, &tip);
    if let Some(setup) = shard.setup_us {
        part(bars, "setup", setup, &format!("setup: {setup}"));
    }
}

/// One bar for all shards that have none.
fn others(bars: &mut Bars, row: usize, others: &[&ShardFacts]) {
    let sum: Micros = others.iter().map(|s| s.predicted_us).sum();
    let left = others.len();
    let mean = Micros::new(sum.get() / left.max(1) as u64);
    let (at, width) = (bars.bar(row), bars.axis.share(mean));
    let tip = format!("{left} more shards, each faster: {mean} in the mean, {sum} together");
    bars.svg.rect("others", 0.0, width, at, &tip);
    bars.label(row, &format!("+{left}"), &format!("avg {mean}"));
}
