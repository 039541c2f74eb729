//! What is around the tests: other options, strict settings, the environment
//! that tests see, odd folders.

use std::os::unix::fs::symlink;

use serde_json::Value;

use super::check::each;
use super::python::{on_environments, on_newest_pytest, on_oldest_and_newest};
use super::shop::shop;
use super::zoo::zoo;
use super::{Outcome, Project, Python, assert_partition};

fn records(project: &Project, count: usize) -> Vec<Value> {
    (1..=count)
        .map(|index| {
            let path = project.out(&format!("of-{count}/junit-{index}.shard.json"));
            serde_json::from_slice(&fs_err::read(path).expect("a record")).expect("JSON")
        })
        .collect()
}

fn known(records: &[Value]) -> u64 {
    records
        .iter()
        .filter_map(|record| record["match"]["known"].as_u64())
        .sum()
}

on_oldest_and_newest! {
    /// Warnings are errors in many suites: ours would break them.
    fn strict_settings_find_nothing_to_complain_about(python) {
        let project = shop(&python.cold());
        let plain = project.plain(&[]).ended_with(0);
        let commands: &[&[&str]] = &[
            &["python", "-bb", "-X", "dev", "-W", "error", "-m", "pytest", "-W", "error"],
            &["pytest", "-W", "error", "--strict-config", "--strict-markers"],
            &["python", "-O", "-m", "pytest", "--assert=plain", "-W", "ignore"],
        ];
        each(commands, |command| {
            let shards: Vec<_> = (1..=2)
                .map(|index| project.shard((index, 2), &["--timings", "junit/"], command))
                .collect();
            assert_partition(&plain, &shards);
        });
    }

    fn parts_of_pytest_may_be_switched_off(python) {
        let project = shop(python);
        each(
            &[
                &["-p", "no:cacheprovider", "-p", "no:terminal"][..],
                &["-p", "no:doctest", "-p", "no:unittest", "-p", "no:logging", "-p", "no:stepwise"],
                &["-s", "--setup-show", "-vv", "-ra", "--durations=3"],
                &["-p", "xdist", "-n", "0"],
            ],
            |args| {
                let plain = project.plain(args).ended_with(0);
                assert_partition(&plain, &project.shards(2, &["--timings", "junit/"], args));
            },
        );
    }

    fn standard_output_is_pytests_own(python) {
        let project = shop(python);
        for shard in project.shards(2, &["--timings", "junit/"], &["-p", "no:terminal"]) {
            assert_eq!(shard.stdout, "");
            assert!(shard.stderr.contains("shard"), "{}", shard.talk());
        }
    }

    fn tests_see_the_environment_of_the_user(python) {
        let test = r"import os, signal, subprocess, sys

def test_variables():
    assert not [name for name in os.environ if 'EVENSHARD' in name]
    assert os.environ['PYTEST_PLUGINS'] == 'witness'
    assert os.environ['PYTHONPATH'].endswith('/witness')
    assert os.pathsep not in os.environ['PYTHONPATH']
    assert not [path for path in sys.path if 'evenshard' in path]

def test_signals_of_child_processes():
    code = 'import signal; print(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)'
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert done.stdout == 'True\n'
";
        let project = Project::new(&python.cold()).file("test_environment.py", test);
        let plain = project.record(&[]).ended_with(0);
        for args in [&[][..], &["-p", "xdist", "-n", "1"]] {
            assert_partition(&plain, &project.shards(1, &["--timings", "junit/"], args));
        }
    }

    /// A forked process inherits the handlers of pytest's.
    fn processes_that_tests_fork_can_be_terminated(python) {
        let test = r"import multiprocessing, os, signal, time

def sleep(ready):
    ready.set()
    time.sleep(60)

def test_terminate():
    fork = multiprocessing.get_context('fork')
    ready = fork.Event()
    process = fork.Process(target=sleep, args=(ready,))
    process.start()
    assert ready.wait(20)
    process.terminate()
    process.join()
    assert process.exitcode == -signal.SIGTERM
";
        let project = Project::new(&python.cold()).file("test_fork.py", test);
        let plain = project.record(&[]).ended_with(0);
        assert_partition(&plain, &project.shards(1, &["--timings", "junit/"], &[]));
    }

    fn a_prefix_of_classnames_in_reports_is_understood(python) {
        let project = shop(python);
        let prefixed = ["--junitprefix=ci.linux"];
        let plain = project.record(&prefixed).ended_with(0);
        let shards = project.shards(2, &["--timings", "junit/"], &prefixed);
        assert_partition(&plain, &shards);
        assert_eq!(known(&records(&project, 2)), 28);
    }

    /// But for two specimens: a test without a name, which in reports is what an
    /// interrupted run leaves, and a folder with `::`, where pytest's own rule for
    /// classnames cuts the path.
    fn every_test_of_a_known_suite_is_known(python) {
        let project = zoo(python);
        let generated = ["--ignore=tests/test_generated.py"];
        project.record(&generated).ended_with(0);
        let shards = project.shards(2, &["--timings", "junit/"], &generated);
        let selected: usize = shards.iter().map(|shard| shard.selected.len()).sum();
        assert!(selected > 140);
        assert!(known(&records(&project, 2)) >= selected as u64 - 2);
    }
}

