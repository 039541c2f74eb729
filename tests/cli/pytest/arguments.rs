//! Files as arguments: a shard imports those of its own tests only.

use std::collections::BTreeSet;

use super::python::{on_each_pytest, on_environments, on_newest_pytest, on_oldest_and_newest};
use super::{Outcome, Project, Python, assert_partition};

const FILES: [&str; 6] = [
    "tests/test_a.py",
    "tests/test_b.py",
    "tests/test_c.py",
    "tests/test_d.py",
    "tests/checks.py",
    "tests/more.py",
];

fn project(python: &Python) -> Project {
    let project = Project::new(python);
    for file in FILES {
        project.write(file, "def test_1(): pass\ndef test_2(): pass\n");
    }
    project
}

/// Those of the files that were imported.
fn imported(shard: &Outcome) -> BTreeSet<String> {
    let is_one = |name: &&String| FILES.contains(&name.as_str());
    shard.imported.iter().filter(is_one).cloned().collect()
}

/// Asserts that a shard imported the files of its tests, and no other.
#[track_caller]
fn assert_imports_its_own(shard: &Outcome) {
    let files = shard.ran.iter().filter_map(|id| id.split("::").next());
    let files: BTreeSet<String> = files.map(str::to_owned).collect();
    assert_eq!(imported(shard), files, "{}", shard.talk());
}

on_each_pytest! {
    fn each_shard_imports_the_files_of_its_own(python) {
        let project = project(python);
        let plain = project.record(&FILES);
        let shards = project.shards(3, &["--timings", "junit/"], &FILES);
        assert_partition(&plain, &shards);
        shards.iter().for_each(assert_imports_its_own);
    }
}

on_oldest_and_newest! {
    /// pytest looks at what lies beside an argument; shards that leave it out do not.
    fn a_build_of_some_files_is_proved(python) {
        let project = project(python);
        let _recorded = project.record(&FILES);
        let build = ["--timings", "junit/", "--build", "1"];
        for shard in project.shards(4, &build, &FILES[1..3]) {
            shard.ended_with(0);
        }
        let results = project.out("of-4").display().to_string();
        let mut verify = project.command(env!("CARGO_BIN_EXE_evenshard"), &["verify", &results]);
        let verdict = project.witnessed(&mut verify).ended_with(0);
        assert!(verdict.stdout.contains("proved: 4 tests ran once"), "{}", verdict.talk());
    }

    fn a_file_without_tests_ends_as_it_does_alone(python) {
        let project = project(python).file("tests/test_empty.py", "");
        let _recorded = project.record(&FILES);
        let plain = project.plain(&["tests/test_empty.py"]).ended_with(5);
        for shard in project.shards(2, &["--timings", "junit/"], &["tests/test_empty.py"]) {
            assert_eq!(shard.status, plain.status, "{}", shard.talk());
        }
    }
}

on_newest_pytest! {
    fn a_shard_whose_files_are_all_left_out_is_empty_and_not_the_suite(python) {
        let project = project(python);
        let plain = project.plain(&FILES[..1]).ended_with(0);
        let _recorded = project.record(&FILES);
        let shards = project.shards(4, &["--timings", "junit/"], &FILES[..1]);
        assert_partition(&plain, &shards);
        assert!(shards.iter().all(|shard| shard.status == 0));
        assert!(shards.iter().any(|shard| shard.ran.is_empty()));
    }

    fn node_ids_of_other_shards_are_left_out_as_well(python) {
        let project = project(python);
        let ids: Vec<String> = FILES.iter().map(|file| format!("{file}::test_2")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let plain = project.record(&ids);
        let shards = project.shards(2, &["--timings", "junit/"], &ids);
        assert_partition(&plain, &shards);
        shards.iter().for_each(assert_imports_its_own);
    }

    fn a_file_that_is_not_there_fails_every_shard(python) {
        let project = project(python);
        let _recorded = project.record(&FILES);
        for shard in project.shards(2, &["--timings", "junit/"], &["tests/test_a.py", "tests/nothing.py"]) {
            shard.ended_with(4);
        }
    }

    fn workers_of_xdist_leave_them_out_too(python) {
        let project = project(python).with_installed_plugins();
        let plain = project.record(&FILES);
        let shards = project.shards(2, &["--timings", "junit/"], &[&FILES[..], &["-n", "2"]].concat());
        assert_partition(&plain, &shards);
        for shard in &shards {
            assert!(imported(shard).len() < FILES.len(), "{}", shard.talk());
        }
    }

    fn without_pruning_all_are_imported(python) {
        let project = project(python);
        let _recorded = project.record(&FILES);
        let options = ["--timings", "junit/", "--no-prune"];
        for shard in project.shards(2, &options, &FILES) {
            assert_eq!(imported(&shard).len(), FILES.len());
        }
    }
}
