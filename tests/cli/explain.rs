//! `explain` tells where a test runs and why.

use evenshard::Planner;
use evenshard::plan::Rules;

use crate::support::{Folder, small_suite};

#[test]
fn a_known_test_is_explained_by_its_samples() {
    let folder = Folder::new();
    folder.file("junit.xml", small_suite());
    let ran = folder.run(&[
        "explain",
        "tests/test_b.py::TestX::test_2[x]",
        "--timings",
        "junit.xml",
        "--shards",
        "3",
        "--split",
        "test",
    ]);
    let out = &ran.succeeds().out;
    for words in [
        "of 3, plan",
        "all of tests/test_b.py::TestX is there",
        "estimate 1.00 s",
        "samples  1.00 s",
        "--split test --shard",
        "-- pytest 'tests/test_b.py::TestX::test_2[x]'",
    ] {
        assert!(out.contains(words), "no '{words}' in {out}");
    }
}

#[test]
fn a_file_on_several_shards_is_explained_by_each_of_them() {
    let folder = Folder::new();
    folder.file("junit.xml", small_suite());
    let explain = |id| {
        let how = ["--timings", "junit.xml", "--shards", "4", "--split", "test"];
        folder.run(&[&["explain", id], &how[..]].concat())
    };
    let ran = explain("tests/test_b.py");
    for words in ["shards   2 of 4", "because  the plan cuts it", "1 test, "] {
        assert!(
            ran.succeeds().out.contains(words),
            "no '{words}' in {ran:?}"
        );
    }
    explain("").fails(64, &["which test?"]);
    let alone = folder.run(&["explain", "tests/test_b.py"]);
    alone.fails(
        64,
        &["--plan <FILE>, or --timings <PATH> with --shards <N>"],
    );
}

#[test]
fn an_unknown_test_is_explained_by_the_rule_that_places_it() {
    let folder = Folder::new();
    folder.file("junit.xml", small_suite());
    folder
        .run(&[
            "plan",
            "--timings",
            "junit.xml",
            "--shards",
            "3",
            "--output",
            "plan.json",
        ])
        .succeeds();
    for (id, words) in [
        (
            "tests/test_c.py::test_new",
            "all of tests/test_c.py is there",
        ),
        (
            "tests/test_c.py::TestNew::test_1",
            "lowest shard that holds some of tests/test_c.py",
        ),
        ("tests/new.py::test_1", "fixed hash"),
    ] {
        let ran = folder.run(&["explain", id, "--plan", "plan.json"]);
        assert!(
            ran.succeeds().out.contains(words),
            "no '{words}' in {}",
            ran.out
        );
        assert!(ran.out.contains("--plan plan.json --shard"));
    }
}

#[test]
fn a_rule_is_named_by_its_pattern() {
    let folder = Folder::new();
    let rules = Rules {
        together: vec![vec!["tests/*::TestX".parse().unwrap()]],
        everywhere: vec!["tests/smoke".parse().unwrap()],
        ..Rules::default()
    };
    let planner = Planner::new(3).unwrap().rules(rules);
    folder.file(
        "plan.json",
        planner.plan_without_timings().unwrap().to_json(),
    );
    for (id, words) in [
        (
            "tests/smoke/test_up.py::test_1",
            ["all 3, plan", "'tests/smoke' is to run everywhere"],
        ),
        (
            "tests/test_a.py::TestX::test_1",
            ["of 3, plan", "'tests/*::TestX' makes it one of a group"],
        ),
    ] {
        let ran = folder.run(&["explain", id, "--plan", "plan.json"]);
        let out = &ran.succeeds().out;
        assert!(words.iter().all(|word| out.contains(word)), "{out}");
    }
}

#[test]
fn a_misspelt_name_is_answered_with_the_nearest_one() {
    let folder = Folder::new();
    folder.file("junit.xml", small_suite());
    let explain = |id| folder.run(&["explain", id, "--timings", "junit.xml", "--shards", "2"]);
    for (typed, meant) in [
        (
            "tests/test_b.py::TestX::test_2[y]",
            "tests/test_b.py::TestX::test_2[x]",
        ),
        ("tests/tset_b.py", "tests/test_b.py"),
    ] {
        let ran = explain(typed);
        ran.succeeds();
        let hint = format!("nothing is known of {typed}: did you mean {meant}?");
        assert!(ran.err.contains(&hint), "no '{hint}' in {ran:?}");
    }
    assert!(
        !explain("tests/test_b.py::test_of_something_else")
            .err
            .contains("did you mean")
    );
}
