//! A suite cannot tell whether it runs alone or in the only shard there is: nothing that a test
//! or a tool looks at shows the plugin.

use super::check::each;
use super::python::{on_environments, on_oldest_and_newest};
use super::{Project, Python, assert_partition};

/// Writes down what is to be seen of the process, when `conftest.py` is imported and in a test.
const VIEW: &str = r"import atexit, json, os, signal, sys, threading, warnings

def view():
    own = {'PYTEST_CURRENT_TEST', 'PYTEST_XDIST_TESTRUNUID'}
    return {
        'path': sys.path,
        'importers': sorted(sys.path_importer_cache),
        'finders': [str(type(finder)) for finder in sys.meta_path],
        'modules': sorted(sys.modules),
        'environment': {k: v for k, v in os.environ.items() if k not in own},
        'threads': [thread.name for thread in threading.enumerate()],
        'signals': {s.name: str(signal.getsignal(s)) for s in signal.Signals
                    if s not in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM)},
        'at exit': atexit._ncallbacks(),
        'files': sorted(os.listdir('/proc/self/fd')),
        'tracing': str(sys.gettrace()),
        'filters': [str(entry) for entry in warnings.filters],
    }

def note(when):
    with open(os.environ['WITNESS_LOG'] + '.view', 'a') as out:
        out.write(when + ' ' + json.dumps(view(), indent=1) + '\n')
";

fn watched(python: &Python) -> Project {
    Project::new(&python.cold())
        .file("views.py", VIEW)
        .file("conftest.py", "import views\n\nviews.note('conftest')\n")
        .file(
            "test_view.py",
            "import views\n\nviews.note('import')\n\ndef test_view(): views.note('test')\n",
        )
}

/// What was written down since the last time.
fn view(project: &Project) -> String {
    let path = project.out("witness.jsonl.view");
    let text = fs_err::read_to_string(&path).expect("a view");
    fs_err::remove_file(path).expect("a view");
    text
}

/// A project whose code is measured.
fn measured(python: &Python) -> Project {
    Project::new(&python.cold())
        .with_installed_plugins()
        .file("lamp.py", "def switch(on):\n    return not on\n")
        .file(
            "test_lamp.py",
            "from lamp import switch\n\ndef test_on(): assert switch(False)\n",
        )
}

