//! Jobs that plan by themselves, from committed files: no plan step, and a comparison.

use super::world::{PIPELINE, TESTS, What};
use super::{Build, World};
use crate::pytest::Python;

const STEPS: &str = "
steps:
  - key: tests
    parallelism: 4
    command: evenshard run --timings junit/ --allow-no-timings --junit evenshard-ci/results/ -- pytest
    artifact_paths: evenshard-ci/results/*
    retry:
      automatic:
        - exit_status: -1
          limit: 2
  - key: verify
    depends_on: tests
    allow_dependency_failure: true
    command: evenshard verify --annotation evenshard-ci/annotation.md evenshard-ci/results/
    plugins:
      - OWNER/evenshard#v1.0.0:
          role: verify
";

fn world(python: &Python) -> World {
    let world = World::new(python);
    fs_err::write(world.repo(PIPELINE), STEPS).unwrap();
    world
}

#[test]
fn a_shard_with_other_timings_stops_before_pytest_starts() {
    Python::with_newest(|python| {
        let world = world(python);
        world.commit("junit/.test_durations", DURATIONS);
        let other = What::Holds("junit/.test_durations", DURATIONS.replace("0.5", "99.0"));
        let finished = world.run(&Build::of("1").with("tests", 2, other));
        assert_eq!(
            finished.codes("tests"),
            [0, 0, 78, 0],
            "{}",
            finished.logs()
        );
        let stopped = finished.of("tests")[2];
        assert!(stopped.ran.is_empty());
        assert!(
            stopped.log.contains("another job of this step has"),
            "{}",
            stopped.log
        );
        assert!(!finished.passed);
        assert_eq!(finished.codes("verify"), [70]);
    });
}

#[test]
fn a_retried_job_whose_timings_changed_meets_the_first_plan() {
    Python::with_newest(|python| {
        let world = world(python);
        world.commit("junit/.test_durations", DURATIONS);
        let other = What::Holds("junit/.test_durations", DURATIONS.replace("0.5", "99.0"));
        let mut again = Build::of("1")
            .with("tests", 3, What::Lost)
            .with("tests", 3, other);
        again.faults[1].attempt = Some(2);
        let finished = world.run(&again);
        assert_eq!(
            finished.codes("tests"),
            [0, 0, 0, -1, 78],
            "{}",
            finished.logs()
        );
        assert!(finished.log("tests").contains("start a new build"));
    });
}

#[test]
fn other_timings_that_go_uncompared_are_found_by_the_proof() {
    Python::with_newest(|python| {
        let world = world(python);
        world.commit("junit/.test_durations", DURATIONS);
        let other = What::Holds("junit/.test_durations", DURATIONS.replace("0.5", "99.0"));
        let down = What::Hiccups("meta-data exists", 1);
        let finished = world.run(
            &Build::of("1")
                .with("tests", 2, other)
                .with("tests", 2, down),
        );
        assert_eq!(finished.codes("tests"), [0, 0, 0, 0], "{}", finished.logs());
        assert!(
            finished.of("tests")[2]
                .log
                .contains("could not be compared")
        );
        assert_eq!(finished.codes("verify"), [70]);
    });
}

#[test]
fn the_agent_may_be_out_of_reach() {
    Python::with_newest(|python| {
        let world = world(python);
        let down =
            |build: Build, index| build.with("tests", index, What::Hiccups("meta-data exists", 9));
        let finished = world.run(&(0..4).fold(Build::of("1"), down));
        assert_eq!(finished.ran(), TESTS, "{}", finished.logs());
        assert!(finished.passed);
        assert!(
            finished
                .log("tests")
                .contains("warning: the plan could not be compared")
        );
    });
}

const DURATIONS: &str = r#"{
"tests/test_cart.py::test_add": 0.5,
"tests/test_cart.py::test_remove": 2.0,
"tests/test_pay.py::test_card": 2.1,
"tests/test_search.py::TestWords::test_one": 1.2,
"tests/test_search.py::TestWords::test_none": 1.3,
"tests/test_ship.py::test_box": 1.9
}
"#;
