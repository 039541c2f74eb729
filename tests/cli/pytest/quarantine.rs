//! Quarantined tests fail in sight of all, and fail no job.

use serde_json::Value;

use super::check::each;
use super::python::{on_each_pytest, on_environments};
use super::{Outcome, Project, Python};

const SUITE: &str = r#"import pytest

tries = []

def test_steady(): pass

def test_broken():
    assert "left" == "right"

@pytest.fixture
def no_setup():
    raise RuntimeError("no set-up today")

@pytest.fixture
def no_teardown():
    yield
    raise RuntimeError("no teardown today")

def test_setup(no_setup): pass

def test_teardown(no_teardown): pass

def test_at_the_second_try():
    tries.append(1)
    assert len(tries) > 1

class TestGroup:
    @pytest.mark.parametrize("n", [1, 2])
    def test_param(self, n):
        assert n == 1

def test_last(): pass
"#;

const CONFIG: &str = r#"[[quarantine]]
test = ["tests/test_s.py::test_broken", "tests/test_s.py::test_*down"]
reason = "race in the broker"

[[quarantine]]
test = "*::test_setup"
reason = "no display"
until = 2999-12-31

[[quarantine]]
test = ["tests/test_s.py::TestGroup", "tests/test_s.py::test_at_the_second_try"]
reason = "flaky"
"#;

const FAILED: [&str; 4] = [
    "tests/test_s.py::TestGroup::test_param[2]",
    "tests/test_s.py::test_broken",
    "tests/test_s.py::test_setup",
    "tests/test_s.py::test_teardown",
];
const SECOND: &str = "tests/test_s.py::test_at_the_second_try";

fn suite(python: &Python, config: &str) -> Project {
    Project::new(python)
        .with_installed_plugins()
        .file("tests/test_s.py", SUITE)
        .file("evenshard.toml", config)
}

/// The only shard there is, which runs all.
fn run(project: &Project, args: &[&str]) -> Outcome {
    let command = [&["python", "-m", "pytest"], args].concat();
    project.shard((1, 1), &[], &command)
}

fn record(project: &Project) -> Value {
    let record = project.junit(1, 1).replace(".xml", ".shard.json");
    serde_json::from_str(&fs_err::read_to_string(record).unwrap()).unwrap()
}

fn assert_failed(project: &Project, failed: &[&str]) {
    let mut failed = failed.to_vec();
    failed.sort_unstable();
    assert_eq!(record(project)["quarantined"], Value::from(failed));
}

on_each_pytest! {
    fn quarantined_failures_are_shown_and_fail_no_job(python) {
        let project = suite(python, CONFIG);
        project.plain(&[]).ended_with(1);
        each(&[&["-x"][..], &["-n", "2"]], |args| {
            let ran = run(&project, args).ended_with(0);
            assert_eq!(ran.ran.len(), 8, "all ran: {}", ran.talk());
            for words in [
                "evenshard: quarantined failures",
                "tests/test_s.py::test_broken: race in the broker",
                "assert 'left' == 'right'",
                "tests/test_s.py::test_setup (setup): no display",
                "no set-up today",
                "tests/test_s.py::test_teardown (teardown): race in the broker",
                "no teardown today",
            ] {
                assert!(ran.stdout.contains(words), "{words}: {}", ran.talk());
            }
            assert!(ran.stderr.contains("5 tests failed in quarantine"), "{}", ran.talk());
            assert_failed(&project, &[&FAILED[..], &[SECOND]].concat());
            assert_eq!(record(&project)["exit_status"], 0);
            let xml = fs_err::read_to_string(project.junit(1, 1)).unwrap();
            assert_eq!(xml.matches("type=\"pytest.xfail\"").count(), 5, "{xml}");
            for words in [
                "message=\"quarantined: race in the broker (AssertionError: assert ",
                "quarantined: no display (failed on setup: RuntimeError: no set-up today)",
            ] {
                assert!(xml.contains(words), "{words}: {xml}");
            }
        });
    }

    fn what_is_tried_again_and_passes_did_not_fail(python) {
        let project = suite(python, CONFIG);
        each(
            &[
                &["--retries", "1", "--retry-delay=0"][..],
                &["--reruns", "1", "--reruns-delay=0"],
                &["--reruns", "1", "--reruns-delay=0", "-n", "1"],
            ],
            |args| {
                let ran = run(&project, args).ended_with(0);
                assert_failed(&project, &FAILED);
                let retried = record(&project)["retried"].clone();
                assert!(retried[SECOND].is_number(), "{retried} {}", ran.talk());
                assert!(retried[FAILED[1]].is_number(), "{retried} {}", ran.talk());
            },
        );
    }

    fn others_fail_as_ever_and_so_do_those_whose_time_is_over(python) {
        let only = |until: &str| {
            format!("[[quarantine]]\ntest = \"*::test_broken\"\nreason = \"r\"\n{until}\n")
        };
        let project = suite(python, &only(""));
        let ran = run(&project, &["-k", "broken or steady"]).ended_with(0);
        assert!(!ran.stderr.contains("expired"), "{}", ran.talk());
        let ran = run(&project, &[]).ended_with(1);
        assert!(!ran.stdout.contains("test_setup (setup): "), "{}", ran.talk());
        assert_failed(&project, &["tests/test_s.py::test_broken"]);

        project.write("evenshard.toml", &only("until = 2020-01-31"));
        let ran = run(&project, &["-k", "broken or steady"]).ended_with(1);
        let words = "evenshard.toml:1: the quarantine of '*::test_broken' expired after 2020-01-31";
        assert!(ran.stderr.contains(words), "{}", ran.talk());
        assert!(record(&project)["quarantined"].is_null());
    }
}

