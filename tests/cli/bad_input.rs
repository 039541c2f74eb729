//! Bad input is normal input: a clear message, the documented code, and no test run.

use crate::support::{Folder, junit, small_suite};

/// A command that would leave a trace, were it started.
const TRACE: [&str; 3] = ["--", "touch", "started"];

fn run(folder: &Folder, arguments: &[&str], env: &[(&str, &str)]) -> crate::support::Ran {
    let all = [&["run"][..], arguments, &TRACE].concat();
    let ran = folder.run_with(&all, env, "");
    assert!(
        !folder.path().join("started").exists(),
        "the command was started: {ran:?}"
    );
    ran
}

#[test]
fn a_report_that_is_cut_short_keeps_its_complete_cases_and_is_named() {
    let folder = Folder::new();
    let whole = small_suite();
    let cut = whole.find("test_2[x]").unwrap();
    folder.file("junit/a.xml", &whole[..cut]);
    let shown = folder.run(&["timings", "show", "--format", "json", "junit"]);
    let json: serde_json::Value = serde_json::from_str(&shown.succeeds().out).unwrap();
    assert_eq!(json["files"][0]["cases"], 2);
    assert_eq!(json["total"]["total_us"], 5_000_000);
    let plan = folder.run(&["plan", "--timings", "junit", "--shards", "2"]);
    plan.succeeds()
        .says(&["warning: junit/a.xml:4", "timings for 2 tests"]);
}

#[test]
fn one_broken_report_does_not_discard_the_others() {
    let folder = Folder::new();
    folder.file("junit/a.xml", small_suite());
    folder.file("junit/b.xml", "<testsuite><testcase");
    folder.file("junit/c.xml", "");
    folder.file("junit/coverage.xml", "<coverage line-rate='1'/>");
    folder.file("junit/notes.json", "[1, 2]");
    let plan = folder.run(&["plan", "--timings", "junit/", "--shards", "2"]);
    plan.succeeds()
        .says(&["junit/b.xml:1", "timings for 4 tests, from 1 build"]);
}

#[test]
fn one_broken_report_that_is_named_does_not_discard_the_others() {
    let folder = Folder::new();
    folder.file("good.xml", small_suite());
    folder.file("empty.xml", "");
    folder.file("broken.xml", "<testsuite><testcase");
    folder.file("zero.xml", junit(&[]));
    let named = ["zero.xml", "broken.xml", "good.xml", "empty.xml"];
    let plan = [&["plan", "--shards", "2", "--timings"], &named[..]].concat();
    folder.run(&plan).succeeds().says(&[
        "warning: broken.xml:1",
        "warning: no test in the timings of zero.xml",
        "timings for 4 tests, from 1 build",
    ]);
    let update = [&["timings", "update", "--output", "t.json"], &named[..]].concat();
    folder.run(&update).succeeds().says(&["4 tests of 1 build"]);
    let none = [
        "plan",
        "--shards",
        "2",
        "--timings",
        "zero.xml",
        "broken.xml",
    ];
    folder
        .run(&none)
        .fails(65, &["zero.xml", "is the file whole?"]);
}

#[test]
fn a_history_of_a_newer_version_is_never_left_out_in_silence() {
    let folder = Folder::new();
    folder.file("timings/good.xml", small_suite());
    folder.file("timings/history.json", "{\"version\": 9, \"scopes\": {}}");
    let plan = ["plan", "--timings", "timings", "--shards", "2"];
    let newer = ["timings/history.json", "version 9", "use the version"];
    folder.run(&plan).fails(65, &newer);
    folder
        .run(&[&plan[..], &["--allow-no-timings"]].concat())
        .fails(65, &newer);
    let update = ["timings", "update", "timings", "--output", "new.json"];
    folder.run(&update).fails(65, &newer);
}

