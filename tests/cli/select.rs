//! `select` prints each line in exactly one shard, unchanged.

use evenshard::Planner;
use evenshard::plan::Rules;

use crate::support::{Folder, junit, small_suite};

/// What each of `shards` prints for this list.
fn parts(folder: &Folder, shards: u32, more: &[&str], list: &str) -> Vec<String> {
    (1..=shards)
        .map(|i| {
            let shard = format!("{i}/{shards}");
            let select = [&["select", "--tests", "-", "--shard", &shard][..], more].concat();
            let ran = folder.run_with(&select, &[], list);
            ran.succeeds();
            ran.out
        })
        .collect()
}

#[test]
fn every_line_comes_once_with_repeats_together_and_in_order() {
    let folder = Folder::new();
    folder.file("junit.xml", small_suite());
    let list = "tests/test_c.py::test_1\ntests/new.py::t[a b]\n\ntests/test_a.py::test_1\ntests/test_b.py::TestX::test_1\ntests/test_c.py::test_1\ntests/test_b.py\nspec/é.rb\n";
    let lines: Vec<&str> = list.lines().filter(|l| !l.is_empty()).collect();
    for shards in [1, 2, 3, 7, 20] {
        let parts = parts(&folder, shards, &["--timings", "junit.xml"], list);
        let mut all: Vec<&str> = parts.iter().flat_map(|p| p.lines()).collect();
        all.sort_unstable();
        let mut expected = lines.clone();
        expected.sort_unstable();
        assert_eq!(all, expected, "{shards} shards");
        for part in &parts {
            let mut rest = lines.iter();
            assert!(
                part.lines().all(|l| rest.any(|&x| x == l)),
                "order is kept: {part}"
            );
        }
    }
}

#[test]
fn files_are_balanced_by_what_their_tests_took() {
    let folder = Folder::new();
    folder.file(
        "junit.xml",
        junit(&[
            ("tests.long", "test_1", 9.0),
            ("tests.a", "test_1", 3.0),
            ("tests.b.TestX", "test_1", 3.0),
            ("tests.c", "test_1", 3.0),
        ]),
    );
    let parts = parts(
        &folder,
        2,
        &["--timings", "junit.xml"],
        "tests/a.py\ntests/b.py\ntests/c.py\ntests/long.py\n",
    );
    assert!(parts.contains(&"tests/long.py\n".to_owned()), "{parts:?}");
    assert!(
        parts.contains(&"tests/a.py\ntests/b.py\ntests/c.py\n".to_owned()),
        "{parts:?}"
    );
}

#[test]
fn nul_separated_lists_keep_newlines_in_names() {
    let folder = Folder::new();
    let parts = parts(&folder, 3, &["--null"], "a\nb.py\0c.py\0d.py\0");
    let mut all: Vec<&str> = parts
        .iter()
        .flat_map(|p| p.split_terminator('\0'))
        .collect();
    all.sort_unstable();
    assert_eq!(all, ["a\nb.py", "c.py", "d.py"]);
}

#[test]
fn a_plan_places_what_it_does_not_know_as_well() {
    let folder = Folder::new();
    folder.file("junit.xml", small_suite());
    folder
        .run(&[
            "plan",
            "--timings",
            "junit.xml",
            "--shards",
            "3",
            "--split",
            "test",
            "--output",
            "plan.json",
        ])
        .succeeds();
    let list = "tests/test_b.py::TestX::test_1\ntests/test_b.py::TestX::test_2[x]\ntests/test_b.py\nnew.py::t\n";
    let parts = parts(&folder, 3, &["--plan", "plan.json"], list);
    assert_eq!(parts.concat().lines().count(), 4);
}

#[test]
fn a_durations_file_of_pytest_split_serves_as_timings() {
    let folder = Folder::new();
    folder.file(".test_durations", r#"{"tests/a.py::test_1": 9.0, "tests/b.py::T::test_1[x]": 5.0, "tests/c.py::test_1": 4.0}"#);
    let list = "tests/a.py::test_1\ntests/b.py::T::test_1[x]\ntests/c.py::test_1\n";
    let ran = folder.run_with(
        &[
            "select",
            "--timings",
            ".test_durations",
            "--shard",
            "1/2",
            "--tests",
            "-",
        ],
        &[],
        list,
    );
    ran.succeeds()
        .says(&["timings for 3 of 3 tests (100.00 %), from 1 build"]);
    let lines = ran.out.lines().count();
    assert!(lines == 1 || lines == 2, "balanced: {}", ran.out);
}

#[test]
fn an_empty_list_is_an_empty_share() {
    let folder = Folder::new();
    assert_eq!(parts(&folder, 2, &[], ""), ["", ""]);
    let select = ["select", "--tests", "-", "--shard", "1/2"];
    let ran = folder.run_with(&select, &[], "\n");
    ran.succeeds()
        .says(&["warning: the list of tests is empty"]);
}

#[test]
fn lines_follow_the_rules_of_the_plan() {
    let folder = Folder::new();
    let rules = Rules {
        together: vec![vec![
            "spec/a_spec.rb".parse().unwrap(),
            "tests/*::TestX".parse().unwrap(),
        ]],
        everywhere: vec!["spec/smoke".parse().unwrap()],
        ..Rules::default()
    };
    let planner = Planner::new(3).unwrap().rules(rules);
    let plan = planner.plan_without_timings().unwrap();
    folder.file("plan.json", plan.to_json());
    let list = "spec/a_spec.rb\nspec/b_spec.rb\nspec/smoke/up_spec.rb\ntests/c.py::TestX::test_1\ntests/d.py::TestX::test_1\n";
    let parts = parts(&folder, 3, &["--plan", "plan.json"], list);
    let holders = |line: &str| -> Vec<usize> {
        let has = |part: &String| part.lines().any(|l| l == line);
        (0..3).filter(|&shard| has(&parts[shard])).collect()
    };
    assert_eq!(holders("spec/smoke/up_spec.rb"), [0, 1, 2]);
    assert_eq!(holders("spec/b_spec.rb").len(), 1);
    let group = holders("spec/a_spec.rb");
    assert_eq!(group.len(), 1);
    assert_eq!(holders("tests/c.py::TestX::test_1"), group);
    assert_eq!(holders("tests/d.py::TestX::test_1"), group);
}
