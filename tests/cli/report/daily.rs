//! The questions of every day: what failed, what is flaky, missing or slower, by name.

use evenshard::record::{RunRecord, State};
use evenshard::{Micros, Shard};
use serde_json::Value;

use crate::support::{Folder, Ran};

/// A test of the fixture: its shard, its file, its name, its seconds, and what is within its case.
#[derive(Clone)]
struct Case(u32, &'static str, String, f64, &'static str);

const FAILURE: &str =
    "<failure message=\"assert 'a' == '&lt;b&gt;'\nmore of it\">traceback</failure>";
const SKIPPED: &str = "<skipped message=\"later\"/>";

/// Tests of two files, one a shard.
fn usual() -> Vec<Case> {
    let mut cases = Vec::new();
    for n in 0..12 {
        let file = |shard| ["test_cart", "test_user"][shard as usize - 1];
        for shard in [1, 2] {
            let seconds = 1.0 + f64::from(n % 3) / 10.0;
            cases.push(Case(shard, file(shard), format!("test_{n}"), seconds, ""));
        }
    }
    cases
}

/// Changes the test of this name in the file of shard 1.
fn change(cases: &mut [Case], name: &str, to: impl Fn(&mut Case)) {
    let found = cases.iter_mut().find(|c| c.0 == 1 && c.2 == name);
    to(found.expect("a test of the fixture"));
}

/// Writes what the jobs of a build leave.
fn leave(folder: &Folder, to: &str, build: u32, cases: &[Case], more: impl Fn(&mut RunRecord)) {
    for shard in [1, 2] {
        let own: Vec<&Case> = cases.iter().filter(|c| c.0 == shard).collect();
        let mut record = RunRecord::started("5f0c", Shard::new(shard - 1, 2).unwrap());
        record.state = State::Finished;
        record.build = Some(build.to_string());
        record.job = Some(format!("job-{shard}"));
        record.exit_status = Some(0);
        record.predicted_us = Micros::from_millis(13_000);
        record.begun_ms = Some(1_767_225_600_000 + i64::from(build) * 86_400_000);
        let seconds: f64 = own.iter().map(|c| c.3).sum();
        record.cases_us = Micros::from_secs_f64(seconds);
        record.wall_us = Micros::from_secs_f64(seconds + 1.0);
        record.command_us = Micros::from_secs_f64(seconds + 3.0);
        record.junit = Some(format!("junit-{build}-{shard}.xml"));
        record.files = ["tests/test_cart.py", "tests/test_user.py"]
            .map(str::to_owned)
            .to_vec();
        let id = |c: &&Case| format!("tests/{}.py::{}", c.1, c.2);
        record.selected = own.iter().map(id).collect();
        more(&mut record);
        let case = |c: &&Case| {
            let Case(_, file, name, seconds, within) = c;
            format!(
                "<testcase classname=\"tests.{file}\" name=\"{name}\" time=\"{seconds:.3}\">{within}</testcase>\n"
            )
        };
        let xml: String = own.iter().map(case).collect();
        let xml = format!(
            "<testsuites><testsuite name=\"pytest\" timestamp=\"2026-01-{build:02}T00:00:00\">\n{xml}</testsuite></testsuites>\n"
        );
        folder.file(&format!("{to}/junit-{build}-{shard}.xml"), xml);
        let json = record.to_json();
        folder.file(&format!("{to}/junit-{build}-{shard}.shard.json"), json);
    }
}

/// Five builds, and a sixth in which a test failed, one was flaky, one is newly skipped, one gone and one
/// slower, as it was in the build before.
fn folder() -> Folder {
    let folder = Folder::new();
    let mut cases = usual();
    for build in 1..=4 {
        leave(&folder, "timings", build, &cases, |_| {});
    }
    change(&mut cases, "test_1", |c| c.3 = 3.0);
    leave(&folder, "timings", 5, &cases, |_| {});
    change(&mut cases, "test_2", |c| c.4 = FAILURE);
    change(&mut cases, "test_3", |c| c.4 = SKIPPED);
    cases.retain(|c| !(c.0 == 1 && c.2 == "test_4"));
    // pytest-rerunfailures writes the runs of a test one after the other.
    let mut again = cases
        .iter()
        .find(|c| c.0 == 1 && c.2 == "test_5")
        .cloned()
        .unwrap();
    again.4 = FAILURE;
    let at = cases
        .iter()
        .position(|c| c.0 == 1 && c.2 == "test_5")
        .unwrap();
    cases.insert(at, again);
    leave(&folder, "results", 6, &cases, |record| {
        if record.shard.number() == 1 {
            record.exit_status = Some(1);
            record.retried = [("tests/test_cart.py::test_5".to_owned(), 1)].into();
        }
    });
    folder
}

