//! Pattern (a): one line per job, timings from committed files.

use super::world::{SUITE, TESTS, What};
use super::{Build, World};
use crate::pytest::Python;

const HISTORY: &str = "examples/pytest-parallel/evenshard-history/timings.json";

fn build(id: &str) -> Build {
    Build::of(id, ".buildkite/example-a.yml")
}

#[test]
fn the_first_build_places_by_hash_and_leaves_timings_to_commit() {
    Python::with_newest(|python| {
        let world = World::new(python);
        let first = world.run(&build("1"));
        first.is_whole();
        assert!(
            first.log("tests").contains("no timings"),
            "{}",
            first.log("tests")
        );
        world.commit("junit/timings.json", &first.artifact(HISTORY).unwrap());

        let second = world.run(&build("2"));
        second.is_whole();
        assert!(
            !second.log("tests").contains("no timings"),
            "{}",
            second.log("tests")
        );
        let history = second.artifact(HISTORY).unwrap();
        let history: serde_json::Value = serde_json::from_str(&history).unwrap();
        let builds = history["scopes"][""]["builds"].as_array().unwrap();
        assert_eq!(builds.len(), 2, "{builds:?}");
    });
}

#[test]
fn a_shard_with_other_timings_stops_before_pytest_starts() {
    Python::with_newest(|python| {
        let world = World::new(python);
        world.commit("junit/.test_durations", DURATIONS);
        let other = What::Holds("junit/.test_durations", DURATIONS.replace("0.5", "99.0"));
        let finished = world.run(&build("1").with("tests", 2, other));
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
        assert!(finished.codes("publish").is_empty());
    });
}

#[test]
fn a_retried_job_whose_timings_changed_meets_the_first_plan() {
    Python::with_newest(|python| {
        let world = World::new(python);
        world.commit("junit/.test_durations", DURATIONS);
        let other = What::Holds("junit/.test_durations", DURATIONS.replace("0.5", "99.0"));
        let mut again = build("1")
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
        let world = World::new(python);
        world.commit("junit/.test_durations", DURATIONS);
        let other = What::Holds("junit/.test_durations", DURATIONS.replace("0.5", "99.0"));
        let down = What::Hiccups("meta-data exists", 1);
        let finished = world.run(&build("1").with("tests", 2, other).with("tests", 2, down));
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
        let world = World::new(python);
        let down =
            |build: Build, index| build.with("tests", index, What::Hiccups("meta-data exists", 9));
        let finished = world.run(&(0..4).fold(build("1"), down));
        assert_eq!(finished.ran(), TESTS, "{}", finished.logs());
        assert!(finished.passed);
        assert!(
            finished
                .log("tests")
                .contains("warning: the plan could not be compared")
        );
    });
}

#[test]
fn the_documentation_shows_what_the_examples_do() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |name: &str| fs_err::read_to_string(folder.join(name)).unwrap();
    let files = ["example-a.yml", "example-b.yml", "example-c.yml"];
    let examples: String = files
        .iter()
        .map(|f| read(&format!(".buildkite/{f}")))
        .collect();
    let page = read("docs/buildkite.md");
    let shown = |line: &&str| {
        let commands = [
            "- evenshard run",
            "- .buildkite/steps",
            "path: ",
            "artifact_paths: ",
        ];
        commands.iter().any(|c| line.trim().starts_with(c))
    };
    let lines: Vec<&str> = page.lines().filter(shown).map(str::trim).collect();
    assert!(lines.len() > 8, "{lines:?}");
    for line in lines {
        assert!(examples.contains(line), "{line}");
    }
    assert!(folder.join(SUITE).is_dir());
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
