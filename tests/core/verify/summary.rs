//! How the build went, beside the proof.

use evenshard::outcome::Texts;
use evenshard::verify::ShardState;
use evenshard::{Micros, NodeId, Outcome};

use super::Build;

#[test]
fn balance_says_what_the_slowest_shard_cost() {
    let balance = Build::good().verdict().balance.unwrap();
    // 1.0, 1.1 and 1.2 s.
    assert_eq!(
        (balance.slowest, balance.slowest_us),
        (3, Micros::from_millis(1_200))
    );
    assert_eq!(balance.mean_us, Micros::from_millis(1_100));
    assert_eq!(balance.imbalance_ppm, 90_910);
    assert_eq!(balance.waited_us, Micros::from_millis(100));
    assert_eq!(balance.idle_us, Micros::from_millis(300));
    let mut nothing = Build::good();
    for job in &mut nothing.gathered.evidence {
        job.record.cases_us = None;
    }
    assert_eq!(nothing.verdict().balance, None);
}

#[test]
fn under_workers_a_shard_takes_as_long_as_its_session() {
    let build = Build::good().with(1, |job| {
        job.record.workers = Some(2);
        job.record.wall_us = Some(Micros::from_millis(600));
    });
    let measured = build.verdict_without_plan().shards[0].measured_us;
    assert_eq!(measured, Some(Micros::from_millis(600)));
    // This plan counts no workers: it predicts the sum of the tests.
    let measured = build.verdict().shards[0].measured_us;
    assert_eq!(measured, Some(Micros::from_millis(1_000)));
}

#[test]
fn every_failure_is_listed_with_what_it_says() {
    let build = Build::good();
    let test = build.first_of(2);
    let address = NodeId::parse(&test).address();
    let said = Texts {
        message: "assert 1 == 2".to_owned(),
        ..Texts::default()
    };
    let build = build.with(2, |job| {
        let results = &mut job.results[0];
        let kept = Some(Box::new(said.clone()));
        results.add(&address.classname, &address.name, "", Outcome::Failed, kept);
        results.add("", "t.test_broken", "", Outcome::Errored, None);
        results.add("", "t.test_skipped", "", Outcome::Skipped, None);
    });
    let verdict = build.is_proved();
    let names: Vec<&str> = verdict.failures.iter().map(|f| f.test.as_str()).collect();
    let mut expected = vec!["t.test_broken", &test];
    expected.sort_unstable();
    assert_eq!(names, expected);
    let failed = verdict.failures.iter().find(|f| f.test == test).unwrap();
    assert_eq!(
        (failed.shard, failed.job.as_deref(), &failed.text),
        (2, Some("job-2"), &said)
    );
    assert_eq!(verdict.shards[1].outcomes.failed, 1);
}

#[test]
fn a_shard_that_left_nothing_has_its_row() {
    let verdict = Build::good().without(3).verdict();
    let states: Vec<ShardState> = verdict.shards.iter().map(|s| s.state).collect();
    assert_eq!(
        states,
        [
            ShardState::Finished,
            ShardState::Finished,
            ShardState::Missing
        ]
    );
}
