//! `explain` tells where a test runs and why.

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
        "all of tests.test_b.TestX is there",
        "estimate 1.00 s",
        "samples  1.00 s",
        "--split test --shard",
        "-- pytest 'tests/test_b.py::TestX::test_2[x]'",
    ] {
        assert!(out.contains(words), "no '{words}' in {out}");
    }
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
        ("tests/test_c.py::test_new", "all of tests.test_c is there"),
        (
            "tests/test_c.py::TestNew::test_1",
            "lowest shard that holds some of tests.test_c",
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
