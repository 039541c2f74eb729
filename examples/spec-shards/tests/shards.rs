//! The program from outside: what it prints, and what it refuses.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs the program in the folder of this example.
fn run(arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_spec-shards"));
    program.current_dir(env!("CARGO_MANIFEST_DIR"));
    program.args(arguments).output().expect("the program runs")
}

/// Runs it with the example's reports.
fn shard(number: usize, count: usize, list: &str) -> Output {
    let reports = ["reports/build-1.xml", "reports/build-2.xml"];
    run(&[&format!("{number}/{count}"), list, reports[0], reports[1]])
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The error of a run that has to fail with this code and print no spec.
fn error(arguments: &[&str], code: i32) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    assert_eq!(text(&output.stdout), "", "a job that fails runs nothing");
    text(&output.stderr)
}

fn file(folder: &Path, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).expect("a file is written");
    path
}

#[test]
fn every_spec_is_in_exactly_one_shard() {
    let mut listed: Vec<&str> = include_str!("../specs.txt").lines().collect();
    listed.sort_unstable();
    for count in 1..=10 {
        let shards = (1..=count).map(|number| shard(number, count, "specs.txt"));
        let printed: String = shards.map(|output| text(&output.stdout)).collect();
        let mut printed: Vec<&str> = printed.lines().collect();
        printed.sort_unstable();
        assert_eq!(printed, listed, "of {count}");
    }
}

#[test]
fn all_shards_name_the_same_plan() {
    let plan = |number| {
        let said = text(&shard(number, 3, "specs.txt").stderr);
        said.lines().last().map(str::to_owned)
    };
    assert!(plan(1).is_some_and(|line| line.contains("plan ")));
    assert_eq!(plan(1), plan(2));
    assert_eq!(plan(1), plan(3));
}

#[test]
fn the_readme_shows_what_is_printed() {
    let output = shard(1, 3, "specs.txt");
    assert!(output.status.success());
    let said = text(&output.stdout) + &text(&output.stderr);
    let readme = include_str!("../README.md");
    assert!(readme.contains(&said), "README.md lacks:\n{said}");
}

#[test]
fn the_longest_spec_has_a_shard_of_its_own() {
    let long = "e2e/checkout/payment.spec.ts\n";
    let shards = (1..=3).map(|number| text(&shard(number, 3, "specs.txt").stdout));
    assert_eq!(shards.filter(|specs| specs == long).count(), 1);
}

#[test]
fn what_cannot_be_opened_stops_the_job_and_is_named() {
    let said = error(&["1/2", "nowhere.txt"], 1);
    assert!(said.contains("error: nowhere.txt: "), "{said}");
    let said = error(&["1/2", "specs.txt", "nowhere.xml"], 1);
    assert!(said.contains("error: nowhere.xml: "), "{said}");
}

#[test]
fn a_list_that_is_no_text_or_is_empty_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    for content in [&b"a.spec.ts\n\xff\n"[..], b"", b"\n  \n"] {
        let list = file(folder.path(), "list.txt", content);
        let said = error(&["1/2", &list.to_string_lossy()], 1);
        assert!(said.contains("list.txt: "), "{said}");
    }
}

#[test]
fn a_broken_report_costs_a_warning_and_no_spec() {
    let folder = tempfile::tempdir().expect("a folder");
    let broken = file(folder.path(), "broken.xml", b"<testsuites><testsuite name=");
    let broken = broken.to_string_lossy();
    let shards = (1..=2).map(|number| run(&[&format!("{number}/2"), "specs.txt", &broken]));
    let mut specs = 0;
    for output in shards {
        assert!(output.status.success());
        assert!(text(&output.stderr).contains("warning: "), "{output:?}");
        specs += text(&output.stdout).lines().count();
    }
    assert_eq!(specs, include_str!("../specs.txt").lines().count());
}

#[test]
fn wrong_arguments_say_what_is_wrong() {
    assert!(error(&[], 2).contains("usage: spec-shards I/N LIST"));
    assert!(error(&["1/2"], 2).contains("usage: spec-shards I/N LIST"));
    assert!(error(&["two", "specs.txt"], 2).contains("'two' is not a shard such as 3/20"));
    assert!(error(&["3/2", "specs.txt"], 2).contains("shard 3 of 2 does not exist"));
}
