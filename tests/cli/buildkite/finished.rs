//! What a build left: its jobs, their logs, and what the stand-in agent was given.

use std::path::PathBuf;

use serde_json::Value;

use super::world::TESTS;

/// A job that ended.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) step: String,
    pub(crate) index: usize,
    pub(crate) attempt: usize,
    pub(crate) code: i32,
    pub(crate) log: String,
    /// The tests that it ran.
    pub(crate) ran: Vec<String>,
}

/// A build that ended.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) passed: bool,
    pub(crate) jobs: Vec<Job>,
    /// Where the stand-in agent keeps what it was given.
    pub(crate) store: PathBuf,
}

impl Finished {
    /// The attempts at the jobs of a step, in the order in which they ran.
    pub(crate) fn of(&self, step: &str) -> Vec<&Job> {
        self.jobs.iter().filter(|j| j.step == step).collect()
    }

    /// The exit codes of a step's attempts, in the order in which they ran.
    pub(crate) fn codes(&self, step: &str) -> Vec<i32> {
        self.of(step).iter().map(|j| j.code).collect()
    }

    /// The last log of a step.
    pub(crate) fn log(&self, step: &str) -> &str {
        self.of(step).last().map_or("", |j| &j.log)
    }

    /// Every test that ran in the build, sorted: twice where it ran twice.
    pub(crate) fn ran(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self
            .jobs
            .iter()
            .flat_map(|j| &j.ran)
            .map(String::as_str)
            .collect();
        all.sort_unstable();
        all
    }

    /// The annotation of the build.
    pub(crate) fn annotation(&self) -> (String, String) {
        let read = |name: &str| {
            let path = self.store.join("annotations").join(name);
            fs_err::read_to_string(path).unwrap_or_default()
        };
        (read("evenshard.style"), read("evenshard"))
    }

    /// The paths of all artifacts.
    pub(crate) fn artifacts(&self) -> Vec<String> {
        let text = fs_err::read_to_string(self.store.join("artifacts.jsonl")).unwrap_or_default();
        let entries = text
            .lines()
            .map(|l| serde_json::from_str::<Value>(l).unwrap());
        entries
            .map(|e| e["path"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The last artifact of that path.
    pub(crate) fn artifact(&self, path: &str) -> Option<String> {
        let text = fs_err::read_to_string(self.store.join("artifacts.jsonl")).unwrap_or_default();
        let mut entries = text
            .lines()
            .map(|l| serde_json::from_str::<Value>(l).unwrap());
        let entry = entries.rfind(|e| e["path"] == path)?;
        Some(fs_err::read_to_string(entry["blob"].as_str().unwrap()).unwrap())
    }

    /// Asserts that the build passed and each test ran once.
    #[track_caller]
    pub(crate) fn is_whole(&self) -> &Self {
        assert!(self.passed, "{}", self.logs());
        assert_eq!(self.ran(), TESTS, "{}", self.logs());
        self
    }

    /// All logs, for the message of a failed test.
    pub(crate) fn logs(&self) -> String {
        let one = |j: &Job| {
            format!(
                "--- {} {} #{}: {}\n{}",
                j.step, j.index, j.attempt, j.code, j.log
            )
        };
        self.jobs.iter().map(one).collect::<Vec<_>>().join("\n")
    }
}