#[test]
fn timings_that_name_nothing_readable_stop_the_job() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("none")).unwrap();
    folder.file("empty.xml", "");
    folder.file("blank.xml", " \n");
    folder.file("other/x.xml", "<coverage/>");
    folder.file("text.xml", "no timings at all");
    folder.file("zero.xml", junit(&[]));
    folder.file("good.xml", small_suite());
    for named in [
        "none",
        "missing",
        "junit/*.xml",
        "empty.xml",
        "blank.xml",
        "other",
        "text.xml",
        "zero.xml",
        "[a-",
    ] {
        let ran = run(&folder, &["--timings", named, "--shard", "1/2"], &[]);
        ran.fails(65, &["error: ", named, "hint: "]);
        // A report without a test is none the less a report.
        if !["empty.xml", "blank.xml", "zero.xml"].contains(&named) {
            let beside = ["--timings", "good.xml", named, "--shard", "1/2"];
            run(&folder, &beside, &[]).fails(65, &[named]);
        }
        let select = [
            "select",
            "--timings",
            named,
            "--shard",
            "1/2",
            "--tests",
            "-",
        ];
        folder
            .run_with(&select, &[], "a.py::t\n")
            .fails(65, &[named]);
        folder
            .run(&["plan", "--timings", named, "--shards", "2"])
            .fails(65, &[named]);
    }
}

#[test]
fn going_on_without_timings_has_to_be_asked_for_and_is_loud() {
    let folder = Folder::new();
    let plan = [
        "plan",
        "--timings",
        "none/*.xml",
        "--allow-no-timings",
        "--shards",
        "2",
    ];
    folder.run(&plan).succeeds().says(&[
        "warning: ",
        "none/*.xml",
        "--allow-no-timings",
        "fixed hash",
    ]);
}

#[test]
fn a_shard_out_of_range_or_malformed_stops_at_once() {
    let folder = Folder::new();
    for (shard, code) in [
        ("21/20", 78),
        ("0/3", 78),
        ("1/0", 78),
        ("1/100001", 78),
        ("3", 64),
        ("a/b", 64),
        ("-1/3", 64),
        ("1/2/3", 64),
    ] {
        run(&folder, &[&format!("--shard={shard}")], &[]).fails(code, &["error: "]);
    }
    run(&folder, &[], &[]).fails(
        64,
        &["which shard?", "BUILDKITE_PARALLEL_JOB", "CI_NODE_INDEX"],
    );
}

#[test]
fn a_shard_that_contradicts_the_ci_stops_unless_the_ci_is_ignored() {
    let folder = Folder::new();
    let third_of_four = [
        ("BUILDKITE", "true"),
        ("BUILDKITE_PARALLEL_JOB", "2"),
        ("BUILDKITE_PARALLEL_JOB_COUNT", "4"),
    ];
    let words = [
        "--shard 1/4 contradicts shard 3 of 4 (Buildkite: BUILDKITE_PARALLEL_JOB=2, counted from 0)",
    ];
    run(&folder, &["--shard", "1/4"], &third_of_four).fails(78, &words);
    run(&folder, &["--shard", "3/5"], &third_of_four).fails(78, &["contradicts"]);
    for (shard, ignore) in [("3/4", None), ("1/4", Some("--ignore-ci"))] {
        let select = [
            &["select", "--tests", "-", "--shard", shard][..],
            ignore.as_slice(),
        ]
        .concat();
        let ran = folder.run_with(&select, &third_of_four, "a.py::t\n");
        ran.succeeds();
    }
    let lonely = [("CI_NODE_INDEX", "1"), ("CI_NODE_TOTAL", "4")];
    run(&folder, &[], &lonely).fails(78, &["CI_NODE_INDEX", "GitLab", "Heroku"]);
    let ran = folder.run_with(&["select", "--tests", "-"], &third_of_four, "a.py::t\n");
    ran.succeeds()
        .says(&["shard 3 of 4 (Buildkite: BUILDKITE_PARALLEL_JOB=2, counted from 0)"]);
}

