//! How a finished build went: its problems, its shards, its surprises.

use crate::model::ResultFacts;
use evenshard::verify::ShardVerdict;

use super::table::{Table, columns, count, name, none, row, signed, time, words};
use super::tables::SHARDS;
use super::text::{NAME, TIP, shown};
use crate::rows;
use crate::words::{deviation, grouped, percent};

/// So many problems are named.
const PROBLEMS: usize = 30;

/// The build in sentences.
pub(super) fn lead(results: &ResultFacts) -> Vec<String> {
    let build = match &results.build {
        Some(build) => format!("Build {}: ", shown(build, TIP)),
        None => String::new(),
    };
    let tests = grouped(results.totals.tests);
    let proof = rows::proof(results).replace('`', "");
    let mut lines = vec![format!("{build}{tests} tests were selected; {proof}.")];
    lines.extend(rows::unmeasured(results).map(|line| format!("The {line}.")));
    if let Some(balance) = &results.balance {
        lines.push(format!(
            "The slowest, shard {}, took {}, {} over the mean of {}. Agents waited {} in all for it.",
            balance.slowest,
            balance.slowest_us,
            percent(balance.imbalance_ppm),
            balance.mean_us,
            balance.idle_us
        ));
    } else {
        lines.push("No shard left a time.".to_owned());
    }
    lines
}

/// What keeps the build from being proved.
pub(super) fn problems(results: &ResultFacts) -> Vec<String> {
    let more = results.problems.len().saturating_sub(PROBLEMS);
    let named = results.problems.iter().take(PROBLEMS);
    let mut lines: Vec<String> = named.map(|p| shown(p, 2 * NAME)).collect();
    if more > 0 {
        lines.push(format!("and {} more", grouped(more as u64)));
    }
    lines
}

/// The tables about it that have rows.
pub(super) fn tables(results: &ResultFacts) -> Vec<Table> {
    let mut tables = vec![shards(results), misses(results)];
    tables.retain(|table| !table.rows.is_empty());
    tables
}

fn shards(results: &ResultFacts) -> Table {
    let of = |shard: &ShardVerdict| {
        let predicted = shard.predicted_us;
        let over = match shard.measured_us {
            Some(measured) => {
                let over = i128::from(measured.get()) - i128::from(predicted.get());
                let key = over * 1_000_000 / i128::from(predicted.get().max(1));
                let key = i64::try_from(key).unwrap_or(i64::MAX);
                signed(deviation(measured, predicted), key)
            }
            None => none(),
        };
        row(vec![
            count(shard.shard),
            words(shard.state.to_string()),
            count(shard.tests),
            count(rows::failed(shard)),
            time(predicted),
            time(shard.measured_us),
            over,
        ])
    };
    let mut shown: Vec<&ShardVerdict> = results.shards.iter().collect();
    let left = shown.len().saturating_sub(SHARDS);
    if left > 0 {
        shown.sort_by_key(|s| (std::cmp::Reverse(s.measured_us), s.shard));
        shown.truncate(SHARDS);
    }
    Table {
        id: "measured-shards",
        heading: "Shards as they ran".to_owned(),
        caption: "Measured is what the plan predicts: the tests with their set-up, without the start of the job".to_owned(),
        columns: columns(&rows::AS_THEY_RAN),
        rows: shown.into_iter().map(of).collect(),
        rest: if left > 0 {
            format!("and {} more shards, each faster", grouped(left as u64))
        } else {
            String::new()
        },
    }
}

fn misses(results: &ResultFacts) -> Table {
    let top = &results.misses;
    let of = |miss: &crate::model::Miss| {
        let over = i128::from(miss.measured_us.get()) - i128::from(miss.predicted_us.get());
        let key = i64::try_from(over).unwrap_or(i64::MAX);
        row(vec![
            name(&miss.test.to_string()),
            time(miss.predicted_us),
            time(miss.measured_us),
            signed(deviation(miss.measured_us, miss.predicted_us), key),
        ])
    };
    Table {
        id: "misses",
        heading: "Farthest from their estimates".to_owned(),
        caption:
            "Tests whose time differs most from what was expected, set-up that they paid included"
                .to_owned(),
        columns: columns(&["test", "predicted:", "measured:", "deviation:"]),
        rows: top.shown.iter().map(of).collect(),
        rest: if top.more > 0 {
            format!("and {} more, each nearer", grouped(top.more))
        } else {
            String::new()
        },
    }
}
