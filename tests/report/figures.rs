//! Reports: laws for every suite, then figures that were worked out by hand.

use std::num::NonZeroU32;

use evenshard::estimate::Estimates;
use evenshard::history::{CaseSeen, History, Origin, ReportFacts};
use evenshard::pack::Split;
use evenshard::suite::Suite;
use evenshard::verify::{Expectations, Gathered, verify};
use evenshard::{Micros, Outcome, Planner};
use evenshard_report::{Basis, ChosenBy, Report, Settings};
use proptest::collection::vec;
use proptest::prelude::*;

fn seconds(s: u64) -> Micros {
    Micros::new(s * 1_000_000)
}

/// One build, with its tests: classname, name, milliseconds, outcome.
fn build(history: &mut History, id: &str, tests: &[(&str, &str, u64, Outcome)]) {
    let mut report = history.report();
    for &(classname, name, ms, outcome) in tests {
        report.case(&CaseSeen {
            classname,
            name,
            sample: Some(Micros::from_millis(ms)),
            outcome,
            ..CaseSeen::default()
        });
    }
    let facts = ReportFacts {
        digest: id.to_owned(),
        begun_ms: id.parse().ok(),
        wall: None,
    };
    let origin = Origin {
        build: Some(id.to_owned()),
        shard: Some((1, 2)),
        complete: true,
        ..Origin::default()
    };
    report.finish(facts, origin);
}

/// Files of tests of these seconds, by name.
fn history(files: &[(&str, &[u64])]) -> History {
    let mut history = History::new();
    let names: Vec<String> = (0..20).map(|n| format!("test_{n:02}")).collect();
    let tests: Vec<(&str, &str, u64, Outcome)> = files
        .iter()
        .flat_map(|(file, tests)| {
            let pairs = names.iter().zip(*tests);
            pairs.map(|(name, s)| (*file, name.as_str(), s * 1_000, Outcome::Passed))
        })
        .collect();
    build(&mut history, "1", &tests);
    history
}

/// A planner under which files cost nothing but their tests.
fn planner(split: Split) -> Planner {
    Planner::new(1)
        .unwrap()
        .setup_cost(Micros::ZERO)
        .split(split)
}

fn shards(n: u32) -> Settings {
    Settings {
        shards: NonZeroU32::new(n),
        ..Settings::default()
    }
}

fn report(history: &History, planner: &Planner, settings: &Settings) -> Report {
    let suite = Suite::from_history(&Estimates::new(history));
    Report::of_suite(&suite, Some(history), planner, settings).unwrap()
}

/// Seconds, rounded: every test has a floor of a millisecond more.
fn rounded(time: Micros) -> u64 {
    (time.get() + 500_000) / 1_000_000
}

/// Up to three builds, whose names follow this one.
fn builds_after(last: usize) -> impl Strategy<Value = History> {
    let test = (0_usize..5, 0_usize..4, 0_u64..9_000);
    vec(vec(test, 1..40), 1..4).prop_map(move |builds| {
        let mut history = History::new();
        for (number, tests) in (last + 1..).zip(builds) {
            let files = [
                "tests.test_a",
                "tests.test_b",
                "t.test_c.TestX",
                "t.test_c",
                "d",
            ];
            let names = ["test_1", "test_2[a]", "test_2[b]", "test_3"];
            let tests: Vec<(&str, &str, u64, Outcome)> = tests
                .into_iter()
                .map(|(file, name, ms)| (files[file], names[name], ms, Outcome::Passed))
                .collect();
            build(&mut history, &format!("{number}"), &tests);
        }
        history
    })
}

fn any_history() -> impl Strategy<Value = History> {
    builds_after(0)
}

