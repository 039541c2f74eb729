//! `verify --gate`: the required check.

use super::{build, leave, stopped};
use crate::support::Folder;

/// A build of which one test failed and was collected, run and reported.
fn with_a_failed_test() -> Folder {
    let (folder, plan) = build();
    leave(&folder, &plan, 1, "results", |record| {
        record.exit_status = Some(1);
    });
    let file = folder.path().join("results/junit-2-1.xml");
    let xml = std::fs::read_to_string(&file).unwrap();
    let failed = xml.replacen("/>", "><failure message='no'/></testcase>", 1);
    std::fs::write(file, failed).unwrap();
    folder
}

fn gate(folder: &Folder, more: &[&str]) -> crate::support::Ran {
    folder.run(&[&["verify", "--gate"], more, &["results"]].concat())
}

#[test]
fn it_passes_where_all_is_proved_and_passed() {
    let (folder, _) = build();
    let ran = gate(&folder, &["--plan", "plan.json"]);
    let first = ran.succeeds().out.lines().next();
    assert_eq!(first, Some("gate: passed"));
    assert!(
        ran.out.contains("\nproved: 4 tests ran once"),
        "{}",
        ran.out
    );
}

#[test]
fn it_fails_with_1_where_a_test_failed_and_plain_verify_does_not() {
    let folder = with_a_failed_test();
    folder.run(&["verify", "results"]).succeeds();
    let ran = gate(&folder, &[]);
    ran.fails(1, &[]);
    assert_eq!(ran.out.lines().next(), Some("gate: FAILED: 1 test failed"));
    // Other forms leave the line to the log.
    let ran = gate(&folder, &["--format", "json"]);
    ran.fails(1, &["gate: FAILED: 1 test failed"]);
    assert!(ran.out.starts_with('{'), "{}", ran.out);
    // A job that stopped at its first failure failed; that the rest did not run is its wish.
    let folder = stopped();
    gate(&folder, &[]).fails(1, &[]);
}

#[test]
fn a_job_that_failed_without_a_failed_test_is_no_pass() {
    let (folder, plan) = build();
    // As of `--cov-fail-under`.
    leave(&folder, &plan, 0, "results", |record| {
        record.exit_status = Some(2);
    });
    folder.run(&["verify", "results"]).fails(70, &[]);
    leave(&folder, &plan, 0, "results", |record| {
        record.exit_status = Some(1);
    });
    folder.run(&["verify", "results"]).succeeds();
    let ran = gate(&folder, &[]);
    ran.fails(1, &[]);
    assert_eq!(
        ran.out.lines().next(),
        Some("gate: FAILED: shard 1 ended with 1")
    );
}

#[test]
fn it_fails_with_70_where_a_job_is_missing_or_left_nothing() {
    let folder = with_a_failed_test();
    std::fs::remove_file(folder.path().join("results/junit-1-1.shard.json")).unwrap();
    let ran = gate(&folder, &[]);
    ran.fails(70, &[]);
    assert_eq!(
        ran.out.lines().next(),
        Some("gate: NOT proved: 1 problem, 1 test failed")
    );
    for results in ["results", "none"] {
        let folder = Folder::new();
        folder.file("results/other.txt", "");
        let words = ["verify", "--gate", "--annotation", "a.md", results];
        let ran = folder.run(&words);
        ran.fails(70, &["error: no "]);
        assert!(ran.out.starts_with("gate: NOT proved: no "), "{}", ran.out);
        let markdown = std::fs::read_to_string(folder.path().join("a.md")).unwrap();
        assert!(
            markdown.starts_with("### NOT proved&#58; no "),
            "{markdown}"
        );
        // Without --gate this stays unusable input.
        folder.run(&["verify", results]).fails(65, &[]);
    }
}

#[test]
fn github_gets_text_and_errors_beside_their_lines() {
    let (folder, plan) = build();
    leave(&folder, &plan, 1, "results", |record| {
        record.exit_status = Some(1);
    });
    folder.file(
        "results/junit-2-1.xml",
        "<testsuite><testcase classname='tests.test_b.TestX' name='test_1'>\
         <failure message='assert 100%&#10;::warning::x'>tests/test_b.py:3: AssertionError</failure></testcase>\
         <testcase classname='tests.test_c' name='test_1'/></testsuite>",
    );
    let workspace = folder.path().parent().unwrap().to_str().unwrap();
    let env = [("GITHUB_WORKSPACE", workspace)];
    let words = [
        "verify",
        "--gate",
        "--format",
        "github",
        "--annotation",
        "summary.md",
        "results",
    ];
    let ran = folder.run_with(&words, &env, "");
    ran.fails(1, &[]);
    let errors: Vec<&str> = ran.out.lines().filter(|l| l.starts_with("::")).collect();
    let below = folder.path().file_name().unwrap().to_str().unwrap();
    let file = format!("file={below}/tests/test_b.py,line=3");
    assert_eq!(
        errors,
        [format!(
            "::error {file},title=tests/test_b.py%3A%3ATestX%3A%3Atest_1::assert 100%25%0Apytest tests/test_b.py::TestX::test_1"
        )]
    );
    assert!(
        ran.out
            .starts_with("gate: FAILED: 1 test failed\nproved; 1 test failed: ")
    );
    let summary = std::fs::read_to_string(folder.path().join("summary.md")).unwrap();
    assert!(summary.starts_with("### 1 failed, 3 passed\n"), "{summary}");
}
