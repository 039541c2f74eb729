//! Predicted against measured, shard by shard.

use crate::model::ResultFacts;
use evenshard::Micros;
use evenshard::verify::ShardVerdict;

use super::bars::Bars;
use super::shards::MOST;
use super::svg::{Svg, Told};
use crate::words::deviation;

/// The shards with a row, and how many have none: those that took longest stay, in the order
/// of their numbers where all do.
fn rows(results: &ResultFacts) -> (Vec<&ShardVerdict>, usize) {
    let mut shards: Vec<&ShardVerdict> = results.shards.iter().collect();
    let left = shards.len().saturating_sub(MOST);
    if left > 0 {
        shards.sort_by_key(|s| (std::cmp::Reverse(s.measured_us), s.shard));
        shards.truncate(MOST);
    }
    (shards, left)
}

/// The chart; `None` where nothing was measured.
pub(super) fn chart(results: &ResultFacts) -> Option<Svg> {
    let balance = results.balance.as_ref()?;
    let (shards, left) = rows(results);
    let description = format!(
        "The slowest, shard {}, took {}; the mean is {}.",
        balance.slowest, balance.slowest_us, balance.mean_us
    );
    let told = Told {
        id: "chart-measured",
        title: "Measured time of each shard as a bar, its predicted time as a stroke",
        description: &description,
    };
    let times = |s: &&ShardVerdict| s.predicted_us.max(s.measured_us.unwrap_or_default());
    let longest = shards.iter().map(times).max().unwrap_or_default();
    let mut bars = Bars::new(
        "measured",
        shards.len() + usize::from(left > 0),
        longest,
        &told,
    );
    for (row, shard) in shards.iter().enumerate() {
        one(&mut bars, row, shard);
    }
    if left > 0 {
        let value = "faster ones";
        bars.label(shards.len(), &format!("+{left}"), value);
    }
    bars.across([
        ("bound", balance.slowest_us, "slowest"),
        ("mean", balance.mean_us, "mean"),
    ]);
    Some(bars.svg.end())
}

fn one(bars: &mut Bars, row: usize, shard: &ShardVerdict) {
    let predicted = shard.predicted_us;
    let (top, height) = bars.bar(row);
    let value = match shard.measured_us {
        Some(measured) => {
            let width = bars.axis.share(measured);
            let tip = format!("shard {}: {measured}, predicted {predicted}", shard.shard);
            bars.svg.rect("unit", 0.0, width, (top, height), &tip);
            format!("{measured}  {}", deviation(measured, predicted))
        }
        None => "no result".to_owned(),
    };
    let x = bars.axis.share(predicted);
    let (from, to) = ((x, top - 2.0), (x, top + height + 2.0));
    if predicted > Micros::ZERO {
        bars.svg.line("halo", from, to);
        bars.svg.line("predicted", from, to);
    }
    bars.label(row, &shard.shard.to_string(), &value);
}
