//! Jobs that run again: what they run, and that the verdict follows.

use std::time::{Duration, Instant};

use super::ci::{Ci, Job, TESTS};
use crate::pytest::{Outcome, Python};

/// Runs both shards, and returns the one that runs the test that fails.
fn red_build(ci: &Ci, build: &str) -> (u32, Outcome) {
    let ended = [1, 2].map(|shard| (shard, ci.run_red(&Job::new(build, shard))));
    let mut red = ended.into_iter().filter(|(_, job)| job.status == 1);
    red.next().unwrap()
}

#[test]
fn a_retried_job_runs_what_failed_and_the_gate_turns_green() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        let (shard, first) = red_build(&ci, "one");
        assert!(first.ran.len() > 1, "{first:?}");
        ci.gate(&Job::new("one", shard)).ended_with(1);

        let again = ci.run(&Job::new("one", shard).attempt(2)).ended_with(0);
        assert_eq!(again.ran, ["tests/test_b.py::test_may_fail"]);
        assert!(
            again.stderr.contains("proved: 5 tests ran once"),
            "{again:?}"
        );
        ci.gate(&Job::new("one", shard)).ended_with(0);
        assert_eq!(ci.keys("/verdict/").len(), 2, "it was judged again");

        // "Re-run all" is all, now that it was green.
        let all = ci.run(&Job::new("one", shard).attempt(3)).ended_with(0);
        assert_eq!(all.ran.len(), first.ran.len());
        assert!(all.stderr.contains("the last one was green"), "{all:?}");
        ci.gate(&Job::new("one", shard)).ended_with(0);
    });
}

#[test]
fn a_retried_job_runs_its_whole_shard_where_it_is_told_to_or_measures_coverage() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        let (shard, first) = red_build(&ci, "one");
        let all = ci.run_red(&Job::new("one", shard).attempt(2).with("--all"));
        assert_eq!(all.ended_with(1).ran.len(), first.ran.len());

        ci.project.write(".coveragerc", "[run]\nsource = tests\n");
        let mut command = ci.command(&Job::new("one", shard).attempt(3));
        command.env("PYTEST_ADDOPTS", "-p pytest_cov --cov=tests --cov-report=");
        let covered = ci.project.witnessed(&mut command).ended_with(0);
        assert_eq!(covered.ran.len(), first.ran.len());
        assert!(covered.stderr.contains("measures coverage"), "{covered:?}");
    });
}

#[test]
fn a_killed_job_is_named_and_its_retry_runs_the_shard() {
    Python::with_newest(|python| {
        let python = &python.cold();
        let ci = Ci::new(python);
        let held = ci.project.out("held");
        // Both wait in the test, whichever has it.
        let mut killed = None;
        for shard in [1, 2] {
            let mut command = ci.command(&Job::new("one", shard));
            let group = std::os::unix::process::CommandExt::process_group(&mut command, 0);
            let group = group
                .env("HOLDS", &held)
                .stdout(std::process::Stdio::null());
            let mut job = group.stderr(std::process::Stdio::null()).spawn().unwrap();
            let begun = held.with_extension("begun");
            let until = Instant::now() + Duration::from_secs(60);
            let ended = loop {
                if let Some(status) = job.try_wait().unwrap() {
                    break Some(status);
                }
                let records = ci.keys(&format!("job/{shard}-1/"));
                if begun.exists() && records.iter().any(|key| key.ends_with("record")) {
                    break None;
                }
                assert!(Instant::now() < until, "the test never began");
                std::thread::sleep(Duration::from_millis(10));
            };
            if ended.is_none() {
                let group = format!("-{}", job.id());
                let kill = std::process::Command::new("kill")
                    .args(["-KILL", "--", &group])
                    .status();
                assert!(kill.unwrap().success());
                job.wait().unwrap();
                killed = Some(shard);
                fs_err::remove_file(begun).unwrap();
            }
        }
        let shard = killed.unwrap();
        let gate = ci.gate(&Job::new("one", shard)).ended_with(70);
        assert!(
            gate.stdout.contains(&format!("shard {shard} of 2")),
            "{gate:?}"
        );
        // Its list was put before it died.
        assert!(gate.stdout.contains("cut short"), "{gate:?}");

        let again = ci.run(&Job::new("one", shard).attempt(2)).ended_with(0);
        assert!(
            again.stderr.contains("proved: 5 tests ran once"),
            "{again:?}"
        );
        ci.gate(&Job::new("one", shard)).ended_with(0);
        assert_eq!(
            ci.verdict(&Job::new("one", shard)).totals.tests,
            TESTS as u64
        );
    });
}

#[test]
fn a_retried_job_never_makes_a_new_plan() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        let lost = ci.run(&Job::new("one", 1).attempt(2)).ended_with(78);
        assert!(lost.stderr.contains("no plan of this build"), "{lost:?}");
        assert_eq!(lost.ran, [] as [String; 0]);

        // But for a job that Buildkite retries by itself, as after 75.
        let mut command = ci.command(&Job::new("two", 1).attempt(2));
        command.env("BUILDKITE_RETRY_TYPE", "automatic");
        ci.project.witnessed(&mut command).ended_with(0);
    });
}

#[test]
fn a_ci_that_counts_no_attempts_is_counted_by_its_owners() {
    Python::with_newest(|python| {
        let ci = Ci::new(python);
        let gitlab = |shard: &str, fails: bool| {
            let mut command = ci.command(&Job::new("", 1).with("--publish=main"));
            command.env_remove("BUILDKITE");
            command.env("GITLAB_CI", "true").env("CI_PIPELINE_ID", "9");
            command.env("CI_JOB_NAME", format!("test {shard}/2"));
            command
                .env("CI_NODE_INDEX", shard)
                .env("CI_NODE_TOTAL", "2");
            command.env("CI_COMMIT_BRANCH", "main");
            if fails {
                command.env("FAILS", "yes");
            }
            ci.project.witnessed(&mut command)
        };
        let red = ["1", "2"].map(|shard| (shard, gitlab(shard, true)));
        let (shard, _) = red.iter().find(|(_, job)| job.status == 1).unwrap();
        let again = gitlab(shard, false).ended_with(0);
        assert_eq!(again.ran, ["tests/test_b.py::test_may_fail"]);
        assert_eq!(ci.keys("owner").len(), 3);
    });
}
