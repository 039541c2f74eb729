//! The GitHub action and the workflows of `evenshard init github`, run as GitHub would run them.
//!
//! `runner.py` plays GitHub: expressions, the steps of a composite action, caches whose keys are
//! created once, artifacts, attempts. The tests are real pytest.

mod gate;
mod shards;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::buildkite::FILES;
use crate::pytest::Python;

/// Where `evenshard init github` writes to.
const WORKFLOW: &str = ".github/workflows/evenshard.yml";

/// A repository, and what GitHub keeps for it.
struct World {
    folder: TempDir,
    python: Python,
}

/// A run of the workflow, or an attempt at it.
#[derive(Clone)]
struct Run {
    scenario: Value,
}

impl Run {
    /// The first attempt at a run of a push to the default branch.
    fn of(id: &str) -> Self {
        let scenario = json!({
            "run": id, "attempt": 1, "event": "push", "ref": "refs/heads/main",
        });
        Self { scenario }
    }

    fn with(mut self, key: &str, value: Value) -> Self {
        self.scenario[key] = value;
        self
    }

    /// "Re-run failed jobs" of a run that ended so, with all that depend on them.
    fn rerun_failed(self, ended: &[Job]) -> Self {
        let failed = ended.iter().filter(|job| job.status != "success");
        let mut only: Vec<&str> = failed.map(|job| job.name.as_str()).collect();
        only.push("tests-passed");
        let statuses: Value = ended
            .iter()
            .map(|j| (j.name.clone(), json!(j.status)))
            .collect();
        let only = json!(only);
        self.with("attempt", json!(2))
            .with("only", only)
            .with("earlier", statuses)
    }
}

/// A job that ended.
#[derive(Debug, serde::Deserialize)]
struct Job {
    name: String,
    status: String,
    said: String,
    summary: String,
    ran: Vec<String>,
}

impl World {
    /// A small suite, with the workflow that `evenshard init github` writes.
    fn new(python: &Python, words: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for part in ["repo/.git", "store", "bin"] {
            fs_err::create_dir_all(folder.path().join(part)).unwrap();
        }
        let python = python.clone();
        let world = Self { folder, python };
        for (path, text) in FILES {
            world.commit(path, text);
        }
        let evenshard = world.at("bin/evenshard");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_evenshard"), evenshard).unwrap();
        // The suite needs nothing that is not here.
        fs_err::write(world.at("bin/pip"), "#!/bin/sh\n").unwrap();
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs_err::set_permissions(world.at("bin/pip"), executable).unwrap();
        let mut init = Command::new(env!("CARGO_BIN_EXE_evenshard"));
        init.args(["init", "github"])
            .args(words)
            .current_dir(world.at("repo"));
        assert!(init.output().unwrap().status.success());
        world
    }

    /// The same with two shards, where their number is not what matters: each costs a pytest.
    fn of_two(python: &Python) -> Self {
        let world = Self::new(python, &[]);
        world.edit("[1, 2, 3, 4]", "[1, 2]");
        world
    }

    fn at(&self, part: &str) -> PathBuf {
        self.folder.path().join(part)
    }

    fn commit(&self, path: &str, text: &str) {
        let path = self.at("repo").join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    /// Replaces a part of the workflow.
    fn edit(&self, from: &str, to: &str) {
        let path = self.at("repo").join(WORKFLOW);
        let text = fs_err::read_to_string(&path).unwrap();
        assert!(text.contains(from), "no {from} in {text}");
        fs_err::write(path, text.replace(from, to)).unwrap();
    }

    fn run(&self, run: &Run) -> Vec<Job> {
        let mut scenario = run.scenario.clone();
        let action = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../integrations/github-action");
        scenario["repository"] = json!(self.at("repo"));
        scenario["store"] = json!(self.at("store"));
        scenario["action"] = json!(action.canonicalize().unwrap());
        scenario["workflow"] = json!(WORKFLOW);
        let runner = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cli/github/runner.py");
        let path = format!(
            "{}:{}:/usr/bin:/bin",
            self.at("bin").display(),
            self.python.path()
        );
        let mut command = Command::new(self.python.starts());
        command.arg(runner).arg(scenario.to_string());
        let output = command.env_clear().env("PATH", path).output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

/// The job of this name.
fn job<'j>(jobs: &'j [Job], name: &str) -> &'j Job {
    jobs.iter().find(|job| job.name == name).expect(name)
}

/// Every test that ran, sorted.
fn ran(jobs: &[Job]) -> Vec<&str> {
    let mut all: Vec<&str> = jobs
        .iter()
        .flat_map(|j| &j.ran)
        .map(String::as_str)
        .collect();
    all.sort_unstable();
    all
}

fn statuses(jobs: &[Job]) -> Vec<&str> {
    jobs.iter().map(|job| job.status.as_str()).collect()
}

/// All logs, for the message of a failed test.
fn logs(jobs: &[Job]) -> String {
    let one = |job: &Job| format!("--- {}: {}\n{}", job.name, job.status, job.said);
    jobs.iter().map(one).collect()
}
