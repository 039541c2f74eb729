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
        // Repeats are cases of the report alone.
        record.selected.dedup();
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
pub(crate) fn folder() -> Folder {
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

/// A report with a price and the name of a project.
fn priced(folder: &Folder, format: &str) -> Ran {
    let inputs = [
        "report",
        "results",
        "--timings",
        "timings",
        "--cost-per-minute",
        "0.06",
    ];
    let output = ["--project", "acme/<i>shop", "--format", format];
    folder.run(&[&inputs[..], &output].concat())
}

#[test]
fn jobs_are_shown_with_their_tests_their_time_and_its_price() {
    let folder = folder();
    let value: Value = serde_json::from_str(&priced(&folder, "json").succeeds().out).unwrap();
    // Shard 1 has eleven tests and one run more; 1 s of pytest and 2 s of the command are beside them.
    let jobs = value["jobs"].as_array().unwrap();
    assert_eq!(
        (jobs.len(), &jobs[0]["shard"], &jobs[0]["start_us"]),
        (2, &1.into(), &0.into())
    );
    assert_eq!(jobs[0]["startup_us"], 3_000_000);
    assert_eq!(jobs[0]["exit_status"], 1);
    let time = &value["time"];
    let us = |key: &str| time[key].as_u64().unwrap();
    assert_eq!(
        (time["measured"].as_bool(), us("jobs"), us("startup_us")),
        (Some(true), 2, 6_000_000)
    );
    assert_eq!(
        us("machine_us"),
        us("tests_us") + us("setup_us") + us("startup_us")
    );
    // 0.06 a minute is 0.001 a second.
    assert_eq!(time["price"]["build_millionths"], us("machine_us") / 1_000);
    // Both began at the same time.
    let took: Vec<u64> = jobs
        .iter()
        .map(|job| job["took_us"].as_u64().unwrap())
        .collect();
    assert_eq!(us("idle_us"), took[0].abs_diff(took[1]));
    let shards = value["shard_tests"].as_array().unwrap();
    assert_eq!(
        (&shards[0]["count"], &shards[1]["count"]),
        (&11.into(), &12.into())
    );
    let failed = &shards[0]["tests"].as_array().unwrap()[2];
    assert_eq!(
        (&failed["test"], &failed["outcome"]),
        (&"tests/test_cart.py::test_2".into(), &"failed".into())
    );
}

#[test]
fn every_format_shows_the_jobs_and_the_title() {
    let folder = folder();
    let page = priced(&folder, "html");
    let page = &page.succeeds().out;
    for words in [
        "<title>acme/&#60;i&#62;shop · build 6 · 2026-01-07: ",
        "The jobs over time",
        "Where the time goes",
        "What each shard ran",
        "All 23 tests in the order in which they ran.",
        "<li class=\"failed\"><bdi>tests/test_cart.py::test_2</bdi><span>failed ",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let text = priced(&folder, "text");
    assert!(
        text.succeeds()
            .out
            .starts_with("acme/<i>shop · build 6 · 2026-01-07\n"),
        "{}",
        text.out
    );
    assert!(text.out.contains("price\n"), "{}", text.out);
}

#[test]
fn the_title_is_the_one_of_the_ci_for_its_own_build_only() {
    let folder = folder();
    let title = |build| {
        let ci = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_RUN_ID", build),
            ("GITHUB_REPOSITORY", "acme/shop"),
            ("GITHUB_SHA", "0123456789abcdef0123456789abcdef01234567"),
        ];
        let ran = folder.run_with(&["report", "results"], &ci, "");
        ran.succeeds().out.lines().next().unwrap().to_owned()
    };
    assert_eq!(
        title("6"),
        "acme/shop · build 6 · 2026-01-07 · commit 0123456789ab"
    );
    assert_eq!(title("7"), "acme/shop · build 6 · 2026-01-07");
}

#[test]
fn a_number_of_shards_is_recommended_with_a_job_overhead_only() {
    let folder = folder();
    let sizing = |more: &[&str]| {
        let all = [
            &["report", "--timings", "timings", "--format", "json"],
            more,
        ]
        .concat();
        let value: Value = serde_json::from_str(&folder.run(&all).succeeds().out).unwrap();
        value["sizing"].clone()
    };
    let assumed = sizing(&[]);
    assert_eq!(assumed["recommended"]["overhead_us"], 60_000_000);
    assert_eq!(
        assumed["knee"], 1,
        "half a minute of tests needs no second job"
    );
    assert_eq!(assumed["job_overhead_us"], 0);
    let asked = sizing(&["--job-overhead", "1s"]);
    assert_eq!(asked["recommended"]["assumed_us"], 0);
    assert!(asked["knee"].as_u64() > Some(3), "{asked}");
    let said = folder
        .run(&["report", "--timings", "timings"])
        .succeeds()
        .out
        .replace("\n  ", " ");
    assert!(
        said.contains("as assumed here (--job-overhead 90s gives yours)"),
        "{said}"
    );
    // Run records measure what the command takes beside its tests.
    let said = folder
        .run(&["report", "results"])
        .succeeds()
        .out
        .replace("\n  ", " ");
    assert!(
        said.contains("3.00 s of startup measured by the run records"),
        "{said}"
    );
    let wrong = ["report", "results", "--cost-per-minute", "much"];
    folder.run(&wrong).fails(64, &["such as 0.008"]);
}

#[test]
fn a_mean_is_never_called_a_floor() {
    let folder = folder();
    let plan = [
        "plan",
        "--timings",
        "timings",
        "--shards",
        "2",
        "--output",
        "plan.json",
    ];
    folder.run(&plan).succeeds();
    folder.file("tests.txt", "tests/test_user.py::test_new\n");
    let listed = ["report", "--timings", "timings", "--tests", "tests.txt"];
    for arguments in [&["report", "--plan", "plan.json"][..], &listed] {
        for format in ["text", "markdown", "html"] {
            let ran = folder.run(&[arguments, &["--format", format]].concat());
            let out = ran.succeeds().out.to_lowercase();
            // The page explains the word.
            let out = out.split("<h2 id=\"words\">").next().unwrap();
            assert!(!out.contains("floor"), "{format}: {out}");
            assert!(out.contains("longest part"), "{format}: {out}");
        }
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
