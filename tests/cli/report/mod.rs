//! `evenshard report`: what it says of timings, of a plan, of a finished build.

pub(crate) mod daily;

use serde_json::Value;

use crate::support::{Folder, Ran, junit};

/// Three files, one of which is as long as the other two.
fn folder() -> Folder {
    let folder = Folder::new();
    let cases = [
        ("tests.test_cart", "test_add", 1.0),
        ("tests.test_cart", "test_remove", 5.0),
        ("tests.test_cart", "test_total", 2.0),
        ("tests.test_cart.TestDiscount", "test_none", 1.5),
        ("tests.test_cart.TestDiscount", "test_ten", 1.5),
        ("tests.test_search", "test_empty", 3.0),
        ("tests.test_search", "test_word[é]", 3.0),
        ("tests.test_user", "test_login", 4.0),
    ];
    folder.file("junit/a.xml", junit(&cases));
    folder
}

fn report(folder: &Folder, arguments: &[&str]) -> Ran {
    let all = [&["report", "--timings", "junit"], arguments].concat();
    folder.run(&all)
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.succeeds().out).unwrap()
}

#[test]
fn a_report_of_timings_reads_like_this() {
    let folder = folder();
    let ran = report(&folder, &["--shards", "3", "--job-overhead", "10s"]);
    insta::assert_snapshot!(ran.succeeds().out);
}

#[test]
fn the_same_as_markdown() {
    let folder = folder();
    let arguments = ["--shards", "3", "--job-overhead", "10s"];
    let ran = report(
        &folder,
        &[&arguments[..], &["--format", "markdown"]].concat(),
    );
    insta::assert_snapshot!(ran.succeeds().out);
}

#[test]
fn text_fits_eighty_columns_and_has_colour_only_where_it_was_asked_for() {
    let folder = folder();
    let long = "test_with_a_name_that_is_much_longer_than_a_line_of_eighty_columns_has_room_for";
    let class = "tests.a_folder_of_some_length.test_a_file_of_some_length";
    folder.file("junit/b.xml", junit(&[(class, long, 2.5)]));
    let ran = report(&folder, &[]);
    for line in ran.succeeds().out.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(!ran.out.contains('\x1b'));
    let coloured = report(&folder, &["--color", "always"]);
    assert!(coloured.succeeds().out.contains("\x1b["));
    let never = folder.run_with(
        &["report", "--timings", "junit"],
        &[("NO_COLOR", "1"), ("TERM", "xterm")],
        "",
    );
    assert_eq!(never.succeeds().out, ran.out);
    // A file is never coloured.
    let file = ["--color", "always", "--output", "report.txt"];
    report(&folder, &file).succeeds();
    let written = std::fs::read_to_string(folder.path().join("report.txt")).unwrap();
    assert_eq!(written, ran.out);
}

#[test]
fn names_reach_neither_terminal_nor_markdown_raw() {
    let folder = Folder::new();
    let name = "test_x[&#27;[31m|&lt;script&gt;`*_]\u{202e}";
    let xml = format!(
        r#"<testsuite name="pytest" time="9"><testcase classname="t.test_a" name="{name}" time="3"/></testsuite>"#
    );
    folder.file("junit/a.xml", xml.replace("&#27;", "\u{fffd}"));
    let raw = "t.test_b\ttest_\u{1b}[31mred\u{202e}x | <script>alert(1)</script>\n";
    folder.file(
        "names.tsv",
        raw.replacen('\t', "::", 1).replace('\n', "\t2\n"),
    );
    let import = ["timings", "import", "--format", "tsv", "names.tsv"];
    let import = [&import[..], &["--output", "timings.json"]].concat();
    folder.run(&import).succeeds();
    for format in ["text", "markdown", "html", "json"] {
        let arguments = ["report", "--timings", "junit", "timings.json"];
        let ran = folder.run(&[&arguments[..], &["--format", format]].concat());
        let out = &ran.succeeds().out;
        assert!(
            !out.contains('\x1b') && !out.contains('\u{202e}'),
            "{format}: {out}"
        );
        if format != "text" && format != "json" {
            assert!(!out.contains("<script>alert"), "{format}: {out}");
        }
    }
}