#[test]
fn a_plan_that_cannot_be_used_stops_the_job() {
    let folder = Folder::new();
    folder.file("junit.xml", small_suite());
    folder
        .run(&[
            "plan",
            "--timings",
            "junit.xml",
            "--shards",
            "2",
            "--output",
            "plan.json",
        ])
        .succeeds();
    let plan = std::fs::read_to_string(folder.path().join("plan.json")).unwrap();
    let digest = serde_json::from_str::<serde_json::Value>(&plan).unwrap()["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    folder.file(
        "newer.json",
        plan.replace("\"version\": 1", "\"version\": 2"),
    );
    folder.file("edited.json", plan.replace("test_1", "test_9"));
    folder.file("broken.json", &plan[..plan.len() / 2]);
    folder.file("other.json", "{\"version\": 1}");

    let with =
        |plan: &str, more: &[&str]| run(&folder, &[&["--plan", plan][..], more].concat(), &[]);
    with("newer.json", &["--shard", "1/2"]).fails(65, &["newer.json", "version 2", "newer"]);
    with("edited.json", &["--shard", "1/2"]).fails(65, &["edited.json", "digest"]);
    with("broken.json", &["--shard", "1/2"]).fails(65, &["broken.json", "not a plan"]);
    with("other.json", &["--shard", "1/2"]).fails(65, &["other.json", "not a plan"]);
    with("missing.json", &["--shard", "1/2"]).fails(75, &["missing.json", "hint"]);
    with("plan.json", &["--shard", "1/3"]).fails(78, &["2 shards", "1/3"]);
    with(
        "missing.json",
        &["--shard", "1/2", "--expect-digest", &digest],
    )
    .fails(75, &["missing.json"]);
    with("plan.json", &["--shard", "1/2", "--expect-digest", "0000"]).fails(75, &["0000"]);
    for flags in [
        &["--timings", "junit.xml"][..],
        &["--split", "test"],
        &["--algorithm", "lpt"],
    ] {
        with("plan.json", &[&["--shard", "1/2"], flags].concat()).fails(64, &["--plan"]);
    }
}

#[test]
fn wrong_usage_is_64_and_help_is_success() {
    let folder = Folder::new();
    for wrong in [
        &["nonsense"][..],
        &[],
        &["plan"],
        &["plan", "--shards", "x"],
        &["run"],
        &["select", "--shrad", "1/2"],
        &["plan", "--shards", "2", "--split", "folder"],
        &["plan", "--shards", "2", "--setup-cost", "5"],
        &["plan", "--shards", "2", "--require-match", "101%"],
    ] {
        folder.run(wrong).fails(64, &[]);
    }
    folder
        .run(&["select", "--shard", "1/2"])
        .fails(64, &["--tests"]);
    let help = folder.run(&["--help"]);
    assert!(help.succeeds().out.contains("Exit codes"));
    assert!(
        folder
            .run(&["--version"])
            .succeeds()
            .out
            .starts_with("evenshard ")
    );
}

#[test]
fn a_command_that_is_not_there_is_127_and_one_that_may_not_run_126() {
    let folder = Folder::new();
    folder.file("plain.txt", "no program");
    let ran = folder.run(&["run", "--shard", "1/2", "--", "no-such-pytest"]);
    ran.fails(127, &["no-such-pytest", "PATH"]);
    folder
        .run(&["run", "--shard", "1/2", "--", "./plain.txt"])
        .fails(126, &["plain.txt"]);
}

#[test]
fn a_command_in_which_the_plugin_never_loads_is_78_whatever_it_says() {
    let folder = Folder::new();
    for command in ["true", "false"] {
        let ran = folder.run(&["run", "--shard", "1/2", "--", command]);
        ran.fails(78, &["the plugin never loaded", "PYTEST_PLUGINS"]);
    }
}

#[test]
fn too_little_a_match_is_a_warning_and_an_error_where_it_was_ruled_out() {
    let folder = Folder::new();
    folder.file("junit.xml", small_suite());
    let tests = "tests/test_a.py::test_1\nx.py::t\ny.py::t\n";
    let select = [
        "select",
        "--timings",
        "junit.xml",
        "--shard",
        "1/2",
        "--tests",
        "-",
    ];
    let ran = folder.run_with(&select, &[], tests);
    ran.succeeds().says(&[
        "warning: timings for 1 of 3 tests (33.33 %), from 1 build",
        "tests, such as    x.py::t, y.py::t",
        "timings, such as  tests.test_a::test_1",
    ]);
    for least in ["90%", "33.4"] {
        let strict = [&select[..], &["--require-match", least]].concat();
        folder
            .run_with(&strict, &[], tests)
            .fails(65, &["1 of 3", "--require-match"]);
    }
    folder
        .run_with(
            &[&select[..], &["--require-match", "33%"]].concat(),
            &[],
            tests,
        )
        .succeeds();
}

