//! What is proved, where tests come and go with imports, options, hooks and machines.

use evenshard::record::RunRecord;
use evenshard::verify::{ProblemKind, Verdict};

use super::python::{on_each_pytest, on_environments, on_oldest_and_newest};
use super::{Outcome, Project, Python, assert_partition};

const TIMINGS: [&str; 2] = ["--timings", "junit/"];

/// What `evenshard verify` says of the results of two shards, with its exit status.
fn verified(project: &Project, arguments: &[&str]) -> (i32, Verdict) {
    let results = project.out("of-2").display().to_string();
    let command = [&["verify", "--format", "json"], arguments, &[&results]].concat();
    let program = env!("CARGO_BIN_EXE_evenshard");
    let outcome = project.witnessed(&mut project.command(program, &command));
    let verdict = serde_json::from_str(&outcome.stdout);
    let verdict = verdict.unwrap_or_else(|e| panic!("{e}: {}", outcome.talk()));
    (outcome.status, verdict)
}

#[track_caller]
fn assert_proved(project: &Project) -> Verdict {
    let (status, verdict) = verified(project, &[]);
    assert_eq!(verdict.problems, []);
    assert_eq!(status, 0);
    verdict
}

/// The tests of the warnings, or the problems, of one kind.
fn named(problems: &[evenshard::verify::Problem], kind: ProblemKind) -> Vec<String> {
    let of_kind = problems.iter().filter(|p| p.kind == kind);
    of_kind.flat_map(|p| p.tests.clone()).collect()
}

fn record(project: &Project, index: usize) -> RunRecord {
    let path = project.junit(index, 2).replace(".xml", ".shard.json");
    let json = fs_err::read(path).expect("a record");
    RunRecord::from_json(&json, "record").expect("a record")
}

fn shard(project: &Project, index: usize, options: &[&str], args: &[&str]) -> Outcome {
    let command = [&["python", "-m", "pytest"], args].concat();
    project.shard((index, 2), options, &command)
}

/// A suite in which one file's parameters are the classes that other files define.
fn zoo(python: &Python) -> Project {
    let mut project = Project::new(python)
        .file("conftest.py", "")
        .file("shapes.py", "class Shape: pass\n");
    for name in ["circle", "square", "star"] {
        let class = name.to_uppercase();
        project = project.file(
            &format!("tests/test_{name}.py"),
            &format!(
                "from shapes import Shape\nclass {class}(Shape): pass\ndef test_{name}(): pass\n"
            ),
        );
    }
    project.file(
        "tests/test_zoo.py",
        r#"
import pytest
from shapes import Shape

@pytest.mark.parametrize("shape", [Shape, *Shape.__subclasses__()], ids=lambda s: s.__name__)
def test_registered(shape): pass

def test_plain(): pass
"#,
    )
}

