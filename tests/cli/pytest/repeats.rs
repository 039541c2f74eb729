//! What would have tests run in part, or twice, within one shard.

use evenshard::verify::{ProblemKind, Verdict};

use super::check::each;
use super::python::{on_each_pytest, on_environments, on_newest_pytest, on_oldest_and_newest};
use super::shop::shop;
use super::{Project, Python};

/// Other plugins' options, as they are declared there.
const SPLITTERS: &str = r"def pytest_addoption(parser):
    parser.addoption('--splits', dest='splits', type=int)
    parser.addoption('--group', dest='group', type=int)
    parser.addoption('--num-shards', dest='num_shards', type=int, default=1)
    parser.addoption('--shard-id', dest='shard_id', type=int, default=0)
    parser.addoption('--test-group-count', dest='test-group-count', type=int)
    parser.addoption('--test-group', dest='test-group', type=int)
    parser.addoption('--cdist-group', default=None)
";

fn verdict(project: &Project, options: &[&str]) -> (i32, Verdict) {
    let results = project.out("of-1").display().to_string();
    let words = [&["verify", "--format", "json"], options, &[&results]].concat();
    let said = project.witnessed(&mut project.command(env!("CARGO_BIN_EXE_evenshard"), &words));
    (
        said.status,
        serde_json::from_str(&said.stdout).expect("a verdict"),
    )
}

on_each_pytest! {
    fn another_splitter_stops_before_a_test_runs(python) {
        let project = shop(python).file("conftest.py", SPLITTERS);
        let run = |args: &[&str]| {
            let command = [&["python", "-m", "pytest"], args].concat();
            project.shard((1, 2), &["--timings", "junit/"], &command)
        };
        each(
            &["--splits=2 --group=1", "--num-shards=2", "--test-group-count=2 --test-group=2", "--cdist-group=1/2"],
            |flags| {
                let args: Vec<&str> = flags.split_whitespace().collect();
                let refused = run(&args).ended_with(78);
                let first = args[0].split('=').next().expect("a flag");
                assert!(refused.stderr.contains(&format!("hint: take {first}")), "{}", refused.talk());
                assert_eq!(refused.ran, [""; 0]);
            },
        );
        let hidden = project.shard((1, 2), &["--timings", "junit/"], &["sh", "-c", "pytest --num-shards=2 || true"]);
        hidden.ended_with(78);
        let plan = ["plan", "--timings", "junit/", "--shards", "2", "--", "pytest", "--num-shards=2"];
        project.witnessed(&mut project.command(env!("CARGO_BIN_EXE_evenshard"), &plan)).ended_with(78);
        // One part of one is all of it.
        assert!(!run(&["--splits=1", "--group=1", "--num-shards=1"]).ended_with(0).ran.is_empty());
    }
}

on_oldest_and_newest! {
    fn every_worker_with_every_test_is_refused(python) {
        let project = shop(python).with_installed_plugins();
        let run = |args: &[&str]| {
            let command = [&["python", "-m", "pytest"], args].concat();
            project.shard((1, 1), &["--timings", "junit/"], &command)
        };
        assert_eq!(run(&["-n2", "--dist=each"]).ended_with(78).ran, [""; 0]);
        run(&["-n0", "--dist=each"]).ended_with(0);
    }
}

on_newest_pytest! {
    fn a_command_that_runs_its_tests_twice_is_warned_of(python) {
        let project = Project::new(python).file("test_a.py", "def test_one(): pass\n");
        let warned = |command: &str| {
            project.shard((1, 1), &["--allow-no-timings"], &["sh", "-c", command]).ended_with(0);
            let (status, verdict) = verdict(&project, &[]);
            assert_eq!((status, verdict.problems), (0, vec![]));
            verdict.warnings.iter().map(|w| w.kind).collect::<Vec<_>>()
        };
        assert_eq!(warned("pytest"), []);
        // The first session failed, and what failed ran again.
        let flaky = "import os\n\ndef test_one(): pass\n\ndef test_two():\n    ran = os.path.exists('ran')\n    open('ran', 'w').close()\n    assert ran\n";
        project.write("test_a.py", flaky);
        assert_eq!(warned("pytest || pytest --lf"), []);
        assert_eq!(warned("pytest; pytest"), [ProblemKind::Repeated]);
    }

    fn a_test_does_not_hide_behind_one_of_the_same_name(python) {
        let project = Project::new(python)
            .file("t/a.b/test_c.py", "def test_x(): pass\n")
            .file("t/a/b/test_c.py", "def test_x(): pass\n");
        let args = ["--import-mode=importlib"];
        project.shards(1, &["--allow-no-timings"], &args);
        assert_eq!(verdict(&project, &[]).0, 0);
        project.write("conftest.py", "def pytest_runtest_protocol(item):\n    return '/a.b/' in item.nodeid or None\n");
        project.shards(1, &["--allow-no-timings"], &args);
        let (status, verdict) = verdict(&project, &[]);
        let kinds: Vec<ProblemKind> = verdict.problems.iter().map(|p| p.kind).collect();
        assert_eq!((status, kinds), (70, vec![ProblemKind::NoResult]));
    }
}
