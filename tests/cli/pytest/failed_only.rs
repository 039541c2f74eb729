//! `evenshard run --failed-only`: a later attempt runs what has no passing result, the proof
//! counts the attempts together, and in doubt the whole shard runs.

use std::process::Command;

use evenshard::record::RunRecord;
use evenshard::verify::Verdict;

use super::python::{on_environments, on_newest_pytest, on_oldest_and_newest};
use super::{Outcome, Project, Python};

/// Tests of every outcome; what fails passes once `AGAIN` is set.
const SUITE: &str = r"import os, pytest
again = os.environ.get('AGAIN')

def test_passes(): pass

def test_fails(): assert again

@pytest.mark.skip
def test_skipped(): pass

@pytest.mark.xfail
def test_expected(): assert 0

@pytest.fixture
def late():
    yield
    assert again

def test_teardown(late): pass

@pytest.mark.parametrize('n', [1, 2])
def test_each(n): assert again or n == 1
";

/// What has no passing result in the suite above.
const FAILS: [&str; 3] = [
    "test_suite.py::test_fails",
    "test_suite.py::test_teardown",
    "test_suite.py::test_each[2]",
];

fn suite(python: &Python) -> Project {
    Project::new(python)
        .with_installed_plugins()
        .file("test_suite.py", SUITE)
}

fn command(project: &Project, attempt: u32, options: &[&str], args: &[&str]) -> Command {
    let junit = format!("{}/", project.out("results").display());
    let attempt = attempt.to_string();
    let start = [
        "run",
        "--shard",
        "1/1",
        "--junit",
        &junit,
        "--attempt",
        &attempt,
    ];
    let pytest = ["--", "python", "-m", "pytest"];
    let words = [&start[..], options, &pytest, args].concat();
    project.command(env!("CARGO_BIN_EXE_evenshard"), &words)
}

/// An attempt at the only shard, with what those before it left.
fn attempt(
    project: &Project,
    number: u32,
    options: &[&str],
    args: &[&str],
    again: bool,
) -> Outcome {
    let results = project.out("results").display().to_string();
    // Plans by numbers of tests change with each test that is added.
    let more = ["--failed-only", &results, "--first-build", "hash"];
    let options = [options, &more].concat();
    let mut command = command(project, number, &options, args);
    if again {
        command.env("AGAIN", "1");
    }
    project.witnessed(&mut command)
}

fn record(project: &Project, attempt: u32) -> RunRecord {
    let path = project.out(&format!("results/junit-1-{attempt}.shard.json"));
    let json = fs_err::read(path).expect("a record");
    RunRecord::from_json(&json, "record").expect("a record")
}

fn verified(project: &Project) -> (i32, Verdict) {
    let results = project.out("results").display().to_string();
    let words = ["verify", "--format", "json", &results];
    let outcome = project.witnessed(&mut project.command(env!("CARGO_BIN_EXE_evenshard"), &words));
    let verdict = serde_json::from_str(&outcome.stdout);
    (
        outcome.status,
        verdict.unwrap_or_else(|e| panic!("{e}: {}", outcome.talk())),
    )
}

#[track_caller]
fn assert_whole_shard(outcome: &Outcome, why: &str) {
    assert_eq!(outcome.ran.len(), 7, "{}", outcome.talk());
    let said = format!("failed-only: {why}: the whole shard runs");
    assert!(outcome.stderr.contains(&said), "{why}: {}", outcome.talk());
}

on_newest_pytest! {
    fn attempts_add_up_until_nothing_is_left_which_is_a_success_with_a_record(python) {
        for args in [&[][..], &["-n2"]] {
            let project = suite(python);
            attempt(&project, 1, &[], args, false).ended_with(1);
            // Still failing, and of this attempt not every test ran.
            attempt(&project, 2, &[], &[args, &["-x"]].concat(), false);
            let third = attempt(&project, 3, &[], args, true).ended_with(0);
            assert_eq!(third.ran.len(), FAILS.len(), "{}", third.talk());
            assert!(third.stderr.contains("(attempts 1, 2)"), "{}", third.talk());
            let fourth = attempt(&project, 4, &[], args, false).ended_with(0);
            assert_eq!(fourth.ran, [""; 0], "{}", fourth.talk());
            assert!(record(&project, 4).failed_only);
            assert_eq!(record(&project, 4).selected, [""; 0]);
            let (status, verdict) = verified(&project);
            assert_eq!((status, verdict.problems), (0, vec![]));
            assert_eq!(verdict.totals.outcomes.passed, 5);
        }
    }

    fn a_test_that_is_new_runs_as_well(python) {
        let project = suite(python);
        attempt(&project, 1, &[], &[], false).ended_with(1);
        project.append("test_suite.py", "\ndef test_new(): pass\n");
        let second = attempt(&project, 2, &[], &[], true).ended_with(0);
        assert_eq!(second.ran.len(), 4, "{}", second.talk());
        assert!(second.ran.contains(&"test_suite.py::test_new".to_owned()));
    }
}

