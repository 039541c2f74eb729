//! docs/recipes.md: its files and commands are taken out of the page and run, with what they
//! are about: tox, nox, a container, Django, coverage.
//!
//! What ran is read from pytest's own JUnit XML, which comes out of any environment.

mod container;
mod suites;
mod tools;

use std::os::unix::fs::symlink;
use std::path::Path;

use crate::ci_docs::section;
use crate::pytest::{Outcome, Project, Report};

/// How many shards every recipe is run in.
const SHARDS: usize = 3;

/// Every fenced block of a section that is in this language.
fn blocks(heading: &str, language: &str) -> Vec<String> {
    let text = section("recipes.md", heading);
    let fence = format!("```{language}\n");
    let fences = text.split(&fence).skip(1);
    fences
        .map(|rest| rest.split("\n```").next().unwrap().to_owned())
        .collect()
}

/// Runs a line of the page with these variables.
fn sh(project: &Project, line: &str, variables: &[(&str, &str)]) -> Outcome {
    let bin = project.out("bin");
    if !bin.exists() {
        fs_err::create_dir_all(&bin).unwrap();
        symlink(env!("CARGO_BIN_EXE_evenshard"), bin.join("evenshard")).unwrap();
    }
    let mut command = project.command("bash", &["-e", "-c", line]);
    let path = format!(
        "{}:{}:/usr/local/bin:/usr/bin:/bin",
        bin.display(),
        project.python.path()
    );
    command.env("PATH", path);
    // What the witness sees is not needed here, and a container could not import it.
    command
        .env_remove("PYTHONPATH")
        .env_remove("PYTEST_PLUGINS");
    command.envs(variables.iter().copied());
    project.witnessed(&mut command)
}

/// Runs a line in every shard.
fn shards(project: &Project, line: &str, variables: &[(&str, &str)]) -> Vec<Outcome> {
    let run = |index| {
        let shard = format!("{index}/{SHARDS}");
        let outcome = sh(project, line, &[variables, &[("SHARD", &shard)]].concat());
        let said = format!("shard {index} of {SHARDS} (");
        assert!(outcome.stderr.contains(&said), "{}", outcome.talk());
        outcome
    };
    (1..=SHARDS).map(run).collect()
}

/// The cases of all reports below a folder of the suite, sorted.
fn cases(folder: &Path) -> Vec<(String, String)> {
    let mut found: Vec<_> = walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|e| e.path().extension().is_some_and(|e| e == "xml"))
        .flat_map(|e| Report::read(e.path()).cases)
        .map(|case| (case.classname, case.name))
        .collect();
    found.sort();
    found
}

/// The cases of plain pytest in a folder of the suite.
fn plain(project: &Project, folder: &str) -> Vec<(String, String)> {
    let out = project.out("plain");
    let _ = fs_err::remove_dir_all(&out);
    let line = format!(
        "cd './{folder}' && python -m pytest -q --junitxml={}/plain.xml",
        out.display()
    );
    sh(project, &line, &[]).ended_with(0);
    cases(&out)
}

/// Asserts that the shards succeed, and that their results are those of plain pytest.
#[track_caller]
fn assert_each_ran_once(project: &Project, plain: &[(String, String)], shards: Vec<Outcome>) {
    let shards: Vec<Outcome> = shards
        .into_iter()
        .map(|shard| shard.ended_with(0))
        .collect();
    assert!(!plain.is_empty());
    let said: Vec<String> = shards.iter().map(Outcome::talk).collect();
    assert_eq!(
        cases(&project.root().join("results")),
        plain,
        "{}",
        said.join("\n")
    );
    sh(project, "evenshard verify results/", &[]).ended_with(0);
    let left = fs_err::read_dir(project.root().join(".evenshard"));
    assert_eq!(
        left.map_or(0, Iterator::count),
        0,
        "private folders are removed"
    );
}

#[test]
fn every_recipe_of_the_page_is_tested() {
    let text = fs_err::read_to_string(crate::ci_docs::docs().join("recipes.md")).unwrap();
    let headings: Vec<&str> = text.lines().filter_map(|l| l.strip_prefix("## ")).collect();
    let tested = [
        "uvx and uv",
        "tox",
        "nox",
        "Docker",
        "Docker Compose",
        "pytest-django",
        "Several roots in one repository",
        "A matrix of Pythons",
        "Coverage",
        "What was tested",
    ];
    assert_eq!(headings, tested);
}
