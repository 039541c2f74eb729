//! `evenshard verify` on files: what is found, what is printed, how it exits.

mod gate;
mod markdown;

use evenshard::record::{RunRecord, State};
use evenshard::{Micros, NodeId, Plan};

use super::support::{Folder, junit, small_suite};

const TESTS: [&str; 4] = [
    "tests/test_a.py::test_1",
    "tests/test_b.py::TestX::test_1",
    "tests/test_b.py::TestX::test_2[x]",
    "tests/test_c.py::test_1",
];

/// A folder with a plan of two shards, collected, and what both of its jobs left.
pub(crate) fn build() -> (Folder, Plan) {
    let folder = Folder::new();
    folder.file("timings/junit.xml", small_suite());
    folder.file("tests.txt", TESTS.join("\n"));
    let arguments = [
        "plan",
        "--timings",
        "timings",
        "--tests",
        "tests.txt",
        "--shards",
        "2",
    ];
    let ran = folder.run(&[&arguments[..], &["--output", "plan.json"]].concat());
    ran.succeeds();
    let json = std::fs::read_to_string(folder.path().join("plan.json")).unwrap();
    let plan = Plan::from_json(&json, "plan.json").unwrap();
    for index in 0..2 {
        leave(&folder, &plan, index, "results", |_| {});
    }
    (folder, plan)
}

/// The same where `-x` stopped the second shard after its first test.
pub(crate) fn stopped() -> Folder {
    let (folder, plan) = build();
    leave(&folder, &plan, 1, "results", |record| {
        record.stopped = Some("stopping after 1 failures".to_owned());
        record.exit_status = Some(1);
    });
    let file = folder.path().join("results/junit-2-1.xml");
    let xml = std::fs::read_to_string(&file).unwrap();
    let (first, rest) = xml.split_once("/>").unwrap();
    let (_, end) = rest.split_once("/>").unwrap();
    let failed = format!("{first}><failure message='no'/></testcase>{end}");
    std::fs::write(file, failed).unwrap();
    folder
}

/// Writes what the job of a shard leaves when all goes well, but for what is changed.
fn leave(folder: &Folder, plan: &Plan, index: u32, to: &str, change: impl Fn(&mut RunRecord)) {
    let number = index + 1;
    let mut record = RunRecord::started(plan.digest(), plan.shard(index).unwrap());
    record.state = State::Finished;
    record.build = Some("812".to_owned());
    record.job = Some(format!("0190-{number}"));
    record.exit_status = Some(0);
    record.predicted_us = Micros::from_millis(4_000);
    record.cases_us = Some(Micros::from_millis(3_000 + u64::from(number) * 1_000));
    record.junit = Some(format!("junit-{number}-1.xml"));
    record.files = ["tests/test_a.py", "tests/test_b.py", "tests/test_c.py"]
        .map(str::to_owned)
        .to_vec();
    let mine = |t: &&&str| plan.selects(record.shard, &NodeId::parse(t));
    record.selected = TESTS.iter().filter(mine).map(|t| (*t).to_owned()).collect();
    change(&mut record);
    folder.file(
        &format!("{to}/junit-{number}-1.shard.json"),
        record.to_json(),
    );
    let addresses = record.selected.iter().map(|t| NodeId::parse(t).address());
    let addresses: Vec<_> = addresses.collect();
    let cases: Vec<_> = addresses
        .iter()
        .map(|a| (a.classname.as_str(), a.name.as_str(), 1.0))
        .collect();
    folder.file(&format!("{to}/junit-{number}-1.xml"), junit(&cases));
}

/// The digest is that of this version's planner; texts are compared without it.
fn without_digest(text: &str, plan: &Plan) -> String {
    let digest = plan.digest();
    text.replace(digest, "DIGEST")
        .replace(&digest[..12], "DIGEST")
}

