//! A first build has no timings: it is balanced by the numbers of tests.

use super::python::{on_environments, on_newest_pytest};
use super::{Project, Python, assert_partition};

/// Ten files of one to ten tests, one of which is parametrised by what differs between processes.
fn project(python: &Python) -> Project {
    let mut project = Project::new(python);
    for tests in 1..=10 {
        let functions: Vec<String> = (0..tests)
            .map(|n| format!("def test_{n}():\n    pass\n"))
            .collect();
        let text = functions.join("\n");
        project = project.file(&format!("test_{tests}.py"), &text);
    }
    project.file(
        "test_ids.py",
        "import os\nimport pytest\n\n@pytest.mark.parametrize('x', [1], ids=[str(os.getpid())])\ndef test_x(x):\n    pass\n",
    )
}

const COUNT: [&str; 2] = ["--first-build", "count"];

on_newest_pytest! {
    fn files_are_balanced_by_their_numbers_of_tests(python) {
        let project = project(python);
        let shards = project.shards(4, &COUNT, &[]);
        let sizes: Vec<usize> = shards.iter().map(|shard| shard.ran.len()).collect();
        assert_eq!(sizes, [14; 4], "{}", shards[0].talk());
        for shard in &shards {
            assert_eq!(shard.status, 0, "{}", shard.talk());
            assert!(shard.stderr.contains("every test counts the same"), "{}", shard.talk());
            assert!(shard.stderr.contains("14 tests"), "{}", shard.talk());
            assert!(!shard.stderr.contains("predicted"), "{}", shard.talk());
        }
    }

    fn a_selection_is_counted_and_not_the_suite(python) {
        let project = project(python);
        let plain = project.plain(&["-k", "test_0"]).ended_with(0);
        let shards = project.shards(2, &COUNT, &["-k", "test_0"]);
        assert_partition(&plain, &shards);
        let sizes: Vec<usize> = shards.iter().map(|shard| shard.ran.len()).collect();
        assert_eq!(sizes, [5, 5]);
    }

    /// Whatever keeps pytest from collecting, it is pytest that says so.
    fn a_suite_that_does_not_collect_ends_as_pytest_does(python) {
        let project = Project::new(python).file("test_broken.py", "import nothing_of_that_name\n");
        let plain = project.plain(&[]).ended_with(2);
        let alone = project.shard((1, 1), &COUNT, &["python", "-m", "pytest"]);
        assert_eq!(alone.status, plain.status, "{}", alone.talk());
        let empty = Project::new(python).file("test_empty.py", "");
        empty.shard((1, 2), &COUNT, &["python", "-m", "pytest"]).ended_with(5);
    }

    /// Parameters of subclasses that other files define: no shard may lose them unseen.
    fn tests_that_exist_only_with_other_files_run_in_a_first_build_too(python) {
        let mut project = Project::new(python)
            .file("base.py", "class Base: pass\n")
            .file("pytest.ini", "[pytest]\npythonpath = .\n")
            .file(
                "test_z.py",
                "import pytest\nfrom base import Base\n\n@pytest.mark.parametrize('c', Base.__subclasses__(), ids=lambda c: c.__name__)\ndef test_contract(c): pass\n",
            );
        for name in ["a", "b", "c"] {
            let text = format!("from base import Base\nclass {name}(Base): pass\ndef test_1(): pass\ndef test_2(): pass\n");
            project = project.file(&format!("test_{name}.py"), &text);
        }
        let plain = project.plain(&[]).ended_with(0);
        assert_eq!(plain.ran.len(), 9);
        let shards = project.shards(3, &COUNT, &[]);
        let mut ran: Vec<&String> = shards.iter().flat_map(|shard| &shard.ran).collect();
        ran.retain(|id| !id.contains("NOTSET"));
        ran.sort();
        let mut all: Vec<&String> = plain.ran.iter().collect();
        all.sort();
        assert_eq!(ran, all, "{}", shards[0].talk());
        assert!(shards.iter().any(|shard| shard.stderr.contains("second session")));
    }

    fn the_hash_of_names_is_there_for_those_who_ask(python) {
        let project = project(python);
        let shards = project.shards(4, &["--first-build", "hash"], &["--ignore=test_ids.py"]);
        let all: usize = shards.iter().map(|shard| shard.ran.len()).sum();
        assert_eq!(all, 55);
        assert!(shards[0].listed.is_empty(), "nothing was collected before");
        assert!(shards[0].stderr.contains("fixed hash"), "{}", shards[0].talk());
    }
}
