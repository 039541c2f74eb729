//! What the user narrows the suite down with stays the user's business.

use super::check::{assert_same, each};
use super::python::{on_each_pytest, on_environments, on_oldest_and_newest};
use super::shop::{assert_long_file_is_cut, shop};
use super::{Differs, Project, Python, assert_partition};

/// Compares plain pytest with three shards, for each list of arguments.
fn check_each(project: &Project, timings: &str, scenarios: &[&[&str]]) {
    each(scenarios, |args| {
        let plain = project.plain(args);
        let shards = project.shards(3, &["--timings", timings], args);
        assert_partition(&plain, &shards);
    });
}

on_each_pytest! {
    fn keywords_and_marks_select_what_they_select_without_shards(python) {
        check_each(&shop(python), "junit/", &[
            &["-k", "not one and not pay"],
            &["-k", "test_more or TestSend"],
            &["-m", "slow"],
            &["-m", "not slow", "-k", "one or unknown"],
        ]);
    }

    fn paths_as_arguments_select_what_they_select_without_shards(python) {
        let project = shop(python);
        let absolute = project.root().join("tests/sub").display().to_string();
        check_each(&project, "junit/", &[
            &["./tests/sub/", "more"],
            &["tests/sub", "tests"],
            &[&absolute],
            &["tests/test_long.py", "tests/test_cart.py", "more/test_more.py"],
            &["tests/test_long.py::TestFirst", "tests/test_long.py::TestSecond::test_one"],
            &["tests/sub/test_pay.py::test_pay[a::b]", "tests/sub/test_pay.py::test_pay[x[1]]"],
        ]);
    }

    fn nothing_runs_under_collect_only(python) {
        let project = shop(python);
        let plain = project.plain(&["--collect-only", "-q"]).ended_with(0);
        let shards = project.shards(3, &["--timings", "junit/"], &["--collect-only", "-q"]);
        assert_same("listed", Differs::Never, &plain, &shards, |outcome| &outcome.listed);
        for shard in shards {
            assert!(shard.ended_with(0).ran.is_empty());
        }
    }

    fn a_run_of_the_last_failures_runs_each_of_them_once(python) {
        let project = shop(python)
            .file("tests/test_cart.py", "def test_one(): assert 0\ndef test_two(): pass\n")
            .file("tests/sub/test_pay.py", "def test_one(): pass\ndef test_broken(): assert 0\n")
            .file("more/test_more.py", "def test_one(): assert 0\ndef test_two(): pass\n");
        project.plain(&[]).ended_with(1);
        let cache = project.root().join(".pytest_cache/v/cache");
        let kept: Vec<_> = ["lastfailed", "nodeids"]
            .iter()
            .map(|name| (cache.join(name), fs_err::read(cache.join(name)).expect("a cache")))
            .collect();
        // Each CI job starts from the same cache.
        let restore = || {
            for (path, bytes) in &kept {
                fs_err::write(path, bytes).expect("the cache of before");
            }
            let _none_yet = fs_err::remove_file(cache.join("stepwise"));
        };
        each(&["--lf", "--ff", "--sw-skip"], |flag| {
            restore();
            let plain = project.plain(&[flag]);
            let shards: Vec<_> = (1..=3)
                .map(|index| {
                    restore();
                    let command = ["python", "-m", "pytest", flag];
                    project.shard((index, 3), &["--timings", "junit/"], &command)
                })
                .collect();
            assert_same("selected", Differs::Never, &plain, &shards, |outcome| &outcome.selected);
            if *flag != "--sw-skip" {
                assert_partition(&plain, &shards);
            }
        });
    }

    fn the_first_failure_stops_its_own_shard_only(python) {
        let project = shop(python);
        project.write("tests/test_cart.py", "def test_one(): assert 0\ndef test_two(): pass\n");
        let whole = project.plain(&[]).ended_with(1);
        for stop in ["-x", "--maxfail=1"] {
            let shards = project.shards(3, &["--timings", "junit/"], &[stop]);
            assert_same("selected", Differs::Never, &whole, &shards, |outcome| &outcome.selected);
            for shard in &shards {
                assert!(shard.selected.starts_with(&shard.ran), "in order: {}", shard.talk());
                let failed = shard.ran.iter().any(|id| id == "tests/test_cart.py::test_one");
                assert_eq!(shard.status, i32::from(failed), "{}", shard.talk());
                assert!(failed || shard.ran == shard.selected, "ran on: {}", shard.talk());
            }
            assert_eq!(shards.iter().filter(|shard| shard.status == 1).count(), 1);
        }
    }

    /// A typing error selects nothing in any shard, and every shard has to say so.
    fn a_keyword_that_matches_nothing_is_not_green_everywhere(python) {
        let project = shop(python);
        each(
            &[&["-k", "test_thre_typo"][..], &["-m", "slwo", "tests"]],
            |args| {
                project.plain(args).ended_with(5);
                for shard in project.shards(2, &["--timings", "junit/"], args) {
                    assert!(shard.ran.is_empty());
                    shard.ended_with(5);
                }
            },
        );
    }
}

on_oldest_and_newest! {
    fn options_that_leave_files_out_are_kept(python) {
        let project = shop(python)
            .file("conftest.py", "collect_ignore = ['more']\ncollect_ignore_glob = ['*/test_se*']\n");
        check_each(&project, "junit/", &[
            &[],
            &["--ignore", "tests/test_long.py"],
            &["--ignore-glob", "*/sub/*"],
            &["--deselect", "tests/test_long.py::TestFirst", "--deselect", "tests/test_cart.py"],
            &["more"],
        ]);
    }

    fn a_root_folder_set_otherwise_loses_no_test(python) {
        let project = shop(python)
            .file("other/other.ini", "[pytest]\nmarkers =\n    slow: so\n    quick: so\npythonpath = ..\n");
        let root = project.root();
        let rootdir = format!("--rootdir={}", root.join("tests").display());
        let pythonpath = format!("pythonpath={}", root.display());
        check_each(&project, "junit/", &[
            &[&rootdir],
            &["-c", "other/other.ini", "tests"],
            &["-c", "other/other.ini", "-o", &pythonpath, "tests/sub", "more"],
            &["--confcutdir=tests"],
            &["--import-mode=importlib"],
            &["--import-mode=append", "--keep-duplicates", "tests", "tests/sub"],
        ]);
    }

    fn pytest_may_start_in_a_subfolder(python) {
        let project = shop(python).started_in("tests");
        check_each(&project, "../junit", &[
            &[],
            &["sub"],
            &["../more", "test_long.py"],
            &["sub/test_send.py::TestSend::test_two", "."],
        ]);
    }

    fn testpaths_and_addopts_of_the_settings_apply(python) {
        let project = shop(python).file(
            "pytest.ini",
            "[pytest]\ntestpaths = more tests/s*\naddopts = -k 'not two'\nmarkers =\n    slow: so\n    quick: so\n",
        );
        check_each(&project, "junit/", &[&[], &["tests/test_cart.py"]]);
    }

    fn the_suite_of_these_scenarios_is_cut_inside_a_file(python) {
        let project = shop(python);
        let plain = project.plain(&[]).ended_with(0);
        let shards = project.shards(3, &["--timings", "junit/"], &[]);
        assert_partition(&plain, &shards);
        assert_long_file_is_cut(&shards);
    }
}