on_each_pytest! {
    fn tests_that_exist_only_with_other_files_run_in_a_second_session(python) {
        let project = zoo(python);
        let plain = project.record(&[]).ended_with(0);
        let shards = project.shards(2, &["--timings", "junit/", "--build", "1"], &[]);
        assert_partition(&plain, &shards);
        assert_proved(&project);
        let found: Vec<RunRecord> = (1..=2).map(|index| record(&project, index)).collect();
        let unpruned: Vec<&String> = found.iter().flat_map(|r| &r.unpruned).collect();
        assert!(!unpruned.is_empty(), "pruning lost nothing here");
        let told = shards.iter().any(|s| s.stderr.contains("`prune = false`"));
        assert!(told, "{}", shards[0].talk());
        // The next build knows them from the second session's report.
        let results = project.out("of-2").display().to_string();
        let program = env!("CARGO_BIN_EXE_evenshard");
        let shown = ["timings", "show", "--format", "json", &results];
        let shown = project.witnessed(&mut project.command(program, &shown)).ended_with(0);
        let shown: serde_json::Value = serde_json::from_str(&shown.stdout).expect("JSON");
        assert_eq!((&shown["total"]["builds"], &shown["total"]["tests"]), (&1.into(), &8.into()));

        let options = ["--timings", "junit/", "--no-prune"];
        let shards = project.shards(2, &options, &[]);
        assert_partition(&plain, &shards);
        assert_eq!(record(&project, 1).unpruned, record(&project, 2).unpruned);
        assert_eq!(record(&project, 1).unpruned, [""; 0]);
        project.write("evenshard.toml", "prune = false\n");
        assert_partition(&plain, &project.shards(2, &TIMINGS, &[]));
        assert_eq!([record(&project, 1).unpruned, record(&project, 2).unpruned].concat(), [""; 0]);
    }

    fn an_option_of_one_job_alone_is_named(python) {
        let project = zoo(python);
        for (option, text) in [
            (&["-k", "plain or star"][..], "-k 'plain or star'"),
            (&["--deselect", "tests/test_star.py::test_star"], "--deselect tests/test_star.py::test_star"),
            (&["tests/test_star.py", "./tests/test_zoo.py"], "tests/test_star.py tests/test_zoo.py"),
            (&["--ignore=tests/test_star.py"], "--ignore tests/test_star.py"),
            (&["-o", "python_functions=test_p*"], "-o 'python_functions=test_p*'"),
        ] {
            shard(&project, 1, &[], &[]);
            shard(&project, 2, &[], option);
            assert_eq!(record(&project, 1).selection.as_deref(), Some(""));
            assert_eq!(record(&project, 2).selection.as_deref(), Some(text));
            let (status, verdict) = verified(&project, &[]);
            let kinds = verdict.problems.iter().map(|p| p.kind);
            let found = verdict.problems.iter().find(|p| p.kind == ProblemKind::MixedSelections);
            let message = &found.unwrap_or_else(|| panic!("{:?}", kinds.collect::<Vec<_>>())).message;
            assert!(message.contains(text) && message.contains("the whole suite"), "{message}");
            assert_eq!(status, 70);
        }
    }

    fn results_go_where_the_command_and_the_option_say(python) {
        let project = zoo(python);
        let own = project.out("own.xml").display().to_string();
        let xml = format!("--junitxml={own}");
        for index in 1..=2 {
            let ended = shard(&project, index, &[], &[&xml]).ended_with(0);
            assert!(ended.stdout.contains("own.xml"), "{}", ended.talk());
            let bytes = |path: &str| fs_err::read(path).expect("a report");
            assert_eq!(bytes(&own), bytes(&project.junit(index, 2)));
        }
        assert_proved(&project);
    }

    fn results_that_nothing_would_write_stop_before_a_test_runs(python) {
        let project = zoo(python);
        let stops = |outcome: Outcome| {
            let outcome = outcome.ended_with(78);
            assert!(outcome.stderr.contains("--junit"), "{}", outcome.talk());
            assert_eq!(outcome.ran, [""; 0]);
        };
        stops(shard(&project, 1, &[], &["-p", "no:junitxml"]));
        let mut command = project.shard_command((1, 2), &[], &["python", "-m", "pytest"]);
        stops(project.witnessed(command.env("PYTEST_ADDOPTS", "-pno:junitxml")));
        project.write("pytest.ini", "[pytest]\naddopts = -p no:junitxml\n");
        stops(shard(&project, 1, &[], &[]));
        shard(&project, 1, &[], &["--collect-only", "-q"]).ended_with(0);
    }

    fn files_outside_of_the_root_folder_run_once(python) {
        let project = Project::new(python)
            .file("app/pytest.ini", "[pytest]\n")
            .file("installed/test_a.py", "class TestX:\n def test_x(self): pass\ndef test_1(): pass\ndef test_2(): assert 0\n")
            .file("installed/test_b.py", "import pytest\ndef test_1(): pass\ndef test_3(): pytest.skip()\n")
            .started_in("app");
        let args = ["../installed/test_a.py", "../installed/test_b.py", "--rootdir=."];
        let results: Vec<Outcome> = project.shards(2, &[], &args);
        assert_eq!(results.iter().map(|s| s.ran.len()).sum::<usize>(), 5);
        let verdict = assert_proved(&project);
        let failed: Vec<&str> = verdict.failures.iter().map(|f| f.test.as_str()).collect();
        assert_eq!(failed, ["::test_2"]);
        assert_eq!(verdict.totals.outcomes.skipped, 1);
    }
}

