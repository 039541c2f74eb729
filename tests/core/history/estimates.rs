//! What is expected of a test after what was seen of it.

use std::collections::BTreeMap;

use crate::support::suite_of;
use evenshard::estimate::Estimates;
use evenshard::history::History;
use evenshard::suite::Suite;

use super::{Report, history};

/// Estimates in milliseconds by name, without the floor.
fn estimates(history: &History) -> BTreeMap<String, u64> {
    let floor = Estimates::new(history).floor();
    let suite = Suite::from_history(&Estimates::new(history));
    let of = |e: evenshard::suite::Estimate<'_>| {
        (
            e.name.to_owned(),
            e.estimate.saturating_sub(floor).get() / 1_000,
        )
    };
    suite.estimates().map(of).collect()
}

fn builds(times: &[u64]) -> History {
    let reports: Vec<Report> = (0..)
        .zip(times)
        .map(|(n, &ms)| {
            Report::new(
                &n.to_string(),
                n,
                &[("t.test_a", "test_0", 10), ("t.test_a", "test_1", ms)],
            )
        })
        .collect();
    history(&reports)
}

#[test]
fn one_wild_sample_among_several_does_not_rule() {
    let tamed = estimates(&builds(&[20, 20, 9_000, 20, 20]))["test_1"];
    assert!((20..60).contains(&tamed), "{tamed}");
}

#[test]
fn a_test_that_became_slower_for_good_is_believed_soon() {
    let slower = estimates(&builds(&[100, 100, 100, 1_000, 1_000, 1_000]))["test_1"];
    assert!(slower > 500, "{slower}");
}

#[test]
fn tests_that_round_to_zero_still_count() {
    let floor = Estimates::new(&builds(&[0, 0, 0])).floor();
    assert!(floor.get() >= 500);
    assert_eq!(estimates(&builds(&[0, 0, 0]))["test_1"], 0);
}

/// Three classes in a file, whose first tests pay 400 ms each.
fn with_fixtures() -> Vec<Report> {
    let mut cases = Vec::new();
    for file in ["t.test_first", "t.test_a"] {
        for class in ["TestX", "TestY", "TestZ"] {
            let class = format!("{file}.{class}");
            for test in 0..5 {
                let ms = if test == 0 { 410 } else { 10 };
                cases.push((class.clone(), format!("test_{test}"), ms));
            }
        }
    }
    let cases: Vec<(&str, &str, u64)> = cases
        .iter()
        .map(|(c, n, ms)| (c.as_str(), n.as_str(), *ms))
        .collect();
    (0..3)
        .map(|n| Report::new(&n.to_string(), n, &cases))
        .collect()
}

#[test]
fn what_a_first_test_pays_for_its_class_is_not_its_own() {
    let built = history(&with_fixtures());
    assert_eq!(estimates(&built)["test_0"], 10);
    // One test of each class on each of five shards: each pays for the three classes.
    let planner = evenshard::Planner::new(5)
        .unwrap()
        .split(evenshard::pack::Split::Test)
        .setup_cost(evenshard::Micros::ZERO);
    let whole = evenshard::Planner::new(1)
        .unwrap()
        .setup_cost(evenshard::Micros::ZERO);
    let plan = whole
        .plan(&Suite::from_history(&Estimates::new(&built)))
        .unwrap();
    let tests: u64 = Suite::from_history(&Estimates::new(&built))
        .estimates()
        .map(|e| e.estimate.get())
        .sum();
    let predicted = plan.content().shards[0].predicted_us.get();
    // 400 ms for each of the six classes, paid once.
    assert_eq!(predicted - tests, 2_400_000);
    assert!(
        planner
            .plan(&Suite::from_history(&Estimates::new(&built)))
            .is_ok()
    );
}

/// What a plan for one shard predicts, without what files cost by default.
fn predicted(reports: &[Report]) -> u64 {
    let planner = evenshard::Planner::new(1)
        .unwrap()
        .setup_cost(evenshard::Micros::ZERO);
    let built = history(reports);
    let plan = planner
        .plan(&Suite::from_history(&Estimates::new(&built)))
        .unwrap();
    plan.content().shards[0].predicted_us.get()
}

#[test]
fn what_only_the_very_first_test_of_all_pays_is_every_shards_and_no_files_cost() {
    let mut reports = with_fixtures();
    for report in &mut reports {
        report.cases[0].2 = Some(90_000_000);
    }
    let without = predicted(&reports);
    assert!(
        (88_000_000..94_000_000).contains(&without),
        "the session's 90 s count once: {without}"
    );
}

