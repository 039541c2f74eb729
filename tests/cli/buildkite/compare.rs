//! `evenshard run` compares its plan with those of the other jobs of its step.

use std::process::Output;

use super::{Build, World};
use crate::pytest::Python;

/// Runs shard 1 of 2 as a job of this step, with these variables and options.
fn run(world: &World, step: &str, env: &[(&str, &str)], options: &[&str]) -> Output {
    let build = Build::of("1");
    let mut command = world.command("evenshard", &build, "job");
    command
        .current_dir(world.repo(""))
        .env("RAN_LOG", "/dev/null")
        .env("BUILDKITE_STEP_ID", step)
        .env("BUILDKITE_PARALLEL_JOB", "0")
        .env("BUILDKITE_PARALLEL_JOB_COUNT", "2")
        .envs(env.iter().copied());
    let command = command
        .arg("run")
        .args(options)
        .args(["--", "python", "-m", "pytest", "-q"]);
    command.output().unwrap()
}

#[track_caller]
fn ends(output: &Output, code: i32, words: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    assert!(said.contains(words), "{said}");
}

#[test]
fn a_second_plan_in_one_step_stops_and_in_another_scope_or_step_it_does_not() {
    Python::with_newest(|python| {
        let world = World::new(python);
        world.commit(
            "a.json",
            "{\"tests/test_pay.py::test_card\": 9.0, \"tests/test_ship.py::test_box\": 1.0}",
        );
        let other = ["--timings", "a.json"];
        ends(&run(&world, "s", &[], &[]), 0, "");
        ends(&run(&world, "s", &[], &[]), 0, "");
        let stopped = run(&world, "s", &[], &other);
        ends(&stopped, 78, "no test was run");
        ends(&stopped, 78, "--scope");
        assert!(
            stopped.stdout.is_empty(),
            "pytest did not start: {stopped:?}"
        );
        ends(&run(&world, "another", &[], &other), 0, "");
        ends(
            &run(
                &world,
                "s",
                &[],
                &[&other[..], &["--scope", "py3.9"]].concat(),
            ),
            0,
            "",
        );
        ends(
            &run(
                &world,
                "s",
                &[],
                &[&other[..], &["--no-ci-compare"]].concat(),
            ),
            0,
            "",
        );
    });
}

#[test]
fn a_plan_that_was_given_needs_no_comparison() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let build = Build::of("1");
        let mut plan = world.command("evenshard", &build, "job");
        let words = [
            "plan",
            "--shards",
            "2",
            "--split",
            "test",
            "--output",
            "plan.json",
        ];
        let made = plan
            .args(words)
            .current_dir(world.repo(""))
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        ends(&run(&world, "s", &[], &[]), 0, "");
        ends(&run(&world, "s", &[], &["--plan", "plan.json"]), 0, "");
    });
}

#[test]
fn without_an_agent_it_says_so_and_runs() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let path = format!("{}:/usr/bin:/bin", python.path());
        let alone = [("PATH", path.as_str())];
        let build = Build::of("1");
        let mut command = world.command(env!("CARGO_BIN_EXE_evenshard"), &build, "job");
        command.args([
            "run", "--shard", "1/2", "--", "python", "-m", "pytest", "-q",
        ]);
        command
            .current_dir(world.repo(""))
            .env("RAN_LOG", "/dev/null")
            .envs(alone);
        ends(&command.output().unwrap(), 0, "no buildkite-agent on PATH");
    });
}

/// What a job says whose agent answers so, in shell.
fn with_agent(python: &Python, answers: &str) -> Output {
    let world = World::new(python);
    let path = world.repo("own/buildkite-agent");
    fs_err::create_dir(path.parent().unwrap()).unwrap();
    fs_err::write(&path, format!("#!/bin/sh\ncase $2 in\n{answers}\nesac\n")).unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs_err::set_permissions(&path, executable).unwrap();
    let first = path.parent().unwrap().display().to_string();
    let bin = python.path();
    let search = format!("{first}:{bin}:/usr/bin:/bin");
    let build = Build::of("1");
    let mut command = world.command(env!("CARGO_BIN_EXE_evenshard"), &build, "job");
    command.args([
        "run", "--shard", "1/2", "--", "python", "-m", "pytest", "-q",
    ]);
    command
        .current_dir(world.repo(""))
        .env("RAN_LOG", "/dev/null")
        .env("PATH", search);
    command.output().unwrap()
}

#[test]
fn of_two_jobs_that_set_at_once_the_one_that_was_overwritten_stops() {
    Python::with_newest(|python| {
        let raced = with_agent(python, "exists) exit 100 ;; set) ;; get) printf 0123 ;;");
        ends(&raced, 78, "another job of this step has 0123");
    });
}

#[test]
fn an_agent_that_fails_midway_costs_a_warning() {
    Python::with_newest(|python| {
        let warning = "warning: the plan could not be compared";
        ends(&with_agent(python, "exists) exit 1 ;;"), 0, warning);
        ends(
            &with_agent(python, "exists) exit 100 ;; set) exit 1 ;;"),
            0,
            warning,
        );
        ends(
            &with_agent(python, "get) exit 1 ;;"),
            0,
            "`buildkite-agent meta-data get` ended with 1",
        );
        ends(
            &with_agent(python, "exists) kill -9 $$ ;;"),
            0,
            "was killed",
        );
    });
}
