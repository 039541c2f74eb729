//! How the build went: shards, balance, failures, what ran again.

use std::collections::BTreeMap;

use crate::Micros;
use crate::outcome::{Outcome, Outcomes};
use crate::plan::Plan;
use crate::verify::attempts::Standing;
use crate::verify::evidence::{TestResult, is_failure};
use crate::verify::ledger::Ledger;
use crate::verify::problem::{Problem, ProblemKind, tests_named};
use crate::verify::verdict::{
    Balance, FailedTest, QuarantinedTest, RanAgain, ShardState, ShardVerdict, Totals,
};

pub(super) fn totals(
    standings: &[Standing<'_>],
    ledger: &Ledger<'_>,
    problems: &[Problem],
    warnings: &[Problem],
) -> Totals {
    let named = |kinds: &[ProblemKind]| tests_named(problems, kinds);
    let mut totals = Totals {
        tests: ledger.distinct() as u64,
        lost: named(&[
            ProblemKind::NoResult,
            ProblemKind::Vanished,
            ProblemKind::MissingShard,
        ]),
        missing: named(&[ProblemKind::Missing]) + tests_named(warnings, &[ProblemKind::Missing]),
        ran_twice: named(&[ProblemKind::RanTwice]),
        ..Totals::default()
    };
    for (at, test) in ledger.tests() {
        if let Some(outcome) = test.outcome {
            totals.outcomes.count(outcome);
        } else if standings[at].state() == ShardState::Stopped {
            totals.not_run += 1;
        }
    }
    totals
}

/// A row for each shard, missing ones included: its tests, and how those with a result ended.
pub(super) fn shards(
    standings: &[Standing<'_>],
    count: u32,
    tests: impl IntoIterator<Item = (usize, Option<Outcome>)>,
    plan: Option<&Plan>,
) -> Vec<ShardVerdict> {
    let mut rows: Vec<ShardVerdict> = standings.iter().map(|s| row(s, wall(s, plan))).collect();
    for (at, outcome) in tests {
        rows[at].tests += 1;
        if let Some(outcome) = outcome {
            rows[at].outcomes.count(outcome);
        }
    }
    for number in 1..=count {
        if !standings
            .iter()
            .any(|s| (s.number, s.count) == (number, count))
        {
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

fn row(standing: &Standing<'_>, wall: bool) -> ShardVerdict {
    let last = &standing.last().record;
    let mut attempts: Vec<u32> = standing.all.iter().map(|e| e.record.attempt).collect();
    attempts.dedup();
    ShardVerdict {
        shard: standing.number,
        state: standing.state(),
        job: last.job.clone(),
        attempts,
        exit_status: last.exit_status,
        tests: 0,
        outcomes: Outcomes::default(),
        predicted_us: last.predicted_us,
        measured_us: standing.measured(wall),
        records: standing.all.iter().map(|e| e.name.clone()).collect(),
    }
}

/// Whether the time of a shard is that of its session: where the plan counts workers, or
/// there were several.
fn wall(standing: &Standing<'_>, plan: Option<&Plan>) -> bool {
    match plan {
        Some(plan) => plan.content().workers.is_some(),
        None => standing.last().record.workers > Some(1),
    }
}

pub(super) fn balance(standings: &[Standing<'_>], plan: Option<&Plan>) -> Option<Balance> {
    let times: Vec<(u32, Micros)> = standings
        .iter()
        .filter_map(|s| Some((s.number, s.measured(wall(s, plan))?)))
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

/// Slowest over mean, less 1, in millionths, rounded up; 0 for 0/0.
fn imbalance(slowest: Micros, sum: Micros, shards: u64) -> u64 {
    let whole = u128::from(slowest.get()) * u128::from(shards);
    let sum = u128::from(sum.get());
    if sum == 0 {
        return 0;
    }
    let ppm = (whole.saturating_sub(sum) * 1_000_000).div_ceil(sum);
    u64::try_from(ppm).unwrap_or(u64::MAX)
}

/// Tests that failed and passed in the end.
pub(super) fn flaky(ledger: &Ledger<'_>, standings: &[Standing<'_>]) -> Vec<RanAgain> {
    ran_again(ledger, standings, |outcome| outcome == Outcome::Passed)
}

/// Tests that failed, ran again and did not pass.
pub(super) fn retried(ledger: &Ledger<'_>, standings: &[Standing<'_>]) -> Vec<RanAgain> {
    ran_again(ledger, standings, |outcome| outcome != Outcome::Passed)
}

/// Tests whose job says that they failed while they were quarantined.
pub(super) fn quarantined(ledger: &Ledger<'_>) -> Vec<QuarantinedTest> {
    let failed = |test: &super::ledger::Test<'_>| {
        let told = &test.evidence.record.quarantined;
        told.iter().any(|id| id == test.id)
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
    standings: &[Standing<'_>],
    ended: impl Fn(Outcome) -> bool,
) -> Vec<RanAgain> {
    let again = |(at, test): (usize, &super::ledger::Test<'_>)| {
        let outcome = test.outcome.filter(|outcome| ended(*outcome))?;
        let (runs, failed) = standings[at].runs(test.id);
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

/// Tests, and what belongs to none, that failed in the end.
pub(super) fn failures(standings: &[Standing<'_>], ledger: &Ledger<'_>) -> Vec<FailedTest> {
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
            let job = &standings[at].last().record.job;
            add(at, &address.to_string(), result.outcome, job, result);
        }
    }
    for (at, standing) in standings.iter().enumerate() {
        let last = standing.last();
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