proptest! {
    #[test]
    fn each_number_of_shards_comes_to_what_its_plan_does(
        history in any_history(), n in 1_u32..12, overhead in 0_u64..9_000,
    ) {
        let suite = Suite::from_history(&Estimates::new(&history));
        let settings = Settings { job_overhead: Micros::from_millis(overhead), ..shards(n) };
        let report = Report::of_suite(&suite, Some(&history), &Planner::new(1)?, &settings)?;
        let plan = Planner::new(n)?.plan(&suite)?;
        prop_assert_eq!(&report.plan.digest, plan.digest());
        let numbers: Vec<u32> = report.sizing.points.iter().map(|p| p.shards).collect();
        prop_assert!(numbers.is_sorted() && numbers[0] == 1 && numbers.contains(&n));
        for point in &report.sizing.points {
            let plan = Planner::new(point.shards)?.plan(&suite)?;
            prop_assert_eq!(point.certificate, plan.content().certificate);
            let loads: Micros = plan.content().shards.iter().map(|s| s.predicted_us).sum();
            let jobs = Micros::from_millis(overhead * u64::from(point.shards));
            prop_assert_eq!(point.agents_us, loads + jobs);
            prop_assert!(point.wall_us >= report.sizing.floor.wall_us);
            prop_assert!(point.efficiency_ppm <= 1_000_000 && point.overhead_ppm <= 1_000_000);
        }
    }

    #[test]
    fn what_is_shown_and_what_is_summed_add_up(history in any_history(), n in 1_u32..6) {
        let report = report(&history, &Planner::new(1)?, &shards(n));
        let tests = &report.slowest_tests;
        let shown: Micros = tests.shown.iter().map(|t| t.estimate_us).sum();
        prop_assert_eq!(shown + tests.more_us, report.suite.work_us);
        prop_assert_eq!(tests.count(), report.suite.matched.tests);
        let files: u64 = report.slowest_files.shown.iter().map(|f| f.tests).sum();
        prop_assert_eq!(files, report.suite.matched.tests);
        let units: u64 = report.plan.shards.iter().map(|s| s.tests).sum();
        prop_assert_eq!(units, report.suite.matched.tests);
        for shard in &report.plan.shards {
            let units: Micros = shard.units.shown.iter().map(|u| u.predicted_us).sum();
            let setup = shard.setup_us.unwrap();
            prop_assert_eq!(units + shard.units.more_us + setup, shard.predicted_us);
        }
    }

    #[test]
    fn a_report_reads_back_from_its_json_and_is_the_same_in_any_order_of_builds(
        a in any_history(), b in builds_after(9),
    ) {
        let (mut one, mut other) = (a.clone(), b.clone());
        one.merge(&b);
        other.merge(&a);
        let settings = Settings::default();
        let json = report(&one, &Planner::new(1)?, &settings).to_json();
        prop_assert_eq!(&json, &report(&other, &Planner::new(1)?, &settings).to_json());
        let read: Report = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(read.to_json(), json);
    }

    #[test]
    fn a_plan_alone_shows_its_own_shards(history in any_history(), n in 1_u32..6) {
        let suite = Suite::from_history(&Estimates::new(&history));
        let plan = Planner::new(n)?.plan(&suite)?;
        let alone = Report::of_plan(&plan, &Settings::default())?;
        prop_assert_eq!(alone.basis, Basis::Plan);
        prop_assert_eq!((alone.sizing.chosen, alone.sizing.chosen_by), (n, ChosenBy::Plan));
        let whole = report(&history, &Planner::new(1)?, &shards(n));
        prop_assert_eq!(&alone.plan, &whole.plan);
        let point = alone.sizing.points.iter().find(|p| p.shards == n).unwrap();
        prop_assert_eq!(point.certificate, plan.content().certificate);
        prop_assert_eq!(alone.suite.work_us, whole.suite.work_us);
        prop_assert_eq!(alone.suite.matched.tests, whole.suite.matched.tests);
    }
}

#[test]
fn the_floor_is_the_longest_test_and_more_shards_than_reach_it_gain_nothing() {
    let history = history(&[("tests.test_a", &[2, 10, 3]), ("tests.test_b", &[1, 4])]);
    let sizing = report(&history, &planner(Split::Auto), &Settings::default()).sizing;
    assert_eq!(sizing.floor.what, "tests/test_a.py::test_01");
    assert_eq!(rounded(sizing.floor.wall_us), 10);
    // 20 seconds in all: two shards of ten.
    assert_eq!(sizing.largest_useful, Some(2));
    let walls: Vec<u64> = sizing.points.iter().map(|p| rounded(p.wall_us)).collect();
    assert_eq!(walls, [20, 10]);
    assert_eq!(rounded(sizing.points[1].saved_us), 10);
    assert_eq!((sizing.knee, sizing.chosen_by), (2, ChosenBy::Builds));
}

