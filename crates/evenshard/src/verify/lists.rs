//! Jobs of other runners: each has to have the same list, and each line has to be in one share,
//! with cases in the reports of that share.

mod cases;
mod shares;

use std::collections::BTreeMap;

use crate::outcome::Outcome;
use crate::record::SharedList;
use crate::verify::attempts::Attempts;
use crate::verify::evidence::{Evidence, is_failure};
use crate::verify::problem::{Findings, ProblemKind};
use crate::verify::verdict::{FailedTest, ListVerdict, RanAgain, Totals};
use crate::verify::{Build, Judged, missing, summary};
use cases::{Seen, exits, without_repeats};
use shares::Lines;

/// Returns true if a job had a list.
pub(super) fn are_there(attempts: &[Attempts<'_>]) -> bool {
    attempts.iter().any(|s| list(s.last()).is_some())
}

/// Judges the jobs line by line.
pub(super) fn judge(build: &Build<'_>, found: &mut Findings) -> Judged {
    let lines = Lines::new(build);
    lines.all_of_lists(found);
    lines.same_list(found);
    lines.in_one_share(found);
    lines.in_their_shares(found);
    lines.of_the_plan(found);
    let seen = Seen::new(build, &lines);
    seen.in_their_shares(&lines, found);
    without_repeats(build, found);
    let with_cases = seen.have_cases(&lines, found);
    exits(build, &seen, found);
    missing::of_lists(build, &seen.together, found);
    if lines.all.is_empty() || seen.reports && seen.together.is_empty() {
        found.problem(ProblemKind::NothingRan, "no shard ran any test");
    }
    let tests = tests(build);
    let mut totals = Totals {
        tests: tests.len() as u64,
        lost: found.tests_of(&[ProblemKind::Vanished, ProblemKind::NoCases]),
        missing: found.missing_tests(),
        ran_twice: found.tests_of(&[ProblemKind::RanTwice]),
        ..Totals::default()
    };
    for (_, outcome) in &tests {
        totals.outcomes.count(*outcome);
    }
    let ended = tests.into_iter().map(|(at, outcome)| (at, Some(outcome)));
    Judged {
        totals,
        list: lines.of_most.map(|list| ListVerdict {
            digest: list.digest.clone(),
            lines: list.lines.len() as u64,
            with_cases,
        }),
        shards: summary::shards(build.attempts, build.count, ended, build.plan),
        flaky: flaky(build),
        failures: failures(build),
        ..Judged::default()
    }
}

/// Returns the list of a job.
fn list(evidence: &Evidence) -> Option<&SharedList> {
    evidence.record.list.as_ref()
}

/// Returns the tests that failed in one attempt and passed in the last.
fn flaky(build: &Build<'_>) -> Vec<RanAgain> {
    let mut flaky = Vec::new();
    for of_shard in build.attempts {
        let mut runs: BTreeMap<_, (u32, bool)> = BTreeMap::new();
        for evidence in &of_shard.all {
            for (address, result) in evidence.results.iter().flat_map(|r| &r.tests) {
                let (times, failed) = runs.entry(address).or_default();
                *times += 1;
                *failed |= is_failure(result.worst);
            }
        }
        let last = of_shard.last().results.iter().flat_map(|r| &r.tests);
        let passed = last.filter(|(_, result)| result.outcome == Outcome::Passed);
        for (address, result) in passed {
            if let Some(&(times, true)) = runs.get(address) {
                flaky.push(RanAgain {
                    test: address.to_string(),
                    shard: of_shard.number(),
                    runs: times.max(2),
                    outcome: result.outcome,
                });
            }
        }
    }
    flaky
}

/// Returns the outcome of each test of the reports, with the index of its shard.
fn tests(build: &Build<'_>) -> Vec<(usize, Outcome)> {
    let mut ended = BTreeMap::new();
    for (at, of_shard) in build.attempts.iter().enumerate() {
        let evidence = of_shard.counting().iter();
        for (address, result) in evidence.flat_map(|e| &e.results).flat_map(|r| &r.tests) {
            ended.insert((at, address), result.outcome);
        }
    }
    let ended = ended.into_iter();
    ended.map(|((at, _), outcome)| (at, outcome)).collect()
}

/// Returns the tests that failed in the end.
fn failures(build: &Build<'_>) -> Vec<FailedTest> {
    let mut found = BTreeMap::new();
    for of_shard in build.attempts {
        for evidence in of_shard.counting() {
            let tests = evidence.results.iter().flat_map(|r| &r.tests);
            for (address, result) in tests {
                let key = (of_shard.number(), address);
                if !is_failure(result.outcome) {
                    found.remove(&key);
                    continue;
                }
                let failed = FailedTest {
                    test: address.to_string(),
                    shard: of_shard.number(),
                    job: evidence.record.job.clone(),
                    outcome: result.outcome,
                    text: result.failure.as_deref().cloned().unwrap_or_default(),
                };
                found.insert(key, failed);
            }
        }
    }
    found.into_values().collect()
}
