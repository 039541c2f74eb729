//! Selections that leave much of a plan out, and builds that are planned from their own kind.

use super::python::{on_environments, on_newest_pytest};
use super::{Project, Python, Report, assert_partition};

/// Four files, each of a test of a second and one that is marked slow and takes twenty.
fn project(python: &Python) -> Project {
    let project = Project::new(python).file("pytest.ini", "[pytest]\nmarkers = slow\n");
    for file in ["a", "b", "c", "d"] {
        let text =
            "import pytest\n\ndef test_small(): pass\n\n@pytest.mark.slow\ndef test_big(): pass\n";
        project.write(&format!("test_{file}.py"), text);
    }
    let raw = project.out("raw.xml");
    project
        .plain(&[&format!("--junitxml={}", raw.display())])
        .ended_with(0);
    let mut report = Report::read(&raw);
    for case in &mut report.cases {
        case.millis = if case.name == "test_big" {
            20_000
        } else {
            1_000
        };
    }
    project.write("junit/build-1.xml", &report.to_xml());
    project
}

const TIMINGS: [&str; 2] = ["--timings", "junit/"];

on_newest_pytest! {
    fn much_planned_time_that_is_not_selected_is_a_warning_with_what_to_do(python) {
        let project = project(python);
        for shard in project.shards(2, &TIMINGS, &["-k", "small"]) {
            let said = &shard.stderr;
            assert!(said.contains("95 % of the time that is planned for this shard (40.00 s of 42.00 s) is not selected by `-k small`"), "{}", shard.talk());
            assert!(said.contains("evenshard plan --shards 2 --timings junit/ --output plan.json -- python -m pytest -k small"), "{}", shard.talk());
            shard.ended_with(0);
        }
    }

    /// The warning's advice, taken.
    fn what_is_planned_for_the_selection_is_no_warning(python) {
        let project = project(python);
        let plan = ["plan", "--shards", "2", "--timings", "junit/", "--output", "plan.json", "--", "python", "-m", "pytest", "-k", "small"];
        let mut plan = project.command(env!("CARGO_BIN_EXE_evenshard"), &plan);
        project.witnessed(&mut plan).ended_with(0);
        for shard in project.shards(2, &["--plan", "plan.json"], &["-k", "small"]) {
            assert!(!shard.stderr.contains("not selected"), "{}", shard.talk());
            assert_eq!(shard.ended_with(0).ran.len(), 2);
        }
    }

    fn little_and_none_are_no_warning(python) {
        let project = project(python);
        for pytest in [&["-k", "big"][..], &[], &["--deselect", "test_a.py::test_small"]] {
            for shard in project.shards(2, &TIMINGS, pytest) {
                assert!(!shard.stderr.contains("not selected"), "{}", shard.talk());
            }
        }
    }

    /// Pull requests run what is not slow, nights run everything: each is planned from its kind.
    fn builds_of_each_selection_are_planned_from_their_own(python) {
        let project = project(python);
        let fast = ["-m", "not slow"];
        let build = |number: &str, pytest: &[&str]| {
            let options = [&TIMINGS[..], &["--build", number]].concat();
            let shards = project.shards(2, &options, pytest);
            let results = project.out("of-2");
            fs_err::rename(&results, project.root().join(format!("junit/{number}"))).expect("results");
            shards
        };
        build("1", &fast);
        build("2", &[]);
        let plain = project.plain(&fast).ended_with(0);
        let shards = build("3", &fast);
        assert_partition(&plain, &shards);
        for shard in &shards {
            assert!(shard.stderr.contains("planning from builds that selected `-m 'not slow'`: 4 of 8 known tests"), "{}", shard.talk());
            assert!(!shard.stderr.contains("is not selected"), "{}", shard.talk());
        }
        let shards = build("4", &[]);
        assert!(!shards[0].stderr.contains("that selected"), "{}", shards[0].talk());
    }
}
