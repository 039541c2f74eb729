//! Where the plan comes from: timings, a plan file, a collected list, nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::check::each;
use super::python::{on_each_pytest, on_environments, on_newest_pytest, on_oldest_and_newest};
use super::shop::{assert_long_file_is_cut, shop};
use super::zoo::{grow, zoo};
use super::{Differs, Outcome, Project, Python, assert_partition, assert_partition_of};

const GENERATED: Differs = Differs::Parameters("test_generated");

/// `evenshard plan OPTIONS --output FILE [-- COMMAND]`, and FILE.
fn plan(project: &Project, options: &[&str], command: &[&str]) -> (Outcome, String) {
    let file = project.out("plan.json").display().to_string();
    let mut args = vec!["plan"];
    args.extend(options);
    args.extend(["--output", &file]);
    if !command.is_empty() {
        args.push("--");
        args.extend(command);
    }
    let outcome = project.witnessed(&mut project.command(env!("CARGO_BIN_EXE_evenshard"), &args));
    (outcome.ended_with(0), file)
}

/// How many shards hold each group of ids.
fn spread(shards: &[Outcome], group: impl Fn(&str) -> String) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    for shard in shards {
        let groups: BTreeSet<String> = shard.ran.iter().map(|id| group(id)).collect();
        for group in groups {
            *count.entry(group).or_default() += 1;
        }
    }
    count
}

on_oldest_and_newest! {
    fn a_plan_of_the_timings_places_the_zoo(python) {
        let project = zoo(python);
        project.record(&[]).ended_with(0);
        grow(&project);
        let plain = project.plain(&[]).ended_with(0);
        let (_, file) = plan(&project, &["--timings", "junit/", "--shards", "3"], &[]);
        let shards = project.shards(3, &["--plan", &file], &[]);
        assert_partition_of(&plain, &shards, GENERATED);
    }
}

on_environments! {
    [pytest_9_2 "pytest-9.2"]

    fn timings_of_another_suite_are_said_loudly_and_once(python) {
        let project = shop(python);
        project.write("other/junit.xml", "<testsuite><testcase classname='tests.test_gone' name='test_x' time='3'/></testsuite>");
        let run = project.shard((1, 1), &["--timings", "other/"], &["pytest"]).ended_with(0);
        let said = run.stderr.matches("warning: the timings knew 0 of the").count();
        assert_eq!(said, 1, "{}", run.talk());
        let junit = project.out("of-1").display().to_string();
        let options = ["--timings", "other/", "--attempt", "2", "--failed-only", &junit];
        let rest = project.shard((1, 1), &options, &["pytest"]);
        assert!(!rest.stderr.contains("the timings knew"), "{}", rest.talk());
    }
}

on_each_pytest! {
    fn a_plan_collects_with_pytest_and_runs_nothing(python) {
        let project = zoo(python);
        project.record(&[]).ended_with(0);
        grow(&project);
        let plain = project.plain(&[]).ended_with(0);
        let options = ["--timings", "junit/", "--shards", "3"];
        let (planning, file) = plan(&project, &options, &["python", "-m", "pytest"]);
        assert!(planning.ran.is_empty(), "{}", planning.talk());
        let shards = project.shards(3, &["--plan", &file], &[]);
        assert_partition_of(&plain, &shards, GENERATED);
    }

    fn a_plan_of_a_selection_is_for_that_selection(python) {
        let project = shop(python);
        let options = ["--timings", "junit/", "--shards", "2"];
        each(&[&["-k", "one"][..], &["-m", "slow"], &["tests/test_long.py"]], |args| {
            let command = [&["pytest"], *args].concat();
            let (_, file) = plan(&project, &options, &command);
            let plain = project.plain(args).ended_with(0);
            let shards = project.shards(2, &["--plan", &file], args);
            assert_partition(&plain, &shards);
            assert!(shards.iter().all(|shard| !shard.ran.is_empty()), "balanced");
        });
    }

    /// A plan is total: what it was not made for has its home, too.
    fn a_plan_of_a_selection_places_the_whole_suite(python) {
        let project = shop(python);
        let options = ["--timings", "junit/", "--shards", "3"];
        let (_, file) = plan(&project, &options, &["pytest", "-k", "test_one"]);
        let plain = project.plain(&[]).ended_with(0);
        assert_partition(&plain, &project.shards(3, &["--plan", &file], &[]));
    }
}

