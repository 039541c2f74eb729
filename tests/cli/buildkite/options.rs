//! The plugin's options, and what it is used beside.

use std::process::Command;

use super::world::{PIPELINE, TESTS, What, plugin};
use super::{Build, World};
use crate::pytest::Python;

#[test]
fn scopes_and_folders_keep_suites_of_one_build_apart() {
    Python::with_newest(|python| {
        let world = World::new(python);
        // One repository with two suites, each in its folder, in one pipeline.
        let mut steps = String::new();
        for name in ["web", "api"] {
            for part in ["tests", "pyproject.toml"] {
                let _ = fs_err::create_dir(world.repo(name));
                let mut copy = Command::new("cp");
                copy.arg("-a").arg(world.repo(part)).arg(world.repo(name));
                assert!(copy.status().unwrap().success());
            }
            world.init(name, &["init", "buildkite"]);
            let role = "          role: ";
            world.edit(role, &format!("          scope: {name}\n{role}"));
            for command in ["plan", "run", "verify", "timings update"] {
                let command = format!("evenshard {command} ");
                world.edit(&command, &format!("{command}--scope {name} "));
            }
            for key in ["key: plan", "key: tests", "key: verify"] {
                world.edit(&format!("{key}\n"), &format!("{key}-{name}\n"));
            }
            for key in ["depends_on: plan", "depends_on: tests"] {
                world.edit(&format!("{key}\n"), &format!("{key}-{name}\n"));
            }
            let text = fs_err::read_to_string(world.repo(PIPELINE)).unwrap();
            let (head, own) = text.split_once("\nsteps:\n").unwrap();
            if steps.is_empty() {
                steps = format!("{head}\nsteps:\n");
            }
            steps.push_str(own);
        }
        fs_err::write(world.repo(PIPELINE), steps).unwrap();
        let finished = world.run(&Build::of("1"));
        assert!(finished.passed, "{}", finished.logs());
        assert_eq!(finished.ran().len(), 2 * TESTS.len());
        for name in ["web", "api"] {
            let annotation = finished.store.join(format!("annotations/evenshard-{name}"));
            let annotation = fs_err::read_to_string(annotation).unwrap();
            assert!(annotation.starts_with("### 6 passed\n"), "{annotation}");
            let results = format!("{name}/evenshard-ci/results-{name}/");
            assert!(finished.artifacts().iter().any(|a| a.starts_with(&results)));
        }
    });
}

#[test]
fn a_retried_job_runs_what_failed_and_the_annotation_turns_green() {
    Python::with_newest(|python| {
        let world = World::new(python);
        // Fails in the first attempt, as a test that needs a service does.
        let flaky = "import os\n\ndef test_box(): assert os.environ['BUILDKITE_RETRY_COUNT'] != '0'\n\
                     def test_lid(): pass\n";
        world.commit("tests/test_ship.py", flaky);
        let steps = fs_err::read_to_string(world.repo(PIPELINE)).unwrap();
        let (steps, verify) = steps.split_once("  - label: \":white_check_mark:").unwrap();
        let retried = steps.replace(
            "retry: *retry",
            "retry: { automatic: [{ exit_status: 1, limit: 1 }] }",
        );
        fs_err::write(
            world.repo(PIPELINE),
            format!("{retried}  - label: \":white_check_mark:{verify}"),
        )
        .unwrap();
        let finished = world.run(&Build::of("1"));
        assert!(finished.passed, "{}", finished.logs());
        assert_eq!(
            finished.codes("tests").iter().filter(|c| **c == 1).count(),
            1
        );
        let ran = finished.ran();
        let twice = |id: &str| ran.iter().filter(|t| **t == id).count();
        assert_eq!(twice("tests/test_ship.py::test_box"), 2);
        assert_eq!(
            ran.len(),
            TESTS.len() + 2,
            "the failed one alone ran again: {ran:?}"
        );
        let (style, annotation) = finished.annotation();
        assert_eq!(style, "success");
        assert!(annotation.contains("1 flaky"), "{annotation}");
    });
}

#[test]
fn a_job_that_is_retried_after_the_verdict_renews_the_annotation() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let flaky =
            "import os\n\ndef test_box(): assert os.environ['BUILDKITE_RETRY_COUNT'] != '0'\n";
        world.commit("tests/test_ship.py", flaky);
        let red = world.run(&Build::of("1"));
        assert_eq!(red.annotation().0, "error");
        let failed = red
            .of("tests")
            .into_iter()
            .find(|job| job.code == 1)
            .unwrap();
        let green = world.retry(&Build::of("1"), "tests", failed.index);
        assert_eq!(green.code, 0, "{}", green.log);
        assert_eq!(green.ran, ["tests/test_ship.py::test_box"]);
        let (style, annotation) = red.annotation();
        assert_eq!(style, "success", "{}", green.log);
        assert!(
            annotation.starts_with("### 6 passed, 1 flaky\n"),
            "{annotation}"
        );
    });
}

