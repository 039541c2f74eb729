//! Measured set-up: what counts, what it replaces, and when it is forgotten.

use std::collections::BTreeMap;

use evenshard::estimate::{Estimates, SetupCost};
use evenshard::history::{History, KEPT_BUILDS, KEPT_SAMPLES};
use evenshard::record::FileSetup;
use evenshard::suite::{Alignment, Suite};
use evenshard::{Micros, NodeId, Planner};

use super::{Report, history, json, read};

/// A class whose first test pays 400 ms in its file of one class.
const CASES: [(&str, &str, u64); 4] = [
    ("t.test_a.TestX", "test_0", 410),
    ("t.test_a.TestX", "test_1", 10),
    ("t.test_a.TestX", "test_2", 10),
    ("t.test_b", "test_0", 10),
];

fn report(number: i64) -> Report {
    let build = number.to_string();
    Report::new(&build, number, &CASES).of_build(&build, Some((1, 1)))
}

fn import(ms: u64, first: bool) -> FileSetup {
    FileSetup {
        import_us: Some(Micros::from_millis(ms)),
        first,
        ..FileSetup::default()
    }
}

/// Fixtures of the class, paid by its second test.
fn class_fixtures(ms: u64) -> FileSetup {
    let cost = Micros::from_millis(ms);
    FileSetup {
        classes_us: BTreeMap::from([("TestX".to_owned(), cost)]),
        paid_us: BTreeMap::from([("t/test_a.py::TestX::test_1".to_owned(), cost)]),
        ..FileSetup::default()
    }
}

fn setup(history: &History) -> SetupCost {
    Estimates::new(history).setup_of_test(&NodeId::parse("t/test_a.py::TestX::test_0"))
}

fn import_ms(history: &History) -> Option<u64> {
    setup(history).import.map(|cost| cost.get() / 1_000)
}

/// The estimate of a test of the class, in milliseconds, without the floor.
fn estimate(history: &History, name: &str) -> u64 {
    let suite = Suite::from_history(&Estimates::new(history));
    let found = suite
        .estimates()
        .find(|e| e.classname == "t.test_a.TestX" && e.name == name);
    let floor = Estimates::new(history).floor();
    found.unwrap().estimate.saturating_sub(floor).get() / 1_000
}

#[test]
fn the_smallest_import_over_builds_counts() {
    let costs = [90, 30, 70].into_iter().zip(1..);
    let reports = costs.map(|(ms, n)| report(n).measured(import(ms, false)));
    assert_eq!(import_ms(&history(&reports.collect::<Vec<_>>())), Some(30));
    assert_eq!(import_ms(&history(&[report(1)])), None);
}

#[test]
fn an_import_that_was_the_first_of_its_process_counts_where_there_is_no_other() {
    let first = report(1).measured(import(500, true));
    assert_eq!(import_ms(&history(std::slice::from_ref(&first))), Some(500));
    let mut with_others = first.clone();
    for (file, ms) in [
        ("t/test_b.py", 20),
        ("t/test_c.py", 40),
        ("t/test_d.py", 60),
    ] {
        with_others
            .setup
            .files
            .insert(file.to_owned(), import(ms, false));
    }
    assert_eq!(
        import_ms(&history(&[with_others.clone()])),
        Some(40),
        "their median"
    );
    let later = report(2).measured(import(450, false));
    assert_eq!(
        import_ms(&history(&[with_others, later])),
        Some(450),
        "it is slow by itself"
    );
}

#[test]
fn measured_imports_take_the_place_of_the_assumed_cost() {
    let predicted = |history: &History, assumed: u64| {
        let planner = Planner::new(1)
            .unwrap()
            .setup_cost(Micros::from_millis(assumed));
        let plan = planner
            .plan(&Suite::from_history(&Estimates::new(history)))
            .unwrap();
        plan.content().shards[0].predicted_us.get() / 1_000
    };
    let assumed = history(&[report(1)]);
    let measured = history(&[report(1).measured(import(300, false))]);
    assert_eq!(predicted(&assumed, 100) - predicted(&assumed, 0), 200);
    assert_eq!(predicted(&measured, 100) - predicted(&measured, 0), 100);
    assert_eq!(predicted(&measured, 0) - predicted(&assumed, 0), 300);
}

