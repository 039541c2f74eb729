//! A warm start is like a real one.

use std::io::Write as _;

use super::python::{on_each_python, on_environments};
use super::zoo::zoo;
use super::{Outcome, Project, Python};

/// Writes down whether a start was warm, and what it brings along.
const VIEW: &str = r"import gc, json, os, sys

def test_view():
    mask = os.umask(0)
    os.umask(mask)
    names = ('WITNESS_LOG', 'PYTEST_CURRENT_TEST', 'PYTEST_XDIST_TESTRUNUID')
    seen = {
        'argv': sys.argv,
        'path': sys.path,
        'executable': sys.executable,
        'flags': repr(sys.flags),
        'folder': os.getcwd(),
        'umask': mask,
        'environment': {k: v for k, v in os.environ.items() if k not in names},
        'main': [getattr(sys.modules['__main__'], name, None) for name in ('__name__', '__file__')],
        'streams': [(s.name, s.encoding, s.errors) for s in (sys.__stdin__, sys.__stdout__, sys.__stderr__)],
        'descriptors': [os.path.exists('/proc/self/fd/%d' % n) for n in range(3)],
    }
    with open(os.environ['VIEW'], 'w') as file:
        print(gc.get_freeze_count() > 0, json.dumps(seen, sort_keys=True), file=file)
";

/// Runs pytest both ways, and checks that they were two.
fn both(mut project: Project, args: &[&str]) -> [Outcome; 2] {
    let view = project.out("view");
    let pythons = [
        (project.python.clone(), "True "),
        (project.python.cold(), "False "),
    ];
    let [warm, real] = pythons.map(|(python, warmth)| {
        project.python = python;
        let program = project.python.starts().display().to_string();
        let mut command = project.command(&program, &[&["-m", "pytest"], args].concat());
        command.env("VIEW", &view).env("PATH", "/usr/bin:/bin");
        let outcome = project.witnessed(&mut command);
        let seen = fs_err::read_to_string(&view).expect("what a test has seen");
        let seen = seen.strip_prefix(warmth).map(str::to_owned);
        (
            seen.unwrap_or_else(|| panic!("not {warmth}: {}", outcome.talk())),
            outcome,
        )
    });
    assert_eq!(warm.0, real.0);
    [warm.1, real.1]
}

/// Asserts that both ended so, did the same and said the same.
#[track_caller]
fn assert_alike([warm, real]: &[Outcome; 2], status: i32) {
    assert_eq!(warm.status, status, "{}", warm.talk());
    assert_eq!(real.status, status, "{}", real.talk());
    assert_eq!(warm.ran, real.ran);
    assert_eq!(warm.selected, real.selected);
    assert_eq!(warm.imported, real.imported);
    // The last line says how long it took.
    let said = |outcome: &Outcome| {
        let lines = outcome.stdout.lines().filter(|l| !l.starts_with("=="));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(said(warm), said(real));
    assert_eq!(warm.stderr, real.stderr);
}

fn says_that_starts_are_real(python: &Python) -> bool {
    if !python.is_warm() {
        let line = "SKIPPED: pytest::warm: every start is real";
        writeln!(std::io::stderr(), "{line}").expect("stderr is open");
    }
    !python.is_warm()
}

on_each_python! {
    fn a_warm_start_of_the_zoo_is_like_a_real_one(python) {
        if says_that_starts_are_real(python) {
            return;
        }
        // By itself, and in a worker of xdist.
        for args in ["-s", "-n1"] {
            let project = zoo(python).file("tests/test_zz_view.py", VIEW);
            let outcomes = both(project, &["-v", "--deselect=tests/test_generated.py", args]);
            assert!(outcomes[1].ran.len() > 140);
            assert_alike(&outcomes, 0);
        }
    }

    fn a_warm_start_ends_like_a_real_one(python) {
        if says_that_starts_are_real(python) {
            return;
        }
        for (end, status) in [
            ("assert 0", 1),
            ("pytest.exit('enough', 77)", 77),
            ("os._exit(78)", 78),
            ("os.kill(os.getpid(), signal.SIGKILL)", -1),
            ("os.kill(os.getpid(), signal.SIGTERM)", -1),
        ] {
            let last = format!("import os, pytest, signal\n\ndef test_end(): {end}\n");
            let project = Project::new(python).file("test_a.py", VIEW).file("test_b.py", &last);
            assert_alike(&both(project, &["-s", "-v"]), status);
        }
    }
}