#[test]
fn an_entry_that_fits_nothing_is_said_where_it_can_be_known() {
    Python::with_newest(|python| {
        let entry =
            |test: &str| format!("[[quarantine]]\ntest = \"{test}\"\nreason = \"renamed\"\n\n");
        let config = [
            entry("tests/test_a.py::test_1"),
            entry("tests/test_a.py::test_gone"),
            entry("tests/test_gone.py"),
            entry("tests/test_b.py::test_1"),
            entry("tests/test_b.py::test_gone"),
        ];
        let project = Project::new(python)
            .file("tests/test_a.py", "def test_1(): pass\n")
            .file("tests/test_b.py", "def test_1(): pass\n")
            .file("evenshard.toml", &config.concat());
        project.record(&[]).ended_with(0);
        let shards = project.shards(2, &["--timings", "junit/"], &[]);
        let said = |shard: &Outcome| -> Vec<usize> {
            let lines = [
                "a.py::test_1'",
                "a.py::test_gone'",
                "test_gone.py'",
                "b.py::test_1'",
                "b.py::test_gone'",
            ];
            let warned = |name: &str| shard.stderr.contains(&format!("{name} fits no known test"));
            (0..lines.len()).filter(|&at| warned(lines[at])).collect()
        };
        let mut found: Vec<Vec<usize>> = shards.iter().map(said).collect();
        found.sort();
        // Each shard judges what it read, and what nobody has.
        assert_eq!(found, [vec![1, 2], vec![2, 4]], "{}", shards[0].talk());
    });
}

#[test]
fn verify_and_the_history_see_them() {
    Python::with_newest(|python| {
        let project = suite(python, CONFIG);
        run(&project, &["-n0"]).ended_with(0);
        let results = project.out("of-1").display().to_string();
        let verify = |format: &str| {
            let args = ["verify", "--format", format, &results];
            let output = project
                .command(env!("CARGO_BIN_EXE_evenshard"), &args)
                .output();
            String::from_utf8_lossy(&output.unwrap().stdout).into_owned()
        };
        let text = verify("text");
        assert!(text.contains("failed in quarantine: 5"), "{text}");
        assert!(
            text.contains("shard 1: tests/test_s.py::test_broken"),
            "{text}"
        );
        assert!(verify("markdown").contains("5 failed in quarantine"));
        let json: Value = serde_json::from_str(&verify("json")).unwrap();
        assert_eq!(json["quarantined"].as_array().map(Vec::len), Some(5));

        let passing = project.out("passing.xml");
        fs_err::write(
            &passing,
            "<testsuite><testcase classname='tests.test_s' name='test_broken' time='1'/></testsuite>",
        )
        .unwrap();
        let (xml, passing) = (project.junit(1, 1), passing.display().to_string());
        let args = ["timings", "show", "--flaky", &xml, &passing];
        let output = project
            .command(env!("CARGO_BIN_EXE_evenshard"), &args)
            .output();
        let text = String::from_utf8_lossy(&output.unwrap().stdout).into_owned();
        assert!(
            text.contains("tests/test_s.py::test_broken\n1 flaky test in 2 builds"),
            "{text}"
        );
    });
}
