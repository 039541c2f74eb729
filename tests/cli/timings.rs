//! `timings show` tells what files hold.

use std::io::Write as _;

use crate::support::{Folder, small_suite};

#[test]
fn archives_are_told_apart_by_content() {
    let folder = Folder::new();
    let plain = small_suite();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(plain.as_bytes()).unwrap();
    folder.file("in/a.xml.gz", gzip.finish().unwrap());
    folder.file(
        "in/b.xml",
        zstd::encode_all(plain.replace("3.000", "4.000").as_bytes(), 1).unwrap(),
    );
    folder.file("in/c.json", r#"{"tests/d.py::test_1": 1.5}"#);
    let ran = folder.run(&["timings", "show", "--format", "json", "in"]);
    let json: serde_json::Value = serde_json::from_str(&ran.succeeds().out).unwrap();
    assert_eq!(json["version"], 1);
    let totals: Vec<_> = json["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["total_us"].as_u64().unwrap())
        .collect();
    assert_eq!(totals, [8_000_000, 9_000_000, 1_500_000]);
    assert_eq!(json["total"]["tests"], 5);
}

#[test]
fn text_is_a_table_of_files() {
    let folder = Folder::new();
    folder.file("a.xml", small_suite());
    let ran = folder.run(&["timings", "show", "a.xml"]);
    insta::assert_snapshot!(ran.succeeds().out, @r"
       cases  samples        time  failed  skipped  file
           4        4      8.00 s       0        0  a.xml
           4        4      8.00 s       0        0  total: 4 tests of 1 build
    ");
}

#[test]
fn a_path_without_timings_is_65_but_the_others_are_shown() {
    let folder = Folder::new();
    folder.file("a.xml", small_suite());
    let ran = folder.run(&["timings", "show", "missing.xml", "a.xml"]);
    ran.fails(65, &["missing.xml"]);
    assert!(ran.out.contains("a.xml"));
}

#[test]
fn a_history_grows_by_builds_and_counts_each_report_once() {
    let folder = Folder::new();
    folder.file("one/a.xml", small_suite());
    folder.file("two/a.xml", small_suite().replace("3.000", "5.000"));
    let update = |results: &str, build: &str| {
        folder.run(&[
            "timings",
            "update",
            "--history",
            "timings.json",
            results,
            "--build",
            build,
            "--complete",
            "--output",
            "timings.json",
        ])
    };
    update("one", "b1").succeeds().says(&[
        "does not exist yet",
        "1 new report",
        "4 tests of 1 build",
    ]);
    update("two", "b2")
        .succeeds()
        .says(&["1 new report", "2 builds"]);
    let twice = std::fs::read(folder.path().join("timings.json")).unwrap();
    update("two", "b2").succeeds().says(&["0 new reports"]);
    assert_eq!(
        std::fs::read(folder.path().join("timings.json")).unwrap(),
        twice
    );

    let plan = folder.run(&["plan", "--timings", "timings.json", "--shards", "2"]);
    plan.succeeds()
        .says(&["timings for 4 tests, from 2 builds"]);
    assert_eq!(
        plan.out,
        folder
            .run(&["plan", "--timings", "one", "two", "--shards", "2"])
            .out
    );
}

#[test]
fn an_update_that_fails_leaves_the_history_as_it_was() {
    let folder = Folder::new();
    folder.file("one/a.xml", small_suite());
    let update = [
        "timings",
        "update",
        "--history",
        "t.json",
        "--output",
        "t.json",
    ];
    folder.run(&[&update[..], &["one"]].concat()).succeeds();
    let before = std::fs::read(folder.path().join("t.json")).unwrap();
    folder
        .run(&[&update[..], &["one", "missing"]].concat())
        .fails(65, &["missing", "left as it was"]);
    assert_eq!(std::fs::read(folder.path().join("t.json")).unwrap(), before);
    folder.file("broken.json", "{\"version\": 1, \"scopes\": 7}");
    let broken = ["timings", "update", "--history", "broken.json", "one"];
    folder
        .run(&broken)
        .fails(65, &["broken.json:1", "not a timings file"]);
    folder.file("newer.json", "{\"version\": 9}");
    let newer = ["timings", "update", "--history", "newer.json", "one"];
    folder.run(&newer).fails(65, &["version 9", "newer"]);
    folder
        .run(&["plan", "--timings", "newer.json", "--shards", "2"])
        .fails(65, &["newer"]);
}

#[test]
fn scopes_are_kept_apart_and_an_unknown_one_is_named() {
    let folder = Folder::new();
    folder.file("one.xml", small_suite());
    let update = [
        "timings", "update", "one.xml", "--scope", "unit", "--output", "t.json",
    ];
    folder.run(&update).succeeds();
    let plan = ["plan", "--timings", "t.json", "--shards", "2"];
    folder.run(&plan).fails(65, &["scope ''", "unit"]);
    let scoped = [&plan[..], &["--scope", "unit", "--output", "plan.json"]].concat();
    folder
        .run(&scoped)
        .succeeds()
        .says(&["timings for 4 tests"]);
    let select = [
        "select",
        "--plan",
        "plan.json",
        "--shard",
        "1/2",
        "--tests",
        "-",
    ];
    folder
        .run_with(&select, &[], "a.py::t\n")
        .fails(78, &["scope 'unit'"]);
}

#[test]
fn durations_go_to_pytest_split_and_come_back() {
    let folder = Folder::new();
    folder.file("one.xml", small_suite());
    let export = [
        "timings",
        "export",
        "--format",
        "pytest-split",
        "one.xml",
        "--output",
        ".test_durations",
    ];
    folder.run(&export).succeeds();
    let text = std::fs::read_to_string(folder.path().join(".test_durations")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(
        json["tests/test_b.py::TestX::test_2[x]"].as_f64().unwrap() >= 1.0,
        "{text}"
    );
    let select = [
        "select",
        "--timings",
        ".test_durations",
        "--shard",
        "1/2",
        "--tests",
        "-",
    ];
    let ran = folder.run_with(
        &select,
        &[],
        "tests/test_a.py::test_1\ntests/test_b.py::TestX::test_2[x]\n",
    );
    ran.succeeds().says(&["timings for 2 of 2 tests"]);
}

#[test]
fn a_table_of_tests_or_files_becomes_a_history() {
    let folder = Folder::new();
    let table = "# made by hand\nspec/a_spec.rb\t9.0\nspec/b_spec.rb\t4\ntests/c.py::test_1\t5.0\n\nno tab\nx\tnan\n";
    let import = [
        "timings", "import", "--format", "tsv", "-", "--output", "t.json",
    ];
    let ran = folder.run_with(&import, &[], table);
    ran.succeeds().says(&["-:6", "-:7", "passed over"]);
    let select = [
        "select",
        "--timings",
        "t.json",
        "--shard",
        "1/2",
        "--setup-cost",
        "0",
        "--tests",
        "-",
    ];
    let ran = folder.run_with(
        &select,
        &[],
        "spec/a_spec.rb\nspec/b_spec.rb\ntests/c.py::test_1\n",
    );
    ran.succeeds()
        .says(&["timings for 3 of 3 tests (100.00 %)"]);
    assert!(
        ran.out == "spec/a_spec.rb\n" || ran.out.lines().count() == 2,
        "{}",
        ran.out
    );
    folder
        .run_with(&import, &[], "nothing\n")
        .fails(65, &["no timings"]);
}

#[test]
fn a_prefix_that_shifted_is_recognised_and_said() {
    let folder = Folder::new();
    folder.file("one.xml", small_suite().replace("tests.", "pkg.tests."));
    let list = "tests/test_a.py::test_1\ntests/test_b.py::TestX::test_1\ntests/test_c.py::test_1\n";
    let select = [
        "select",
        "--shard",
        "1/2",
        "--tests",
        "-",
        "--require-match",
        "100",
        "--timings",
    ];
    let ran = folder.run_with(&[&select[..], &["one.xml"]].concat(), &[], list);
    ran.succeeds()
        .says(&["'pkg.'", "taken off", "timings for 3 of 3 tests"]);
    folder.file("two.xml", small_suite().replace("tests.", ""));
    let ran = folder.run_with(&[&select[..], &["two.xml"]].concat(), &[], list);
    ran.succeeds()
        .says(&["'tests.'", "put before", "timings for 3 of 3 tests"]);
}

#[test]
fn a_history_before_the_results_is_updated_in_place() {
    let folder = Folder::new();
    folder.file("one/a.xml", small_suite());
    folder.file("two/a.xml", small_suite().replace("3.000", "5.000"));
    for (results, builds) in [("one", "1 build"), ("two", "2 builds")] {
        let ran = folder.run(&["timings", "update", "t.json", results, "--build", results]);
        let known = format!("1 new report: the history knows 4 tests of {builds}");
        assert!(ran.succeeds().err.contains(&known), "{ran:?}");
        assert_eq!(ran.out, "");
    }
    // Alone, or beside --output, a JSON file is one of the results, as ever.
    let ran = folder.run(&["timings", "update", "t.json", "one", "--output", "u.json"]);
    assert!(ran.succeeds().err.contains("of 2 builds"), "{ran:?}");
}

#[test]
fn timings_are_shown_and_exported_by_the_flag_and_the_key_of_other_commands() {
    let folder = Folder::new();
    folder.file("junit/a.xml", small_suite());
    let by_path = folder.run(&["timings", "show", "junit"]);
    let by_flag = folder.run(&["timings", "show", "--timings", "junit"]);
    assert_eq!(by_path.succeeds().out, by_flag.succeeds().out);
    folder.run(&["timings", "show"]).fails(64, &["<PATH>..."]);
    folder.file("evenshard.toml", "timings = [\"junit\"]\n");
    let by_key = folder.run(&["timings", "show"]);
    assert_eq!(by_path.out, by_key.succeeds().out);
    let exported = folder.run(&["timings", "export", "--format", "pytest-split"]);
    assert!(
        exported.succeeds().out.contains("tests/test_a.py::test_1"),
        "{exported:?}"
    );
}