#[test]
fn names_from_reports_never_reach_the_terminal_raw() {
    let folder = Folder::new();
    folder.file("junit.xml", junit(&[("tests.a", "test_1", 1.0)]));
    let ran = folder.run(&[
        "explain",
        "tests/a.py::t\u{1b}[31m",
        "--timings",
        "junit.xml",
        "--shards",
        "2",
    ]);
    assert!(!ran.succeeds().out.contains('\u{1b}'), "{ran:?}");
}

#[test]
fn results_among_the_timings_stop_the_job_unless_their_build_is_known() {
    let folder = Folder::new();
    folder.file("junit/old.xml", small_suite());
    let arguments = ["--timings", "junit", "--shard", "1/2", "--junit", "junit/"];
    run(&folder, &arguments, &[]).fails(78, &["--junit", "--build"]);

    // With a build, its own results are left out, and the plan stays what it was.
    let plan = |env: &[(&str, &str)]| {
        let select = [
            "select",
            "--timings",
            "junit",
            "--shard",
            "1/2",
            "--tests",
            "-",
        ];
        let ran = folder.run_with(&select, env, "tests/test_a.py::test_1\n");
        ran.succeeds().err.clone()
    };
    let build = [("BUILDKITE", "true"), ("BUILDKITE_BUILD_ID", "b7")];
    let before = plan(&build);
    folder.file(
        "junit/junit-2-1.xml",
        small_suite().replace("3.000", "9.000"),
    );
    let record = r#"{"version": 1, "state": "finished", "plan_digest": "d",
        "build": "b7", "shard": 2, "shards": 2, "exit_status": 0}"#;
    folder.file("junit/junit-2-1.shard.json", record);
    assert_eq!(plan(&build), before);
    assert_ne!(plan(&[]), before);
}

#[test]
fn a_shard_record_that_cannot_be_read_is_named() {
    let folder = Folder::new();
    folder.file("junit/junit-1-1.xml", small_suite());
    folder.file("junit/junit-1-1.shard.json", r#"{"version": 7}"#);
    let ran = folder.run(&["timings", "update", "junit", "--output", "t.json"]);
    assert!(ran.err.contains("junit-1-1.shard.json"), "{}", ran.err);
    assert!(ran.err.contains("version 7 is newer"), "{}", ran.err);
}

#[test]
fn a_file_of_another_kind_is_named_for_what_it_is() {
    let folder = Folder::new();
    folder.file("junit.xml", small_suite());
    folder.file("list.txt", "tests/test_a.py::test_1\n");
    folder
        .run(&[
            "plan",
            "--timings",
            "junit.xml",
            "--shards",
            "2",
            "--output",
            "plan.json",
        ])
        .succeeds();
    folder
        .run(&["timings", "update", "junit.xml", "--output", "history.json"])
        .succeeds();
    let select = |what: &str, file: &str| {
        folder.run(&[
            "select", what, file, "--shard", "1/2", "--tests", "list.txt",
        ])
    };
    select("--plan", "history.json").fails(
        65,
        &["history.json holds timings", "use --timings history.json"],
    );
    select("--timings", "plan.json").fails(
        65,
        &["plan.json: a plan, not timings", "no timings in plan.json"],
    );
}

#[test]
fn a_shard_that_does_not_exist_is_answered_with_those_that_do() {
    let folder = Folder::new();
    folder.file("junit.xml", small_suite());
    folder.file("list.txt", "tests/test_a.py::test_1\n");
    let select = |shard| {
        folder.run(&[
            "select",
            "--timings",
            "junit.xml",
            "--shard",
            shard,
            "--tests",
            "list.txt",
        ])
    };
    select("5/4").fails(78, &["shard 5 of 4 does not exist: the shards are 1 to 4"]);
    select("1/0").fails(78, &["the number of shards must be at least 1"]);
    select("1/100001").fails(78, &["at most 100000"]);
}
