//! One command that starts pytest several times: no session of it is forgotten.

use super::check::each;
use super::python::{on_environments, on_newest_pytest, on_oldest_and_newest};
use super::{Outcome, Project, Python};

const BOTH: &str = "pytest -q integ; pytest -q unit";
const ONE_PROCESS: &str = "import pytest, sys\n\npytest.main(['-q', 'unit'])\nsys.exit(pytest.main(['-q', 'integ', *sys.argv[1:]]) if len(sys.argv) < 3 else 0)\n";

fn suite(python: &Python, conftest: &str) -> Project {
    Project::new(&python.cold())
        .file("integ/conftest.py", conftest)
        .file("integ/test_i.py", "def test_1(): pass\n")
        .file("unit/test_u.py", "def test_1(): pass\ndef test_2(): pass\n")
}

/// The only shard there is, and what `verify` makes of it.
fn run(project: &Project, command: &[&str]) -> (Outcome, Outcome) {
    let ran = project.shard((1, 1), &[], command);
    let results = project.out("of-1").display().to_string();
    let words = ["verify", &results];
    let verified = project.witnessed(&mut project.command(env!("CARGO_BIN_EXE_evenshard"), &words));
    (ran, verified)
}

on_oldest_and_newest! {
    fn a_session_that_dies_early_is_not_forgotten(python) {
        let exits = |hook: &str| format!("import pytest\ndef {hook}(): pytest.exit('enough', returncode=0)\n");
        let breaks = "def pytest_configure(): raise RuntimeError('no broker')\n";
        for (conftest, command, status, said) in [
            ("import no_such_module\n", &["sh", "-c", BOTH][..], 70, "`pytest -q integ` ended before its session began"),
            (breaks, &["sh", "-c", BOTH], 70, "`pytest -q integ` ended before its session did"),
            ("", &["sh", "-c", "python -m pytest integ --gone; pytest unit"], 70, "`pytest integ --gone` ended before its session began"),
            (&exits("pytest_configure"), &["sh", "-c", BOTH], 70, "ended before its session did"),
            (&exits("pytest_collection"), &["sh", "-c", BOTH], 70, "ended before its session did"),
            (breaks, &["python", "both.py"], 3, "stays unfinished: `pytest -q integ` ended before"),
            ("", &["python", "both.py", "--gone"], 4, "stays unfinished: `both.py --gone` ended before"),
        ] {
            let project = suite(python, conftest).file("both.py", ONE_PROCESS);
            let (ran, verified) = run(&project, command);
            assert!(ran.stderr.contains(said), "{said}: {}", ran.talk());
            ran.ended_with(status);
            verified.ended_with(70);
        }
    }
}

on_newest_pytest! {
    fn a_command_that_hides_its_only_session_fails(python) {
        let (ran, _) = run(&suite(python, ""), &["sh", "-c", "pytest -q --gone; true"]);
        assert!(ran.stderr.contains("`pytest -q --gone` ended before its session began"), "{}", ran.talk());
        ran.ended_with(70);
    }
}

on_oldest_and_newest! {
    fn what_begins_no_session_owes_none(python) {
        let project = suite(python, "");
        each(&["--help", "--version", "--version --version", "--markers", "--collect-only", "--cache-show", "-k none"], |look| {
            let script = format!("pytest {look} >/dev/null; pytest -q");
            let (ran, verified) = run(&project, &["sh", "-c", &script]);
            ran.ended_with(0);
            verified.ended_with(0);
        });
    }
}

on_newest_pytest! {
    fn what_failed_may_be_tried_again_by_the_same_command(python) {
        let project = suite(python, "");
        project.write("unit/test_once.py", "import os, pathlib\ndef test_once():\n    path = pathlib.Path(os.environ['WITNESS_LOG'] + '.tried')\n    there = path.exists()\n    path.touch()\n    assert there\n");
        let (ran, verified) = run(&project, &["sh", "-c", "pytest -q || pytest -q --lf"]);
        assert!(ran.stdout.contains("1 failed"), "{}", ran.talk());
        ran.ended_with(0);
        verified.ended_with(0);
    }

    fn sessions_side_by_side_keep_their_results(python) {
        let mut project = Project::new(&python.cold());
        for index in 0..6 {
            project = project.file(&format!("part_{index}/test_{index}.py"), "def test_1(): pass\n");
        }
        let script = "for i in 0 1 2 3 4 5; do pytest -q part_$i & done; wait";
        let (ran, verified) = run(&project, &["sh", "-c", script]);
        assert_eq!(ran.ended_with(0).ran.len(), 6);
        verified.ended_with(0);
    }
}
