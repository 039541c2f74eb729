//! A job imports the files of its own shard, and no other.

use std::collections::BTreeSet;

use super::check::each;
use super::python::{on_each_pytest, on_environments};
use super::{Outcome, Project, Python, assert_partition};

/// Thirty files, each with a module-level cost, one of them larger than the
/// share of a shard.
fn suite(python: &Python) -> Project {
    let mut project = Project::new(python);
    for index in 0..30 {
        let folder = ["tests", "tests/sub", "more"][index % 3];
        let text = "def test_one(): pass\n\nclass TestOne:\n    def test_one(self): pass\n";
        project = project.file(&format!("{folder}/test_{index:02}.py"), text);
    }
    let many: Vec<String> = (0..40).map(|i| format!("def test_{i}(): pass\n")).collect();
    project.file("tests/test_many.py", &many.concat())
}

/// The test files that are in a list of node ids.
fn files_of(ids: &[String]) -> BTreeSet<String> {
    ids.iter()
        .filter_map(|id| id.split("::").next())
        .map(str::to_owned)
        .collect()
}

fn imported(shard: &Outcome) -> BTreeSet<String> {
    shard
        .imported
        .iter()
        .filter(|file| file.contains("test_"))
        .cloned()
        .collect()
}

on_each_pytest! {
    fn a_shard_imports_only_the_files_that_it_runs(python) {
        let project = suite(python);
        let plain = project.record(&[]).ended_with(0);
        assert_eq!(imported(&plain).len(), 31, "the witness sees imports");
        each(
            &[&[][..], &["tests", "more", "--import-mode=importlib"]],
            |args| {
                for options in [&["--timings", "junit/"][..], &[]] {
                    let shards = project.shards(4, options, args);
                    assert_partition(&plain, &shards);
                    for shard in &shards {
                        assert_eq!(imported(shard), files_of(&shard.ran), "{}", shard.talk());
                    }
                    // One file is cut, at most into all shards.
                    let total: usize = shards.iter().map(|shard| imported(shard).len()).sum();
                    assert!((31..=34).contains(&total), "{total} imports of 31 files");
                }
            },
        );
    }

    fn a_file_of_another_shard_may_be_broken(python) {
        let project = suite(python);
        project.record(&[]).ended_with(0);
        let whole = project.shards(4, &["--timings", "junit/"], &[]);
        project.write("tests/test_00.py", "raise RuntimeError('not to be imported')\n");
        let shards = project.shards(4, &["--timings", "junit/"], &[]);
        for (before, after) in whole.iter().zip(&shards) {
            let holds = files_of(&before.ran).contains("tests/test_00.py");
            assert_eq!(after.status, if holds { 2 } else { 0 }, "{}", after.talk());
        }
    }

    fn workers_of_xdist_import_only_the_files_of_their_shard(python) {
        let project = suite(python).with_installed_plugins();
        let plain = project.record(&[]).ended_with(0);
        let shards = project.shards(2, &["--timings", "junit/"], &["-n", "2"]);
        assert_partition(&plain, &shards);
        for shard in &shards {
            assert_eq!(imported(shard), files_of(&shard.ran), "{}", shard.talk());
        }
    }
}
