//! What newcomers do by mistake: each is answered with what to do, and loses nothing.

use crate::support::{Folder, small_suite};

fn with_timings() -> Folder {
    let folder = Folder::new();
    folder.file("junit/a.xml", small_suite());
    folder
}

#[test]
fn a_command_without_dashes_is_shown_with_them() {
    let folder = with_timings();
    for words in [
        &["run", "pytest", "-q"][..],
        &["run", "--shard", "1/2", "pytest", "-q"],
    ] {
        let ran = folder.run(words);
        let right = words.join(" ").replace("pytest", "-- pytest");
        ran.fails(64, &[&format!("evenshard {right}")]);
    }
    // Where they are, or no command is wanted, they are not asked for.
    for words in [
        &["run", "--shards", "--", "pytest"][..],
        &["verify", "pytest", "--no-such"],
    ] {
        assert!(!folder.run(words).fails(64, &[]).err.contains("put `--`"));
    }
}

#[test]
fn a_history_behind_the_results_is_to_be_named_first() {
    let folder = with_timings();
    let update = ["timings", "update", "timings.json", "junit/"];
    folder.run(&update).succeeds();
    let ran = folder.run(&["timings", "update", "junit/", "timings.json"]);
    ran.fails(
        65,
        &["timings.json is a history", "update timings.json results/"],
    );
}

#[test]
fn a_file_that_is_no_earlier_result_is_not_replaced() {
    let folder = with_timings();
    folder.file("pytest.ini", "[pytest]\n");
    let run = |junit: &str| {
        let words = [
            "run",
            "--timings",
            "junit",
            "--shard",
            "1/2",
            "--junit",
            junit,
        ];
        folder.run(&[&words[..], &["--", "touch", "started"]].concat())
    };
    run("pytest.ini").fails(73, &["pytest.ini is no earlier result"]);
    let kept = fs_err::read_to_string(folder.path().join("pytest.ini")).unwrap();
    assert_eq!(kept, "[pytest]\n");
    assert!(!folder.path().join("started").exists());
    for (name, text) in [("old.xml", "<testsuites/>"), ("empty.xml", "")] {
        folder.file(name, text);
        run(name).fails(78, &[]);
    }
    assert!(folder.path().join("started").exists());
    // Nobody writes into this pipe: a look at it would never end.
    let pipe = folder.path().join("pipe.xml");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    run("pipe.xml").fails(78, &[]);
}

#[test]
fn a_history_that_was_cut_short_is_called_broken() {
    let folder = with_timings();
    let update = ["timings", "update", "timings.json", "junit/"];
    folder.run(&update).succeeds();
    let whole = fs_err::read_to_string(folder.path().join("timings.json")).unwrap();
    for at in [1, 5, 20, whole.len() / 2, whole.len() - 2] {
        folder.file("timings.json", &whole[..at]);
        let ran = folder.run(&["plan", "--timings", "timings.json", "--shards", "2"]);
        let said = &ran.fails(65, &[]).err;
        let names_it = said.contains("broken JSON") || said.contains("EOF");
        assert!(names_it && !said.contains("f64"), "{at}: {said}");
    }
}

#[test]
fn without_timings_no_time_is_predicted() {
    let folder = Folder::new();
    folder.file("list", "tests/test_a.py::test_1\ntests/test_a.py::test_2\n");
    let plan = [
        "plan",
        "--allow-no-timings",
        "--tests",
        "list",
        "--shards",
        "2",
    ];
    let plan = folder.run(&[&plan[..], &["--output", "plan.json"]].concat());
    plan.succeeds();
    let run = ["run", "--plan", "plan.json", "--shard", "1/2", "--", "true"];
    let ran = folder.run(&run);
    ran.fails(78, &["planned without timings"]);
    assert!(!ran.err.contains("predicted"), "{}", ran.err);
}

#[test]
fn a_usage_error_of_pytest_is_not_taken_for_a_lost_plugin() {
    let folder = with_timings();
    let run = [
        "run",
        "--timings",
        "junit",
        "--shard",
        "1/2",
        "--",
        "sh",
        "-c",
    ];
    let ran = folder.run(&[&run[..], &["exit 4"]].concat());
    let said = "arguments or a configuration that it cannot read";
    ran.fails(78, &[said, "what pytest printed above"]);
}

#[test]
fn a_file_that_is_not_there_is_said_so() {
    let folder = with_timings();
    let plan = ["run", "--plan", "plan.json", "--shard", "1/2", "--", "true"];
    folder.run(&plan).fails(75, &["plan.json does not exist"]);
    let list = [
        "plan",
        "--timings",
        "junit",
        "--tests",
        "list",
        "--shards",
        "2",
    ];
    folder.run(&list).fails(65, &["list does not exist"]);
}

#[test]
fn a_test_by_the_name_of_its_function_is_looked_for() {
    let folder = with_timings();
    let explain =
        |test: &str| folder.run(&["explain", test, "--timings", "junit", "--shards", "2"]);
    explain("test_2").says(&["did you mean tests/test_b.py::TestX::test_2[x]?"]);
    let known = explain("tests/test_b.py::TestX::test_2[x]");
    assert!(!known.err.contains("did you mean"), "{}", known.err);
}