#[test]
fn json_is_the_model_and_the_same_twice() {
    let folder = folder();
    let first = report(&folder, &["--format", "json", "--shards", "2"]);
    let value = json(&first);
    assert_eq!(value["version"], 1);
    assert_eq!(value["basis"], "timings");
    assert_eq!(value["sizing"]["chosen"], 2);
    assert_eq!(value["plan"]["shards"].as_array().unwrap().len(), 2);
    let again = report(&folder, &["--format", "json", "--shards", "2"]);
    assert_eq!(first.out, again.out);
    let output = [
        "--format",
        "json",
        "--shards",
        "2",
        "--output",
        "new/report.json",
    ];
    report(&folder, &output).succeeds();
    let written = std::fs::read_to_string(folder.path().join("new/report.json")).unwrap();
    assert_eq!(written, first.out);
}

#[test]
fn a_list_of_tests_shows_which_are_unknown_and_can_be_required_to_be_known() {
    let folder = folder();
    folder.file(
        "tests.txt",
        "tests/test_user.py::test_login\ntests/test_user.py::test_new\n",
    );
    let listed = ["--tests", "tests.txt", "--format", "json"];
    let value = json(&report(&folder, &listed));
    assert_eq!(
        (&value["suite"]["tests"], &value["suite"]["known"]),
        (&2.into(), &1.into())
    );
    assert_eq!(value["unknown"]["shown"][0]["name"], "test_new");
    let ran = report(
        &folder,
        &[&listed[..], &["--require-match", "90%"]].concat(),
    );
    ran.fails(65, &["--require-match asks for 90 %"]);
}

#[test]
fn an_unmet_target_is_reported_and_exits_with_65() {
    let folder = folder();
    let ran = report(&folder, &["--target", "3s"]);
    ran.fails(65, &["tests/test_cart.py::test_remove"]);
    assert!(ran.out.contains("not met"), "{}", ran.out);
    let met = report(&folder, &["--target", "12s", "--format", "json"]);
    let value = json(&met);
    assert_eq!(value["sizing"]["chosen_by"], "target");
    assert_eq!(value["sizing"]["target"]["proved_smallest"], true);
}

#[test]
fn a_plan_is_reported_by_itself() {
    let folder = folder();
    let plan = [
        "plan",
        "--timings",
        "junit",
        "--shards",
        "2",
        "--output",
        "plan.json",
    ];
    folder.run(&plan).succeeds();
    let ran = folder.run(&["report", "--plan", "plan.json", "--format", "json"]);
    let value = json(&ran);
    assert_eq!(value["basis"], "plan");
    assert_eq!(
        (&value["sizing"]["chosen"], &value["sizing"]["chosen_by"]),
        (&2.into(), &"plan".into())
    );
    assert_eq!(value["slowest_tests"]["shown"], Value::Array(vec![]));
    let whole = report(&folder, &["--shards", "2", "--format", "json"]);
    assert_eq!(json(&whole)["plan"], value["plan"]);
    let text = folder.run(&["report", "--plan", "plan.json"]);
    let said = text.succeeds().out.replace("\n  ", " ");
    for words in ["from a plan alone", "by the means of files, classes"] {
        assert!(said.contains(words), "{said}");
    }
    assert!(!text.out.contains("Slowest tests"), "{}", text.out);
}

