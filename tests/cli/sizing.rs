//! How many shards, which plan to stay near, and what workers do to it.

use serde_json::Value;

use crate::support::{Folder, Ran, junit};

/// Ten files of six seconds, one of them in two tests.
fn folder() -> Folder {
    let folder = Folder::new();
    let names: Vec<String> = (0..9).map(|n| format!("tests.test_{n}")).collect();
    let mut cases: Vec<(&str, &str, f64)> = names
        .iter()
        .map(|n| (n.as_str(), "test_all", 6.0))
        .collect();
    cases.extend([
        ("tests.test_x", "test_1", 4.0),
        ("tests.test_x", "test_2", 2.0),
    ]);
    folder.file("junit/a.xml", junit(&cases));
    folder
}

fn plan(folder: &Folder, arguments: &[&str]) -> Ran {
    let all = [
        &["plan", "--timings", "junit", "--setup-cost", "0"],
        arguments,
    ]
    .concat();
    folder.run(&all)
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.succeeds().out).unwrap()
}

#[test]
fn a_target_takes_the_fewest_shards_that_meet_it() {
    let folder = folder();
    // 60 s of tests: four shards of 15 s and a job that takes 5 s before.
    let ran = plan(
        &folder,
        &[
            "--target",
            "25s",
            "--job-overhead",
            "5s",
            "--max-shards",
            "9",
        ],
    );
    let plan = json(&ran);
    assert_eq!(plan["shard_count"], 4);
    assert_eq!(plan["shards"].as_array().unwrap().len(), 4);
    let met = serde_json::json!({
        "target_us": 25_000_000, "job_overhead_us": 5_000_000, "proved_smallest": true,
    });
    assert_eq!(plan["target"], met);
    ran.says(&[
        "4 shards meet the target of 25.00 s with 5.00 s of job overhead",
        "fewest",
    ]);
}

#[test]
fn what_stands_in_the_way_of_a_target_is_named_with_the_floor() {
    let folder = folder();
    plan(&folder, &["--target", "5s"]).fails(
        65,
        &[
            "::test_all alone takes 6.00 s with setup, and is not cut",
            "before 6.00 s: raise --target, or make what is named faster",
        ],
    );
    plan(
        &folder,
        &[
            "--target",
            "6.5s",
            "--split",
            "file",
            "--job-overhead",
            "1s",
        ],
    )
    .fails(65, &["before 7.00 s", "with setup and job overhead"]);
    plan(&folder, &["--target", "20s", "--max-shards", "2"]).fails(
        65,
        &[
            "at least 4 shards are needed, 2 are allowed",
            "30",
            "raise --target or --max-shards",
        ],
    );
    plan(&folder, &["--target", "20s", "--job-overhead", "30s"]).fails(
        65,
        &[
            "a job takes 30.00 s before its first test",
            "make jobs start faster",
        ],
    );
}

#[test]
fn a_file_that_is_kept_whole_is_named_as_a_file() {
    let folder = Folder::new();
    let cases = [
        ("tests.test_x", "test_1", 4.0),
        ("tests.test_x.TestY", "test_2", 2.0),
    ];
    folder.file("junit/a.xml", junit(&cases));
    plan(&folder, &["--target", "5s", "--split", "file"]).fails(
        65,
        &[
            "file tests/test_x.py (2 tests) alone takes 6.00 s",
            "let a finer --split cut what is named",
        ],
    );
    // A rule binds under any split.
    folder.file("evenshard.toml", "never-split = [\"tests/test_x.py\"]");
    plan(&folder, &["--target", "5s"]).fails(
        65,
        &[
            "file tests/test_x.py (2 tests) alone takes 6.00 s",
            "raise --target, or let go of what keeps it whole",
        ],
    );
    folder.file("evenshard.toml", "");
    plan(&folder, &["--target", "3s", "--split", "class"])
        .fails(65, &["tests/test_x.py::test_1 alone takes 4.00 s"]);
}

#[test]
fn without_timings_a_target_falls_back_on_the_most_shards_and_says_so() {
    let folder = Folder::new();
    folder.file("list", "tests/test_a.py::test_1\n");
    let first = ["plan", "--tests", "list", "--target", "5m"];
    folder.run(&first).fails(64, &["--max-shards"]);
    let ran = folder.run(&[&first[..], &["--max-shards", "3"]].concat());
    assert_eq!(json(&ran)["shard_count"], 3);
    ran.says(&["the target cannot be judged"]);
}

#[test]
fn numbers_that_contradict_are_wrong_usage() {
    let folder = folder();
    plan(&folder, &["--target", "5m", "--shards", "3"]).fails(64, &["--shards"]);
    plan(&folder, &["--shards", "3", "--max-shards", "9"]).fails(64, &["--max-shards"]);
    plan(&folder, &[]).fails(64, &["--shards"]);
    plan(&folder, &["--target", "soon"]).fails(64, &["duration"]);
    plan(&folder, &["--shards", "2", "--workers", "0"]).fails(64, &["--workers"]);
    for shards in ["0", "100001", "4294967295"] {
        plan(&folder, &["--shards", shards])
            .fails(78, &[&format!("1 to 100,000 shards, not {shards}")]);
    }
}