on_newest_pytest! {
    fn without_timings_every_split_is_a_partition(python) {
        let project = shop(python);
        let plain = project.plain(&[]).ended_with(0);
        each(&["file", "class", "test", "auto"], |split| {
            assert_partition(&plain, &project.shards(3, &["--split", split], &[]));
        });
    }

    fn a_first_build_may_go_on_without_timings(python) {
        let project = shop(python);
        fs_err::remove_dir_all(project.root().join("junit")).expect("the timings");
        let plain = project.plain(&[]).ended_with(0);
        for shard in project.shards(2, &["--timings", "junit/"], &[]) {
            assert!(shard.ran.is_empty(), "{}", shard.talk());
            shard.ended_with(65);
        }
        let shards = project.shards(2, &["--timings", "junit/", "--allow-no-timings"], &[]);
        assert_partition(&plain, &shards);
    }

    /// Two builds' reports, one of them cut short.
    fn several_reports_make_one_history(python) {
        let project = shop(python);
        let report = fs_err::read_to_string(project.root().join("junit/build-1.xml")).expect("it");
        project.write("junit/build-2.xml", &report[..report.len() / 2]);
        let plain = project.plain(&[]).ended_with(0);
        let shards = project.shards(3, &["--timings", "junit/"], &[]);
        assert_partition(&plain, &shards);
        assert_long_file_is_cut(&shards);
        assert!(shards[0].stderr.contains("build-2.xml"), "{}", shards[0].talk());
    }
}

#[test]
fn plan_and_run_agree_without_a_plan_file() {
    Python::with_newest(|python| {
        let project = shop(python);
        let (_, file) = plan(&project, &["--timings", "junit/", "--shards", "3"], &[]);
        let planned = project.shards(3, &["--plan", &file], &[]);
        let timed = project.shards(3, &["--timings", "junit/"], &[]);
        for (one, other) in planned.iter().zip(&timed) {
            assert_eq!(one.ran, other.ran);
        }
        let text = fs_err::read_to_string(&file).expect("the plan");
        let json: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(json["version"], 1);
        assert_eq!(json["shards"].as_array().map(Vec::len), Some(3));
    });
}

#[test]
fn ci_variables_name_the_shard() {
    Python::with_newest(|python| {
        let project = shop(python);
        let plain = project.plain(&[]).ended_with(0);
        let shards: Vec<_> = (0..3)
            .map(|job: usize| {
                let args = ["run", "--timings", "junit/", "--", "pytest"];
                let mut run = project.command(env!("CARGO_BIN_EXE_evenshard"), &args);
                run.env("BUILDKITE", "true")
                    .env("BUILDKITE_PARALLEL_JOB", job.to_string())
                    .env("BUILDKITE_PARALLEL_JOB_COUNT", "3");
                project.witnessed(&mut run)
            })
            .collect();
        assert_partition(&plain, &shards);
        assert!(
            shards[1].stderr.contains("BUILDKITE_PARALLEL_JOB"),
            "{}",
            shards[1].talk()
        );
    });
}

on_newest_pytest! {
    fn every_split_is_a_partition_and_keeps_its_units_whole(python) {
        let project = zoo(python);
        project.record(&[]).ended_with(0);
        grow(&project);
        let plain = project.plain(&[]).ended_with(0);
        let file_of = |id: &str| id.split("::").next().unwrap_or_default().to_owned();
        let class_of = |id: &str| id.rsplit_once("::test_").map_or_else(|| id.to_owned(), |at| at.0.to_owned());
        each(&["file", "class", "test", "auto"], |split| {
            let shards = project.shards(3, &["--timings", "junit/", "--split", split], &[]);
            assert_partition_of(&plain, &shards, GENERATED);
            let cut = |spread: BTreeMap<String, usize>| -> Vec<String> {
                spread.into_iter().filter(|(_, n)| *n > 1).map(|(group, _)| group).collect()
            };
            let files = cut(spread(&shards, file_of));
            let plain_python = |id: &String| id.contains("test_classes.py::") || id.contains("test_unit.py::");
            let classes: Vec<_> =
                cut(spread(&shards, class_of)).into_iter().filter(plain_python).collect();
            match *split {
                // What belongs to a file is guessed from reports, and names with `::`
                // mislead the guess: that costs this one file its wholeness, no test.
                "file" => assert!(
                    files.iter().all(|file| file == "tests/test_zoo.yaml"),
                    "cut: {files:?}"
                ),
                "class" => assert!(classes.is_empty(), "cut: {classes:?}"),
                "test" => assert!(!files.is_empty(), "no file is cut"),
                _ => {}
            }
        });
    }
}
