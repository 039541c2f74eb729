//! Builds of a stand-in for a CI, in a store in a folder, with real pytest.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use evenshard::verify::Verdict;

use crate::pytest::{Outcome, Project, Python};

/// Two files of two tests; one fails unless `AGAIN` is set, another waits for a file that
/// `HOLDS` names.
pub(crate) const SUITE: &[(&str, &str)] = &[
    (
        "tests/test_a.py",
        "def test_1(): pass\ndef test_2(): pass\n",
    ),
    (
        "tests/test_b.py",
        r"import os, time

def test_1(): pass

def test_may_fail():
    assert 'FAILS' not in os.environ

def test_may_wait():
    if 'HOLDS' in os.environ:
        open(os.environ['HOLDS'] + '.begun', 'w').close()
        while not os.path.exists(os.environ['HOLDS']):
            time.sleep(0.01)
",
    ),
];

/// A suite, and the store of its builds.
pub(crate) struct Ci {
    pub(crate) project: Project,
}

/// One job.
#[derive(Clone, Debug)]
pub(crate) struct Job<'a> {
    pub(crate) build: &'a str,
    /// Counted from 1.
    pub(crate) shard: u32,
    pub(crate) of: u32,
    /// Counted from 1.
    pub(crate) attempt: u32,
    pub(crate) branch: &'a str,
    /// As `BUILDKITE_PULL_REQUEST` has it: a number, or `false`.
    pub(crate) pull_request: &'a str,
    pub(crate) step: &'a str,
    pub(crate) options: Vec<&'a str>,
    pub(crate) pytest: Vec<&'a str>,
}

impl<'a> Job<'a> {
    /// The first attempt at one of two shards, in a build of the default branch.
    pub(crate) fn new(build: &'a str, shard: u32) -> Self {
        Self {
            build,
            shard,
            of: 2,
            attempt: 1,
            branch: "main",
            pull_request: "false",
            step: "test",
            options: Vec::new(),
            pytest: Vec::new(),
        }
    }

    pub(crate) fn of(self, of: u32) -> Self {
        Self { of, ..self }
    }

    pub(crate) fn attempt(self, attempt: u32) -> Self {
        Self { attempt, ..self }
    }

    pub(crate) fn with(mut self, option: &'a str) -> Self {
        self.options.push(option);
        self
    }

    /// The same in a build of a pull request.
    pub(crate) fn pull_request(self) -> Self {
        Self {
            branch: "topic",
            pull_request: "7",
            ..self
        }
    }
}

impl Ci {
    pub(crate) fn new(python: &Python) -> Self {
        Self::of(Project::new(python).files(SUITE))
    }

    pub(crate) fn of(project: Project) -> Self {
        fs_err::create_dir(project.out("store")).unwrap();
        Self { project }
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.project.out("store")
    }

    fn evenshard(&self, job: &Job<'_>, words: &[&str]) -> Command {
        let mut command = self.project.command(env!("CARGO_BIN_EXE_evenshard"), words);
        let number = |number: u32| number.to_string();
        command
            .env("EVENSHARD_STORE", self.store())
            .env("BUILDKITE", "true")
            .env("BUILDKITE_BUILD_ID", job.build)
            .env("BUILDKITE_STEP_ID", job.step)
            .env("BUILDKITE_JOB_ID", format!("job-{}", job.shard))
            .env("BUILDKITE_PARALLEL_JOB", number(job.shard - 1))
            .env("BUILDKITE_PARALLEL_JOB_COUNT", number(job.of))
            .env("BUILDKITE_RETRY_COUNT", number(job.attempt - 1))
            .env("BUILDKITE_BRANCH", job.branch)
            .env("BUILDKITE_PIPELINE_DEFAULT_BRANCH", "main")
            .env("BUILDKITE_PULL_REQUEST", job.pull_request)
            .env("WITNESS_LOG", self.project.out("unread.jsonl"));
        command
    }

    /// The command of a job, not yet started.
    pub(crate) fn command(&self, job: &Job<'_>) -> Command {
        let pytest = [
            "--",
            "python",
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
        ];
        let words = [&["run"], &job.options[..], &pytest, &job.pytest].concat();
        self.evenshard(job, &words)
    }

    /// Runs a job to its end.
    pub(crate) fn run(&self, job: &Job<'_>) -> Outcome {
        self.project.witnessed(&mut self.command(job))
    }

    /// Runs a job in which a test fails.
    pub(crate) fn run_red(&self, job: &Job<'_>) -> Outcome {
        self.project
            .witnessed(self.command(job).env("FAILS", "yes"))
    }

    /// Runs any command in the environment of a job.
    pub(crate) fn ask(&self, job: &Job<'_>, words: &[&str]) -> Outcome {
        self.project.witnessed(&mut self.evenshard(job, words))
    }

    /// Any command in the environment of a job, not yet started.
    pub(crate) fn asking(&self, job: &Job<'_>, words: &[&str]) -> Command {
        self.evenshard(job, words)
    }

    /// The required check of a job's build, which is a step of its own.
    pub(crate) fn gate(&self, job: &Job<'_>) -> Outcome {
        let job = Job {
            step: "gate",
            ..job.clone()
        };
        self.ask(&job, &["verify", "--store", "--gate"])
    }

    pub(crate) fn verdict(&self, job: &Job<'_>) -> Verdict {
        let words = ["verify", "--store", "--format", "json"];
        let judged = self.ask(job, &words);
        serde_json::from_str(&judged.stdout).unwrap_or_else(|error| panic!("{error}: {judged:?}"))
    }

    /// The keys in the store, of which `part` is a part.
    pub(crate) fn keys(&self, part: &str) -> Vec<String> {
        let store = self.store();
        let files = walkdir::WalkDir::new(&store)
            .sort_by_file_name()
            .into_iter();
        let files = files
            .filter_map(Result::ok)
            .filter(|e| e.file_type().is_file());
        let key = |entry: walkdir::DirEntry| {
            let key = entry.path().strip_prefix(&store).unwrap();
            key.display().to_string()
        };
        files.map(key).filter(|key| key.contains(part)).collect()
    }
}

/// All tests that some of these jobs ran, and that none ran twice.
#[track_caller]
pub(crate) fn ran_once<'a>(jobs: impl IntoIterator<Item = &'a Outcome>) -> BTreeSet<&'a str> {
    let all = jobs.into_iter().flat_map(|job| &job.ran);
    let all: Vec<&str> = all.map(String::as_str).collect();
    let once: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(all.len(), once.len(), "{all:?}");
    once
}

/// The number of tests in the suite.
pub(crate) const TESTS: usize = 5;
