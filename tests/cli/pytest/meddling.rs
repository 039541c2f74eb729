//! Tests that replace what the plugin needs, fork, or stop pytest: they end as without it.

use evenshard::verify::{ProblemKind, Verdict};

use super::check::each;
use super::python::{on_environments, on_oldest_and_newest};
use super::{Outcome, Project, Python, assert_partition};

/// The only shard there is.
fn run(project: &Project, args: &[&str]) -> Outcome {
    project.shard((1, 1), &[], &[&["python", "-m", "pytest"], args].concat())
}

/// The kinds of problems that `verify` names.
fn problems(project: &Project) -> Vec<ProblemKind> {
    let results = project.out("of-1").display().to_string();
    let words = ["verify", "--format", "json", &results];
    let said = project.witnessed(&mut project.command(env!("CARGO_BIN_EXE_evenshard"), &words));
    let verdict: Verdict = serde_json::from_str(&said.stdout).expect("a verdict");
    verdict.problems.iter().map(|p| p.kind).collect()
}

fn quarantined(python: &Python, tests: &str) -> Project {
    Project::new(&python.cold())
        .with_installed_plugins()
        .file("test_m.py", tests)
        .file(
            "evenshard.toml",
            "[[quarantine]]\ntest = \"*::test_q*\"\nreason = \"flaky\"\n",
        )
}

on_oldest_and_newest! {
    fn clocks_that_tests_replace_are_their_own(python) {
        let project = Project::new(&python.cold()).file("test_clocks.py", r#"
import time, pytest
from unittest import mock

@pytest.fixture
def two_ticks():
    with mock.patch("time.perf_counter", side_effect=[1.0, 2.0]): yield

@pytest.fixture
def further(two_ticks): return 1

def test_ticks(two_ticks, further):
    assert (time.perf_counter(), time.perf_counter()) == (1.0, 2.0)

@pytest.fixture(scope="module")
def no_clock():
    with mock.patch("time.perf_counter"), mock.patch("time.monotonic", side_effect=[]): yield

@pytest.fixture(scope="module")
def upon_it(no_clock): return 1

def test_mocked(upon_it): pass
"#);
        let plain = project.record(&[]).ended_with(0);
        assert_partition(&plain, &project.shards(2, &["--timings", "junit/"], &[]));
    }

    fn files_and_processes_that_tests_replace_are_their_own(python) {
        let project = quarantined(python, r#"
import builtins, json, os, time, pytest

@pytest.fixture
def nothing_works(monkeypatch):
    def fails(*args, **kwargs): raise RuntimeError("not today")
    for where, names in ((builtins, "open"), (json, "dump dumps load loads"),
                         (os, "replace open close remove listdir getpid kill"),
                         (time, "monotonic monotonic_ns perf_counter")):
        for name in names.split():
            monkeypatch.setattr(where, name, fails)

def test_quarantined(nothing_works): assert 0

def test_after(): pass

def test_last():
    os.listdir = os.replace = None
    os.getpid = lambda: 1
"#);
        let ran = run(&project, &["-n0"]).ended_with(0);
        assert!(ran.stdout.contains("test_m.py::test_quarantined: flaky"), "{}", ran.talk());
        assert_eq!(ran.ran.len(), 3);
        assert_eq!(problems(&project), []);
    }

    fn a_child_that_goes_on_with_the_session_is_kept_out_of_it(python) {
        let project = Project::new(&python.cold()).file("test_fork.py", r"
import os

def test_first(): pass

def test_forks():
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    else:
        raise RuntimeError('in the child')

def test_last(): pass
");
        let ran = run(&project, &[]);
        let words = "the child that test_fork.py::test_forks forked went on with the tests";
        assert!(ran.stderr.contains(words), "{}", ran.talk());
        ran.ended_with(70);
        assert_eq!(problems(&project)[0], ProblemKind::CutShort);
        let xml = fs_err::read_to_string(project.junit(1, 1)).expect("a report");
        assert!(!xml.contains("in the child") && xml.contains("test_last"), "{xml}");
    }

    fn only_a_failure_stops_a_session_on_request(python) {
        let stops = |test: &str| format!("def pytest_runtest_teardown(item):\n    if item.name == '{test}': item.session.shouldstop = 'out of time'\n");
        let tests = "def test_1(): pass\ndef test_2(): assert 0\ndef test_3(): pass\n";
        each(&[("test_1", "--maxfail=5"), ("test_2", "--maxfail=5"), ("test_1", "-x")], |(test, option)| {
            let project = Project::new(&python.cold()).file("test_m.py", tests).file("conftest.py", &stops(test));
            run(&project, &[option]).ended_with(2);
            assert!(problems(&project).contains(&ProblemKind::CutShort), "{test} {option}");
        });
    }
}

on_environments! {
    [pytest_9_2 "pytest-9.2"]

    fn subtests_of_a_quarantined_test_fail_no_job(python) {
        let project = quarantined(python, "def test_q(subtests):\n    for i in range(3):\n        with subtests.test(i=i): assert i != 1\n\ndef test_other(): pass\n");
        each(&["-n0", "-n2"], |workers| {
            run(&project, &[workers]).ended_with(0);
            let xml = fs_err::read_to_string(project.junit(1, 1)).expect("a report");
            assert!(!xml.contains("<failure"), "{workers}: {xml}");
            assert_eq!(problems(&project), []);
        });
    }
}