#[test]
fn the_knee_of_even_work_is_where_half_of_each_job_is_overhead() {
    // 64 tests of one second, 4 s of overhead a job: n (4 + 64 / n)^2 is least at 16.
    let names: Vec<String> = (0..64).map(|n| format!("tests.test_{n:02}")).collect();
    let files: Vec<(&str, &[u64])> = names.iter().map(|n| (n.as_str(), &[1_u64][..])).collect();
    let settings = Settings {
        job_overhead: seconds(4),
        ..Settings::default()
    };
    let sizing = report(&history(&files), &planner(Split::Auto), &settings).sizing;
    assert_eq!(sizing.knee, 16);
    let at = sizing.points.iter().find(|p| p.shards == 16).unwrap();
    assert_eq!((rounded(at.wall_us), rounded(at.agents_us)), (8, 128));
    // One job takes 68 s; sixteen of 8 s hold agents for 128 s.
    assert_eq!(at.efficiency_ppm / 1_000, 531);
    // Fifteen more starts, of 128 s.
    assert_eq!(at.overhead_ppm / 1_000, 468);
}

#[test]
fn halving_a_test_is_worth_what_the_next_best_plan_saves() {
    // 10 beside 4 and 2: as two of 5, the best is 9 (5 + 4).
    let files: &[(&str, &[u64])] = &[("t.test_a", &[10]), ("t.test_b", &[4]), ("t.test_c", &[2])];
    let report = report(&history(files), &planner(Split::Auto), &shards(2));
    let slow = &report.slowest_tests.shown;
    assert_eq!(slow[0].test.to_string(), "t/test_a.py::test_00");
    assert_eq!(rounded(slow[0].gain_us.unwrap()), 1);
    // The others set nothing.
    assert_eq!(
        (slow[1].gain_us, slow[2].gain_us),
        (Some(Micros::ZERO), Some(Micros::ZERO))
    );
    assert_eq!(slow[0].share_ppm / 10_000, 62);
}

#[test]
fn cutting_a_file_is_worth_the_same_where_it_is_cut_and_where_it_could_be() {
    let files: &[(&str, &[u64])] = &[("t.test_a", &[2; 6]), ("t.test_b", &[4])];
    // Cut: 16 seconds on two shards. Whole: 12.
    let cut = report(&history(files), &planner(Split::Auto), &shards(2));
    assert_eq!(rounded(cut.plan.certificate.makespan), 8);
    let file = &cut.slowest_files.shown[0];
    assert_eq!((file.file.as_str(), file.shards), ("t.test_a", 2));
    assert_eq!(rounded(file.gain_us.unwrap()), 4);
    assert_eq!(cut.plan.cut_files, 1);
    assert!(cut.plan.imbalance_ppm < 1_000);
    let whole = report(&history(files), &planner(Split::File), &shards(2));
    assert_eq!(rounded(whole.plan.certificate.makespan), 12);
    let file = &whole.slowest_files.shown[0];
    assert_eq!((file.shards, rounded(file.gain_us.unwrap())), (1, 4));
    assert_eq!(whole.slowest_files.shown[1].gain_us, Some(Micros::ZERO));
}

#[test]
fn a_target_is_met_by_the_fewest_or_its_obstacle_is_named() {
    let history = history(&[("t.test_a", &[6, 6]), ("t.test_b", &[6, 6])]);
    let target = |time| Settings {
        target: Some(seconds(time)),
        job_overhead: seconds(1),
        ..Settings::default()
    };
    let met = report(&history, &planner(Split::Auto), &target(14)).sizing;
    assert_eq!((met.chosen, met.chosen_by), (2, ChosenBy::Target));
    let target_facts = met.target.unwrap();
    assert!(target_facts.proved_smallest && target_facts.obstacle.is_none());
    let unmet = report(&history, &planner(Split::Auto), &target(5)).sizing;
    let obstacle = unmet.target.unwrap().obstacle.unwrap();
    assert!(obstacle.contains("t/test_"), "{obstacle}");
    assert_eq!(unmet.chosen_by, ChosenBy::Builds);
}

