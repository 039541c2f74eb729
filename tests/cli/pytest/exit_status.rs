//! The exit status is pytest's own, and a signal's is 128 + n.

use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::{Duration, Instant};

use super::python::{on_environments, on_newest_pytest, on_oldest_and_newest};
use super::{Outcome, Project, Python, Report};

/// A suite of one file, whose only test does this.
fn only(python: &Python, body: &str) -> Project {
    Project::new(python).file(
        "test_only.py",
        &format!("import os, signal, sys, pytest\n\ndef test_only():\n    {body}\n"),
    )
}

/// Runs it in two shards, without timings: one of them holds the file.
fn statuses(project: &Project, args: &[&str]) -> [i32; 2] {
    let mut found = [1, 2].map(|index| {
        let command = [&["python", "-m", "pytest"], args].concat();
        project.shard((index, 2), &[], &command).status
    });
    found.sort_unstable();
    found
}

on_oldest_and_newest! {
    fn statuses_of_pytest_pass_through(python) {
        for (body, args, wanted) in [
            ("pass", &[][..], [0, 0]),
            ("assert 0", &[], [0, 1]),
            ("raise KeyboardInterrupt", &[], [0, 2]),
            ("pytest.exit('enough', returncode=9)", &[], [0, 9]),
            ("pass", &["--no-such-option"], [4, 4]),
            ("pass", &["no_such_path.py"], [4, 4]),
            ("os.kill(os.getpid(), signal.SIGKILL)", &[], [0, 137]),
            ("os.abort()", &[], [0, 134]),
            ("os._exit(77)", &[], [0, 77]),
            // Success that pytest's session did not come to: tests were lost.
            ("os._exit(0)", &[], [0, 70]),
        ] {
            // A process that ends itself is to be a real one.
            let python = if body.starts_with("os.") { python.cold() } else { python.clone() };
            assert_eq!(statuses(&only(&python, body), args), wanted, "{body} {args:?}");
        }
    }

    fn an_internal_error_passes_through(python) {
        let project = only(python, "pass")
            .file("conftest.py", "def pytest_runtest_setup(item): pass\ndef pytest_runtestloop(session): raise RuntimeError('inside')\n");
        assert_eq!(project.plain(&[]).status, 3);
        let [_, worst] = statuses(&project, &[]);
        assert_eq!(worst, 3);
    }

    fn a_file_that_cannot_be_imported_fails_the_shard_that_holds_it(python) {
        let project = only(python, "pass").file("test_broken.py", "import no_such_module\n");
        for index in 0..6 {
            project.write(&format!("test_{index}.py"), "def test_fine(): pass\n");
        }
        project.plain(&[]).ended_with(2);
        assert_eq!(statuses(&project, &[]), [0, 2]);
    }

    fn a_suite_without_any_test_is_no_success(python) {
        let project = Project::new(python).file("test_none.py", "");
        project.plain(&[]).ended_with(5);
        assert_eq!(statuses(&project, &[]), [5, 5]);
    }
}

on_newest_pytest! {
    fn a_shard_without_tests_is_a_success_when_others_have_them(python) {
        let project = only(python, "pass");
        project.record(&[]).ended_with(0);
        let found: Vec<i32> = project
            .shards(4, &["--timings", "junit/"], &[])
            .iter()
            .map(|shard| shard.status)
            .collect();
        assert_eq!(found, [0; 4]);
    }
}

on_oldest_and_newest! {
    /// Known files that pytest, as it is set up now, finds no test in.
    fn a_selection_that_matches_nothing_anywhere_is_no_success(python) {
        let project = only(python, "pass").file("test_more.py", "def test_more(): pass\n");
        project.record(&[]).ended_with(0);
        for setting in ["python_files=typo_*.py", "python_functions=typo_"] {
            let command = ["-o", setting];
            project.plain(&command).ended_with(5);
            for shard in project.shards(2, &["--timings", "junit/"], &command) {
                shard.ended_with(5);
            }
        }
    }
}

const SLEEPERS: &str = r"import os, pathlib, time

def test_first(): pass

def test_second():
    pathlib.Path(os.environ['WITNESS_LOG'] + '.started').touch()
    time.sleep(30)

def test_third(): pass
";

/// Runs the sleepers and signals them in the midst of the second test.
fn interrupted(python: &Python, signal: &str, group: bool) -> (Project, Outcome) {
    let project = Project::new(&python.cold()).file("test_sleepers.py", SLEEPERS);
    project.write("other/test_other.py", "def test_other(): pass\n");
    let started = project.out("witness.jsonl.started");
    let mut run = project.shard_command((1, 1), &[], &["python", "-m", "pytest", "-v"]);
    run.process_group(0);
    let killer = std::thread::spawn({
        let started = started.clone();
        let (signal, pid_file) = (signal.to_owned(), project.out("pid"));
        move || {
            let deadline = Instant::now() + Duration::from_secs(20);
            while !started.exists() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(20));
            }
            let pid = fs_err::read_to_string(pid_file).expect("a process id");
            let target = if group { format!("-{pid}") } else { pid };
            Command::new("kill")
                .args([&format!("-{signal}"), "--", &target])
                .status()
                .expect("kill");
        }
    });
    let outcome = project.witnessed(&mut run);
    killer.join().expect("the signal was sent");
    (project, outcome)
}

on_newest_pytest! {
    fn a_cancelled_job_still_writes_its_reports(python) {
        for (signal, group) in [("TERM", false), ("TERM", true), ("INT", true)] {
            let start = Instant::now();
            let (project, outcome) = interrupted(python, signal, group);
            assert!(start.elapsed() < Duration::from_secs(15), "{signal} ends the sleep");
            let xml = Report::read(project.junit(1, 1).as_ref());
            assert!(xml.cases.iter().any(|case| case.name == "test_first"), "{xml:?}");
            assert!(!xml.cases.iter().any(|case| case.name == "test_third"), "{xml:?}");
            let number = if signal == "TERM" { 15 } else { 2 };
            assert!([2, 128 + number].contains(&outcome.status), "{signal}: {}", outcome.talk());
        }
    }
}

on_environments! {
    [pytest_9_2 "pytest-9.2"]

    /// Its workers see the error, and the session that is told of no test ends with 5. Under
    /// pytest 7.4 the session hangs, with evenshard or without.
    fn a_test_that_is_not_there_is_an_error_under_xdist_too(python) {
        let mut project = Project::new(&python.cold());
        for index in 0..6 {
            project = project.file(&format!("test_{index}.py"), "def test_one(): pass\n");
        }
        let args = ["-p", "xdist", "-n2", "test_0.py::test_one", "test_1.py::test_gone"];
        project.plain(&args).ended_with(5);
        let statuses = statuses(&project, &args);
        assert!(statuses.iter().all(|status| *status != 0), "{statuses:?}");
    }
}
