//! Tests that are skipped, that are gone, and those that nobody has seen yet.

use std::collections::BTreeMap;

use crate::support::suite_of;
use evenshard::estimate::Estimates;
use evenshard::history::{CaseSeen, History, Origin, ReportFacts};
use evenshard::record::{RunRecord, State};
use evenshard::suite::Suite;
use evenshard::{Micros, Outcome, Planner, Shard};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Report, history, json, read};

/// The times in milliseconds of all tests that a history plans for, without the floor.
fn planned(history: &History) -> BTreeMap<String, u64> {
    let floor = Estimates::new(history).floor();
    let suite = Suite::from_history(&Estimates::new(history));
    let times = suite.estimates().map(|test| {
        let own = test.estimate.saturating_sub(floor);
        (test.name.to_owned(), own.get() / 1_000)
    });
    times.collect()
}

/// The time in milliseconds of a test of `t/test_a.py` that is listed.
fn listed(history: &History, name: &str) -> u64 {
    let floor = Estimates::new(history).floor();
    let line = format!("t/test_a.py::{name}");
    let suite = suite_of([line.as_str()], history);
    let test = suite.estimates().next().unwrap();
    test.estimate.saturating_sub(floor).get() / 1_000
}

/// A build of one report, which has these tests of `t/test_a.py`; `None` for a skipped one.
fn build(day: i64, tests: &[(&str, Option<u64>)]) -> Report {
    let id = format!("b{day}");
    let mut report = Report::new(&id, day, &[]).of_build(&id, Some((1, 1)));
    let cases = tests.iter().map(|&(name, ms)| {
        let us = ms.map(|ms| ms * 1_000);
        ("t.test_a".to_owned(), name.to_owned(), us)
    });
    report.cases = cases.collect();
    report
}

fn selecting(mut report: Report, selection: &str) -> Report {
    report.origin.selection = Some(selection.to_owned());
    report
}

#[test]
fn a_test_that_is_always_skipped_weighs_what_skipping_costs() {
    let tests = [("test_cpu", Some(20_000)), ("test_gpu", None)];
    let built = history(&[build(1, &tests), build(2, &tests)]);
    assert_eq!(planned(&built)["test_gpu"], 0);
    assert_eq!(listed(&built, "test_gpu"), 0);
    // It says nothing of a test that nobody has seen.
    assert_eq!(listed(&built, "test_new"), 20_000);
}

#[test]
fn skipping_that_takes_long_is_counted() {
    let mut built = History::new();
    for day in 0..2 {
        let mut report = built.report();
        report.case(&CaseSeen {
            classname: "t.test_a",
            name: "test_gpu",
            skip_time: Some(Micros::from_millis(3_000)),
            outcome: Outcome::Skipped,
            ..CaseSeen::default()
        });
        let facts = ReportFacts {
            digest: day.to_string(),
            begun_ms: Some(day),
            wall: None,
        };
        report.finish(facts, Origin::default());
    }
    assert_eq!(planned(&built)["test_gpu"], 3_000);
    assert_eq!(planned(&read(&json(&built))), planned(&built));
}

#[test]
fn each_build_that_skips_a_test_takes_a_third_off_and_one_sample_brings_it_back() {
    let other = ("test_other", Some(10));
    let with = |newest: &[Option<u64>]| {
        let ran = build(0, &[other, ("test_x", Some(900))]);
        let newer = (1..).zip(newest);
        let newer = newer.map(|(day, &ms)| build(day, &[other, ("test_x", ms)]));
        planned(&history(
            &[ran].into_iter().chain(newer).collect::<Vec<_>>(),
        ))["test_x"]
    };
    let skipped = |builds: usize| with(&vec![None; builds]);
    assert_eq!([0, 1, 2, 3, 4].map(skipped), [900, 600, 300, 0, 0]);
    assert_eq!(with(&[None, None, None, Some(900)]), 900);
}

#[test]
fn what_runs_in_one_job_of_a_build_is_not_skipped_in_it() {
    let id = |report: Report, shard: u32| report.of_build("b1", Some((shard, 2)));
    let mut second = build(2, &[("test_x", None)]);
    second.digest = "second".to_owned();
    let built = history(&[id(build(1, &[("test_x", Some(900))]), 1), id(second, 2)]);
    assert_eq!(planned(&built)["test_x"], 900);
}

