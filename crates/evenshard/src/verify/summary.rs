//! The summary of a build: shards, balance, failures, repeated tests.

use std::collections::BTreeMap;

use crate::Micros;
use crate::outcome::{Outcome, Outcomes};
use crate::plan::Plan;
use crate::verify::attempts::Attempts;
use crate::verify::evidence::{TestResult, is_failure};
use crate::verify::ledger::Ledger;
use crate::verify::problem::{Findings, ProblemKind};
use crate::verify::verdict::{
    Balance, FailedTest, QuarantinedTest, RanAgain, ShardState, ShardVerdict, Totals,
};

/// Returns the numbers of tests.
pub(super) fn totals(attempts: &[Attempts<'_>], ledger: &Ledger<'_>, found: &Findings) -> Totals {
    let mut totals = Totals {
        tests: ledger.distinct() as u64,
        lost: found.tests_of(&[
            ProblemKind::NoResult,
            ProblemKind::Vanished,
            ProblemKind::MissingShard,
        ]),
        missing: found.missing_tests(),
        ran_twice: found.tests_of(&[ProblemKind::RanTwice]),
        ..Totals::default()
    };
    for (at, test) in ledger.tests() {
        if let Some(outcome) = test.outcome {
            totals.outcomes.count(outcome);
        } else if attempts[at].state() == ShardState::Stopped {
            totals.not_run += 1;
        }
    }
    totals
}

/// Returns a row for each shard, also a missing one; `tests` are the outcomes by the index of the
/// shard.
pub(super) fn shards(
    attempts: &[Attempts<'_>],
    count: u32,
    tests: impl IntoIterator<Item = (usize, Option<Outcome>)>,
    plan: Option<&Plan>,
) -> Vec<ShardVerdict> {
    let mut rows: Vec<ShardVerdict> = attempts.iter().map(|s| row(s, plan)).collect();
    for (at, outcome) in tests {
        rows[at].tests += 1;
        if let Some(outcome) = outcome {
            rows[at].outcomes.count(outcome);
        }
    }
    for number in 1..=count {
        if !attempts.iter().any(|s| s.is(number, count)) {
            let planned = plan.and_then(|p| p.content().shards.get(number as usize - 1));
            rows.push(ShardVerdict {
                shard: number,
                predicted_us: planned.map_or(Micros::ZERO, |s| s.predicted_us),
                ..ShardVerdict::default()
            });
        }
    }
    rows.sort_by_key(|row| row.shard);
    rows
}

fn row(of_shard: &Attempts<'_>, plan: Option<&Plan>) -> ShardVerdict {
    let last = &of_shard.last().record;
    let mut numbers: Vec<u32> = of_shard.all.iter().map(|e| e.record.attempt).collect();
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
    let has_workers = match plan {
        Some(plan) => plan.content().workers.is_some(),
        None => of_shard.last().record.workers > Some(1),
    };
    of_shard.measured(|r| if has_workers { r.wall_us } else { r.cases_us })
}

/// Returns the balance of the shards; `None` if nothing was measured.
pub(super) fn balance(attempts: &[Attempts<'_>], plan: Option<&Plan>) -> Option<Balance> {
    let times: Vec<(u32, Micros)> = attempts
        .iter()
        .filter_map(|s| Some((s.number(), measured(s, plan)?)))
        .collect();
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

/// Returns the tests that failed and passed in the end.
pub(super) fn flaky(ledger: &Ledger<'_>, attempts: &[Attempts<'_>]) -> Vec<RanAgain> {
    ran_again(ledger, attempts, |outcome| outcome == Outcome::Passed)
}

/// Returns the tests that failed, ran again and did not pass.
pub(super) fn retried(ledger: &Ledger<'_>, attempts: &[Attempts<'_>]) -> Vec<RanAgain> {
    ran_again(ledger, attempts, |outcome| outcome != Outcome::Passed)
}

/// Returns the tests that failed while they were quarantined.
pub(super) fn quarantined(ledger: &Ledger<'_>) -> Vec<QuarantinedTest> {
    let failed = |test: &super::ledger::Test<'_>| {
        let recorded = &test.evidence.record.quarantined;
        recorded.iter().any(|id| id == test.id)
    };
    let mut found: Vec<QuarantinedTest> = ledger
        .tests()
        .filter(|(_, test)| failed(test))
        .map(|(at, test)| QuarantinedTest {
            test: test.id.to_owned(),
            shard: ledger.number(at),
        })
        .collect();
    found.sort_by(|a, b| (a.shard, &a.test).cmp(&(b.shard, &b.test)));
    found
}

fn ran_again(
    ledger: &Ledger<'_>,
    attempts: &[Attempts<'_>],
    ended: impl Fn(Outcome) -> bool,
) -> Vec<RanAgain> {
    let again = |(at, test): (usize, &super::ledger::Test<'_>)| {
        let outcome = test.outcome.filter(|outcome| ended(*outcome))?;
        let (runs, failed) = attempts[at].runs(test.id);
        (runs > 1 && failed).then(|| RanAgain {
            test: test.id.to_owned(),
            shard: ledger.number(at),
            runs,
            outcome,
        })
    };
    let mut found: Vec<RanAgain> = ledger.tests().filter_map(again).collect();
    found.sort_by(|a, b| (a.shard, &a.test).cmp(&(b.shard, &b.test)));
    found
}

/// Returns the failures in the end, of tests and outside of tests.
pub(super) fn failures(attempts: &[Attempts<'_>], ledger: &Ledger<'_>) -> Vec<FailedTest> {
    let mut found: BTreeMap<(u32, String), FailedTest> = BTreeMap::new();
    let mut add = |at: usize, test: &str, outcome, job: &Option<String>, result: &TestResult| {
        let failed = FailedTest {
            test: test.to_owned(),
            shard: ledger.number(at),
            job: job.clone(),
            outcome,
            text: result.failure.as_deref().cloned().unwrap_or_default(),
        };
        found.insert((failed.shard, failed.test.clone()), failed);
    };
    for (at, test) in ledger.tests() {
        if let (Some(result), Some(outcome)) = (test.result, test.outcome)
            && is_failure(outcome)
        {
            add(at, test.id, outcome, &test.evidence.record.job, result);
        }
    }
    for (at, address, result) in ledger.unlisted() {
        if is_failure(result.outcome) {
            let job = &attempts[at].last().record.job;
            add(at, &address.to_string(), result.outcome, job, result);
        }
    }
    for (at, of_shard) in attempts.iter().enumerate() {
        let last = of_shard.last();
        let is_test = |name: &str| {
            let mut tests = ledger.tests();
            tests.any(|(shard, t)| shard == at && t.id.strip_prefix("::") == Some(name))
        };
        let outside = last.results.iter().flat_map(|r| &r.outside);
        for (name, result) in outside.filter(|(name, _)| !is_test(name)) {
            add(at, name, result.outcome, &last.record.job, result);
        }
    }
    found.into_values().collect()
}
