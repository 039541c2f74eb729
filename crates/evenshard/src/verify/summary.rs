//! The summary of a build: shards, balance, failures, repeated tests.

use std::collections::BTreeMap;

use crate::Micros;
use crate::outcome::{Outcome, Outcomes};
use crate::plan::Plan;
use crate::verify::Build;
use crate::verify::attempts::Attempts;
use crate::verify::evidence::{Evidence, TestResult};
use crate::verify::ledger::{Ledger, ShardTests, Test};
use crate::verify::problem::{Findings, ProblemKind};
use crate::verify::verdict::{
    Balance, FailedTest, QuarantinedTest, RanAgain, ShardState, ShardVerdict, Totals,
};

/// Returns the numbers of tests.
pub(super) fn totals(ledger: &Ledger<'_>, found: &Findings) -> Totals {
    let lost = [
        ProblemKind::NoResult,
        ProblemKind::Vanished,
        ProblemKind::MissingShard,
    ];
    let mut totals = Totals {
        tests: ledger.distinct() as u64,
        ..Totals::of(found, &lost)
    };
    for (shard, test) in ledger.tests() {
        if let Some(outcome) = test.outcome {
            totals.outcomes.count(outcome);
        } else if shard.attempts.state() == ShardState::Stopped {
            totals.not_run += 1;
        }
    }
    totals
}

/// Returns a row for each shard, also a missing one; `tests` are the outcomes by the index of the
/// shard.
pub(super) fn shards(
    build: &Build<'_>,
    tests: impl IntoIterator<Item = (usize, Option<Outcome>)>,
) -> Vec<ShardVerdict> {
    let mut rows: Vec<ShardVerdict> = build.attempts.iter().map(|s| row(s, build.plan)).collect();
    for (at, outcome) in tests {
        rows[at].tests += 1;
        if let Some(outcome) = outcome {
            rows[at].outcomes.count(outcome);
        }
    }
    rows.extend(build.missing().map(|shard| ShardVerdict {
        shard,
        predicted_us: { build.planned(shard) }.map_or(Micros::ZERO, |s| s.predicted_us),
        ..ShardVerdict::default()
    }));
    rows.sort_by_key(|row| row.shard);
    rows
}

fn row(of_shard: &Attempts<'_>, plan: Option<&Plan>) -> ShardVerdict {
    let last = &of_shard.last().record;
    let mut numbers: Vec<u32> = of_shard.all.iter().map(|e| e.record.attempt).collect();
    // Several records of one attempt are one attempt.
    numbers.dedup();
    ShardVerdict {
        shard: of_shard.number(),
        state: of_shard.state(),
        job: last.job.clone(),
        attempts: numbers,
        exit_status: last.exit_status,
        tests: 0,
        outcomes: Outcomes::default(),
        predicted_us: last.predicted_us,
        measured_us: measured(of_shard, plan),
        records: of_shard.all.iter().map(|e| e.name.clone()).collect(),
    }
}

/// Returns the measured time of a shard: of its session if the plan counts workers, or if there
/// were several, else the sum of its tests.
fn measured(of_shard: &Attempts<'_>, plan: Option<&Plan>) -> Option<Micros> {
    // Under workers, sums of tests say nothing about how long the shard took.
    let has_workers = match plan {
        Some(plan) => plan.content().workers.is_some(),
        None => of_shard.last().record.workers > Some(1),
    };
    let records = of_shard.counting().iter().map(|e| &e.record);
    let times = records.filter_map(|r| if has_workers { r.wall_us } else { r.cases_us });
    times.reduce(|sum, time| sum + time)
}

/// Returns the balance of the shards; `None` if nothing was measured.
pub(super) fn balance(build: &Build<'_>) -> Option<Balance> {
    let measured = |s: &Attempts<'_>| Some((s.number(), measured(s, build.plan)?));
    let times: Vec<(u32, Micros)> = build.attempts.iter().filter_map(measured).collect();
    // Of equally slow shards the first.
    let &(slowest, slowest_us) = times.iter().max_by_key(|(n, time)| (*time, u32::MAX - n))?;
    let shards = times.len() as u64;
    let sum: Micros = times.iter().map(|(_, time)| *time).sum();
    let mean_us = Micros::new(sum.get() / shards);
    let idle = times
        .iter()
        .map(|(_, time)| slowest_us.saturating_sub(*time));
    Some(Balance {
        slowest,
        slowest_us,
        mean_us,
        imbalance_ppm: imbalance(slowest_us, sum, shards),
        waited_us: slowest_us.saturating_sub(mean_us),
        idle_us: idle.sum(),
    })
}