on_oldest_and_newest! {
    fn retries_within_an_attempt_are_forgiven(python) {
        let project = suite(python);
        project.append("test_suite.py", "\ntries = []\ndef test_flaky():\n    tries.append(1)\n    assert len(tries) > 1\n");
        attempt(&project, 1, &[], &["--reruns=1"], false).ended_with(1);
        let second = attempt(&project, 2, &[], &[], true).ended_with(0);
        assert_eq!(second.ran, FAILS, "{}", second.talk());
    }
}

on_newest_pytest! {
    fn an_attempt_that_was_killed_leaves_everything_to_run(python) {
        let project = suite(python);
        project.write("test_zz.py", "import os\n\ndef test_killed():\n    if not os.environ.get('AGAIN'):\n        os.kill(os.getpid(), 9)\n");
        attempt(&project, 1, &[], &[], false).ended_with(137);
        let second = attempt(&project, 2, &[], &[], true).ended_with(0);
        assert_eq!(second.ran.len(), 8, "{}", second.talk());
        let why = "the last attempt at the whole shard left no whole JUnit file";
        assert!(second.stderr.contains(why), "{}", second.talk());
        assert!(!record(&project, 2).failed_only);
        assert_eq!(verified(&project).0, 0);
    }

    fn tests_that_run_everywhere_run_again_where_they_failed(python) {
        let project = suite(python);
        project.write("evenshard.toml", "everywhere = ['test_suite.py']\n");
        for number in [1, 2] {
            let ran = attempt(&project, number, &[], &[], number == 2).ran;
            assert_eq!(record(&project, number).everywhere.len(), ran.len());
            assert_eq!(ran.len(), if number == 1 { 7 } else { 3 });
        }
        assert_eq!(verified(&project).0, 0);
    }
}

on_environments! {
    [pytest_9_2 "pytest-9.2"]

    fn in_doubt_the_whole_shard_runs(python) {
        let project = suite(python);
        attempt(&project, 1, &["--build", "8"], &[], false).ended_with(1);
        let other = attempt(&project, 2, &["--build", "9"], &[], true);
        assert_whole_shard(&other, "the records of this shard are of another build");
        let other = attempt(&project, 3, &["--build", "8", "--split", "test"], &[], true);
        assert_whole_shard(&other, "the earlier attempt used another plan");
        let other = attempt(&project, 4, &["--build", "8", "--scope", "slow"], &[], true);
        assert_whole_shard(&other, "no record of this shard");
        let other = attempt(&project, 1, &["--build", "8"], &[], true);
        assert_whole_shard(&other, "no record of this shard is of an attempt before this one");
    }

    fn without_the_whole_report_of_the_earlier_attempt_the_whole_shard_runs(python) {
        let project = suite(python);
        attempt(&project, 1, &[], &[], false).ended_with(1);
        let path = project.out("results/junit-1-1.xml");
        let xml = fs_err::read_to_string(&path).expect("a report");
        let why = "the last attempt at the whole shard left no whole JUnit file";
        let last = xml.rfind("<testcase").expect("a case");
        fs_err::write(&path, &xml[..last]).expect("a report");
        assert_whole_shard(&attempt(&project, 2, &[], &[], true), why);
        fs_err::remove_file(&path).expect("a report");
        fs_err::remove_file(project.out("results/junit-1-2.shard.json")).expect("a record");
        assert_whole_shard(&attempt(&project, 2, &[], &[], true), why);
    }
}

on_newest_pytest! {
    fn a_second_attempt_runs_what_failed_and_both_count_together(python) {
        for args in [&[][..], &["-n2"], &["-n2", "--dist=loadgroup"]] {
            let project = suite(python);
            let first = attempt(&project, 1, &[], args, false).ended_with(1);
            assert_whole_shard(&first, "no record of this shard");
            let second = attempt(&project, 2, &[], args, true).ended_with(0);
            let mut ran = second.ran.clone();
            ran.sort_by_key(|id| FAILS.iter().position(|f| f == id));
            assert_eq!(ran, FAILS, "{}", second.talk());
            let said = "failed-only: 3 of 7 tests of this shard have no passing result (attempt 1)";
            assert!(second.stderr.contains(said), "{}", second.talk());
            assert!(record(&project, 2).failed_only);
            assert_eq!(record(&project, 2).selected.len(), 3);
            let (status, verdict) = verified(&project);
            assert_eq!((status, verdict.problems), (0, vec![]));
            assert_eq!((verdict.totals.tests, verdict.failures), (7, vec![]));
            let flaky: Vec<&str> = verdict.flaky.iter().map(|t| t.test.as_str()).collect();
            assert_eq!(flaky.len(), 3, "{flaky:?}");
        }
    }
}