#[test]
fn one_sample_does_not_tell_a_slow_fixture_from_a_slow_test() {
    let of = |builds: u32| {
        let cases = [
            ("t.test_a", "test_0", 8_000),
            ("t.test_a", "test_1", 5_000),
            ("t.test_a", "test_2", 4_000),
            ("t.test_a", "test_3", 3_000),
        ];
        let report = |n: u32| Report::new(&n.to_string(), n.into(), &cases);
        estimates(&history(&(0..builds).map(report).collect::<Vec<_>>()))["test_0"]
    };
    assert_eq!(of(1), 8_000);
    assert_eq!(of(2), 4_000);
}

#[test]
fn under_xdist_neither_floor_nor_set_up_is_learnt() {
    let mut reports = with_fixtures();
    for report in &mut reports {
        report.wall = Some(evenshard::Micros::from_millis(700));
    }
    let built = history(&reports);
    assert!(
        built
            .reports()
            .iter()
            .all(evenshard::history::KnownReport::is_parallel)
    );
    assert_eq!(Estimates::new(&built).floor().get(), 1_000);
    // Most of it is set-up, and stays: only a little nearer to its siblings.
    assert!((390..=411).contains(&estimates(&built)["test_0"]));
}

#[test]
fn the_floor_is_fitted_from_the_wall_time() {
    let cases: Vec<(String, String, Option<u64>)> = (0..200)
        .map(|n| ("t.test_a".to_owned(), format!("test_{n}"), Some(1_000)))
        .collect();
    let report = Report {
        cases,
        wall: Some(evenshard::Micros::from_millis(200 + 340)),
        ..Report::new("d", 1, &[])
    };
    let floor = Estimates::new(&history(&[report])).floor();
    // 340 ms are in no case: half of what the runner does not need is the file's, up to 50 ms.
    assert_eq!(floor.get(), (340 - 50) * 1_000 / 200);
}

#[test]
fn a_file_costs_no_more_than_the_wall_time_leaves() {
    // 20 files of 10 tests, 1 ms each; 140 ms are in no case, and the runner needs 100.
    let cases: Vec<(String, String, Option<u64>)> = (0..200)
        .map(|n| {
            (
                format!("t.test_{}", n / 10),
                format!("test_{n}"),
                Some(1_000),
            )
        })
        .collect();
    let of_wall = |wall: Option<u64>| {
        let report = Report {
            cases: cases.clone(),
            wall: wall.map(evenshard::Micros::from_millis),
            ..Report::new("d", 1, &[])
        };
        let history = history(&[report]);
        let suite = Suite::from_history(&Estimates::new(&history));
        let tests: u64 = suite.estimates().map(|e| e.estimate.get()).sum();
        let plan = evenshard::Planner::new(1).unwrap().plan(&suite).unwrap();
        (plan.content().shards[0].predicted_us.get() - tests) / 20
    };
    assert_eq!(
        of_wall(Some(200 + 140)),
        1_000,
        "a half of 40 ms for 20 files"
    );
    assert_eq!(
        of_wall(Some(200 + 9_000)),
        50_000,
        "no more than by default"
    );
    assert_eq!(
        of_wall(Some(200 + 90)),
        50_000,
        "such a wall time tells nothing"
    );
    assert_eq!(of_wall(None), 50_000);
}

#[test]
fn parameters_of_one_function_are_estimated_alike_unless_they_differ() {
    let of = |times: [u64; 10]| {
        let case = |(n, us)| ("t.test_a".to_owned(), format!("test_a[{n}]"), Some(us));
        let report = Report {
            cases: (0..).zip(times).map(case).collect(),
            ..Report::new("d", 1, &[])
        };
        let history = history(&[report]);
        let suite = Suite::from_history(&Estimates::new(&history));
        let estimates: Vec<u64> = suite.estimates().map(|e| e.estimate.get()).collect();
        (
            *estimates.iter().min().unwrap(),
            *estimates.iter().max().unwrap(),
        )
    };
    // Rounding alone: 0.5 ms each, and the floor of 1 ms.
    assert_eq!(
        of([0, 1_000, 0, 1_000, 0, 1_000, 0, 1_000, 0, 1_000]),
        (1_500, 1_500)
    );
    let (least, most) = of([
        1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 900_000,
    ]);
    assert!(least < 10_000 && most > 800_000, "{least} to {most}");
}

#[test]
fn a_file_in_a_list_of_files_costs_the_set_up_of_its_classes_too() {
    let history = history(&with_fixtures());
    let measured: u64 = with_fixtures()[0]
        .cases
        .iter()
        .filter(|(classname, ..)| classname.starts_with("t.test_a."))
        .filter_map(|(_, _, us)| *us)
        .sum();
    let suite = suite_of(["t/test_a.py"], &history);
    let estimate = suite.estimates().next().unwrap().estimate.get();
    assert!(
        (measured..measured * 11 / 10).contains(&estimate),
        "{estimate} for {measured}"
    );
}