on_oldest_and_newest! {
    fn under_xdist_a_second_session_runs_them_too(python) {
        let project = zoo(python).with_installed_plugins();
        let plain = project.record(&[]).ended_with(0);
        let shards = project.shards(2, &TIMINGS, &["-n", "1"]);
        assert_partition(&plain, &shards);
        assert_proved(&project);
    }

    fn tests_that_are_gone_are_counted_and_named(python) {
        let project = zoo(python).file("tests/test_moon.py", "def test_moon(): pass\n");
        project.record(&[]).ended_with(0);
        project.write("tests/test_star.py", "from shapes import Shape\nclass STAR(Shape): pass\n");
        project.write("tests/test_moon.py", "import pytest\npytest.skip('no moon', allow_module_level=True)\n");
        project.shards(2, &TIMINGS, &["-k", "not registered"]);
        let gone = ["tests/test_moon.py::test_moon", "tests/test_star.py::test_star"];
        let verdict = assert_proved(&project);
        assert_eq!(verdict.totals.missing, 2);
        assert_eq!(named(&verdict.warnings, ProblemKind::Missing), gone);
        for (most, status) in [("2", 0), ("1", 70), ("20%", 70), ("100%", 0)] {
            let (found, verdict) = verified(&project, &["--max-missing", most]);
            assert_eq!((found, verdict.totals.missing), (status, 2), "{most}");
        }
    }

    fn a_build_that_is_smaller_than_the_last_is_named(python) {
        let project = zoo(python);
        let known = ["--build", "1"];
        project.shards(2, &known, &["-k", "plain or star"]);
        let program = env!("CARGO_BIN_EXE_evenshard");
        let (results, history) = (project.out("of-2"), project.out("timings.json"));
        let (results, history) = (results.display().to_string(), history.display().to_string());
        let update = |name: &str| {
            let begin = ["timings", "update", "--history", &history, "--output", &history];
            let begin = if name == "first" { &begin[..2] } else { &begin[..] };
            let end = ["--output", &history, &results];
            let end = if name == "first" { &end[..] } else { &end[2..] };
            project.witnessed(&mut project.command(program, &[begin, end].concat())).ended_with(0);
        };
        // A build of another selection is no measure for this one.
        update("first");
        project.shards(2, &["--build", "2"], &[]);
        let timings = ["--timings", history.as_str()];
        assert_eq!(verified(&project, &timings).1.totals.missing, 0);
        update("second");
        project.write("tests/test_star.py", "import pytest\ndef test_star(): pytest.skip('no stars')\n");
        project.write("tests/test_square.py", "");
        project.shards(2, &["--build", "3"], &[]);
        let (status, verdict) = verified(&project, &timings);
        assert_eq!(status, 0, "{:?}", verdict.problems);
        let missing = named(&verdict.warnings, ProblemKind::Missing);
        assert!(missing.contains(&"tests/test_square.py::test_square".to_owned()), "{missing:?}");
        assert!(missing.contains(&"tests/test_star.py::test_star".to_owned()), "{missing:?}");
        assert_eq!(verified(&project, &[timings[0], timings[1], "--max-missing=0"]).0, 70);
    }

    fn what_a_hook_leaves_out_is_named(python) {
        let project = zoo(python).file("conftest.py", r"
import os

def pytest_collection_modifyitems(items):
    if os.environ.get('FEW'):
        items[:] = [item for item in items if 'square' not in item.nodeid]
");
        project.record(&["-k", "not registered"]).ended_with(0);
        let gone = "tests/test_square.py::test_square";
        let mut told = false;
        for index in 1..=2 {
            let command = ["python", "-m", "pytest", "-k", "not registered and not star"];
            let mut command = project.shard_command((index, 2), &TIMINGS, &command);
            let outcome = project.witnessed(command.env("FEW", "1"));
            told |= outcome.stderr.contains(gone);
        }
        assert!(told, "the job that has it names it");
        let dropped = [record(&project, 1).dropped, record(&project, 2).dropped].concat();
        assert_eq!(dropped, [gone]);
        let verdict = assert_proved(&project);
        assert_eq!(named(&verdict.warnings, ProblemKind::Dropped), [gone]);
    }

    fn tests_with_an_at_sign_in_their_names_are_told_apart(python) {
        let project = Project::new(python).file("tests/site.pages", "login@prod login@stage home\n").file("conftest.py", r"
import os
import pytest

def pytest_collect_file(parent, file_path):
    if file_path.suffix == '.pages':
        return Pages.from_parent(parent, path=file_path)

class Pages(pytest.File):
    def collect(self):
        for name in self.path.read_text().split():
            yield Page.from_parent(self, name=name)

class Page(pytest.Item):
    def runtest(self):
        assert self.name != 'login@stage' or os.environ.get('WELL')
");
        let command = ["python", "-m", "pytest"];
        project.shard((1, 1), &[], &command).ended_with(1);
        let results = project.out("of-1").display().to_string();
        let verify = ["verify", "--format", "json", &results];
        let program = env!("CARGO_BIN_EXE_evenshard");
        let outcome = project.witnessed(&mut project.command(program, &verify)).ended_with(0);
        let verdict: Verdict = serde_json::from_str(&outcome.stdout).expect("a verdict");
        let failed: Vec<&str> = verdict.failures.iter().map(|f| f.test.as_str()).collect();
        assert_eq!(failed, ["tests/site.pages::login@stage"]);
        assert_eq!((verdict.totals.outcomes.passed, verdict.totals.outcomes.failed), (2, 1));
        // The next attempt runs the file again: it is no Python module, so it stays whole.
        let before = project.out("before");
        fs_err::rename(project.out("of-1"), &before).expect("the first attempt's results");
        let before = before.display().to_string();
        let again = ["--failed-only", before.as_str(), "--attempt", "2"];
        let mut again = project.shard_command((1, 1), &again, &command);
        let outcome = project.witnessed(again.env("WELL", "1")).ended_with(0);
        let all = ["login@prod", "login@stage", "home"];
        assert_eq!(outcome.ran, all.map(|name| format!("tests/site.pages::{name}")));
    }

    fn one_id_through_several_files_runs_as_often_as_without_shards(python) {
        let mut project = Project::new(python).file("conftest.py", r"
import pytest

def pytest_collect_file(parent, file_path):
    if file_path.suffix == '.list':
        return Lists.from_parent(parent, path=file_path)

class Lists(pytest.File):
    def collect(self):
        for name in self.path.read_text().split():
            yield pytest.Module.from_parent(self, path=self.path.parent / name)
").file("checks/common.py", "def test_common(): pass\n");
        for name in ["a", "b", "c", "d", "e"] {
            project = project.file(&format!("checks/{name}.list"), "common.py\n");
        }
        let project = project.file("checks/twice.list", "common.py common.py\n");
        let plain = project.record(&["checks"]).ended_with(0);
        for timings in [&TIMINGS[..], &[]] {
            let shards = project.shards(2, timings, &["checks"]);
            let ran: usize = shards.iter().map(|s| s.ran.len()).sum();
            assert_eq!(ran, plain.ran.len());
            assert_eq!(assert_proved(&project).totals.outcomes.passed, 6);
        }
    }

    fn without_a_build_old_results_are_named(python) {
        let project = zoo(python);
        project.shards(2, &[], &[]);
        let warned = |verdict: &Verdict| {
            let warning = verdict.warnings.iter().find(|w| w.kind == ProblemKind::NoBuild);
            warning.map(|w| w.files.len())
        };
        assert_eq!(warned(&assert_proved(&project)), Some(0));
        let mut old = record(&project, 2);
        old.begun_ms = old.begun_ms.map(|begun| begun - 25 * 3_600_000);
        let path = project.junit(2, 2).replace(".xml", ".shard.json");
        fs_err::write(path, old.to_json()).expect("a record");
        assert_eq!(warned(&assert_proved(&project)), Some(1));
        project.shards(2, &["--build", "7"], &[]);
        assert_eq!(warned(&assert_proved(&project)), None);
    }
}
