//! Builds: who plans, who judges, and what the gate says meanwhile.

use std::process::Stdio;

use super::ci::{Ci, Job, TESTS, ran_once};
use crate::pytest::Python;

#[test]
fn two_builds_at_once_do_not_meet() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        let jobs = [("one", 1), ("two", 2), ("two", 1), ("one", 2)];
        let ended = jobs.map(|(build, shard)| (build, ci.run(&Job::new(build, shard))));
        for name in ["one", "two"] {
            let of_build = ended.iter().filter(|(build, _)| *build == name);
            assert_eq!(ran_once(of_build.map(|(_, job)| job)).len(), TESTS);
            ci.gate(&Job::new(name, 1)).ended_with(0);
        }
        assert_eq!(ci.keys("history/").len(), 2);
    });
}

#[test]
fn a_job_that_never_comes_is_no_pass() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        let nobody = ci.gate(&Job::new("one", 1)).ended_with(70);
        assert!(
            nobody.stderr.contains("no job of build one has begun"),
            "{nobody:?}"
        );
        ci.run(&Job::new("one", 2)).ended_with(0);
        let gate = ci.gate(&Job::new("one", 2)).ended_with(70);
        assert!(
            gate.stdout.contains("shard 1 of 2 left no record"),
            "{gate:?}"
        );
        assert_eq!(ci.keys("history/").len(), 0);
        // It comes late, after all.
        let late = ci.run(&Job::new("one", 1)).ended_with(0);
        assert!(late.stderr.contains("proved: 5 tests ran once"), "{late:?}");
        ci.gate(&Job::new("one", 1)).ended_with(0);
    });
}

#[test]
fn a_gate_waits_for_jobs_that_are_late() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        ci.run(&Job::new("one", 1)).ended_with(0);
        let late = Job::new("one", 2);
        let mut waiting = ci.command(&late);
        let mut gate = std::process::Command::new(env!("CARGO_BIN_EXE_evenshard"));
        gate.args(["verify", "--store", "--gate", "--wait", "5m"]);
        for (name, value) in waiting.get_envs() {
            gate.env(name, value.unwrap_or_default());
        }
        let gate = gate
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        assert!(waiting.output().unwrap().status.success());
        assert!(gate.wait_with_output().unwrap().status.success());
    });
}

#[test]
fn two_last_jobs_leave_one_verdict_and_one_history() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        let start = |shard| {
            let mut command = ci.command(&Job::new("one", shard));
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped());
            command.spawn().unwrap()
        };
        let jobs = [1, 2].map(start);
        let ended = jobs.map(|job| job.wait_with_output().unwrap());
        let said = ended.map(|ended| {
            assert!(ended.status.success(), "{ended:?}");
            String::from_utf8_lossy(&ended.stderr).into_owned()
        });
        assert!(
            said.iter()
                .any(|text| text.contains("proved: 5 tests ran once")),
            "{said:?}"
        );
        assert_eq!(
            said.iter()
                .filter(|text| text.contains("made here"))
                .count(),
            1,
            "{said:?}"
        );
        assert_eq!(ci.keys("/verdict/").len(), 1);
        assert_eq!(ci.keys("history/").len(), 1);
        ci.gate(&Job::new("one", 1)).ended_with(0);
    });
}

#[test]
fn a_plan_for_another_number_of_jobs_stops() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        ci.run(&Job::new("one", 1)).ended_with(0);
        let other = ci.run(&Job::new("one", 2).of(3)).ended_with(78);
        assert!(
            other.stderr.contains("the plan is for 2 shards"),
            "{other:?}"
        );
        assert_eq!(other.ran, [] as [String; 0]);
    });
}

#[test]
fn two_jobs_of_one_name_are_told_to_have_scopes() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        ci.run(&Job::new("one", 1)).ended_with(0);
        let other = ci.run(&Job::new("one", 1)).ended_with(78);
        assert!(other.stderr.contains("another job (job-1)"), "{other:?}");
        assert!(
            other
                .stderr
                .contains("hint: give each matrix entry a --scope"),
            "{other:?}"
        );
        assert_eq!(other.ran, [] as [String; 0]);
        ci.run(&Job::new("one", 1).with("--scope=py3.9"))
            .ended_with(0);
    });
}

#[test]
fn a_red_test_is_1_at_the_gate_and_a_red_job_still_judges() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        let red = ["1", "2"].map(|shard| ci.run_red(&Job::new("one", shard.parse().unwrap())));
        assert!(red.iter().any(|job| job.status == 1), "{red:?}");
        let gate = ci.gate(&Job::new("one", 1)).ended_with(1);
        assert!(
            gate.stdout.contains("gate: FAILED: 1 test failed"),
            "{gate:?}"
        );
        assert_eq!(ci.keys("history/").len(), 1, "a red build is timed, too");
    });
}

#[test]
fn without_a_build_the_history_is_read_and_nothing_shared() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        for shard in [1, 2] {
            ci.run(&Job::new("one", shard)).ended_with(0);
        }
        let before = ci.keys("");
        let mut laptop = ci.command(&Job::new("", 1).with("--shard=1/2"));
        for variable in ["BUILDKITE", "BUILDKITE_BUILD_ID", "BUILDKITE_PARALLEL_JOB"] {
            laptop.env_remove(variable);
        }
        let alone = ci.project.witnessed(&mut laptop).ended_with(0);
        assert!(alone.stderr.contains("shares nothing"), "{alone:?}");
        assert!(alone.stderr.contains("timings for 5 tests"), "{alone:?}");
        assert_eq!(ci.keys(""), before);
    });
}
