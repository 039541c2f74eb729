//! What each shard ran, test by test: lists that a reader opens and searches.

use evenshard::{Micros, Outcome};

use super::name::{NAME, shown};
use crate::facts::failed_and_slowest;
use crate::model::{ShardTest, ShardTests};
use crate::words::{counted, grouped};

/// The most bytes of names, so that a page of any suite stays below a megabyte.
const BYTES: usize = 350_000;
/// The bytes of a test beside its name: its markup, time and outcome.
const BESIDE: usize = 60;

/// All lists.
#[derive(Debug)]
pub(super) struct Ran {
    /// A sentence on how many tests are shown, and where the others are.
    pub(super) about: String,
    pub(super) shards: Vec<Shard>,
}

/// The list of one shard.
#[derive(Debug)]
pub(super) struct Shard {
    pub(super) title: String,
    pub(super) tests: Vec<Test>,
}

#[derive(Debug)]
pub(super) struct Test {
    pub(super) name: String,
    pub(super) time: String,
    /// The outcome, unless the test passed.
    pub(super) outcome: &'static str,
    pub(super) failed: bool,
}

/// The lists; `None` without records.
pub(super) fn ran(shards: &[ShardTests]) -> Option<Ran> {
    let all: u64 = shards.iter().map(|shard| shard.count).sum();
    if all == 0 {
        return None;
    }
    let budget = BYTES / shards.len().max(1);
    let lists: Vec<Shard> = shards.iter().map(|s| of_shard(s, budget)).collect();
    let count: u64 = lists.iter().map(|list| list.tests.len() as u64).sum();
    let about = if count == all {
        format!(
            "All {} in the order in which they ran.",
            counted(all, "test")
        )
    } else {
        format!(
            "{} of {} are shown: of each shard those that failed, then the slowest, in the order in which they ran. The others are in the run record of their shard (selected in *.shard.json).",
            grouped(count),
            counted(all, "test")
        )
    };
    Some(Ran {
        about,
        shards: lists,
    })
}

fn of_shard(shard: &ShardTests, budget: usize) -> Shard {
    // The mean of the names decides how many fit.
    let bytes = |test: &ShardTest| test.test.len().min(NAME) * 2 + BESIDE;
    let all: usize = shard.tests.iter().map(bytes).sum();
    let mean = all / shard.tests.len().max(1);
    let most = if all > budget {
        budget / mean.max(1)
    } else {
        usize::MAX
    };
    let tests = failed_and_slowest(shard.tests.clone(), most);
    let times = shard.tests.iter().filter_map(|test| test.duration_us);
    let time: Micros = times.sum();
    let time = match time {
        Micros::ZERO => String::new(),
        time => format!(", {time}"),
    };
    let part = match tests.len() as u64 {
        n if n < shard.count => format!(", {} shown", grouped(n)),
        _ => String::new(),
    };
    // The sum is only that of all tests if the model has all of them.
    let time = if shard.tests.len() as u64 == shard.count {
        time
    } else {
        String::new()
    };
    Shard {
        title: format!(
            "Shard {}: {}{time}{part}",
            shard.shard,
            counted(shard.count, "test")
        ),
        tests: tests.iter().map(of_test).collect(),
    }
}

fn of_test(test: &ShardTest) -> Test {
    let outcome = match test.outcome {
        None | Some(Outcome::Passed) => "",
        Some(Outcome::Failed) => "failed",
        Some(Outcome::Errored) => "error",
        Some(Outcome::XFailed) => "failed as expected",
        Some(Outcome::Skipped) => "skipped",
        Some(Outcome::NotRun) => "not run",
    };
    Test {
        name: shown(&test.test, NAME),
        time: test
            .duration_us
            .map_or_else(String::new, |time| time.to_string()),
        outcome,
        failed: test.failed(),
    }
}
