//! The required check: what it passes, and what it keeps.

use serde_json::json;

use super::{Run, World, job, logs, ran, statuses};
use crate::buildkite::TESTS;
use crate::pytest::Python;

/// A test that fails in the first attempt at a run.
const FLAKY: &str = "import os\n\ndef test_box(): assert os.environ['GITHUB_RUN_ATTEMPT'] != '1'\n\
                     def test_lid(): pass\n";

#[test]
fn a_failed_test_fails_the_gate_beside_its_line_and_a_repeated_job_turns_it_green() {
    Python::with_newest(|python| {
        let world = World::of_two(python);
        world.commit("tests/test_ship.py", FLAKY);
        let jobs = world.run(&Run::of("1"));
        let gate = job(&jobs, "tests-passed");
        assert_eq!(gate.status, "failure");
        assert!(
            gate.said.contains("gate: FAILED: 1 test failed\n"),
            "{}",
            gate.said
        );
        let error =
            "::error file=tests/test_ship.py,line=3,title=tests/test_ship.py%3A%3Atest_box::";
        assert!(gate.said.contains(error), "{}", gate.said);
        assert!(
            gate.summary.starts_with("### 1 failed, 6 passed\n"),
            "{}",
            gate.summary
        );

        let again = world.run(&Run::of("1").rerun_failed(&jobs));
        assert_eq!(statuses(&again), ["success"; 2], "{}", logs(&again));
        assert_eq!(ran(&again), ["tests/test_ship.py::test_box"]);
        let gate = job(&again, "tests-passed");
        assert!(
            gate.summary.starts_with("### 7 passed, 1 flaky\n"),
            "{}",
            gate.summary
        );
    });
}

#[test]
fn running_all_jobs_again_runs_all_tests() {
    Python::with_newest(|python| {
        let world = World::of_two(python);
        world.run(&Run::of("1"));
        let again = world.run(&Run::of("1").with("attempt", json!(2)));
        assert_eq!(statuses(&again), ["success"; 3], "{}", logs(&again));
        assert_eq!(ran(&again), TESTS);
        assert!(
            !logs(&again).contains("no timings"),
            "the plan of the run is kept"
        );
    });
}

#[test]
fn a_job_that_never_started_is_not_a_pass() {
    Python::with_newest(|python| {
        let world = World::of_two(python);
        let jobs = world.run(&Run::of("1").with("lost", json!(["test-2"])));
        let gate = job(&jobs, "tests-passed");
        assert_eq!(gate.status, "failure");
        assert!(
            gate.said.contains("gate: NOT proved: 1 problem"),
            "{}",
            gate.said
        );
        assert!(
            gate.said.contains("shard 2 of 2 left no record"),
            "{}",
            gate.said
        );
        let all = json!(["test-1", "test-2"]);
        let jobs = world.run(&Run::of("2").with("lost", all));
        let gate = job(&jobs, "tests-passed");
        assert_eq!(gate.status, "failure");
        assert!(gate.said.contains("gate: NOT proved"), "{}", gate.said);
        assert!(
            gate.summary.starts_with("### NOT proved"),
            "{}",
            gate.summary
        );
        // What is not proved is not kept: the next run has no timings.
        let jobs = world.run(&Run::of("3"));
        assert!(logs(&jobs).contains("no timings"));
    });
}

#[test]
fn pull_requests_read_the_history_and_never_write_it() {
    Python::with_newest(|python| {
        let world = World::of_two(python);
        let pull = |run: &str, event: &str, reference: &str| {
            let run = Run::of(run)
                .with("event", json!(event))
                .with("ref", json!(reference));
            world.run(&run)
        };
        let jobs = pull("1", "pull_request", "refs/pull/7/merge");
        assert_eq!(statuses(&jobs), ["success"; 3], "{}", logs(&jobs));
        // A fork's own default branch, run in the context of the base.
        pull("2", "pull_request_target", "refs/heads/main");
        let jobs = world.run(&Run::of("3"));
        assert!(logs(&jobs).contains("no timings"), "{}", logs(&jobs));
        let jobs = pull("4", "pull_request", "refs/pull/8/merge");
        assert!(logs(&jobs).contains("timings for"), "{}", logs(&jobs));
    });
}

#[test]
fn a_store_is_named_and_nothing_is_cached() {
    Python::with_newest(|python| {
        let world = World::new(python, &["--store", "/mnt/ci/evenshard"]);
        let said = "#!/bin/sh\necho \"$EVENSHARD_STORE: $*\"\n";
        fs_err::remove_file(world.at("bin/evenshard")).unwrap();
        fs_err::write(world.at("bin/evenshard"), said).unwrap();
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs_err::set_permissions(world.at("bin/evenshard"), executable).unwrap();
        let jobs = world.run(&Run::of("1"));
        assert_eq!(statuses(&jobs), ["success"; 5], "{}", logs(&jobs));
        let test = &job(&jobs, "test-2").said;
        assert_eq!(test, "/mnt/ci/evenshard: run --shard 2/4 -- pytest\n");
        let gate = &job(&jobs, "tests-passed").said;
        assert_eq!(
            gate,
            "/mnt/ci/evenshard: verify --gate --store /mnt/ci/evenshard\n"
        );
        assert_eq!(
            fs_err::read_dir(world.at("store/caches")).unwrap().count(),
            0
        );
        assert_eq!(
            fs_err::read_dir(world.at("store/artifacts/1"))
                .unwrap()
                .count(),
            0
        );
    });
}

#[test]
fn a_fork_and_dependabot_share_without_the_store_and_are_proved() {
    Python::with_newest(|python| {
        // A store that nobody here can reach.
        let world = World::new(python, &["--store", "/nowhere/evenshard"]);
        world.edit("[1, 2, 3, 4]", "[1, 2]");
        let pull = |run: &str, key: &str, value: &str| {
            let pull = Run::of(run).with("event", json!("pull_request"));
            let pull = pull.with("ref", json!("refs/pull/7/merge"));
            world.run(&pull.with(key, json!(value)))
        };
        for (run, key, value) in [
            ("1", "head", "stranger/shop"),
            ("2", "actor", "dependabot[bot]"),
        ] {
            let jobs = pull(run, key, value);
            assert_eq!(statuses(&jobs), ["success"; 3], "{}", logs(&jobs));
            assert!(!logs(&jobs).contains("/nowhere"), "{}", logs(&jobs));
        }
        let jobs = pull("3", "actor", "someone");
        assert_eq!(statuses(&jobs)[0], "failure", "{}", logs(&jobs));
    });
}

#[test]
fn jobs_with_a_store_plan_once_and_the_next_run_has_timings() {
    Python::with_newest(|python| {
        let world = World::new(python, &["--store", "/mnt/ci/evenshard"]);
        world.edit("[1, 2, 3, 4]", "[1, 2]");
        let store = world.at("shared").display().to_string();
        world.edit("/mnt/ci/evenshard", &store);
        for (run, timings) in [("1", "no timings"), ("2", "timings for")] {
            let jobs = world.run(&Run::of(run));
            assert_eq!(statuses(&jobs), ["success"; 3], "{}", logs(&jobs));
            assert!(logs(&jobs).contains(timings), "{}", logs(&jobs));
            assert!(job(&jobs, "tests-passed").said.contains("proved"));
        }
        let caches = fs_err::read_dir(world.at("store/caches")).unwrap();
        assert_eq!(caches.count(), 0);
    });
}