#[test]
fn fixtures_of_tests_that_are_all_skipped_are_not_built() {
    // The class pays 4 s in its first test, while its tests run.
    let tests = |ran: bool| {
        let ms = |ms| ran.then_some(ms);
        let mut tests = vec![("t.test_a".to_owned(), "test_0".to_owned(), Some(10_000))];
        for n in 0..5 {
            let time = ms(if n == 0 { 4_010_000 } else { 10_000 });
            tests.push(("t.test_a.TestX".to_owned(), format!("test_{n}"), time));
        }
        tests
    };
    let of = |skipping: i64| {
        let reports = (0..2 + skipping).map(|day| {
            let mut report = build(day, &[]);
            report.cases = tests(day < 2);
            report
        });
        let built = history(&reports.collect::<Vec<_>>());
        let planner = Planner::new(1).unwrap().setup_cost(Micros::ZERO);
        let plan = planner
            .plan(&Suite::from_history(&Estimates::new(&built)))
            .unwrap();
        plan.content().shards[0].predicted_us.get() / 1_000
    };
    assert!(of(0) > 4_000, "{}", of(0));
    assert!(of(3) < 100, "{}", of(3));
}

#[test]
fn a_test_is_gone_when_two_complete_builds_do_not_have_it() {
    let old = [("test_old", Some(100)), ("test_stays", Some(100))];
    let new = [("test_new", Some(100)), ("test_stays", Some(100))];
    let names = |reports: &[Report]| {
        let built = history(reports);
        let names = planned(&built).into_keys().collect::<Vec<_>>();
        let missing = built.missing().map(|m| (m.tests, m.gone));
        (names.join(" "), missing)
    };
    let mut builds = vec![build(1, &old), build(2, &old)];
    assert_eq!(
        names(&builds),
        ("test_old test_stays".to_owned(), Some((0, 0)))
    );
    builds.push(build(3, &new));
    let one_without = ("test_new test_old test_stays".to_owned(), Some((1, 0)));
    assert_eq!(names(&builds), one_without);
    builds.push(build(4, &new));
    let two_without = ("test_new test_stays".to_owned(), Some((1, 1)));
    assert_eq!(names(&builds), two_without);
    // A listed test is there, and takes what it took.
    assert_eq!(listed(&history(&builds), "test_old"), 100);
    // It comes back in a build of which a shard is missing.
    let mut partial = build(5, &old);
    partial.origin.shard = Some((1, 2));
    builds.push(partial);
    let back = ("test_new test_old test_stays".to_owned(), Some((0, 0)));
    assert_eq!(names(&builds), back);
}

#[test]
fn builds_of_another_selection_or_that_broke_off_make_no_test_go() {
    let all = [("test_fast", Some(100)), ("test_slow", Some(100))];
    let fast = [("test_fast", Some(100))];
    let nightly = || selecting(build(1, &all), "");
    let pull_request = |day| selecting(build(day, &fast), "-m 'not slow'");
    let is_there = |reports: &[Report]| planned(&history(reports)).contains_key("test_slow");
    assert!(is_there(&[
        nightly(),
        pull_request(2),
        pull_request(3),
        pull_request(4)
    ]));
    let smaller = |day| selecting(build(day, &fast), "");
    assert!(!is_there(&[nightly(), smaller(2), smaller(3)]));
    // Where nothing tells the selection, builds are of one kind.
    assert!(!is_there(&[
        build(1, &all),
        build(2, &fast),
        build(3, &fast)
    ]));

    let mut broken = [build(1, &all), build(2, &fast), build(3, &fast)];
    let read_back = |broken: &[Report]| {
        let mut built = History::new();
        for report in broken {
            let mut recorder = built.report();
            let mut record = record(&["t/test_a.py::test_fast"]);
            record.stopped = (report.digest == "b3").then(|| "-x".to_owned());
            recorder.record(&record);
            for (classname, name, us) in &report.cases {
                recorder.case(&CaseSeen {
                    classname,
                    name,
                    sample: us.map(Micros::new),
                    ..CaseSeen::default()
                });
            }
            let facts = ReportFacts {
                digest: report.digest.clone(),
                begun_ms: report.day.map(|day| day * 86_400_000),
                wall: None,
            };
            recorder.finish(facts, report.origin.clone());
        }
        read(&json(&built))
    };
    assert!(planned(&read_back(&broken)).contains_key("test_slow"));
    broken[2].digest = "b4".to_owned();
    assert!(!planned(&read_back(&broken)).contains_key("test_slow"));
}