on_newest_pytest! {
    fn too_few_known_tests_stop_the_shard_before_its_first_test(python) {
        let project = shop(python);
        for index in 0..40 {
            project.write(&format!("added/test_{index}.py"), "def test_new(): pass\n");
        }
        let options = ["--timings", "junit/", "--require-match", "90%"];
        for args in [&[][..], &["-p", "xdist", "-n", "2"]] {
            for shard in project.shards(2, &options, args) {
                assert!(shard.ran.is_empty(), "{}", shard.talk());
                shard.ended_with(65);
            }
        }
        let plain = project.plain(&[]).ended_with(0);
        let options = ["--timings", "junit/", "--require-match", "10%"];
        assert_partition(&plain, &project.shards(2, &options, &[]));
    }
}

on_oldest_and_newest! {
    fn links_to_folders_and_files_lead_to_tests_of_their_own(python) {
        let project = shop(python);
        let root = project.root();
        symlink("../tests/sub", root.join("more/linked")).expect("a link");
        symlink("test_more.py", root.join("more/test_again.py")).expect("a link");
        symlink(&root, project.out("suite")).expect("a link");
        let plain = project.record(&["--import-mode=importlib"]).ended_with(0);
        let options = ["--timings", "junit/"];
        assert_partition(&plain, &project.shards(3, &options, &["--import-mode=importlib"]));
        // The whole suite through a link.
        let command = ["python", "-m", "pytest", "--import-mode=importlib"];
        let shards: Vec<Outcome> = (1..=2)
            .map(|index| {
                let mut run = project.shard_command((index, 2), &options, &command);
                project.witnessed(run.current_dir(project.out("suite")))
            })
            .collect();
        let ran = |outcomes: &[Outcome]| {
            let mut ids: Vec<_> = outcomes.iter().flat_map(|outcome| outcome.ran.clone()).collect();
            ids.sort();
            ids
        };
        assert_eq!(ran(&shards), ran(&[plain]));
    }

    fn packages_and_lists_of_arguments_are_understood(python) {
        let project = shop(python)
            .file("kit/__init__.py", "")
            .file("kit/test_kit.py", "def test_one(): pass\ndef test_two(): pass\n")
            .file("kit/deep/__init__.py", "")
            .file("kit/deep/test_deep.py", "def test_one(): pass\n")
            .file("arguments.txt", "kit\nmore\n-v\n");
        let lists: &[&[&str]] = &[&["--pyargs", "kit", "more"], &["@arguments.txt"]];
        each(if python.is_at_least_8() { lists } else { &lists[..1] }, |args| {
            let plain = project.plain(args).ended_with(0);
            assert_partition(&plain, &project.shards(2, &["--timings", "junit/"], args));
        });
    }
}
