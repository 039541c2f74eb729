//! Several suites beside each other, and coverage of one over its shards.

use serde_json::Value;

use super::{blocks, cases, plain, sh, shards};
use crate::pytest::shop::shop;
use crate::pytest::{Project, Python};

#[test]
fn several_roots_are_kept_apart_by_their_scopes() {
    Python::with("recipes", |python| {
        let mut project = Project::new(python);
        for root in ["services/api", "services/web"] {
            for (name, text) in [
                ("pytest.ini", "[pytest]\n"),
                ("tests/test_api.py", TESTS),
                ("tests/test_b.py", TESTS),
            ] {
                project = project.file(&format!("{root}/{name}"), text);
            }
        }
        let lines = blocks("Several roots in one repository", "sh");
        for build in ["1", "2"] {
            let _ = fs_err::remove_dir_all(project.root().join("results"));
            for shard in shards(&project, &lines[0], &[]) {
                assert_eq!(
                    shard.stderr.contains("timings for"),
                    build == "2",
                    "{}",
                    shard.talk()
                );
                shard.ended_with(0);
            }
            for root in ["services/api", "services/web"] {
                let results = project.root().join("results").join(root);
                assert_eq!(cases(&results), plain(&project, root));
            }
            sh(&project, &lines[1], &[]).ended_with(0);
        }
        // What is lost of one root is not forgotten for the next one.
        let record = "results/services/api/junit-1-1.shard.json";
        fs_err::remove_file(project.root().join(record)).unwrap();
        sh(&project, &lines[1], &[]).ended_with(70);
    });
}

#[test]
fn each_python_of_a_matrix_has_its_scope() {
    Python::with_newest(|newest| {
        Python::with("pytest-8.4", |older| {
            let project = shop(newest).file(
                "tests/test_new.py",
                "import pytest\nif int(pytest.__version__[0]) >= 9:\n    def test_of_the_newest(): pass\n",
            );
            let lines = blocks("A matrix of Pythons", "sh");
            for python in [newest, older] {
                let path = format!(
                    "{}:{}:/usr/bin:/bin",
                    project.out("bin").display(),
                    python.path()
                );
                let matrix = [("PYTHON", python.name.as_str()), ("PATH", &path)];
                for shard in shards(&project, &lines[0], &matrix) {
                    shard.ended_with(0);
                }
                sh(&project, &lines[1], &matrix).ended_with(0);
                let ran = cases(&project.root().join("results").join(&python.name));
                let new = ran.iter().any(|(_, name)| name == "test_of_the_newest");
                assert_eq!(new, python.name == newest.name);
                let count = sh(
                    &project,
                    "evenshard timings show timings.json --format json --scope \"$PYTHON\"",
                    &matrix,
                );
                let json: Value = serde_json::from_str(&count.ended_with(0).stdout).unwrap();
                assert_eq!(json["total"]["tests"], ran.len());
            }
        });
    });
}

#[test]
fn coverage_of_all_shards_together_is_that_of_one_run() {
    Python::with("recipes", |python| {
        let project = shop(python).with_installed_plugins();
        project.write(
            "shop/__init__.py",
            "def price(n):\n    if n > 2:\n        return 5\n    return 1\n",
        );
        for (name, n) in [("one", 1), ("two", 3), ("three", 7)] {
            let text =
                format!("from shop import price\n\ndef test_price():\n    assert price({n})\n");
            project.write(&format!("tests/test_{name}_price.py"), &text);
        }
        let lines = blocks("Coverage", "sh");
        sh(
            &project,
            "pytest -q --cov=shop && coverage json -o plain.json && rm .coverage",
            &[],
        )
        .ended_with(0);
        for shard in shards(&project, &lines[0], &[]) {
            assert!(!shard.stderr.contains("threshold"), "{}", shard.talk());
            shard.ended_with(0);
        }
        sh(&project, &lines[1], &[]).ended_with(0);
        sh(&project, "coverage json -o all.json", &[]).ended_with(0);
        let executed = |file: &str| {
            let text = fs_err::read(project.root().join(file)).unwrap();
            let json: Value = serde_json::from_slice(&text).unwrap();
            json["files"]["shop/__init__.py"]["executed_lines"].clone()
        };
        assert_eq!(executed("all.json"), executed("plain.json"));
        assert_eq!(executed("all.json"), serde_json::json!([1, 2, 3, 4]));

        // One shard alone would not meet the threshold, for no fault of its own: that is said.
        project.write(".coveragerc", "[report]\nfail_under = 90\n");
        let line = lines[0].replace(" --cov-fail-under=0", "");
        let warned = shards(&project, &line, &[]);
        let failed = warned.iter().filter(|shard| shard.status != 0).count();
        assert!(failed > 0, "the threshold is one that a shard misses");
        for shard in warned {
            assert!(
                shard.stderr.contains("fail_under in .coveragerc"),
                "{}",
                shard.talk()
            );
        }
    });
}

const TESTS: &str = "import pytest\n\ndef test_one(): pass\n\n@pytest.mark.parametrize('n', range(4))\ndef test_many(n): pass\n";
