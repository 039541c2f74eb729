//! `--percentile`: targets with room for builds that take longer than predicted.

use serde_json::{Value, json};

use crate::support::{Folder, Ran};

/// Writes a report for each build, of which each took this part of its usual time in percent:
/// twelve files of 5 s each, in one job.
fn builds(folder: &Folder, slow: &[u64]) {
    for (build, slow) in slow.iter().enumerate() {
        let time = 5.0 * *slow as f64 / 100.0;
        let cases: Vec<String> = (0..12)
            .map(|n| format!("<testcase classname=\"tests.test_{n}\" name=\"test_all\" time=\"{time:.3}\"/>\n"))
            .collect();
        let wall = time * 12.0;
        let day = build + 1;
        folder.file(
            &format!("junit/build-{day}.xml"),
            format!(
                "<testsuites><testsuite name=\"pytest\" timestamp=\"2026-03-{day:02}T10:00:00+00:00\" time=\"{wall:.3}\">\n{}</testsuite></testsuites>\n",
                cases.concat()
            ),
        );
    }
}

fn run(folder: &Folder, command: &str, arguments: &[&str]) -> Ran {
    let timings = [command, "--timings", "junit", "--setup-cost", "0"];
    folder.run(&[&timings[..], arguments].concat())
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.succeeds().out).unwrap()
}

const TARGET: [&str; 4] = ["--target", "35s", "--job-overhead", "4s"];
const NINETY: [&str; 2] = ["--percentile", "90"];
/// Ten builds, of which the last but one took a quarter longer than those before.
const SLOW: [u64; 10] = [100, 100, 100, 100, 100, 100, 100, 100, 125, 100];

#[test]
fn a_percentile_leaves_room_and_says_how_sure_it_is() {
    let folder = Folder::new();
    builds(&folder, &SLOW);
    // 60 s of tests in 31 s: two shards, and three with a quarter of room.
    assert_eq!(json(&run(&folder, "plan", &TARGET))["shard_count"], 2);
    let ran = run(&folder, "plan", &[&TARGET[..], &NINETY].concat());
    let plan = json(&ran);
    assert_eq!(plan["shard_count"], 3);
    let room = json!({"percentile": 90, "ratio_ppm": 1_249_750, "builds": 9, "within": 9});
    assert_eq!(plan["target"]["room"], room);
    let said: Vec<&str> = ran
        .err
        .lines()
        .filter(|l| l.contains("35.00") || l.contains("--perc"))
        .collect();
    assert_eq!(
        said,
        [
            "3 shards meet the target of 35.00 s with 4.00 s of job overhead, the fewest that can: lower bounds exclude all below",
            "--percentile 90: in 9 of the 9 newest builds the slowest shard took at most 1.25 times its prediction, so the next build does with 90 %",
        ]
    );
    // One of nine was slow: eight of ten need no room.
    let eighty = run(
        &folder,
        "plan",
        &[&TARGET[..], &["--percentile", "80%"]].concat(),
    );
    assert_eq!(json(&eighty)["shard_count"], 2);
    eighty.says(&["in 8 of the 9 newest builds", "does with 80 %"]);
}

#[test]
fn all_commands_with_a_target_take_a_percentile() {
    let folder = Folder::new();
    builds(&folder, &SLOW);
    let words = [&TARGET[..], &NINETY].concat();
    let shards = run(&folder, "shards", &words);
    assert_eq!(json(&shards)["shards"], 3);
    assert_eq!(json(&shards)["target"]["room"]["percentile"], 90);
    shards.says(&["--percentile 90: in 9 of the 9 newest builds"]);
    let buildkite = run(
        &folder,
        "shards",
        &[&words[..], &["--format", "buildkite"]].concat(),
    );
    assert_eq!(buildkite.succeeds().out, "3\n");
    let report = run(&folder, "report", &words);
    assert!(
        report
            .succeeds()
            .out
            .contains("target of 35.00 s: 3 shards, proved to be the fewest; in 9 of the 9 newest"),
        "{}",
        report.out
    );
    let report = run(
        &folder,
        "report",
        &[&words[..], &["--format", "json"]].concat(),
    );
    assert_eq!(json(&report)["sizing"]["target"]["room"]["within"], 9);
    // The configuration has it too, and it waits for a target.
    folder.file("evenshard.toml", "percentile = 90\n");
    assert_eq!(json(&run(&folder, "plan", &TARGET))["shard_count"], 3);
    let fixed = run(&folder, "plan", &["--shards", "2"]);
    fixed.succeeds().says(&["not percentile"]);
    run(&folder, "report", &[])
        .succeeds()
        .says(&["not percentile"]);
}