#[test]
fn measured_fixtures_replace_what_first_tests_seem_to_pay() {
    let learnt = setup(&history(&[report(0), report(1)]));
    assert_eq!(
        (learnt.modules.cost.get(), learnt.modules.measured),
        (400_000, false)
    );
    assert_eq!((learnt.class.cost.get(), learnt.class.measured), (0, false));

    // What the excess is of, only the measurement tells; older builds are understood by it.
    let mut measured = report(2).measured(class_fixtures(300));
    measured.cases[0].2 = Some(10_000);
    measured.cases[1].2 = Some(310_000);
    let built = history(&[report(1), measured.clone()]);
    let now = setup(&built);
    assert_eq!((now.class.cost.get(), now.class.measured), (300_000, true));
    assert_eq!(now.modules.cost.get(), 0);
    assert_eq!(
        estimate(&history(&[measured]), "test_1"),
        10,
        "who paid is not slow itself"
    );
    assert_eq!(estimate(&built, "test_1"), 10);
    assert!(
        (50..=110).contains(&estimate(&built, "test_0")),
        "410 less 300, and 10"
    );
}

#[test]
fn under_xdist_what_was_measured_counts_as_well() {
    let mut parallel = report(1).measured(class_fixtures(8));
    parallel.wall = Some(Micros::from_millis(100));
    let built = history(&[parallel]);
    assert_eq!(setup(&built).class.cost.get(), 8_000);
    assert_eq!(estimate(&built, "test_1"), 2);
}

#[test]
fn imports_are_not_in_the_floor_as_well() {
    let cases: Vec<(String, String, Option<u64>)> = (0..200)
        .map(|n| ("t.test_a".to_owned(), format!("test_{n}"), Some(1_000)))
        .collect();
    let report = Report {
        cases,
        wall: Some(Micros::from_millis(200 + 340)),
        ..Report::new("d", 1, &[])
    };
    let floor = |report: Report| Estimates::new(&history(&[report])).floor().get();
    // Unmeasured, 50 of the 340 ms are taken for the import.
    assert_eq!(floor(report.clone()), 1_450);
    assert_eq!(floor(report.measured(import(200, true))), 700);
}

#[test]
fn what_was_measured_goes_with_its_build() {
    let old = report(0)
        .measured(import(30, false))
        .of_build("old", Some((1, 1)));
    let with = |newer: usize| {
        let newer = (1..)
            .take(newer)
            .map(|n| report(n).measured(import(90, false)));
        let reports: Vec<Report> = std::iter::once(old.clone()).chain(newer).collect();
        import_ms(&read(&json(&history(&reports))))
    };
    assert_eq!(with(KEPT_BUILDS - 1), Some(30));
    assert_eq!(with(KEPT_BUILDS), Some(90));
}

#[test]
fn of_each_file_so_many_measurements_are_kept_at_most() {
    let partial = |n: i64| {
        let ms = if n == 0 { 30 } else { 90 };
        report(n)
            .measured(import(ms, false))
            .of_build(&n.to_string(), Some((1, 2)))
    };
    let reports: Vec<Report> = (0..).take(KEPT_SAMPLES + 1).map(partial).collect();
    assert_eq!(
        import_ms(&read(&json(&history(&reports[..KEPT_SAMPLES])))),
        Some(30)
    );
    assert_eq!(import_ms(&read(&json(&history(&reports)))), Some(90));
}

#[test]
fn a_prefix_that_shifted_takes_measured_set_up_along() {
    let mut setup = class_fixtures(300);
    setup.import_us = Some(Micros::from_millis(70));
    let built = history(&[report(1).measured(setup)]);
    let listed = [
        "pkg/t/test_a.py::TestX::test_0",
        "pkg/t/test_a.py::TestX::test_1",
    ];
    let alignment = Alignment::find(listed, &built);
    let aligned = alignment.apply(&built);
    let found = Estimates::new(&aligned).setup_of_test(&NodeId::parse(listed[0]));
    assert_eq!(found.import, Some(Micros::from_millis(70)));
    assert_eq!(found.class.cost, Micros::from_millis(300));
    let paying = Estimates::new(&aligned)
        .of_test(&NodeId::parse(listed[1]))
        .0;
    assert!(paying < Micros::from_millis(10), "{paying}");
}