#[test]
fn a_plan_stays_near_the_previous_one() {
    let folder = folder();
    plan(&folder, &["--shards", "3", "--output", "old.json"]).succeeds();
    // Every time changes a little, and a test is new.
    let names: Vec<String> = (0..9).map(|n| format!("tests.test_{n}")).collect();
    let times = [6.3, 5.8, 6.1, 6.4, 5.7, 5.9, 6.2, 6.0, 5.6];
    let mut cases: Vec<(&str, &str, f64)> = (names.iter().zip(times))
        .map(|(name, time)| (name.as_str(), "test_all", time))
        .collect();
    cases.extend([
        ("tests.test_x", "test_1", 4.1),
        ("tests.test_x", "test_2", 2.0),
        ("tests.test_new", "test_1", 0.1),
    ]);
    folder.file("junit/a.xml", junit(&cases));
    let near = plan(&folder, &["--shards", "3", "--previous", "old.json"]);
    near.succeeds()
        .says(&["of 11 tests moved since the previous plan"]);
    let same = plan(&folder, &["--shards", "3", "--previous", "old.json"]);
    assert_eq!(near.out, same.out);
    // The plan of the very same timings moves nothing.
    folder.file("near.json", &near.out);
    plan(&folder, &["--shards", "3", "--previous", "near.json"])
        .succeeds()
        .says(&["0 of 12 tests moved"]);
}

#[test]
fn a_previous_plan_that_is_not_there_is_said_and_one_that_is_broken_stops() {
    let folder = folder();
    plan(&folder, &["--shards", "3", "--previous", "none.json"])
        .succeeds()
        .says(&["there is no previous plan none.json"]);
    folder.file("broken.json", "{");
    plan(&folder, &["--shards", "3", "--previous", "broken.json"]).fails(65, &["broken.json"]);
    plan(
        &folder,
        &[
            "--shards",
            "3",
            "--scope",
            "x",
            "--allow-no-timings",
            "--output",
            "x.json",
        ],
    )
    .succeeds();
    plan(&folder, &["--shards", "3", "--previous", "x.json"]).fails(78, &["scope 'x'"]);
}

#[test]
fn workers_make_a_long_file_bind_under_loadfile() {
    let folder = folder();
    let makespan = |more: &[&str]| {
        let arguments = [&["--shards", "2"][..], more].concat();
        json(&plan(&folder, &arguments))["makespan_us"]
            .as_u64()
            .unwrap()
            / 100_000
    };
    // 60 s on two shards of five workers; every test has a millisecond that no report shows.
    assert_eq!(makespan(&[]), 300);
    assert_eq!(makespan(&["--workers", "5"]), 60);
    assert_eq!(makespan(&["--workers", "50"]), 60);
    assert_eq!(
        makespan(&["--workers", "50", "--dist", "loadfile", "--split", "file"]),
        60
    );
    let ran = plan(
        &folder,
        &["--shards", "2", "--workers", "5", "--dist", "loadfile"],
    );
    let workers = serde_json::json!({"count": 5, "distribution": "loadfile"});
    assert_eq!(json(&ran)["workers"], workers);
}

fn shards(folder: &Folder, arguments: &[&str]) -> Ran {
    let all = [
        &["shards", "--timings", "junit", "--setup-cost", "0"],
        arguments,
    ]
    .concat();
    folder.run(&all)
}

#[test]
fn the_number_of_jobs_is_printed_for_a_dynamic_matrix() {
    let folder = folder();
    let target = ["--target", "25s", "--job-overhead", "5s"];
    let of = |more: &[&str]| shards(&folder, &[&target[..], more].concat());
    let github = of(&["--format", "github"]);
    assert_eq!(github.succeeds().out, "matrix=[1,2,3,4]\ncount=4\n");
    github.says(&["4 shards meet the target of 25.00 s with 5.00 s of job overhead"]);
    assert_eq!(of(&["--format", "buildkite"]).succeeds().out, "4\n");
    let met = serde_json::json!({
        "target_us": 25_000_000, "job_overhead_us": 5_000_000, "proved_smallest": true,
    });
    let found = json(&of(&[]));
    assert_eq!(
        found,
        serde_json::json!({ "version": 1, "shards": 4, "predicted_us": 18_003_000, "target": met })
    );
    // It is the number that `plan --target` takes.
    assert_eq!(json(&plan(&folder, &target))["shard_count"], 4);
    of(&["--format", "github", "--output", "out"]).succeeds();
    let written = std::fs::read_to_string(folder.path().join("out")).unwrap();
    assert_eq!(written, "matrix=[1,2,3,4]\ncount=4\n");
}

#[test]
fn a_target_that_cannot_be_met_prints_no_number() {
    let folder = folder();
    let ran = shards(&folder, &["--target", "5s", "--format", "github"]);
    ran.fails(65, &["hint: no allowed plan is done before 6.00 s"]);
    assert_eq!(ran.out, "");
    let none = shards(&folder, &["--format", "buildkite"]);
    none.fails(64, &["--target <DURATION>"]);
    folder.file("evenshard.toml", "target = \"25s\"\nmax-shards = 9\n");
    assert_eq!(
        shards(&folder, &["--format", "buildkite"]).succeeds().out,
        "3\n"
    );
}

#[test]
fn without_timings_the_number_of_jobs_is_the_most_that_is_allowed() {
    let folder = Folder::new();
    let words = [
        "shards",
        "--timings",
        "none",
        "--allow-no-timings",
        "--target",
        "8m",
    ];
    let bounded = [&words[..], &["--max-shards", "6", "--format", "github"]].concat();
    let ran = folder.run(&bounded);
    assert_eq!(ran.succeeds().out, "matrix=[1,2,3,4,5,6]\ncount=6\n");
    ran.says(&["no timings: the target cannot be judged"]);
    folder.run(&words).fails(64, &["give --max-shards M"]);
}