#[test]
fn the_command_can_run_in_a_container() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let role = "          role: test\n";
        let names = "BUILDKITE, BUILDKITE_BUILD_ID, BUILDKITE_JOB_ID, BUILDKITE_RETRY_COUNT, BUILDKITE_PARALLEL_JOB, BUILDKITE_PARALLEL_JOB_COUNT";
        world.edit(
            role,
            &format!("{role}      - docker#v5.13.0:\n          image: ci\n          environment: [{names}]\n"),
        );
        world.run(&Build::of("1")).is_whole();
    });
}

#[test]
fn a_store_is_named_and_nothing_else_is_done() {
    Python::with_newest(|python| {
        let world = World::new(python);
        world.init("", &["init", "buildkite", "--store", "/mnt/ci/evenshard"]);
        world.edit("evenshard run -- pytest", "echo store=$$EVENSHARD_STORE");
        let finished = world.run(&Build::of("1"));
        assert!(finished.passed, "{}", finished.logs());
        assert!(finished.log("tests").contains("store=/mnt/ci/evenshard\n"));
        assert!(finished.artifacts().is_empty());
        let calls = fs_err::read_to_string(finished.store.join("../../calls.jsonl")).unwrap();
        assert_eq!(
            calls.lines().count(),
            1,
            "the upload of the pipeline: {calls}"
        );
    });
}

/// Runs the environment hook with these settings; its status and the first entry of PATH.
fn environment(world: &World, settings: &[(&str, &str)]) -> (i32, String) {
    let mut hook = world.command("bash", &Build::of("1"), "job");
    let script = "source \"$1\" && echo \"${PATH%%:*}\"";
    hook.args(["-c", script, "hook"])
        .arg(plugin().join("hooks/environment"));
    hook.envs(
        settings
            .iter()
            .map(|(k, v)| (format!("BUILDKITE_PLUGIN_EVENSHARD_{k}"), v)),
    );
    let output = hook.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.code().unwrap(), said)
}

#[test]
fn a_pinned_binary_is_fetched_once_and_compared() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let release = world.repo("../release");
        fs_err::write(&release, "#!/bin/sh\necho pinned\n").unwrap();
        let sum = Command::new("sha256sum").arg(&release).output().unwrap();
        let sum = String::from_utf8(sum.stdout).unwrap()[..64].to_owned();
        let url = format!("file://{}", release.display());
        let (code, path) = environment(&world, &[("URL", &url), ("SHA256", &sum)]);
        assert_eq!(code, 0);
        let pinned = Command::new(format!("{path}/evenshard")).output().unwrap();
        assert_eq!(pinned.stdout, b"pinned\n");
        // It is there: the address is not asked again.
        fs_err::remove_file(&release).unwrap();
        assert_eq!(
            environment(&world, &[("URL", &url), ("SHA256", &sum)]),
            (0, path.clone())
        );
        fs_err::write(format!("{path}/evenshard"), "another").unwrap();
        assert_eq!(
            environment(&world, &[("URL", &url), ("SHA256", &sum)]).0,
            78
        );

        fs_err::write(&release, "another").unwrap();
        let other = "0".repeat(64);
        assert_eq!(
            environment(&world, &[("URL", &url), ("SHA256", &other)]).0,
            78
        );
        assert_eq!(environment(&world, &[("URL", &url)]).0, 78);
        let gone = format!("{url}-gone");
        assert_eq!(
            environment(&world, &[("URL", &gone), ("SHA256", &other)]).0,
            75
        );
    });
}

#[test]
fn options_that_cannot_be_used_stop_the_job() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let bin = world.repo("../bin");
        let bin = bin.to_str().unwrap();
        assert_eq!(environment(&world, &[("PATH", bin)]), (0, bin.to_owned()));
        for settings in [
            ("PATH", "/none"),
            ("SCOPE", "a b"),
            ("SCOPE", "../x"),
            ("ROLE", "tests"),
        ] {
            assert_eq!(environment(&world, &[settings]).0, 78, "{settings:?}");
        }
    });
}

#[test]
fn the_plan_may_not_be_there_yet() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let finished = world.run(&Build::of("1").always_with("plan", 0, What::Lost));
        assert!(finished.of("tests").is_empty());
        let job = world.retry(&Build::of("1"), "tests", 0);
        assert_eq!(job.code, 75, "{}", job.log);
        assert!(
            job.log.contains("this build has no plan yet"),
            "{}",
            job.log
        );
    });
}
