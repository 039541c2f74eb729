//! Attempts: the last stands, those of failed tests only count with what they repeat.

use evenshard::Outcome;
use evenshard::record::State;
use evenshard::verify::{Evidence, ProblemKind};

use super::{Build, ended, ended_instead, forget};

/// The second attempt of a job.
fn second(job: &mut Evidence) {
    job.record.attempt = 2;
    job.record.job = Some("again".to_owned());
    job.name.push_str(".second");
    job.results[0].digest.push_str("-second");
}

#[test]
fn a_retried_shard_counts_once_and_its_last_attempt_stands() {
    let build = Build::good();
    let test = build.first_of(2);
    let build = build.and(2, second).with(2, |job| {
        ended_instead(job, &test, Outcome::Failed);
        job.record.exit_status = Some(1);
    });
    let verdict = build.is_proved();
    assert_eq!(
        (verdict.totals.tests, verdict.totals.outcomes.passed),
        (12, 12)
    );
    assert_eq!(verdict.failures, []);
    let flaky = &verdict.flaky[0];
    assert_eq!(
        (flaky.test.as_str(), flaky.shard, flaky.runs),
        (test.as_str(), 2, 2)
    );
    assert_eq!(verdict.shards[1].attempts, [1, 2]);
    assert_eq!(verdict.shards[1].job.as_deref(), Some("again"));
}

#[test]
fn a_first_attempt_that_was_killed_or_held_another_plan_is_forgiven() {
    let build = Build::good().and(2, second).with(2, |job| {
        job.record.state = State::Started;
        job.record.plan_digest = "other".to_owned();
        job.record.files.pop();
        job.results.clear();
    });
    assert_eq!(build.is_proved().flaky, []);
}

#[test]
fn a_last_attempt_that_was_killed_is_not_replaced_by_the_one_before() {
    let build = Build::good().and(2, |job| {
        second(job);
        job.record.state = State::Started;
        job.results.clear();
    });
    let kinds = super::kinds(&build.verdict().problems);
    assert_eq!(kinds, [ProblemKind::CutShort, ProblemKind::NoResult]);
}

/// A first attempt that was killed after its first test, and a second one of the rest.
fn of_failed_only() -> Build {
    let build = Build::good();
    let first = build.first_of(2);
    let build = build.and(2, |job| {
        second(job);
        job.record.failed_only = true;
        job.record.selected.remove(0);
        forget(job, &first);
    });
    build.with(2, |job| {
        job.record.state = State::Started;
        for test in job.record.selected.clone().iter().skip(1) {
            forget(job, test);
        }
        job.results[0].complete = false;
    })
}

#[test]
fn an_attempt_of_failed_tests_counts_together_with_those_before() {
    let verdict = of_failed_only().is_proved();
    assert_eq!(
        (verdict.totals.tests, verdict.totals.outcomes.passed),
        (12, 12)
    );
}

#[test]
fn what_neither_attempt_has_a_result_of_is_lost() {
    let build = of_failed_only();
    let first = build.first_of(2);
    let build = build.with(2, |job| forget(job, &first));
    let problem = build.fails_by(ProblemKind::NoResult);
    assert_eq!(problem.tests, [first]);
}

#[test]
fn an_attempt_of_failed_tests_needs_the_one_before() {
    let mut build = of_failed_only();
    build
        .gathered
        .evidence
        .retain(|e| e.record.attempt == 2 || e.record.shard.number() != 2);
    let problems = build.verdict_without_plan().problems;
    assert_eq!(super::kinds(&problems), [ProblemKind::MissingAttempt]);
}

#[test]
fn a_test_that_was_retried_within_an_attempt_is_flaky_where_it_passed() {
    let build = Build::good();
    let (test, other) = (build.first_of(1), build.first_of(3));
    let build = build
        .with(1, |job| {
            job.record.retried.insert(test.clone(), 2);
        })
        .with(3, |job| {
            job.record.retried.insert(other.clone(), 1);
            ended_instead(job, &other, Outcome::Failed);
        });
    let verdict = build.is_proved();
    let shown = |list: &[evenshard::verify::RanAgain]| -> Vec<(String, u32)> {
        list.iter().map(|t| (t.test.clone(), t.runs)).collect()
    };
    assert_eq!(shown(&verdict.flaky), [(test, 3)]);
    assert_eq!(shown(&verdict.retried), [(other.clone(), 2)]);
    assert_eq!(verdict.failures[0].test, other);
}

#[test]
fn of_the_cases_of_one_test_the_last_counts() {
    let build = Build::good();
    let test = build.first_of(1);
    let passed = build.clone().with(1, |job| {
        ended_instead(job, &test, Outcome::Failed);
        ended(job, &test, Outcome::Passed);
    });
    let verdict = passed.is_proved();
    assert_eq!((verdict.flaky.len(), verdict.failures.len()), (1, 0));
    // A failure, then an error at teardown.
    let failed = build.with(1, |job| {
        ended_instead(job, &test, Outcome::Failed);
        ended(job, &test, Outcome::Errored);
    });
    let verdict = failed.is_proved();
    assert_eq!((verdict.flaky.len(), verdict.failures.len()), (0, 1));
    assert_eq!(verdict.retried, []);
}

#[test]
fn a_failure_is_not_hidden_by_another_test_of_the_same_address() {
    let build = Build::good();
    let test = build.first_of(1);
    let build = build.with(1, |job| {
        // A collector that emits one id twice.
        job.record.selected.push(test.clone());
        ended_instead(job, &test, Outcome::Failed);
        ended(job, &test, Outcome::Passed);
    });
    let verdict = build.is_proved();
    assert_eq!((verdict.flaky.len(), verdict.failures.len()), (0, 1));
    assert_eq!(verdict.totals.tests, 12);
}
