//! `timings show --flaky` lists tests that fail at times and pass at others.

use serde_json::Value;

use crate::support::Folder;

/// A report of one build: names, each with what stands in its case.
fn report(day: u32, cases: &[(&str, &str)]) -> String {
    let cases: Vec<String> = cases
        .iter()
        .map(|(name, inside)| {
            format!("<testcase classname=\"tests.test_a\" name=\"{name}\" time=\"1\">{inside}</testcase>")
        })
        .collect();
    format!(
        "<testsuite timestamp=\"2026-11-{day:02}T10:00:00\" time=\"9\">{}</testsuite>",
        cases.concat()
    )
}

const FAILED: &str = "<failure message=\"no\"/>";
const ERROR: &str = "<error message=\"no\"/>";
const XFAIL: &str = "<skipped type=\"pytest.xfail\" message=\"known\"/>";
const QUARANTINED: &str =
    "<skipped type=\"pytest.xfail\" message=\"quarantined: race (AssertionError)\"/>";
const SKIPPED: &str = "<skipped message=\"not here\"/>";

fn history() -> Folder {
    let folder = Folder::new();
    let one = [
        ("test_steady", ""),
        ("test_broken", FAILED),
        ("test_between", ""),
        ("test_attempts", FAILED),
        ("test_attempts", ""),
        ("test_known", XFAIL),
        ("test_quarantined", QUARANTINED),
        ("test_twice", FAILED),
        ("test_twice", ERROR),
        ("test_skipped", SKIPPED),
    ];
    let two = [
        ("test_steady", ""),
        ("test_broken", ERROR),
        ("test_between", FAILED),
        ("test_attempts", ""),
        ("test_known", ""),
        ("test_quarantined", ""),
        ("test_twice", FAILED),
        ("test_skipped", FAILED),
    ];
    let three = [("test_between", ERROR), ("test_steady", "")];
    folder.file("1/a.xml", report(1, &one));
    folder.file("2/a.xml", report(2, &two));
    folder.file("3/a.xml", report(3, &three));
    folder
}

const TABLE: &str = "\
failed  passed  builds  last failure            test
     2       1       3  2026-11-03 b3           tests/test_a.py::test_between
     1       2       2  2026-11-01 b1           tests/test_a.py::test_attempts
     1       1       2  2026-11-01 b1           tests/test_a.py::test_quarantined
3 flaky tests in 3 builds
";

#[test]
fn tests_that_fail_and_pass_between_attempts_or_builds_are_listed() {
    let folder = history();
    for build in ["1", "2", "3"] {
        let id = format!("b{build}");
        let ran = folder.run(&[
            "timings",
            "update",
            build,
            "--build",
            &id,
            "--history",
            "t.json",
            "--output",
            "t.json",
        ]);
        ran.succeeds();
    }
    let text = folder.run(&["timings", "show", "--flaky", "t.json"]);
    assert_eq!(text.succeeds().out, TABLE);
    let json = folder.run(&["timings", "show", "--flaky", "--format", "json", "t.json"]);
    let json: Value = serde_json::from_str(&json.succeeds().out).unwrap();
    assert_eq!((&json["version"], &json["builds"]), (&1.into(), &3.into()));
    assert_eq!(
        json["flaky"][0],
        serde_json::json!({
            "classname": "tests.test_a", "name": "test_between", "builds": 3, "failed": 2,
            "passed": 1, "last_failure": {"build": "b3", "begun_ms": 1_793_700_000_000_u64},
        })
    );
}

#[test]
fn where_nothing_is_flaky_one_line_says_so() {
    let folder = Folder::new();
    folder.file("a.xml", report(1, &[("test_a", ""), ("test_b", FAILED)]));
    let ran = folder.run(&["timings", "show", "--flaky", "a.xml"]);
    assert_eq!(ran.succeeds().out, "no flaky test in 1 build\n");
    folder
        .run(&["timings", "show", "--flaky", "missing.xml"])
        .fails(65, &["missing.xml"]);
}
