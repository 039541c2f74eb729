//! Builds by the plan of a first build, which has functions whole and knows no parameters.

use evenshard::verify::ProblemKind;
use evenshard::{Plan, Planner};

use super::{Build, forget};

/// Functions of one file, two of them parametrised: it is cut, since it is all there is.
fn tests() -> Vec<String> {
    let mut tests: Vec<String> = (0..4)
        .map(|n| format!("t/test_a.py::test_x[{n}-a::b]"))
        .collect();
    tests.extend((0..3).map(|n| format!("t/test_a.py::TestY::test_y[{n}]")));
    tests.extend((0..5).map(|n| format!("t/test_a.py::test_{n}")));
    tests
}

fn plan(tests: &[String]) -> Plan {
    let planner = Planner::new(3).unwrap();
    let plan = planner.plan_by_count(tests.iter().map(String::as_str));
    plan.unwrap()
}

#[test]
fn parametrised_tests_are_those_of_their_function() {
    let tests = tests();
    let verdict = Build::by(plan(&tests), &tests).is_proved();
    assert_eq!(verdict.totals.tests, 12);
    assert_eq!(verdict.warnings, []);
}

#[test]
fn parameters_of_another_build_are_still_those_of_their_function() {
    let collected = tests();
    // Ids of parameters may differ from process to process.
    let run: Vec<String> = collected
        .iter()
        .map(|id| id.replace("[0", "[now-0"))
        .collect();
    assert_ne!(run, collected);
    Build::by(plan(&collected), &run).is_proved();
}

#[test]
fn a_function_of_which_no_parameter_ran_has_vanished() {
    let tests = tests();
    for (lost, name) in [
        ("test_x[", "t.test_a::test_x"),
        ("test_y[", "t.test_a.TestY::"),
        ("test_3", "t.test_a::test_3"),
    ] {
        let (gone, left): (Vec<String>, Vec<String>) =
            tests.iter().cloned().partition(|id| id.contains(lost));
        let build = Build::by(plan(&tests), &left);
        let problem = build.fails_with_the_plan_by(ProblemKind::Vanished);
        assert_eq!(problem.tests, [name], "{gone:?}");
    }
}

#[test]
fn a_test_in_another_shard_than_the_counted_plan_names_is_misplaced() {
    let tests = tests();
    let build = Build::by(plan(&tests), &tests);
    let moved = build.first_of(1);
    let mut build = build.with(1, |job| forget(job, &moved));
    let of_shard = build.gathered.evidence.iter_mut();
    for job in of_shard.filter(|e| e.record.shard.number() == 2) {
        job.record.selected.push(moved.clone());
        job.record.selected.sort();
    }
    let kinds = super::kinds(&build.verdict().problems);
    assert!(kinds.contains(&ProblemKind::Misplaced), "{kinds:?}");
}
