//! Steps that take long show how they go, on a terminal and nowhere else.

use std::time::Duration;

use super::tty::slow_pipe;
use super::{Seen, Terminal};
use crate::pytest::Python;
use crate::support::{Folder, junit, small_suite};

const PLAN: &[&str] = &["plan", "--timings", "slow.xml", "--shards", "2"];
const PAUSE: Duration = Duration::from_millis(2_500);

/// A folder in which `slow.xml` is a report that comes slowly.
fn slow() -> Folder {
    let folder = Folder::new();
    slow_pipe(&folder, "slow.xml", small_suite(), PAUSE);
    folder
}

/// A folder in which it is a file.
fn quick() -> Folder {
    let folder = Folder::new();
    folder.file("slow.xml", small_suite());
    folder
}

#[track_caller]
fn shows_nothing(seen: &Seen) {
    assert!(!seen.screen.contains('\u{1b}'), "{seen:?}");
    assert!(!seen.screen.contains("reading"), "{seen:?}");
}

#[test]
fn a_slow_step_shows_how_it_goes_and_leaves_no_trace() {
    let seen = Terminal::default().run(&slow(), PLAN);
    let plain = quick().run(PLAN);
    assert_eq!(seen.code, 0);
    let shown = seen.shown();
    assert!(shown.len() > 2, "{seen:?}");
    for line in &shown {
        assert!(line.starts_with("reading timings: "), "{line}");
        assert!(
            line.contains(" bytes, 0 of 0 files ... ") || line.contains(" bytes ... "),
            "{line}"
        );
    }
    assert!(shown[0].ends_with(" 1 s"), "not before a second: {seen:?}");
    assert!(shown.last().unwrap().ends_with(" 2 s"), "{seen:?}");
    let left: Vec<&str> = plain.err.lines().collect();
    assert_eq!(seen.lines(), left);
    assert_eq!(seen.piped, plain.out);
}

#[test]
fn a_quick_step_shows_nothing() {
    let seen = Terminal::default().run(&quick(), PLAN);
    shows_nothing(&seen);
    assert_eq!(seen.code, 0);
}

#[test]
fn pipes_dumb_terminals_and_quiet_users_see_no_progress() {
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let piped = slow().run(PLAN);
            assert_eq!(piped.err, quick().run(PLAN).err);
        });
        scope.spawn(|| {
            let env = &[("TERM", "dumb")];
            let dumb = Terminal {
                env,
                ..Terminal::default()
            };
            let seen = dumb.run(&slow(), PLAN);
            shows_nothing(&seen);
            assert!(seen.screen.contains("timings for 4 tests"), "{seen:?}");
        });
        scope.spawn(|| {
            let seen = Terminal::default().run(&slow(), &[&["-q"], PLAN].concat());
            assert_eq!((seen.code, seen.screen.as_str()), (0, ""), "{seen:?}");
        });
    });
}

#[test]
fn lines_that_are_said_meanwhile_stand_by_themselves() {
    let folder = Folder::new();
    let odd = small_suite().replace("time=\"3.000\"", "time=\"-3.000\"");
    slow_pipe(&folder, "a.xml", odd.clone(), PAUSE);
    slow_pipe(&folder, "b.xml", small_suite(), PAUSE);
    let arguments = ["plan", "-v", "--timings", "a.xml", "b.xml", "--shards", "2"];
    let seen = Terminal::default().run(&folder, &arguments);
    let lines = seen.lines();
    let warnings: Vec<&String> = lines
        .iter()
        .filter(|l| l.starts_with("warning: "))
        .collect();
    assert_eq!(warnings.len(), 1, "{seen:?}");
    let read: Vec<&String> = lines.iter().filter(|l| l.starts_with("read ")).collect();
    assert_eq!(read.len(), 3, "{seen:?}");
    assert!(
        lines.iter().all(|line| !line.contains("reading")),
        "{lines:?}"
    );
    let shown = seen.shown();
    assert!(
        shown.iter().any(|line| line.contains("1 of 2 files")),
        "{seen:?}"
    );
}

#[test]
fn a_narrow_terminal_is_not_filled_beyond_its_width() {
    let narrow = Terminal {
        columns: 20,
        ..Terminal::default()
    };
    let seen = narrow.run(&slow(), PLAN);
    let shown = seen.shown();
    assert!(!shown.is_empty());
    assert!(shown.iter().all(|line| line.len() == 19), "{shown:?}");
}

#[test]
fn results_of_a_build_that_come_slowly_show_as_well() {
    let folder = Folder::new();
    folder.file("results/b.xml", junit(&[("tests.test_a", "test_1", 1.0)]));
    slow_pipe(&folder, "a.xml", small_suite(), PAUSE);
    let update = [
        "timings", "update", "results/", "a.xml", "--output", "t.json",
    ];
    let seen = Terminal::default().run(&folder, &update);
    assert_eq!(seen.code, 0, "{seen:?}");
    let shown = seen.shown();
    assert!(
        shown
            .iter()
            .any(|line| line.starts_with("reading results: ")),
        "{seen:?}"
    );
    assert!(
        shown
            .iter()
            .any(|line| line.contains("1 of 2 files, 1 case ... ")),
        "{seen:?}"
    );
    assert_eq!(
        seen.lines(),
        ["2 new reports: the history knows 4 tests of 2 builds"]
    );
}

#[test]
fn collecting_shows_and_what_pytest_runs_has_the_terminal_for_itself() {
    Python::with_newest(|python| {
        let folder = Folder::new();
        let slow = "import time\ntime.sleep(2.5)\n";
        folder.file("conftest.py", slow);
        folder.file(
            "tests/test_a.py",
            "def test_1(): pass\ndef test_2(): pass\n",
        );
        let pytest = python.bin.join("pytest").display().to_string();
        let plan = [
            "plan",
            "--shards",
            "1",
            "--output",
            "plan.json",
            "--",
            &pytest,
        ];
        let seen = Terminal::default().run(&folder, &plan);
        assert_eq!(seen.code, 0, "{seen:?}");
        let shown = seen.shown();
        assert!(
            shown
                .iter()
                .any(|l| l.starts_with("collecting with pytest ... ")),
            "{seen:?}"
        );
        assert!(
            !seen.lines().iter().any(|l| l.contains("collecting")),
            "{seen:?}"
        );

        let run = [
            "run",
            "--plan",
            "plan.json",
            "--shard",
            "1/1",
            "--",
            &pytest,
            "-q",
        ];
        let seen = Terminal {
            both: true,
            ..Terminal::default()
        }
        .run(&folder, &run);
        assert_eq!(seen.code, 0, "{seen:?}");
        assert!(seen.screen.contains("2 passed"), "{seen:?}");
        assert!(!seen.screen.contains("\r\u{1b}[K"), "{seen:?}");
    });
}
