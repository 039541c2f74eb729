//! Jobs of any runner: each had the same list, each line was in one share, and the reports have
//! cases for it there.

mod cases;
mod shares;

use std::collections::BTreeMap;

use crate::outcome::Outcome;
use crate::record::SharedList;
use crate::verify::attempts::Standing;
use crate::verify::evidence::{Evidence, is_failure};
use crate::verify::problem::{Problem, ProblemKind, tests_named};
use crate::verify::verdict::{FailedTest, ListVerdict, RanAgain, Totals};
use crate::verify::{Build, Judged, missing, summary};
use cases::{Seen, exits, ran_again};
use shares::Lines;

/// True where a job was one of a list.
pub(super) fn are_there(standings: &[Standing<'_>]) -> bool {
    standings.iter().any(|s| list(s.last()).is_some())
}

/// Judges the jobs line by line.
pub(super) fn judge(
    build: &Build<'_>,
    problems: &mut Vec<Problem>,
    warnings: &mut Vec<Problem>,
) -> Judged {
    let lines = Lines::new(build);
    lines.all_of_lists(problems);
    lines.same_list(problems);
    lines.in_one_share(problems);
    lines.placed(problems);
    lines.of_the_plan(problems, warnings);
    let seen = Seen::new(build, &lines);
    seen.ran_where_they_are(&lines, problems);
    ran_again(build, warnings);
    let with_cases = seen.have_cases(&lines, problems, warnings);
    exits(build, &seen, problems, warnings);
    missing::of_lists(build, &seen.together, problems, warnings);
    if lines.all.is_empty() || seen.reports && seen.together.is_empty() {
        let message = "no shard ran any test";
        problems.push(Problem::new(ProblemKind::NothingRan, message));
    }
    let tests = tests(build);
    let named = |kinds: &[ProblemKind]| tests_named(problems, kinds);
    let mut totals = Totals {
        tests: tests.len() as u64,
        lost: named(&[ProblemKind::Vanished, ProblemKind::NoCases]),
        missing: named(&[ProblemKind::Missing]) + tests_named(warnings, &[ProblemKind::Missing]),
        ran_twice: named(&[ProblemKind::RanTwice]),
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
        shards: summary::shards(build.standings, build.count, ended, build.plan),
        flaky: flaky(build),
        failures: failures(build),
        ..Judged::default()
    }
}

/// The list of a job, and its share of it.
fn list(evidence: &Evidence) -> Option<&SharedList> {
    evidence.record.list.as_ref()
}

/// Tests that failed in one attempt and passed in the last.
fn flaky(build: &Build<'_>) -> Vec<RanAgain> {
    let mut flaky = Vec::new();
    for standing in build.standings {
        let mut runs: BTreeMap<_, (u32, bool)> = BTreeMap::new();
        for evidence in &standing.all {
            for (address, result) in evidence.results.iter().flat_map(|r| &r.tests) {
                let (times, failed) = runs.entry(address).or_default();
                *times += 1;
                *failed |= is_failure(result.worst);
            }
        }
        let last = standing.last().results.iter().flat_map(|r| &r.tests);
        let passed = last.filter(|(_, result)| result.outcome == Outcome::Passed);
        for (address, result) in passed {
            if let Some(&(times, true)) = runs.get(address) {
                flaky.push(RanAgain {
                    test: address.to_string(),
                    shard: standing.number,
                    runs: times.max(2),
                    outcome: result.outcome,
                });
            }
        }
    }
    flaky
}

/// How each test of the reports ended, with its shard's place.
fn tests(build: &Build<'_>) -> Vec<(usize, Outcome)> {
    let mut ended = BTreeMap::new();
    for (at, standing) in build.standings.iter().enumerate() {
        let evidence = standing.counting().iter();
        for (address, result) in evidence.flat_map(|e| &e.results).flat_map(|r| &r.tests) {
            ended.insert((at, address), result.outcome);
        }
    }
    let ended = ended.into_iter();
    ended.map(|((at, _), outcome)| (at, outcome)).collect()
}

/// The tests that failed in the end.
fn failures(build: &Build<'_>) -> Vec<FailedTest> {
    let mut found = BTreeMap::new();
    for standing in build.standings {
        for evidence in standing.counting() {
            let tests = evidence.results.iter().flat_map(|r| &r.tests);
            for (address, result) in tests {
                let key = (standing.number, address);
                if !is_failure(result.outcome) {
                    found.remove(&key);
                    continue;
                }
                let failed = FailedTest {
                    test: address.to_string(),
                    shard: standing.number,
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