on_oldest_and_newest! {
    fn tests_see_what_they_would_see_alone(python) {
        let project = watched(python);
        each(&[&[][..], &["-p", "xdist", "-n1"]], |args| {
            let plain = project.plain(args).ended_with(0);
            let alone = view(&project);
            assert_partition(&plain, &project.shards(1, &[], args));
            assert_eq!(view(&project), alone);
        });
    }

    fn an_empty_variable_is_empty_and_others_are_as_they_were(python) {
        let project = watched(python);
        let program = python.program().display().to_string();
        each(&[("", "witness"), ("src::lib:", "witness")], |(path, plugins)| {
            let witness = project.command("true", &[]);
            let folder = witness.get_envs().find(|(name, _)| *name == "PYTHONPATH");
            let folder = folder.and_then(|(_, value)| value).expect("a path").to_string_lossy().into_owned();
            let path = if path.is_empty() { String::new() } else { format!("{path}{folder}") };
            let plugins = if path.is_empty() { "" } else { plugins };
            let vary = |command: &mut std::process::Command| {
                command.env("PYTHONPATH", &path).env("PYTEST_PLUGINS", plugins);
            };
            let mut plain = project.command(&program, &["-m", "pytest"]);
            vary(&mut plain);
            project.witnessed(&mut plain).ended_with(0);
            let alone = view(&project);
            let mut shard = project.shard_command((1, 1), &[], &["python", "-m", "pytest"]);
            vary(&mut shard);
            project.witnessed(&mut shard).ended_with(0);
            assert_eq!(view(&project), alone);
        });
    }

    fn handling_an_interrupt_works_as_without_evenshard(python) {
        let project = Project::new(&python.cold()).file("test_interrupts.py", r"import asyncio, signal, sys, pytest

def test_handler():
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

def test_handled():
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

@pytest.mark.skipif(sys.version_info < (3, 11), reason='cancels from 3.11 on')
def test_cancelled():
    seen = []
    async def main():
        try:
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            seen.append('cancelled')
            raise
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(main())
    assert seen == ['cancelled']
");
        each(&[&[][..], &["-p", "xdist", "-n1"]], |args| {
            let plain = project.plain(args).ended_with(0);
            assert_partition(&plain, &project.shards(1, &[], args));
        });
    }

    /// A SIGTERM that the user handles, or that is ignored, is not the plugin's.
    fn a_handler_of_the_users_own_stays(python) {
        let project = Project::new(&python.cold())
            .file("conftest.py", "import signal\n\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n")
            .file("test_handler.py", "import os, signal\n\ndef test_ignored(): os.kill(os.getpid(), signal.SIGTERM)\n");
        let plain = project.plain(&[]).ended_with(0);
        assert_partition(&plain, &project.shards(1, &[], &[]));
    }

    fn signals_that_are_ignored_stay_so(python) {
        let test = "import signal\n\ndef test_hangup(): assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN\n";
        let project = Project::new(&python.cold()).file("test_hangup.py", test);
        let evenshard = env!("CARGO_BIN_EXE_evenshard");
        let command = [evenshard, "run", "--shard", "1/1", "--", "python", "-m", "pytest"];
        project.witnessed(&mut project.command("nohup", &command)).ended_with(0);
    }

    /// Where a Python has no such core, coverage takes another one.
    fn coverage_counts_no_file_of_the_plugin(python) {
        let runs: &[(&str, &[&str])] = &[
            ("ctrace", &[]),
            ("pytrace", &["--branch", "--source=."]),
            ("sysmon", &["--branch", "--parallel-mode"]),
        ];
        each(runs, |(core, options)| {
            let project = measured(python).file("conftest.py", "");
            let coverage = |words: &[&str]| {
                let mut command = project.command("coverage", words);
                project.witnessed(&mut command).ended_with(0)
            };
            let command = [&["coverage", "run"], *options, &["-m", "pytest"]].concat();
            let mut run = project.shard_command((1, 1), &[], &command);
            project.witnessed(run.env("COVERAGE_CORE", core)).ended_with(0);
            if options.contains(&"--parallel-mode") {
                coverage(&["combine"]);
            }
            let report = coverage(&["report"]);
            assert!(report.stdout.contains("lamp.py"), "{}", report.talk());
            assert!(!report.stdout.contains("evenshard"), "{}", report.talk());
            coverage(&["xml"]);
        });
    }

    fn pytest_cov_counts_no_file_of_the_plugin(python) {
        let runs: &[(&str, &[&str])] = &[("ctrace", &["--cov"]), ("sysmon", &["--cov", "--cov-branch", "-n1"])];
        each(runs, |(core, options)| {
            let project = measured(python);
            let mut run = project.shard_command((1, 1), &[], &[&["pytest"], *options].concat());
            let ran = project.witnessed(run.env("COVERAGE_CORE", core)).ended_with(0);
            // The witness, which is not in the suite either, is there.
            let lamp = ran.stdout.lines().find(|line| line.starts_with("lamp.py"));
            assert!(lamp.is_some_and(|line| line.ends_with(" 100%")), "{}", ran.talk());
            let rows = ran.stdout.lines().filter(|line| line.ends_with('%'));
            assert!(!rows.into_iter().any(|line| line.contains("evenshard")), "{}", ran.talk());
        });
    }

    fn pytest_tells_what_it_loaded(python) {
        let project = Project::new(&python.cold()).file("test_one.py", "def test_one(): pass\n");
        let ran = project.shard((1, 1), &[], &["pytest", "--trace-config", "--debug"]).ended_with(0);
        assert!(ran.stdout.contains("<module '_evenshard_pytest_plugin' (evenshard)>"), "{}", ran.talk());
    }
}

on_environments! {
    [pytest_9_2 "pytest-9.2"]

    /// It draws constants from the modules that it takes for the project's own.
    fn hypothesis_draws_the_same_examples(python) {
        let project = Project::new(&python.cold()).file("test_draws.py", r"import os
from hypothesis import given, settings, strategies as st

drawn = []

@settings(derandomize=True, database=None, max_examples=200)
@given(st.integers(), st.text())
def test_draws(number, text): drawn.append((number, text))

def test_note():
    with open(os.environ['WITNESS_LOG'] + '.view', 'w') as out: out.write(repr(drawn))
");
        let plain = project.plain(&[]).ended_with(0);
        let alone = view(&project);
        assert_partition(&plain, &project.shards(1, &[], &[]));
        assert_eq!(view(&project), alone);
    }
}