#[test]
fn tests_that_the_newest_build_no_longer_has_are_counted() {
    let folder = folder();
    let later = junit(&[("tests.test_cart", "test_add", 1.0)]);
    let later = later.replacen(
        "<testsuite ",
        "<testsuite timestamp=\"2099-01-01T00:00:00\" ",
        1,
    );
    folder.file("junit/b.xml", later);
    let ran = report(&folder, &[]);
    let out = ran.succeeds().out.replace("\n  ", " ");
    assert!(
        out.contains("7 of them are not in the newest build"),
        "{out}"
    );
}

#[test]
fn the_results_of_a_build_stand_beside_what_was_predicted() {
    let (folder, _) = crate::verify::build();
    let alone = folder.run(&["report", "results", "--format", "json"]);
    let value = json(&alone);
    assert_eq!(
        (&value["basis"], &value["sizing"]["chosen"]),
        (&"results".into(), &2.into())
    );
    assert_eq!(value["results"]["proved"], true);
    assert_eq!(value["results"]["shards"][1]["predicted_us"], 4_000_000);
    assert_eq!(value["results"]["shards"][1]["measured_us"], 5_000_000);
    assert_eq!(value["results"]["balance"]["slowest"], 2);
    // With timings of their own, single tests are compared as well.
    let beside = [
        "report",
        "results",
        "--timings",
        "timings",
        "--format",
        "json",
    ];
    let value = json(&folder.run(&beside));
    assert_eq!(value["basis"], "timings");
    assert!(
        !value["results"]["misses"]["shown"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    // With the plan, its shards are the ones shown.
    let planned = ["report", "results", "--plan", "plan.json"];
    let ran = folder.run(&planned);
    assert!(
        ran.succeeds().out.contains("2 shards, as planned"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("Results of build 812"));
}

#[test]
fn a_build_that_stopped_on_request_is_not_shown_as_one_that_ran() {
    let folder = crate::verify::stopped();
    let said = [
        "1 test failed",
        "1 not run (stopped on request)",
        "1 did not",
    ];
    for format in ["text", "markdown", "html"] {
        let ran = folder.run(&["report", "results", "--format", format]);
        let out = ran.succeeds().out.replace("\n  ", " ");
        for words in said {
            assert!(out.contains(words), "{format}: no '{words}' in {out}");
        }
        assert!(!out.contains("every test is proved"), "{out}");
    }
}

#[test]
fn a_build_that_is_not_proved_says_so() {
    let (folder, _) = crate::verify::build();
    std::fs::remove_file(folder.path().join("results/junit-2-1.shard.json")).unwrap();
    let ran = folder.run(&["report", "results"]);
    assert!(ran.succeeds().out.contains("NOT proved"), "{}", ran.out);
    assert!(ran.out.contains("shard 2 of 2 left no record"));
}

#[test]
fn reports_without_records_are_timings_and_no_more() {
    let folder = folder();
    let ran = folder.run(&["report", "junit", "--format", "json"]);
    assert_eq!(json(&ran).get("results"), None);
    ran.says(&["hold no run records"]);
}

#[test]
fn what_cannot_be_reported_on_is_an_error_with_its_code() {
    let folder = folder();
    folder.run(&["report"]).fails(64, &["nothing to report on"]);
    let both = ["report", "--plan", "plan.json", "--timings", "junit"];
    folder.run(&both).fails(64, &["cannot be used with"]);
    folder
        .run(&["report", "--timings", "nowhere"])
        .fails(65, &["nowhere"]);
    folder.run(&["report", "nowhere"]).fails(65, &["nowhere"]);
    folder
        .run(&["report", "--plan", "nowhere.json"])
        .fails(75, &["nowhere.json"]);
    report(&folder, &["--shards", "0"]).fails(78, &["shards"]);
    report(&folder, &["--format", "pdf"]).fails(64, &["pdf"]);
    report(&folder, &["--shards", "2", "--target", "5s"]).fails(64, &["--target"]);
    folder.file("empty/junit.xml", "<testsuites/>");
    folder
        .run(&["report", "--timings", "empty"])
        .fails(65, &["no timings in empty"]);
}
