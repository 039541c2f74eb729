//! Rules about tests in the configuration file.

use super::plan;
use crate::support::{Folder, junit};

/// Four files of equal time, so that only a rule brings two of them together.
fn four_files() -> Folder {
    let folder = Folder::new();
    let cases: Vec<(&str, &str, f64)> = ["tests.a", "tests.b", "tests.c", "tests.d"]
        .map(|file| (file, "test_1", 2.0))
        .to_vec();
    folder.file("junit/a.xml", junit(&cases));
    folder
}

const LIST: &str = "tests/a.py\ntests/b.py\ntests/c.py\ntests/d.py\n";

/// The shards, counted from 1, that `select` gives a line to.
fn shards_of(folder: &Folder, line: &str, more: &[&str]) -> Vec<u32> {
    let has = |number: &u32| {
        let shard = format!("{number}/4");
        let select = [&["select", "--tests", "-", "--shard", &shard][..], more].concat();
        let ran = folder.run_with(&select, &[], LIST);
        ran.succeeds().out.lines().any(|l| l == line)
    };
    (1..=4).filter(has).collect()
}

#[test]
fn a_group_shares_a_shard_under_select() {
    let folder = four_files();
    folder.file("evenshard.toml", "timings = [\"junit\"]\n");
    assert_ne!(
        shards_of(&folder, "tests/a.py", &[]),
        shards_of(&folder, "tests/d.py", &[])
    );
    folder.file(
        "evenshard.toml",
        "timings = [\"junit\"]\ntogether = [[\"tests/a.py\", \"tests/d.py\"]]\n",
    );
    let together = shards_of(&folder, "tests/a.py", &[]);
    assert_eq!(together.len(), 1);
    assert_eq!(together, shards_of(&folder, "tests/d.py", &[]));
}

#[test]
fn what_runs_everywhere_is_in_every_share() {
    let folder = four_files();
    folder.file(
        "evenshard.toml",
        "timings = [\"junit\"]\neverywhere = [\"tests/b.py\"]\n",
    );
    assert_eq!(shards_of(&folder, "tests/b.py", &[]), [1, 2, 3, 4]);
    assert_eq!(shards_of(&folder, "tests/c.py", &[]).len(), 1);
}

#[test]
fn what_is_never_split_stays_whole_in_a_plan() {
    let folder = Folder::new();
    folder.file(
        "junit/a.xml",
        junit(&[
            ("tests.big.TestA", "test_1", 30.0),
            ("tests.big.TestB", "test_1", 30.0),
            ("tests.c", "test_1", 1.0),
        ]),
    );
    let whole = |text: &str| {
        folder.file("evenshard.toml", text);
        let plan = plan(&folder.run(&["plan", "--timings", "junit", "--shards", "2"]));
        let shards = plan["shards"].as_array().unwrap().clone();
        let has_big = |shard: &&serde_json::Value| shard["units"].to_string().contains("tests.big");
        shards.iter().filter(has_big).count() == 1
    };
    assert!(!whole(""));
    assert!(whole("never-split = [\"tests/big.py\"]\n"));
}

#[test]
fn a_plan_keeps_the_rules_that_it_was_made_with() {
    let folder = four_files();
    let made = "together = [[\"tests/a.py\", \"tests/d.py\"]]\n";
    folder.file("evenshard.toml", made);
    let plan = folder.run(&[
        "plan",
        "--timings",
        "junit",
        "--shards",
        "4",
        "--output",
        "plan.json",
    ]);
    plan.succeeds()
        .says(&["settings from evenshard.toml: together\n"]);
    folder.file(
        "evenshard.toml",
        "together = [[\"tests/a.py\", \"tests/b.py\"]]\n",
    );
    let given = ["--plan", "plan.json"];
    assert_eq!(
        shards_of(&folder, "tests/a.py", &given),
        shards_of(&folder, "tests/d.py", &given)
    );
    let ran = folder.run_with(
        &[
            "select",
            "--tests",
            "-",
            "--shard",
            "1/4",
            "--plan",
            "plan.json",
        ],
        &[],
        LIST,
    );
    assert!(!ran.err.contains("settings from"), "{}", ran.err);
}

#[test]
fn a_pattern_that_fits_no_known_test_is_named() {
    let folder = four_files();
    folder.file(
        "evenshard.toml",
        "together = [\n  [\"tests/a.py\",\n   \"tests/dbx\"],\n]\neverywhere = \"tests/b.py::TestNone\"\n",
    );
    let words = [
        "warning: evenshard.toml:3: 'tests/dbx' fits no known test",
        "warning: evenshard.toml:5: 'tests/b.py::TestNone' fits no known test",
    ];
    let ran = folder.run(&["plan", "--timings", "junit", "--shards", "2"]);
    ran.succeeds().says(&words);
    assert!(!ran.err.contains("'tests/a.py' fits"), "{}", ran.err);
    // Of a list of files nobody can tell which classes they have.
    let select = ["select", "--tests", "-", "--shard", "1/2"];
    let ran = folder.run_with(&select, &[], LIST);
    ran.succeeds().says(&words[..1]);
    assert!(!ran.err.contains("TestNone"), "{}", ran.err);
}

#[test]
fn what_is_no_pattern_is_said_with_its_line() {
    let folder = four_files();
    for (text, words) in [
        (
            "together = [\n\"tests/a.py\",\n\"::TestX\"]",
            &["evenshard.toml:3: 'together': '::TestX' is not a pattern"][..],
        ),
        (
            "never-split = [1]",
            &["evenshard.toml:1: 'never-split' takes a list of patterns, not a number"],
        ),
        (
            "together = [[[\"a\"]]]",
            &["'together' takes a list of groups", "not a list"],
        ),
        (
            "everywhere = true",
            &["'everywhere' takes a list of patterns, not true or false"],
        ),
        (
            "may-split = [\"a.py::\"]",
            &["evenshard.toml:1: 'may-split': 'a.py::' is not a pattern"],
        ),
        (
            "whole-marks = [\"staged\", \"slow and wide\"]",
            &[
                "evenshard.toml:1: 'whole-marks': 'slow and wide' is not the name of a mark",
                "hint: a mark is named as in @pytest.mark.NAME",
            ],
        ),
        (
            "whole-marks = [1]",
            &["evenshard.toml:1: 'whole-marks' takes a list of marks, not a number"],
        ),
    ] {
        folder.file("evenshard.toml", text);
        let ran = folder.run(&["plan", "--timings", "junit", "--shards", "2"]);
        ran.fails(78, words);
    }
}
