//! Jobs of other runners: each has to have the same list, and each line has to be in one share,
//! with cases in the reports of that share.

mod cases;
mod shares;

use std::collections::BTreeMap;

use crate::address::Address;
use crate::outcome::Outcome;
use crate::record::SharedList;
use crate::verify::evidence::{Evidence, TestResult};
use crate::verify::problem::{Findings, ProblemKind};
use crate::verify::summary::{self, Failures};
use crate::verify::verdict::{ListVerdict, RanAgain, Totals, Verdict};
use crate::verify::{Build, missing};
use cases::{Seen, exits, without_repeats};
use shares::Lines;

/// Returns true if a job had a list.
pub(super) fn are_there(build: &Build<'_>) -> bool {
    build.attempts.iter().any(|s| list(s.last()).is_some())
}

/// Judges the jobs line by line: the parts of a verdict that are others for pytest.
pub(super) fn judge(build: &Build<'_>, found: &mut Findings) -> Verdict {
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
    let results = results(build);
    let mut totals = Totals {
        tests: results.len() as u64,
        ..Totals::of(found, &[ProblemKind::Vanished, ProblemKind::NoCases])
    };
    let mut failures = Failures::new();
    for (&(at, address), &(evidence, result)) in &results {
        totals.outcomes.count(result.outcome);
        if result.outcome.failed() {
            let (number, name) = (build.attempts[at].number(), address.to_string());
            let ended = (result.outcome, result);
            summary::add_failure(&mut failures, number, name, evidence, ended);
        }
    }
    let ended = { results.iter() }.map(|(&(at, _), (_, result))| (at, Some(result.outcome)));
    Verdict {
        totals,
        list: lines.of_most.map(|list| ListVerdict {
            digest: list.digest.clone(),
            lines: list.lines.len() as u64,
            with_cases,
        }),
        shards: summary::shards(build, ended),
        flaky: flaky(build),
        failures: failures.into_values().collect(),
        ..Verdict::default()
    }
}

/// Returns the list of a job.
fn list(evidence: &Evidence) -> Option<&SharedList> {
    evidence.record.list.as_ref()
}

/// Returns the tests that failed in one attempt and passed in the last.
fn flaky(build: &Build<'_>) -> Vec<RanAgain> {
    let mut flaky = Vec::new();
    // By attempt: reports of lists do not say how often a test ran within one.
    for of_shard in &build.attempts {
        let mut runs: BTreeMap<_, (u32, bool)> = BTreeMap::new();
        for evidence in &of_shard.all {
            for (address, result) in evidence.results.iter().flat_map(|r| &r.tests) {
                let (times, failed) = runs.entry(address).or_default();
                *times += 1;
                *failed |= result.worst.failed();
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

/// Returns the last result of each test of the reports, with the job that has it; by the index of
/// the shard.
fn results<'b>(
    build: &'b Build<'b>,
) -> BTreeMap<(usize, &'b Address), (&'b Evidence, &'b TestResult)> {
    let mut last = BTreeMap::new();
    for (at, of_shard) in build.attempts.iter().enumerate() {
        for &evidence in of_shard.counting() {
            let tests = evidence.results.iter().flat_map(|r| &r.tests);
            last.extend(tests.map(|(address, result)| ((at, address), (evidence, result))));
        }
    }
    last
}
