//! Predicted against measured, shard by shard.

use evenshard::Micros;
use evenshard::verify::ShardVerdict;

use super::bars::Bars;
use super::shards::MOST;
use super::svg::{About, Svg};
use crate::model::ResultFacts;
use crate::table::heaviest;
use crate::words::deviation;

/// The chart; `None` where nothing was measured.
pub(super) fn chart(results: &ResultFacts) -> Option<Svg> {
    let balance = results.balance.as_ref()?;
    let took = |shard: &ShardVerdict| shard.measured_us.unwrap_or_default();
    let (shards, left) = heaviest(&results.shards, MOST, took);
    let description = format!(
        "The slowest, shard {}, took {}; the mean is {}.",
        balance.slowest, balance.slowest_us, balance.mean_us
    );
    let about = About {
        id: "chart-measured",
        title: "Measured time of each shard as a bar, its predicted time as a stroke",
        description: &description,
    };
    let times = shards.iter().map(|s| s.predicted_us.max(took(s)));
    let longest = times.max().unwrap_or_default();
    let rows = shards.len() + usize::from(!left.is_empty());
    let mut bars = Bars::new("measured", rows, longest, &about);
    for (row, shard) in shards.iter().enumerate() {
        one(&mut bars, row, shard);
    }
    if !left.is_empty() {
        bars.label(shards.len(), &format!("+{}", left.len()), "faster ones");
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
        // The stroke has to be seen on the bar as well as beside it.
        bars.svg.line("halo", from, to);
        bars.svg.line("predicted", from, to);
    }
    bars.label(row, &shard.shard.to_string(), &value);
}