#[test]
fn a_file_that_cannot_be_collected_makes_no_test_go() {
    let all = [("test_a", Some(100)), ("test_b", Some(100))];
    let mut built = history(&[build(1, &all)]);
    for day in 2..5 {
        let mut report = built.report();
        report.case(&CaseSeen {
            name: "t.test_a",
            outcome: Outcome::Errored,
            sample: Some(Micros::ZERO),
            ..CaseSeen::default()
        });
        let facts = ReportFacts {
            digest: day.to_string(),
            begun_ms: Some(day * 86_400_000),
            wall: None,
        };
        let origin = Origin {
            build: Some(day.to_string()),
            complete: true,
            ..Origin::default()
        };
        report.finish(facts, origin);
    }
    assert!(planned(&built).contains_key("test_b"));
}

fn record(selected: &[&str]) -> RunRecord {
    let mut record = RunRecord::started("", Shard::new(0, 1).unwrap());
    record.state = State::Finished;
    record.exit_status = Some(0);
    record.selected = selected.iter().map(|&id| id.to_owned()).collect();
    record
}

#[test]
fn a_shard_without_tests_is_a_shard_that_reported() {
    let complete = |status: u8, selected: &[&str], read_again: bool| {
        let mut built = History::new();
        build(1, &[("test_a", Some(5))])
            .of_build("b1", Some((1, 2)))
            .add_to(&mut built);
        let mut record = record(selected);
        record.exit_status = Some(status);
        let mut report = built.report();
        report.record(&record);
        let facts = ReportFacts {
            digest: "empty".to_owned(),
            begun_ms: Some(86_400_001),
            wall: None,
        };
        let origin = Origin {
            build: Some("b1".to_owned()),
            shard: Some((2, 2)),
            ..Origin::default()
        };
        report.finish(facts, origin);
        let built = if read_again {
            read(&json(&built))
        } else {
            built
        };
        let builds = built.builds();
        assert_eq!(builds.len(), 1);
        builds[0].is_complete(&built)
    };
    assert!(complete(0, &[], false) && complete(5, &[], true));
    assert!(!complete(2, &[], false), "its session broke off");
    assert!(
        !complete(0, &["t/test_a.py::test_b"], false),
        "it had tests"
    );
}

#[test]
fn a_module_that_every_job_skips_does_not_make_a_build_of_each() {
    let shard = |n: i64| {
        let mut report = Report::new(&n.to_string(), 0, &[]);
        report.day = None;
        let own = (format!("t.test_{n}"), "test_x".to_owned(), Some(5_000));
        let skipped = (String::new(), "t.test_gpu".to_owned(), None);
        report.cases = vec![own, skipped];
        report
    };
    let mut built = History::new();
    for n in 0..4 {
        let report = shard(n);
        let mut recorder = built.report();
        for (classname, name, us) in &report.cases {
            recorder.case(&CaseSeen {
                classname,
                name,
                sample: us.map(Micros::new),
                outcome: if us.is_some() {
                    Outcome::Passed
                } else {
                    Outcome::Skipped
                },
                ..CaseSeen::default()
            });
        }
        let facts = ReportFacts {
            digest: report.digest,
            begun_ms: Some(n),
            wall: None,
        };
        recorder.finish(facts, Origin::default());
    }
    assert_eq!(built.builds().len(), 1);
}