#[test]
fn too_few_builds_are_65_and_say_what_is_missing() {
    let folder = Folder::new();
    builds(&folder, &SLOW[..5]);
    let words = [&TARGET[..], &NINETY].concat();
    for command in ["plan", "shards", "report"] {
        let ran = run(&folder, command, &words);
        ran.fails(
            65,
            &[
                "error: --percentile 90 needs 5 builds to compare with their predictions: of 5 builds in the timings, 4 can be",
                "hint: the first build has none before it",
            ],
        );
        assert_eq!(ran.out, "");
    }
    builds(&folder, &SLOW[..6]);
    let six = run(&folder, "plan", &words);
    six.succeeds().says(&[
        "in 5 of the 5 newest builds",
        "does with 83 % (90 % takes 9 builds)",
    ]);
    // The history that `timings update` keeps knows as much as the reports.
    folder
        .run(&["timings", "update", "timings.json", "junit"])
        .succeeds();
    let words = [
        &["plan", "--timings", "timings.json", "--setup-cost", "0"],
        &words[..],
    ]
    .concat();
    assert_eq!(folder.run(&words).succeeds().out, six.out);
}

#[test]
fn a_first_build_takes_the_most_shards_as_without_a_percentile() {
    let folder = Folder::new();
    let first = [
        "--allow-no-timings",
        "--max-shards",
        "7",
        "--format",
        "buildkite",
    ];
    let ran = run(&folder, "shards", &[&TARGET[..], &NINETY, &first].concat());
    assert_eq!(ran.succeeds().out, "7\n");
    ran.says(&["no timings: the target cannot be judged"]);
}

#[test]
fn what_stands_in_the_way_is_named_with_the_room_that_it_needs() {
    let folder = Folder::new();
    builds(&folder, &SLOW);
    // 5 s and a quarter of them.
    let ran = run(&folder, "plan", &["--target", "6s", "--percentile", "90"]);
    ran.fails(
        65,
        &[
            "the target of 6.00 s cannot be met: tests/test_0.py::test_all alone takes 5.00 s with setup, and is not cut; in 9 of the 9",
            "hint: no allowed plan is done before 6.25 s: raise --target",
        ],
    );
    run(
        &folder,
        "plan",
        &["--target", "6300ms", "--percentile", "90"],
    )
    .succeeds();
}

#[test]
fn a_percentile_is_for_a_target_and_of_50_to_99() {
    let folder = Folder::new();
    builds(&folder, &SLOW);
    for command in ["plan", "shards", "report"] {
        run(&folder, command, &NINETY).fails(64, &["--target <DURATION>"]);
        for wrong in ["49", "100", "0.9", "p90", ""] {
            let words = [&TARGET[..], &["--percentile", wrong]].concat();
            run(&folder, command, &words).fails(64, &["from 50 to 99, such as 90"]);
        }
    }
    run(&folder, "plan", &["--shards", "2", "--percentile", "90"]).fails(64, &["--percentile"]);
    folder.file("evenshard.toml", "percentile = 100\n");
    run(&folder, "plan", &TARGET).fails(78, &["evenshard.toml", "from 50 to 99"]);
}