/// Returns slowest / mean - 1, in millionths, rounded up; 0 for 0 / 0.
fn imbalance(slowest: Micros, sum: Micros, shards: u64) -> u64 {
    let whole = u128::from(slowest.get()) * u128::from(shards);
    let sum = u128::from(sum.get());
    if sum == 0 {
        return 0;
    }
    let ppm = (whole.saturating_sub(sum) * 1_000_000).div_ceil(sum);
    u64::try_from(ppm).unwrap_or(u64::MAX)
}

/// Returns the tests that failed while they were quarantined.
pub(super) fn quarantined(ledger: &Ledger<'_>) -> Vec<QuarantinedTest> {
    let failed = |test: &Test<'_>| {
        test.evidence
            .record
            .quarantined
            .iter()
            .any(|id| id == test.id)
    };
    let mut found: Vec<QuarantinedTest> = { ledger.tests() }
        .filter(|(_, test)| failed(test))
        .map(|(shard, test)| QuarantinedTest {
            test: test.id.to_owned(),
            shard: shard.number(),
        })
        .collect();
    found.sort_by(|a, b| (a.shard, &a.test).cmp(&(b.shard, &b.test)));
    found
}

/// Returns the tests that failed and ran again, with an outcome such as `ended` accepts.
pub(super) fn ran_again(ledger: &Ledger<'_>, ended: impl Fn(Outcome) -> bool) -> Vec<RanAgain> {
    let again = |(shard, test): (&ShardTests<'_>, &Test<'_>)| {
        let outcome = test.outcome.filter(|outcome| ended(*outcome))?;
        let (runs, failed) = shard.attempts.runs(test.id);
        (runs > 1 && failed).then(|| RanAgain {
            test: test.id.to_owned(),
            shard: shard.number(),
            runs,
            outcome,
        })
    };
    let mut found: Vec<RanAgain> = ledger.tests().filter_map(again).collect();
    found.sort_by(|a, b| (a.shard, &a.test).cmp(&(b.shard, &b.test)));
    found
}

/// The failures in the end, by shard and name.
pub(super) type Failures = BTreeMap<(u32, String), FailedTest>;

/// Adds a failure. It replaces an earlier one of the same name.
pub(super) fn add_failure(
    failures: &mut Failures,
    shard: u32,
    test: String,
    evidence: &Evidence,
    (outcome, result): (Outcome, &TestResult),
) {
    let failed = FailedTest {
        test: test.clone(),
        shard,
        job: evidence.record.job.clone(),
        outcome,
        text: result.failure.as_deref().cloned().unwrap_or_default(),
    };
    failures.insert((shard, test), failed);
}

/// Returns the failures in the end, of tests and outside of tests.
pub(super) fn failures(ledger: &Ledger<'_>) -> Vec<FailedTest> {
    let mut found = Failures::new();
    for (shard, test) in ledger.tests() {
        if let (Some(result), Some(outcome)) = (test.result, test.outcome)
            && outcome.failed()
        {
            let (number, id) = (shard.number(), test.id.to_owned());
            add_failure(&mut found, number, id, test.evidence, (outcome, result));
        }
    }
    for shard in &ledger.shards {
        let last = shard.attempts.last();
        let is_test = |name: &str| {
            let mut tests = shard.tests.iter();
            tests.any(|test| test.id.strip_prefix("::") == Some(name))
        };
        let unlisted = shard.unlisted.iter();
        let unlisted = unlisted.map(|(address, result)| (address.to_string(), *result));
        let outside = last.results.iter().flat_map(|r| &r.outside);
        let outside = outside.filter(|(name, _)| !is_test(name));
        let outside = outside.map(|(name, result)| (name.clone(), result));
        // What is outside of tests counts last: it has the text of a file that failed.
        for (name, result) in unlisted.chain(outside) {
            if result.outcome.failed() {
                let ended = (result.outcome, result);
                add_failure(&mut found, shard.number(), name, last, ended);
            }
        }
    }
    found.into_values().collect()
}