#[test]
fn a_new_parameter_takes_the_mean_of_its_function() {
    let mut tests = vec![
        ("test_train[a]", Some(50_000)),
        ("test_train[b]", Some(50_000)),
    ];
    let fast: Vec<String> = (0..50).map(|n| format!("test_fast_{n}")).collect();
    tests.extend(fast.iter().map(|name| (name.as_str(), Some(100))));
    tests.extend([("test_gpu[a]", None), ("test_gpu[b]", None)]);
    let built = history(&[build(1, &tests), build(2, &tests)]);
    assert_eq!(listed(&built, "test_train[c]"), 50_000);
    assert_eq!(listed(&built, "test_gpu[c]"), 0, "the others are skipped");
    assert!(
        listed(&built, "test_new[c]") < 3_000,
        "the mean of the class"
    );
    // All parameters were renamed.
    let renamed: Vec<_> = tests
        .iter()
        .filter(|(name, _)| !name.starts_with("test_train"))
        .copied()
        .collect();
    let built = history(&[build(1, &tests), build(2, &renamed), build(3, &renamed)]);
    assert_eq!(listed(&built, "test_train[c]"), 50_000);
}

/// Builds of four jobs, tests of 1 s moving between them; `slow` gives a job's slowness. No
/// test meets more than one slow machine where each build has one, another job each time.
fn machines(slow: impl Fn(u64, u64) -> u64) -> History {
    let mut reports = Vec::new();
    for at in 0..4 {
        for shard in 0..4 {
            // In `at` other builds out of four a test is one job further.
            let mine = (0..80_u64).filter(|n| (n + 2 * at + n / 4) % 4 == shard);
            let names: Vec<String> = mine.map(|n| format!("test_{n}")).collect();
            let time = Some(1_000 * slow(at, shard));
            let tests: Vec<_> = names.iter().map(|name| (name.as_str(), time)).collect();
            let day = i64::try_from(at).unwrap();
            let mut report = build(day, &tests);
            report.digest = format!("{at}/{shard}");
            let shard = u32::try_from(shard).unwrap() + 1;
            reports.push(report.of_build(&format!("b{at}"), Some((shard, 4))));
        }
    }
    history(&reports)
}

#[test]
fn a_slow_machine_does_not_make_its_tests_slow() {
    let times = planned(&machines(|at, shard| if at == shard { 3 } else { 1 }));
    assert_eq!(times.len(), 80);
    assert!(
        times.values().all(|ms| (950..=1_050).contains(ms)),
        "{times:?}"
    );
    let even = planned(&machines(|_, _| 1));
    assert!(even.values().all(|&ms| ms == 1_000), "{even:?}");
}

proptest! {
    /// Whatever builds there were, each known test is planned for or gone, none twice, and a
    /// list of all of them is whole; merging in another order changes nothing.
    #[test]
    fn plans_stay_total_and_free_of_order(
        builds in vec(vec((0_usize..6, prop::option::of(1_u64..5_000)), 0..8), 1..7),
        selections in vec(prop::option::of("|-m slow"), 7),
        turn in 0_usize..7,
    ) {
        let names = ["test_a", "test_b", "test_p[1]", "test_p[2]", "test_p[3]", "test_c"];
        let reports: Vec<Report> = (0..).zip(&builds).map(|(day, tests)| {
            let tests: Vec<_> = tests.iter().map(|&(name, ms)| (names[name], ms)).collect();
            let mut report = build(day, &tests);
            report.origin.selection = selections[usize::try_from(day).unwrap()].clone();
            report
        }).collect();
        let built = history(&reports);
        let suite = Suite::from_history(&Estimates::new(&built));
        let planner = Planner::new(3).unwrap();
        let plan = planner.plan(&suite).unwrap();
        let mut planned: Vec<&str> = suite.estimates().map(|test| test.name).collect();
        let count = planned.len();
        planned.dedup();
        prop_assert_eq!(planned.len(), count);
        let newest = reports.last().unwrap();
        for (_, name, _) in &newest.cases {
            prop_assert!(planned.contains(&name.as_str()), "the newest build has {}", name);
        }
        let lines: Vec<String> = names.iter().map(|name| format!("t/test_a.py::{name}")).collect();
        let list = suite_of(lines.iter().map(String::as_str), &built);
        prop_assert_eq!(list.len(), names.len());

        let mut turned = reports.clone();
        turned.rotate_left(turn % reports.len());
        let again = history(&turned);
        let again = planner.plan(&Suite::from_history(&Estimates::new(&again))).unwrap();
        prop_assert_eq!(plan.to_json(), again.to_json());
    }
}
