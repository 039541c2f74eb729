//! The pipeline without a store: a plan step, a fixed number of jobs, a proof at the end.

use super::world::{TESTS, What};
use super::{Build, World};
use crate::pytest::Python;

const TIMINGS: &str = "evenshard-ci/timings.json";

#[test]
fn the_first_build_needs_no_timings_and_the_second_has_those_that_are_committed() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let first = world.run(&Build::of("1"));
        first.is_whole();
        let log = first.log("plan");
        assert!(log.contains("no timings"), "{log}");
        let (style, annotation) = first.annotation();
        assert_eq!(style, "success");
        assert!(annotation.starts_with("### 6 passed\n"), "{annotation}");

        world.commit("junit/timings.json", &first.artifact(TIMINGS).unwrap());
        let second = world.run(&Build::of("2"));
        second.is_whole();
        let log = second.log("plan");
        assert!(!log.contains("no timings"), "{log}");
        let history: serde_json::Value =
            serde_json::from_str(&second.artifact(TIMINGS).unwrap()).unwrap();
        assert_eq!(history["scopes"][""]["builds"].as_array().unwrap().len(), 2);
    });
}

#[test]
fn an_agent_that_hiccups_is_asked_again() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let hiccup = |command| What::Hiccups(command, 1);
        let finished = world.run(
            &Build::of("1")
                .with("plan", 0, hiccup("artifact upload"))
                .with("tests", 1, hiccup("artifact download"))
                .with("tests", 2, hiccup("meta-data exists"))
                .with("verify", 0, hiccup("artifact search")),
        );
        finished.is_whole();
        assert_eq!(finished.codes("plan"), [75, 0]);
        assert_eq!(finished.codes("tests"), [0, 75, 0, 75, 0, 0]);
        assert_eq!(finished.codes("verify"), [75, 0]);
    });
}

#[test]
fn results_that_cannot_be_uploaded_fail_their_job() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let down = What::Hiccups("artifact upload", 9);
        let finished = world.run(&Build::of("1").always_with("tests", 0, down));
        assert!(!finished.passed);
        assert_eq!(finished.codes("tests")[..3], [75, 75, 75]);
        assert_eq!(finished.codes("verify"), [70]);
        let (style, annotation) = finished.annotation();
        assert_eq!(style, "error");
        assert!(
            annotation.starts_with("### NOT proved&#58; shard 1 of 4"),
            "{annotation}"
        );
    });
}

#[test]
fn a_shard_that_never_ran_is_missed_by_name() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let finished = world.run(&Build::of("1").always_with("tests", 1, What::Lost));
        assert!(!finished.passed);
        assert_eq!(finished.codes("tests"), [0, -1, -1, -1, 0, 0]);
        assert_eq!(finished.codes("verify"), [70]);
        let log = finished.log("verify");
        assert!(
            log.contains("NOT proved") && log.contains("shard 2"),
            "{log}"
        );
        assert_eq!(finished.annotation().0, "error");
        assert_eq!(
            finished.artifact(TIMINGS),
            None,
            "what is not proved is not kept"
        );
    });
}

#[test]
fn no_shard_at_all_is_no_proof() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let lost = |build: Build, index| build.always_with("tests", index, What::Lost);
        let finished = world.run(&(0..4).fold(Build::of("1"), lost));
        assert_eq!(finished.codes("verify"), [65]);
        let (style, annotation) = finished.annotation();
        assert_eq!(style, "error");
        assert!(annotation.starts_with("### NOT proved"), "{annotation}");
    });
}

#[test]
fn a_shard_whose_agent_went_runs_again() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let gone = Build::of("1").with("tests", 0, What::AgentStopped);
        let finished = world.run(&gone.with("tests", 1, What::Lost));
        finished.is_whole();
        assert_eq!(finished.codes("tests"), [143, 0, -1, 0, 0, 0]);
        // It ran all of its tests, and nobody saw: they run again, and count once.
        let finished = world.run(&Build::of("2").with("tests", 0, What::LostAtTheEnd));
        assert!(finished.passed, "{}", finished.logs());
        assert_eq!(finished.codes("tests"), [-1, 0, 0, 0, 0]);
        let ran = finished.ran();
        assert!(TESTS.iter().all(|t| ran.contains(t)), "{ran:?}");
    });
}

#[test]
fn a_failed_test_fails_its_job_and_leaves_the_proof_alone() {
    Python::with_newest(|python| {
        let world = World::new(python);
        world.commit("tests/test_ship.py", "def test_box(): assert 1 == 2\n");
        let finished = world.run(&Build::of("1"));
        assert!(!finished.passed);
        assert_eq!(finished.codes("verify"), [0]);
        let (style, annotation) = finished.annotation();
        assert_eq!(style, "error");
        assert!(
            annotation.starts_with("### 1 failed, 5 passed\n"),
            "{annotation}"
        );
        assert!(
            annotation.contains("\npytest tests/test_ship.py::test_box"),
            "{annotation}"
        );
        assert!(finished.artifact(TIMINGS).is_some());
    });
}

#[test]
fn a_plan_step_that_is_tried_again_keeps_its_plan() {
    Python::with_newest(|python| {
        let world = World::new(python);
        // Lost once the plan was made; the checkout of its second attempt has other timings.
        let other = "{\"tests/test_pay.py::test_card\": 9.0}".to_owned();
        let mut again = Build::of("1").with("plan", 0, What::LostAtTheEnd).with(
            "plan",
            0,
            What::Holds("junit/.test_durations", other),
        );
        again.faults[1].attempt = Some(2);
        let finished = world.run(&again);
        finished.is_whole();
        assert_eq!(finished.codes("plan"), [-1, 0]);
        assert!(
            finished.log("plan").contains("kept"),
            "{}",
            finished.log("plan")
        );
        let plans = finished.artifacts();
        let plans = plans.iter().filter(|a| a.contains("plan-")).count();
        assert_eq!(plans, 1);
    });
}

#[test]
fn a_failed_plan_runs_no_test_and_is_said_in_the_annotation() {
    Python::with_newest(|python| {
        let world = World::new(python);
        world.commit("tests/conftest.py", "import gone\n");
        let finished = world.run(&Build::of("1"));
        assert!(!finished.passed);
        assert!(finished.of("tests").is_empty());
        let (style, annotation) = finished.annotation();
        assert_eq!(style, "error");
        assert!(annotation.starts_with("### NOT proved"), "{annotation}");
    });
}
