//! Signals to `run`. SIGTERM and SIGINT: reports and record are written in time, however pytest
//! was started, and the proof says that the shard was cut short.

use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use evenshard::record::{RunRecord, State};
use evenshard::verify::{ProblemKind, Verdict};

use super::python::{on_environments, on_newest_pytest, on_oldest_and_newest};
use super::{Outcome, Project, Python, Report};

/// The body of a test that ends by an interrupt, and of one that does not.
const SLEEPS: &str = "time.sleep(30)";
const IGNORES: &str = "
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try: time.sleep(1)
        except KeyboardInterrupt: pass";

/// How a run is signalled.
#[derive(Clone, Copy, Debug)]
struct How {
    /// The signals, one after the other.
    signals: &'static [&'static str],
    /// To the whole process group, or to `run` alone.
    group: bool,
    /// A shell between `run` and pytest.
    shell: bool,
    args: &'static str,
    body: &'static str,
}

const TERM: How = How {
    signals: &["TERM"],
    group: false,
    shell: false,
    args: "",
    body: SLEEPS,
};

fn suite(python: &Python, body: &str) -> Project {
    let text = format!(
        "import os, pathlib, time\n\ndef test_first(): pass\n\ndef test_second():\n    \
         pathlib.Path(os.environ['WITNESS_LOG'] + '.started').touch()\n    {body}\n\ndef test_third(): pass\n"
    );
    Project::new(&python.cold())
        .with_installed_plugins()
        .file("test_sleepers.py", &text)
}

/// What became of a run that was signalled in the midst of its second test, and how long it
/// took from the first signal on.
fn signalled(python: &Python, how: How) -> (Project, Outcome, Duration) {
    let project = suite(python, how.body);
    let pytest = format!("python -m pytest {}", how.args);
    let script = format!("{pytest}; true");
    let command: Vec<&str> = if how.shell {
        vec!["sh", "-c", &script]
    } else {
        pytest.split_whitespace().collect()
    };
    let mut run = project.shard_command((1, 1), &[], &command);
    run.process_group(0);
    let (started, pid) = (project.out("witness.jsonl.started"), project.out("pid"));
    let killer = thread::spawn(move || {
        let deadline = Instant::now() + Duration::from_secs(40);
        while !started.exists() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(20));
        }
        let pid = fs_err::read_to_string(pid).expect("a process id");
        let target = if how.group { format!("-{pid}") } else { pid };
        let begun = Instant::now();
        for (at, signal) in how.signals.iter().enumerate() {
            thread::sleep(Duration::from_millis(if at > 0 { 1500 } else { 0 }));
            let signal = format!("-{signal}");
            let sent = Command::new("kill").args([&signal, "--", &target]).status();
            // The first may have come before the test ignored it: then that was enough.
            assert!(sent.expect("kill").success() || at > 0);
        }
        begun
    });
    let outcome = project.witnessed(&mut run);
    let ended = Instant::now();
    let begun = killer.join().expect("the signal was sent");
    (project, outcome, ended - begun)
}

fn record(project: &Project) -> RunRecord {
    let path = project.junit(1, 1).replace(".xml", ".shard.json");
    let json = fs_err::read(path).expect("a record");
    RunRecord::from_json(&json, "record").expect("a record")
}

fn verdict(project: &Project) -> Verdict {
    let results = project.out("of-1").display().to_string();
    let words = ["verify", "--format", "json", &results];
    let said = project.witnessed(&mut project.command(env!("CARGO_BIN_EXE_evenshard"), &words));
    serde_json::from_str(&said.ended_with(70).stdout).expect("a verdict")
}

/// The report and the record are whole, and the proof says what happened.
#[track_caller]
fn assert_in_order(python: &Python, how: How, within: u64) {
    let (project, outcome, took) = signalled(python, how);
    let context = format!("{how:?} took {took:?}: {}", outcome.talk());
    let code = if how.signals[0] == "TERM" { 143 } else { 130 };
    assert_eq!(outcome.status, code, "{context}");
    assert!(took < Duration::from_secs(within), "{context}");
    let xml = Report::read(project.junit(1, 1).as_ref());
    let has = |name: &str| xml.cases.iter().any(|case| case.name == name);
    // What did not end has no result; another worker may have run the third.
    assert!(!has("test_second"), "{context}: {xml:?}");
    if !how.args.contains("-n") {
        assert!(has("test_first") && !has("test_third"), "{xml:?}");
    }
    let record = record(&project);
    assert_eq!(record.state, State::Finished, "{context}");
    assert_eq!(record.exit_status.map(i32::from), Some(code), "{context}");
    assert_eq!(record.selected.len(), 3, "{context}");
    let verdict = verdict(&project);
    assert_eq!(verdict.problems[0].kind, ProblemKind::CutShort);
    assert!(verdict.problems[0].message.contains("was ended by signal"));
}

on_oldest_and_newest! {
    fn a_run_that_is_signalled_winds_down(python) {
        for (signals, group) in [(&["TERM"], false), (&["TERM"], true), (&["INT"], false), (&["INT"], true)] {
            assert_in_order(python, How { signals, group, ..TERM }, 5);
        }
    }
}

