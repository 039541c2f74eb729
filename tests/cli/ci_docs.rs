//! docs/ci.md: every pipeline on the page is taken out of it and run, two builds each.
//!
//! `ci_docs/runner.py` plays the CI: it reads the pipeline, gives each job the variables that
//! the provider documents, and runs its scripts.

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::pytest::shop::shop;
use crate::pytest::{Outcome, Project, Python, assert_partition};

/// A provider: its heading on the page, its name in the runner, and what its jobs say of
/// themselves beside their shard.
struct Provider {
    heading: &'static str,
    name: &'static str,
    source: &'static str,
}

/// What stands below a heading of a page.
pub(crate) fn section(page: &str, heading: &str) -> String {
    let text = fs_err::read_to_string(docs().join(page)).unwrap();
    let start = format!("\n## {heading}\n");
    let below = text.split_once(&start).expect(heading).1;
    below.split("\n## ").next().unwrap_or(below).to_owned()
}

/// The first fenced block below a heading.
pub(crate) fn snippet(page: &str, heading: &str, language: &str) -> String {
    let section = section(page, heading);
    let fence = format!("```{language}\n");
    let block = section.split_once(&fence).expect("a fenced block").1;
    block.split_once("\n```").expect("its end").0.to_owned() + "\n"
}

pub(crate) fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

fn stand_ins() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cli/ci_docs")
}

/// Runs one build; its jobs and, for each job that ran tests, what the witness saw.
fn build(
    project: &Project,
    provider: &str,
    pipeline: &Path,
    number: &str,
) -> (Vec<Value>, Outcome) {
    let program = project.python.program();
    let runner = stand_ins().join("runner.py");
    let (suite, store) = (project.out("suite"), store(project));
    let paths = [&runner, pipeline, &suite, &store];
    let paths: Vec<&str> = paths.iter().map(|p| p.to_str().unwrap()).collect();
    let arguments = [paths[0], paths[1], provider, paths[2], paths[3], number];
    let mut command = project.command(program.to_str().unwrap(), &arguments);
    let path = format!(
        "{}:{}:{}:/usr/bin:/bin",
        project.out("bin").display(),
        stand_ins().display(),
        project.python.path()
    );
    command.env("PATH", path).env("CI_STORE", &store);
    command.env_remove("PYTEST_DISABLE_PLUGIN_AUTOLOAD");
    let outcome = project.witnessed(&mut command).ended_with(0);
    (serde_json::from_str(&outcome.stdout).unwrap(), outcome)
}

/// Where the jobs have their checkouts: in the suite's folder, so that the witness counts them.
fn store(project: &Project) -> PathBuf {
    project.root().join("store")
}

fn said(job: &Value) -> &str {
    job["said"].as_str().unwrap()
}

fn check(provider: &Provider) {
    Python::with_newest(|python| {
        let language = if provider.name == "jenkins" {
            "groovy"
        } else {
            "yaml"
        };
        let project = shop(python).file("install.sh", "#!/bin/sh\n");
        // Committed timings would hide what the first build does.
        fs_err::remove_dir_all(project.root().join("junit")).unwrap();
        make_executable(&project.root().join("install.sh"));
        let pipeline = project.out("pipeline");
        fs_err::write(&pipeline, snippet("ci.md", provider.heading, language)).unwrap();
        fs_err::create_dir_all(project.out("bin")).unwrap();
        symlink(
            env!("CARGO_BIN_EXE_evenshard"),
            project.out("bin/evenshard"),
        )
        .unwrap();
        let plain = project.plain(&[]).ended_with(0);

        // The jobs get copies of what the suite is now.
        let root = project.root();
        fs_err::rename(&root, project.out("suite")).unwrap();
        fs_err::create_dir(&root).unwrap();

        for number in ["41", "42"] {
            let (jobs, outcome) = build(&project, provider.name, &pipeline, number);
            for job in &jobs {
                assert_eq!(
                    job["status"],
                    0,
                    "{} of {number}: {}",
                    job["name"],
                    said(job)
                );
            }
            let shards: Vec<&Value> = jobs.iter().filter(|j| runs(j)).collect();
            for (index, job) in (1..).zip(&shards) {
                let shard = format!("shard {index} of 4 ({}", provider.source);
                assert!(said(job).contains(&shard), "no {shard} in {}", said(job));
            }
            assert_eq!(shards.len(), 4);
            // All jobs of a build share one log: they are one outcome, and each test stands once.
            assert_partition(&plain, &[outcome]);
            let planned = jobs.iter().map(said).any(|s| s.contains("timings for"));
            assert_eq!(planned, number == "42", "{}", said(&jobs[0]));
        }
        // Bitbucket keeps a cache for a week: what it took first stays.
        let last = if provider.name == "bitbucket" {
            "41"
        } else {
            "42"
        };
        let builds = history(&store(&project).join("cache"));
        assert!(
            builds.last().is_some_and(|id| id.ends_with(last)),
            "{builds:?}"
        );
    });
}

/// True for a job that runs a shard.
fn runs(job: &Value) -> bool {
    let lines = job["lines"].as_array().unwrap();
    lines
        .iter()
        .any(|l| l.as_str().is_some_and(|l| l.contains("evenshard run ")))
}

/// The ids of the builds that the newest history in the cache has, oldest first.
fn history(cache: &Path) -> Vec<String> {
    let files: BTreeMap<_, _> = walkdir::WalkDir::new(cache)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|e| e.file_type().is_file())
        .map(|e| (e.metadata().unwrap().modified().unwrap(), e.into_path()))
        .collect();
    let newest = files.values().next_back().expect("a history is kept");
    let json: Value = serde_json::from_slice(&fs_err::read(newest).unwrap()).unwrap();
    let builds = json["scopes"][""]["builds"].as_array().unwrap();
    let id = |build: &Value| build["id"].as_str().unwrap().to_owned();
    builds.iter().map(id).collect()
}

fn make_executable(path: &Path) {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs_err::set_permissions(path, mode).unwrap();
}

macro_rules! providers {
    ($($test:ident $heading:literal $source:literal)*) => {
        $(#[test]
        fn $test() {
            check(&Provider { heading: $heading, name: stringify!($test), source: $source });
        })*

        #[test]
        fn every_pipeline_of_the_page_is_tested() {
            let page = fs_err::read_to_string(docs().join("ci.md")).unwrap();
            let fences = ["yaml", "groovy"].map(|l| page.matches(&format!("\n```{l}\n")).count());
            // Those of GitHub Actions are examples, which `github` runs.
            assert_eq!(fences.iter().sum::<usize>(), [$($heading),*].len() + 2);
        }
    };
}

providers! {
    gitlab "GitLab" "GitLab: CI_NODE_INDEX="
    circleci "CircleCI" "CircleCI: CIRCLE_NODE_INDEX="
    azure "Azure Pipelines" "Azure Pipelines: SYSTEM_JOBPOSITIONINPHASE="
    semaphore "Semaphore" "Semaphore: SEMAPHORE_JOB_INDEX="
    bitbucket "Bitbucket" "Bitbucket: BITBUCKET_PARALLEL_STEP="
    jenkins "Jenkins" "--shard)"
}