#[test]
fn tests_that_fail_at_times_or_take_other_times_are_listed() {
    let mut history = History::new();
    for (id, ms, outcome) in [("1", 200, Outcome::Passed), ("2", 900, Outcome::Failed)] {
        let even = |n| ("t.test_a", n, 500, Outcome::Passed);
        let tests = [
            even("test_1"),
            even("test_2"),
            even("test_3"),
            ("t.test_b", "test_x", ms, outcome),
        ];
        build(&mut history, id, &tests);
    }
    let report = report(&history, &Planner::new(1).unwrap(), &Settings::default());
    assert_eq!(report.flaky.shown.len(), 1);
    assert_eq!(
        (report.flaky.shown[0].failed, report.flaky.shown[0].builds),
        (1, 2)
    );
    let noisy: Vec<&str> = report
        .noisy
        .shown
        .iter()
        .map(|n| n.test.name.as_str())
        .collect();
    assert_eq!(noisy, ["test_x"]);
    assert!(report.noisy.shown[0].highest_us > report.noisy.shown[0].lowest_us);
    let samples: Vec<(u32, u64)> = report.slowest_tests.shown[0]
        .samples
        .iter()
        .map(|s| (s.build, s.duration_us.get()))
        .collect();
    assert_eq!(samples.len(), 2);
    assert_eq!(report.builds.len(), 2);
    assert_eq!(report.builds[0].cases_us, Micros::from_millis(1_700));
}

#[test]
fn tests_that_no_timings_know_are_counted_with_the_mean_of_their_file() {
    let history = history(&[("t.test_a", &[4, 2])]);
    let tests = [
        "t/test_a.py::test_00",
        "t/test_a.py::test_01",
        "t/test_a.py::test_new",
    ];
    let suite = Suite::from_list(tests, &Estimates::for_list(&history, tests));
    let settings = Settings::default();
    let planner = Planner::new(1).unwrap();
    let report = Report::of_suite(&suite, Some(&history), &planner, &settings).unwrap();
    assert_eq!(
        (report.suite.matched.known, report.suite.matched.tests),
        (2, 3)
    );
    assert_eq!(report.unknown.shown[0].test.name, "test_new");
    assert_eq!(rounded(report.unknown.shown[0].estimate_us), 3);
}

#[test]
fn results_stand_beside_what_was_expected() {
    let expected = history(&[("t.test_a", &[4, 2])]);
    let mut measured = History::new();
    let tests = [
        ("t.test_a", "test_00", 9_000, Outcome::Passed),
        ("t.test_a", "test_01", 2_000, Outcome::Passed),
    ];
    build(&mut measured, "7", &tests);
    let verdict = verify(&Gathered::default(), None, &Expectations::default());
    let suite = Suite::from_history(&Estimates::new(&expected));
    let planner = Planner::new(1).unwrap();
    let report = Report::of_suite(&suite, Some(&expected), &planner, &Settings::default())
        .unwrap()
        .with_results(&verdict, Some((&suite, &measured)));
    let results = report.results.unwrap();
    assert!(!results.proved);
    let miss = &results.misses.shown[0];
    assert_eq!(miss.test.name, "test_00");
    assert_eq!(
        (rounded(miss.predicted_us), rounded(miss.measured_us)),
        (4, 9)
    );
}

#[test]
fn a_suite_without_tests_has_a_report() {
    let planner = Planner::new(1).unwrap();
    let report = Report::of_suite(&Suite::default(), None, &planner, &shards(3)).unwrap();
    assert_eq!(report.suite.matched.tests, 0);
    assert_eq!(report.plan.shards.len(), 3);
    assert_eq!(report.plan.imbalance_ppm, 0);
}