#[test]
fn a_build_in_which_all_went_well_is_proved() {
    let (folder, plan) = build();
    let ran = folder.run(&["verify", "--plan", "plan.json", "results"]);
    insta::assert_snapshot!(without_digest(&ran.succeeds().out, &plan), @r"
    proved: 4 tests ran once in 2 shards of plan DIGEST

    shard  state        tests   failed  predicted   measured  attempts
        1  finished         2        0     4.00 s     4.00 s  1
        2  finished         2        0     4.00 s     5.00 s  1

    slowest: shard 2 in 5.00 s, 11.1 % over the mean of 4.50 s; the other jobs
      waited 1.00 s in total
    ");
    folder.run(&["verify", "results"]).succeeds();
    let digest = plan.digest();
    folder
        .run(&[
            "verify",
            "--expect-digest",
            digest,
            "--build",
            "812",
            "results",
        ])
        .succeeds();
    folder
        .run(&["verify", "results/*.xml", "results/*.json"])
        .succeeds();
}

#[test]
fn what_is_in_the_way_is_named_and_exits_with_70() {
    let (folder, plan) = build();
    std::fs::remove_file(folder.path().join("results/junit-2-1.shard.json")).unwrap();
    let ran = folder.run(&["verify", "--plan", "plan.json", "results"]);
    ran.fails(70, &[]);
    insta::assert_snapshot!(without_digest(&ran.out, &plan), @r"
    NOT proved: 1 problem, 2 tests lost
    problem: shard 2 of 2 left no record
        tests/test_b.py::TestX::test_1
        tests/test_c.py::test_1
    warning: 1 JUnit file is named by no record
        results/junit-2-1.xml

    shard  state        tests   failed  predicted   measured  attempts
        1  finished         2        0     4.00 s     4.00 s  1
        2  missing          0        0     4.10 s          -

    slowest: shard 1 in 4.00 s, 0.0 % over the mean of 4.00 s; the other jobs waited
      0 s in total
    ");

    let ran = folder.run(&[
        "verify", "--format", "json", "--output", "v.json", "results",
    ]);
    ran.fails(70, &["NOT proved: 1 problem"]);
    let json = std::fs::read(folder.path().join("v.json")).unwrap();
    let verdict: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(
        (&verdict["version"], &verdict["proved"]),
        (&1.into(), &false.into())
    );
    assert_eq!(verdict["problems"][0]["kind"], "missing-shard");
    assert_eq!(verdict["warnings"][0]["kind"], "unclaimed-junit");
    assert_eq!(verdict["warnings"][0]["files"][0], "results/junit-2-1.xml");
}

#[test]
fn a_list_of_problems_is_bounded_but_in_json() {
    let (folder, plan) = build();
    leave(&folder, &plan, 0, "one", |record| {
        record.shard = evenshard::Shard::new(0, 500).unwrap();
    });
    let ran = folder.run(&["verify", "one"]);
    ran.fails(70, &[]);
    assert_eq!(ran.out.matches("left no record").count(), 20);
    assert!(
        ran.out
            .contains("problem: ... and 479 more problems: --format json has all")
    );
    let ran = folder.run(&["verify", "--format", "json", "one"]);
    assert_eq!(ran.out.matches("left no record").count(), 499);
}

#[test]
fn where_there_is_nothing_to_judge_it_exits_with_65() {
    let folder = Folder::new();
    folder.file("results/junit.xml", small_suite());
    folder
        .run(&["verify", "results"])
        .fails(65, &["no run records in results"]);
    folder
        .run(&["verify", "gone"])
        .fails(65, &["no file, folder or glob match: gone"]);
    folder.file("results/junit-1-1.shard.json", "");
    let words = [
        "no run records in results that can be read",
        "junit-1-1.shard.json",
    ];
    folder.run(&["verify", "results"]).fails(65, &words);
}

#[test]
fn a_record_that_cannot_be_read_is_a_problem() {
    let (folder, _) = build();
    folder.file("results/junit-9-1.shard.json", "{\"version\": 1, \"st");
    let ran = folder.run(&["verify", "results"]);
    ran.fails(70, &[]);
    assert!(
        ran.out
            .contains("problem: results/junit-9-1.shard.json:1: not a run record"),
        "{}",
        ran.out
    );
}

#[test]
fn a_plan_that_is_absent_or_another_one_exits_with_75() {
    let (folder, _) = build();
    let absent = ["verify", "--plan", "gone.json", "results"];
    folder.run(&absent).fails(75, &["gone.json"]);
    let other = [
        "verify",
        "--plan",
        "plan.json",
        "--expect-digest",
        "abc",
        "results",
    ];
    folder.run(&other).fails(75, &["expected is abc"]);
    let held = folder.run(&["verify", "--expect-digest", "abc", "results"]);
    held.fails(70, &[]);
    assert!(held.out.contains("expected is abc"), "{}", held.out);
}

#[test]
fn a_verdict_that_cannot_be_written_exits_with_73() {
    let (folder, _) = build();
    folder.file("file", "");
    folder
        .run(&["verify", "--output", "file/v.json", "results"])
        .fails(73, &["file/v.json"]);
}

#[test]
fn junit_files_are_found_where_they_were_moved_or_packed() {
    let (folder, _) = build();
    let from = folder.path().join("results/junit-1-1.xml");
    let xml = std::fs::read(&from).unwrap();
    std::fs::remove_file(&from).unwrap();
    folder.run(&["verify", "results"]).fails(70, &[]);
    folder.file("elsewhere/junit-1-1.xml", &xml);
    folder.run(&["verify", "results", "elsewhere"]).succeeds();
    // Of two nobody knows which it is.
    folder.file("copy/junit-1-1.xml", &xml);
    folder
        .run(&["verify", "results", "elsewhere", "copy"])
        .fails(70, &[]);
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packer, &xml).unwrap();
    folder.file("results/junit-1-1.xml.gz", packer.finish().unwrap());
    folder.run(&["verify", "results"]).succeeds();
}

#[test]
fn a_junit_file_that_is_cut_short_or_empty_is_a_problem() {
    for cut in [
        "",
        "<testsuites><testsuite><testcase classname='tests.test_a' name='test_1'/>",
    ] {
        let (folder, _) = build();
        folder.file("results/junit-1-1.xml", cut);
        let ran = folder.run(&["verify", "results"]);
        ran.fails(70, &[]);
        assert!(
            ran.out.contains("the JUnit file of shard 1 is cut short"),
            "{}",
            ran.out
        );
    }
}

#[test]
fn a_record_never_opens_a_path_of_its_own() {
    let (folder, plan) = build();
    folder.file("secret.xml", small_suite());
    leave(&folder, &plan, 0, "results", |record| {
        record.junit = Some("../secret.xml".to_owned());
    });
    let ran = folder.run(&["verify", "results"]);
    ran.fails(70, &[]);
    assert!(
        ran.out.contains("the JUnit file of shard 1 is not here"),
        "{}",
        ran.out
    );
}

#[test]
fn escape_sequences_never_reach_a_terminal_raw() {
    let (folder, plan) = build();
    leave(&folder, &plan, 0, "results", |record| {
        record
            .selected
            .push("tests/test_a.py::test_\x1b[31m\nproved: 9 tests".to_owned());
        record.job = Some("\x1b]0;x".to_owned());
    });
    for shard in ["1", "2"] {
        let path = folder.path().join(format!("results/junit-{shard}-1.xml"));
        std::fs::write(
            path,
            "<testsuite><testcase classname='x' name='&#x9b;y'/></testsuite>",
        )
        .unwrap();
    }
    let ran = folder.run(&["verify", "results"]);
    ran.fails(70, &[]);
    let raw = |c: char| c.is_control() && c != '\n';
    assert!(!ran.out.contains(raw) && !ran.err.contains(raw), "{ran:?}");
    assert!(
        !ran.out.lines().any(|line| line.starts_with("proved")),
        "{}",
        ran.out
    );
}

#[test]
fn the_annotation_links_to_the_jobs_where_they_are_known() {
    let (folder, plan) = build();
    folder.file(
        "results/junit-2-1.xml",
        "<testsuite><testcase classname='tests.test_b.TestX' name='test_1'><failure message='assert 1 == 2'>\
         def test_1():\n>   assert 1 == 2\nE   assert 1 == 2\n\ntests/test_b.py:3: AssertionError</failure></testcase>\
         <testcase classname='tests.test_c' name='test_1'/></testsuite>",
    );
    let env = [(
        "BUILDKITE_BUILD_URL",
        "https://buildkite.com/acme/shop/builds/812",
    )];
    let arguments = ["verify", "--format", "markdown", "results"];
    let ran = folder.run_with(&arguments, &env, "");
    insta::assert_snapshot!(without_digest(&ran.out, &plan), @r#"
    ### 1 failed, 3 passed

    proved; 1 test failed&#58; 4 tests ran once in 2 shards of plan DIGEST

    <details>
    <summary><code>tests/test&#95;b&#46;py&#58;&#58;TestX&#58;&#58;test&#95;1</code> (<a href="https://buildkite.com/acme/shop/builds/812#0190-2">shard 2</a>): assert 1 == 2</summary>

    <pre>def test_1():
    &#62;   assert 1 == 2
    E   assert 1 == 2

    tests/test_b.py:3: AssertionError

    pytest tests/test_b.py::TestX::test_1  &#35; shard 2
    </pre>
    </details>

    | shard | state | tests | failed | predicted | measured |
    |---:|---|---:|---:|---:|---:|
    | <a href="https://buildkite.com/acme/shop/builds/812#0190-1">1</a> | finished | 2 | 0 | 4.00 s | 4.00 s |
    | <a href="https://buildkite.com/acme/shop/builds/812#0190-2">2</a> | finished | 2 | 1 | 4.00 s | 5.00 s |

    Slowest: shard 2 in 5.00 s, 11.1 % over the mean of 4.50 s; the other jobs waited 1.00 s in total.
    "#);
}
