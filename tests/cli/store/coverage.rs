//! Coverage of a build with a retried job.

use serde_json::Value;

use super::ci::{Ci, Job};
use crate::pytest::shop::shop;
use crate::pytest::{Outcome, Project, Python};

/// A suite whose lines depend on what its tests ask for, and on a failure.
fn suite(python: &Python) -> Project {
    let project = shop(python).with_installed_plugins();
    let code = "import os\n\ndef price(n):\n    if n > 2:\n        return 5\n    if os.environ.get('FAILS'):\n        return 0\n    return 1\n";
    project.write("shop/__init__.py", code);
    for (name, n) in [("one", 1), ("two", 3), ("three", 2)] {
        let text = format!("from shop import price\n\ndef test_price():\n    assert price({n})\n");
        project.write(&format!("tests/test_{name}_price.py"), &text);
    }
    project
}

/// Runs `coverage` on a file of data.
fn coverage(ci: &Ci, words: &[&str], data: &str) {
    let mut command = ci.project.command("coverage", words);
    command
        .env("COVERAGE_FILE", ci.project.out(data))
        .env("WITNESS_LOG", ci.project.out("unread.jsonl"));
    ci.project.witnessed(&mut command).ended_with(0);
}

/// The lines that a file of data has.
fn lines(ci: &Ci, data: &str) -> Value {
    let json = ci.project.out(&format!("{data}.json"));
    coverage(ci, &["json", "-q", "-o", json.to_str().unwrap()], data);
    let text = fs_err::read(json).unwrap();
    let json: Value = serde_json::from_slice(&text).unwrap();
    json["files"]["shop/__init__.py"]["executed_lines"].clone()
}

fn run(ci: &Ci, shard: u32, attempt: u32, fails: bool) -> Outcome {
    let mut job = Job::new("one", shard).attempt(attempt);
    job.pytest = vec!["--cov=shop", "--cov-report="];
    let mut command = ci.command(&job);
    command.env("COVERAGE_FILE", ci.project.out(&format!("shard-{shard}")));
    if fails {
        command.env("FAILS", "yes");
    }
    ci.project.witnessed(&mut command)
}

/// With coverage a retried job runs its whole shard, so what it leaves is whole.
#[test]
fn combined_coverage_after_a_retry_is_that_of_a_plain_run() {
    Python::with("recipes", |python| {
        let ci = Ci::of(suite(python));
        let words = [
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--cov=shop",
            "--cov-report=",
        ];
        let mut plain = ci.project.command("python", &words);
        plain.env("COVERAGE_FILE", ci.project.out("plain"));
        ci.project.witnessed(&mut plain).ended_with(0);

        let first = [1, 2].map(|shard| (shard, run(&ci, shard, 1, true)));
        let failed = first.iter().filter(|(_, job)| job.status == 1);
        let failed: Vec<_> = failed.collect();
        assert!(!failed.is_empty(), "{first:?}");
        for (shard, before) in failed {
            let again = run(&ci, *shard, 2, false).ended_with(0);
            assert_eq!(again.ran.len(), before.ran.len());
        }
        ci.gate(&Job::new("one", 1)).ended_with(0);
        let parts = [1, 2].map(|shard| ci.project.out(&format!("shard-{shard}")));
        let parts = parts.map(|part| part.display().to_string());
        coverage(&ci, &["combine", "-q", &parts[0], &parts[1]], "all");
        let all = lines(&ci, "all");
        assert_eq!(all, lines(&ci, "plain"));
        assert_eq!(all, serde_json::json!([1, 3, 4, 5, 6, 8]));
    });
}