on_newest_pytest! {
    fn a_shell_in_between_leaves_no_pytest_behind(python) {
        for (signals, group) in [(&["TERM"], false), (&["TERM"], true), (&["INT"], true)] {
            assert_in_order(python, How { signals, group, shell: true, ..TERM }, 5);
        }
    }

    fn an_interrupt_of_the_group_lets_the_teardown_end(python) {
        let fixture = "time.sleep(30)\n\nimport pytest\n\n@pytest.fixture(scope='module', autouse=True)\ndef slow():\n    yield\n    \
            time.sleep(2.5)\n    pathlib.Path(os.environ['WITNESS_LOG'] + '.torn-down').touch()\n";
        let int = How { signals: &["INT"], group: true, body: fixture, ..TERM };
        for how in [int, How { group: false, ..int }, How { shell: true, ..int }] {
            let (project, outcome, _) = signalled(python, how);
            assert_eq!(outcome.status, 130, "{how:?}: {}", outcome.talk());
            assert!(project.out("witness.jsonl.torn-down").exists(), "{how:?}: {}", outcome.talk());
            assert_eq!(record(&project).state, State::Finished, "{how:?}");
        }
    }

    fn what_was_interrupted_is_the_line_that_is_shown(python) {
        for signals in [&["TERM"], &["INT"]] {
            let (_, outcome, _) = signalled(python, How { signals, ..TERM });
            let talk = outcome.talk();
            assert!(outcome.stdout.contains("test_sleepers.py:7: KeyboardInterrupt"), "{talk}");
            assert!(!outcome.stdout.contains("<evenshard"), "{talk}");
        }
    }

    /// They end pytest, or whoever handles them goes on.
    fn signals_that_the_command_may_handle_are_passed_on(python) {
        for (signals, status) in [(&["USR1"], 138), (&["ALRM"], 142), (&["ABRT"], 134)] {
            let (_, outcome, _) = signalled(python, How { signals, ..TERM });
            assert_eq!(outcome.status, status, "{signals:?}: {}", outcome.talk());
        }
        let waits = "pass

import signal
SEEN = []
signal.signal(signal.SIGUSR1, lambda *_: SEEN.append(1))

def test_second():
    pathlib.Path(os.environ['WITNESS_LOG'] + '.started').touch()
    end = time.monotonic() + 30
    while not SEEN and time.monotonic() < end: time.sleep(0.05)
    assert SEEN";
        let (_, outcome, _) = signalled(python, How { signals: &["USR1"], body: waits, ..TERM });
        outcome.ended_with(0);
    }
}

on_oldest_and_newest! {
    fn workers_of_xdist_are_ended_in_time(python) {
        let (term, int) = (&["TERM"][..], &["INT"][..]);
        for (signals, group, shell, body) in [
            (term, false, false, SLEEPS),
            (term, true, true, SLEEPS),
            (term, false, true, IGNORES),
            (int, true, false, IGNORES),
        ] {
            assert_in_order(python, How { signals, group, shell, body, args: "-n2" }, 10);
        }
    }
}

on_newest_pytest! {
    fn a_test_that_ignores_the_interrupt_is_ended_in_time(python) {
        for (shell, group) in [(false, false), (true, true)] {
            assert_in_order(python, How { shell, group, body: IGNORES, ..TERM }, 9);
        }
    }
}

on_oldest_and_newest! {
    fn a_session_that_still_collects_leaves_its_record(python) {
        let body = "pass\n\npathlib.Path(os.environ['WITNESS_LOG'] + '.started').touch()\ntime.sleep(30)";
        for args in ["", "-n2"] {
            let (project, outcome, _) = signalled(python, How { args, body, ..TERM });
            assert_eq!(outcome.status, 143, "{}", outcome.talk());
            let record = record(&project);
            assert_eq!(record.exit_status, Some(143), "{record:?}");
            assert_eq!(verdict(&project).problems[0].kind, ProblemKind::CutShort);
        }
    }
}

on_newest_pytest! {
    fn a_signal_that_pytest_does_not_handle_leaves_no_process_behind(python) {
        for (args, shell) in [("", false), ("-n2", true)] {
            let (project, outcome, took) = signalled(python, How { signals: &["QUIT"], args, shell, ..TERM });
            assert_eq!(outcome.status, 131, "{}", outcome.talk());
            assert!(took < Duration::from_secs(9), "{took:?}");
            let group = fs_err::read_to_string(project.out("pid")).expect("a process id");
            let is_left = || {
                let asked = Command::new("kill").args(["-0", "--", &format!("-{group}")]).status();
                asked.expect("kill").success()
            };
            // What has ended is there until somebody waited for it.
            let deadline = Instant::now() + Duration::from_secs(5);
            while is_left() && Instant::now() < deadline {
                thread::sleep(Duration::from_millis(50));
            }
            assert!(!is_left(), "{args}: a process is left");
            assert_eq!(record(&project).state, State::Started);
        }
    }

    fn a_second_signal_ends_it_at_once(python) {
        for (signals, args, group) in [
            (&["TERM", "TERM"], "", false),
            (&["INT", "INT"], "-n2", false),
            (&["TERM", "TERM"], "-n2", true),
        ] {
            assert_in_order(python, How { signals, args, group, body: IGNORES, ..TERM }, 4);
        }
    }
}