fn report(folder: &Folder, format: &str) -> Ran {
    folder.run(&[
        "report",
        "results",
        "--timings",
        "timings",
        "--format",
        format,
    ])
}

fn names(value: &Value) -> Vec<&str> {
    let shown = value["shown"].as_array().unwrap().iter();
    shown
        .map(|v| v["test"].as_str().or(v["name"].as_str()).unwrap())
        .collect()
}

#[test]
fn failed_flaky_newly_skipped_gone_and_slower_tests_are_shown_by_name() {
    let folder = folder();
    let ran = report(&folder, "json");
    let value: Value = serde_json::from_str(&ran.succeeds().out).unwrap();
    let changes = &value["changes"];
    assert_eq!(changes["build"]["id"], "6");
    assert_eq!(changes["compared"]["id"], "5");
    assert_eq!(changes["builds_before"], 5);
    let of = |key: &str| names(&changes[key]);
    assert_eq!(of("failed"), ["tests/test_cart.py::test_2"]);
    assert_eq!(
        changes["failed"]["shown"][0]["message"],
        "assert 'a' == '<b>' more of it"
    );
    assert_eq!(changes["failed"]["shown"][0]["shard"], 1);
    assert_eq!(of("flaky"), ["tests/test_cart.py::test_5"]);
    assert_eq!(changes["flaky"]["shown"][0]["runs"], 2);
    assert_eq!(of("newly_skipped"), ["tests/test_cart.py::test_3"]);
    assert_eq!(of("gone"), ["tests/test_cart.py::test_4"]);
    assert_eq!(of("slower_tests"), ["test_1"]);
    let slow = &changes["slower_tests"]["shown"][0];
    assert_eq!(
        (&slow["began"]["id"], &slow["builds"]),
        (&"5".into(), &4.into())
    );
    assert_eq!(
        (&slow["before_us"], &slow["now_us"]),
        (&1_100_000.into(), &3_000_000.into())
    );
}

#[test]
fn every_format_names_them() {
    let folder = folder();
    for format in ["text", "markdown", "html"] {
        let ran = report(&folder, format);
        // Marks are references in Markdown and HTML, which may also break a name.
        let out = ran.succeeds().out.replace("<wbr>", "");
        let out = out
            .replace("&#46;", ".")
            .replace("&#58;", ":")
            .replace("&#95;", "_");
        for heading in [
            "Failed tests",
            "Flaky in this build",
            "Newly skipped tests",
            "Tests that are gone",
            "Slower tests",
        ] {
            assert!(out.contains(heading), "{format}: {heading}: {out}");
        }
        for number in 1..=5 {
            let test = format!("tests/test_cart.py::test_{number}");
            assert!(out.contains(&test), "{format}: {test}: {out}");
        }
        assert!(
            out.contains("5 of 2026-01-05"),
            "{format}: the build where it began: {out}"
        );
        assert!(out.contains("Iglewicz"), "{format}: the rule: {out}");
        assert!(
            !out.contains("'<b>'") || format == "text",
            "{format}: {out}"
        );
    }
}

#[test]
fn a_report_of_timings_names_those_of_the_newest_build() {
    let folder = folder();
    let ran = folder.run(&[
        "report",
        "--timings",
        "timings",
        "results",
        "--format",
        "json",
    ]);
    let value: Value = serde_json::from_str(&ran.succeeds().out).unwrap();
    let changes = &value["changes"];
    assert_eq!(value.get("results"), None);
    let of = |key: &str| names(&changes[key]);
    assert_eq!(of("failed"), ["tests/test_cart.py::test_2"]);
    assert_eq!(of("flaky"), ["tests/test_cart.py::test_5"]);
    assert_eq!(of("newly_skipped"), ["tests/test_cart.py::test_3"]);
    assert_eq!(of("gone"), ["tests/test_cart.py::test_4"]);
    assert_eq!(of("slower_tests"), ["test_1"]);
}

#[test]
fn results_without_earlier_builds_name_what_failed() {
    let folder = folder();
    let ran = folder.run(&["report", "results", "--format", "json"]);
    let value: Value = serde_json::from_str(&ran.succeeds().out).unwrap();
    let changes = &value["changes"];
    assert_eq!(names(&changes["failed"]), ["tests/test_cart.py::test_2"]);
    assert_eq!(changes["compared"], Value::Null);
    assert_eq!(names(&changes["gone"]), [] as [&str; 0]);
}
