//! `plan`: the file it writes and what it says.

use serde_json::Value;

use crate::support::{Folder, small_suite};

#[test]
fn the_plan_file_holds_what_is_documented() {
    let folder = Folder::new();
    folder.file("junit/a.xml", small_suite());
    let ran = folder.run(&[
        "plan",
        "--timings",
        "junit",
        "--shards",
        "2",
        "--setup-cost",
        "0",
    ]);
    let plan: Value = serde_json::from_str(&ran.succeeds().out).unwrap();
    assert_eq!(plan["version"], 1);
    assert_eq!(plan["digest"].as_str().unwrap().len(), 64);
    assert_eq!(plan["split"], "auto");
    assert_eq!(plan["match"], serde_json::json!({"tests": 4, "known": 4}));
    let shards = plan["shards"].as_array().unwrap();
    let predicted: Vec<u64> = shards
        .iter()
        .map(|s| s["predicted_us"].as_u64().unwrap())
        .collect();
    // 8 s of tests and a millisecond each, over two shards.
    assert_eq!(predicted.iter().sum::<u64>(), 8_004_000);
    assert_eq!(
        plan["makespan_us"].as_u64(),
        predicted.iter().copied().max()
    );
    assert!(plan["lower_bound_us"].as_u64().unwrap() <= plan["makespan_us"].as_u64().unwrap());
    assert!(plan["gap_ppm"].is_u64());
    assert!(
        shards
            .iter()
            .all(|s| !s["units"].as_array().unwrap().is_empty())
    );
}

#[test]
fn the_same_content_gives_the_same_bytes_whatever_the_files_are_called() {
    let folder = Folder::new();
    let (one, two) = (small_suite(), small_suite().replace("3.000", "4.000"));
    folder.file("x/1.xml", &one);
    folder.file("x/2.xml", &two);
    folder.file("y/1.xml", &two);
    folder.file("y/deeper/2.xml", &one);
    folder.file("y/again.xml", &one);
    let plan = |timings: &str| {
        folder
            .run(&["plan", "--timings", timings, "--shards", "3"])
            .succeeds()
            .out
            .clone()
    };
    assert_eq!(plan("x"), plan("y"));
    assert_eq!(plan("x"), plan("x/*.xml"));
}

#[test]
fn output_is_written_whole_and_a_place_that_cannot_be_written_is_73() {
    let folder = Folder::new();
    folder.file("junit.xml", small_suite());
    let plan = [
        "plan",
        "--timings",
        "junit.xml",
        "--shards",
        "2",
        "--output",
    ];
    folder
        .run(&[&plan[..], &["new/plan.json"]].concat())
        .succeeds();
    assert!(folder.path().join("new/plan.json").is_file());
    folder
        .run(&[&plan[..], &["junit.xml/plan.json"]].concat())
        .fails(73, &["junit.xml/plan.json"]);
}

#[test]
fn a_large_file_is_cut_and_small_ones_stay_whole() {
    let folder = Folder::new();
    let mut cases: Vec<(String, String, f64)> = (0..40)
        .map(|n| {
            (
                format!("tests.big.Test{}", n / 10),
                format!("test_{n}"),
                1.0,
            )
        })
        .collect();
    cases.extend((0..10).map(|n| (format!("tests.small_{n}"), "test_1".to_owned(), 1.0)));
    let cases: Vec<(&str, &str, f64)> = cases
        .iter()
        .map(|(c, n, t)| (c.as_str(), n.as_str(), *t))
        .collect();
    folder.file("junit.xml", crate::support::junit(&cases));
    let ran = folder.run(&["plan", "--timings", "junit.xml", "--shards", "5"]);
    let plan: Value = serde_json::from_str(&ran.succeeds().out).unwrap();
    let units: Vec<&Value> = plan["shards"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|s| s["units"].as_array().unwrap())
        .collect();
    let of = |file: &str| units.iter().filter(|u| u["file"] == file).count();
    assert!(of("tests.big") > 1, "cut");
    assert!(
        (0..10).all(|n| of(&format!("tests.small_{n}")) == 1),
        "whole"
    );
    assert!(
        plan["gap_ppm"].as_u64().unwrap() < 50_000,
        "{}",
        plan["gap_ppm"]
    );
}

#[test]
fn text_is_a_table_of_shards() {
    let folder = Folder::new();
    folder.file("junit.xml", small_suite());
    let ran = folder.run(&[
        "plan",
        "--timings",
        "junit.xml",
        "--shards",
        "2",
        "--setup-cost",
        "0",
        "--format",
        "text",
    ]);
    insta::assert_snapshot!(ran.succeeds().out, @r"
    shard   predicted  units   tests
        1      4.00 s      2       2
        2      4.00 s      2       2
    ");
}
