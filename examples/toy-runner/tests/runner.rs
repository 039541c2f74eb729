//! The program from outside: what it runs, keeps and refuses.

use std::path::Path;
use std::process::{Command, Output};

/// Runs the program in the folder of this example.
fn run(arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_toy-runner"));
    program.current_dir(env!("CARGO_MANIFEST_DIR"));
    program.args(arguments).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_string_lossy().into_owned()
}

/// The tests that N shards ran, in the order of their names.
fn tests_of_all(count: usize, folder: &Path, old: &[String]) -> Vec<String> {
    let mut names = Vec::new();
    for number in 1..=count {
        let shard = format!("{number}/{count}");
        let new = path(folder, &format!("of-{count}-{number}.tsv"));
        let mut arguments = vec![shard.as_str(), &new];
        arguments.extend(old.iter().map(String::as_str));
        let output = run(&arguments);
        assert!(output.status.success(), "{output:?}");
        let out = text(&output.stdout);
        let ran = out.lines().filter_map(|line| line.strip_prefix("ok     "));
        names.extend(ran.map(str::to_owned));
    }
    names.sort_unstable();
    names
}

/// The error of a run that has to fail, and that runs no test.
fn error(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(!text(&output.stdout).contains("::"), "{output:?}");
    text(&output.stderr)
}

#[test]
fn every_test_runs_in_exactly_one_shard_with_durations_and_without() {
    let folder = tempfile::tempdir().expect("a folder");
    let known = include_str!("../durations.tsv").lines();
    let names = known.filter_map(|line| line.split('\t').next());
    let all: Vec<&str> = names.filter(|name| name.contains("::")).collect();
    assert_eq!(all.len(), 8);
    let mut old = Vec::new();
    for count in [1, 2, 3, 9] {
        assert_eq!(tests_of_all(count, folder.path(), &old), all, "of {count}");
        // What these jobs left is what the next ones plan by.
        let left = (1..=count).map(|n| path(folder.path(), &format!("of-{count}-{n}.tsv")));
        old = left.collect();
    }
}

#[test]
fn the_readme_shows_what_is_printed() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(&["1/2", &path(folder.path(), "new.tsv"), "durations.tsv"]);
    assert!(output.status.success(), "{output:?}");
    let out = text(&output.stdout);
    let readme = include_str!("../README.md");
    assert!(readme.contains(&out), "README.md lacks:\n{out}");
}

#[test]
fn durations_that_cannot_be_read_are_an_error_with_a_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let new = path(folder.path(), "new.tsv");
    let said = error(&["1/2", &new, "nowhere.tsv"]);
    assert!(said.contains("error: nowhere.tsv: "), "{said}");
    let old = path(folder.path(), "old.tsv");
    for wrong in [
        &b"cart\t-5\n"[..],
        b"cart\n",
        b"\n",
        b"cart\t99999999999999999999\n",
    ] {
        std::fs::write(&old, [b"search\t5100\n", wrong].concat()).expect("a file is written");
        let said = error(&["1/2", &new, &old]);
        assert!(said.contains("old.tsv:2: not a name, a tab"), "{said}");
    }
    std::fs::write(&old, b"\xff\t1\n").expect("a file is written");
    assert!(error(&["1/2", &new, &old]).contains("old.tsv: "));
}

#[test]
fn durations_that_cannot_be_kept_are_an_error() {
    let output = run(&["1/1", "nowhere/new.tsv"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(text(&output.stderr).contains("error: nowhere/new.tsv: "));
}

#[test]
fn wrong_arguments_say_what_is_wrong() {
    assert!(error(&[]).contains("usage: toy-runner I/N NEW"));
    assert!(error(&["1/2"]).contains("usage: toy-runner I/N NEW"));
    assert!(error(&["two", "new.tsv"]).contains("'two' is not a shard such as 3/20"));
    assert!(error(&["0/2", "new.tsv"]).contains("shard 0 of 2 does not exist"));
}
