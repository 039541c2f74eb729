//! The shards of a plan as bars of their units.

use crate::model::{Report, ShardFacts};
use evenshard::Micros;

use super::bars::Bars;
use super::svg::{Svg, Told};
use super::text::{TIP, shown};
use crate::rows;
use crate::words::{grouped, plural};

/// So many shards have a bar of their own.
pub(super) const MOST: usize = 60;
/// A unit has a part of its own from this share of the longest bar on.
const LEAST: f64 = 0.01;

/// The chart, where there is any time to show.
pub(super) fn chart(report: &Report) -> Svg {
    let plan = &report.plan;
    let (shards, left) = rows::shards(plan, MOST);
    let longest = plan.certificate.makespan;
    let count = plan.shards.len();
    let description = format!(
        "{count} shard{}; the slowest takes {longest}, the mean is {}, and no plan can be faster than {}.",
        plural(count as u64),
        plan.mean_us,
        plan.certificate.lower_bound
    );
    let told = Told {
        id: "chart-shards",
        title: "Predicted time of each shard, as a bar of its units",
        description: &description,
    };
    let rows = shards.len() + usize::from(left > 0);
    let mut bars = Bars::new("shards", rows, longest, &told);
    for (row, shard) in shards.iter().enumerate() {
        units(&mut bars, row, shard);
        let name = shard.shard.to_string();
        bars.label(row, &name, &shard.predicted_us.to_string());
    }
    if left > 0 {
        others(&mut bars, &shards, report, left);
    }
    bars.across([
        ("bound", plan.certificate.lower_bound, "lower bound"),
        ("mean", plan.mean_us, "mean"),
    ]);
    bars.svg.end()
}

/// The bar of one shard: its large units, the others as one, set-up.
fn units(bars: &mut Bars, row: usize, shard: &ShardFacts) {
    let mut x = 0.0;
    let mut part = |bars: &mut Bars, class: &str, time: Micros, tip: &str| {
        // Units of several workers run side by side: their sum may be beyond the shard's time.
        let end = bars.axis.share(shard.predicted_us);
        let width = bars.axis.share(time).min(end - x).max(0.0);
        let at = bars.bar(row);
        if width > 0.0 {
            bars.svg.rect(class, x, width, at, tip);
        }
        x += width;
    };
    let (large, small): (Vec<_>, Vec<_>) = shard
        .units
        .shown
        .iter()
        .partition(|unit| bars.axis.share(unit.predicted_us) >= LEAST);
    for unit in large {
        let tip = format!(
            "{}: {}, {} test{}",
            shown(&unit.what, TIP),
            unit.predicted_us,
            grouped(unit.tests),
            plural(unit.tests)
        );
        part(bars, "unit", unit.predicted_us, &tip);
    }
    let rest: Micros = small.iter().map(|u| u.predicted_us).sum();
    let rest = rest + shard.units.more_us;
    let count = small.len() as u64 + shard.units.more;
    let tip = format!("{} smaller unit{}: {rest}", grouped(count), plural(count));
    part(bars, "rest", rest, &tip);
    if let Some(setup) = shard.setup_us {
        part(bars, "setup", setup, &format!("set-up: {setup}"));
    }
}

/// One bar for all shards that have none.
fn others(bars: &mut Bars, shown: &[&ShardFacts], report: &Report, left: usize) {
    let all: Micros = report.plan.shards.iter().map(|s| s.predicted_us).sum();
    let own: Micros = shown.iter().map(|s| s.predicted_us).sum();
    let sum = all.saturating_sub(own);
    let mean = Micros::new(sum.get() / left.max(1) as u64);
    let row = shown.len();
    let (at, width) = (bars.bar(row), bars.axis.share(mean));
    let tip = format!("{left} more shards, each faster: {mean} in the mean, {sum} together");
    bars.svg.rect("others", 0.0, width, at, &tip);
    bars.label(row, &format!("+{left}"), &format!("avg {mean}"));
}
