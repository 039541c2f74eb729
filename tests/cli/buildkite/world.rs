//! A repository with its `.buildkite`, and builds of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::finished::Finished;
use super::running::Running;
use crate::pytest::Python;

/// Where the example's suite is in this repository.
pub(crate) const SUITE: &str = "examples/pytest-parallel";

/// A repository, Buildkite's store and a cache that outlives builds.
#[derive(Debug)]
pub(crate) struct World {
    folder: TempDir,
    python: Python,
}

/// A build to be run.
#[derive(Debug, Clone)]
pub(crate) struct Build {
    pub(crate) id: String,
    pub(crate) pipeline: &'static str,
    pub(crate) branch: &'static str,
    /// As `BUILDKITE_PULL_REQUEST` has it: a number, or `false`.
    pub(crate) pull_request: &'static str,
    pub(crate) env: Vec<(&'static str, String)>,
    pub(crate) faults: Vec<Fault>,
    /// False on agents that may not read or write the cache.
    pub(crate) cache: bool,
}

/// Something that befalls a job: of this step, with this index, at this attempt (all: `None`).
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) step: &'static str,
    pub(crate) index: usize,
    pub(crate) attempt: Option<usize>,
    pub(crate) what: What,
}

/// What befalls it.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// Its agent was lost before the command began.
    Lost,
    /// Its agent was told to go before the command began.
    AgentStopped,
    /// It ran to its end, and then its agent was lost: no artifact of it was uploaded.
    LostAtTheEnd,
    /// The agent's command fails so many times.
    Hiccups(&'static str, usize),
    /// Its checkout has other content in this file of the suite.
    Holds(&'static str, String),
}

impl Build {
    /// A build of the default branch.
    pub(crate) fn of(id: &str, pipeline: &'static str) -> Self {
        Self {
            id: id.to_owned(),
            pipeline,
            branch: "main",
            pull_request: "false",
            env: Vec::new(),
            faults: Vec::new(),
            cache: true,
        }
    }

    pub(crate) fn with(mut self, step: &'static str, index: usize, what: What) -> Self {
        let attempt = Some(1);
        self.faults.push(Fault {
            step,
            index,
            attempt,
            what,
        });
        self
    }

    /// The same at every attempt.
    pub(crate) fn always_with(self, step: &'static str, index: usize, what: What) -> Self {
        let mut build = self.with(step, index, what);
        build.faults.last_mut().unwrap().attempt = None;
        build
    }
}

impl World {
    /// The `.buildkite` of this repository beside a small suite without timings.
    pub(crate) fn new(python: &Python) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for part in ["repo", "store", "cache", "home", "bin", "jobs"] {
            fs_err::create_dir(folder.path().join(part)).unwrap();
        }
        let world = Self {
            folder,
            python: python.clone(),
        };
        let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.buildkite");
        copy(&real, &world.repo(".buildkite"));
        for (path, text) in FILES {
            world.commit(path, text);
        }
        let bin = world.at("bin");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_evenshard"), bin.join("evenshard")).unwrap();
        fs_err::write(bin.join("agent.py"), include_str!("agent.py")).unwrap();
        let agent = bin.join("buildkite-agent");
        let script = format!(
            "#!/bin/sh\nexec '{}' '{}' \"$@\"\n",
            python.starts().display(),
            bin.join("agent.py").display()
        );
        fs_err::write(&agent, script).unwrap();
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs_err::set_permissions(&agent, executable).unwrap();
        world
    }

    pub(super) fn at(&self, part: &str) -> PathBuf {
        self.folder.path().join(part)
    }

    /// A path of the repository.
    pub(crate) fn repo(&self, path: &str) -> PathBuf {
        self.at("repo").join(path)
    }

    /// Writes a file of the suite.
    pub(crate) fn commit(&self, path: &str, text: &str) {
        let path = self.repo(SUITE).join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    /// The history that the cache holds.
    pub(crate) fn cached(&self) -> Option<Value> {
        let mut entries = fs_err::read_dir(self.at("cache")).unwrap();
        let entry = entries.next()?.unwrap().path().join("timings.json");
        Some(serde_json::from_slice(&fs_err::read(entry).unwrap()).unwrap())
    }

    /// The ids of the builds that the cached history knows.
    pub(crate) fn cached_builds(&self) -> Vec<String> {
        let history = self.cached().unwrap_or_default();
        let builds = history["scopes"][""]["builds"].as_array();
        let ids = builds.into_iter().flatten().map(|b| b["id"].as_str());
        ids.map(|id| id.unwrap_or("-").to_owned()).collect()
    }

    /// Runs a build to its end.
    pub(crate) fn run(&self, build: &Build) -> Finished {
        Running::new(self, build).run()
    }

    /// A command as the agent starts it, in the environment of a job.
    pub(crate) fn command(&self, program: &str, build: &Build, job: &str) -> Command {
        let venv = self.python.path();
        let mut command = Command::new(program);
        command
            .env_clear()
            .env(
                "PATH",
                format!("{}:{venv}:/usr/bin:/bin", self.at("bin").display()),
            )
            .env("HOME", self.at("home"))
            .env("LC_ALL", "C.UTF-8")
            .env("PYTEST_ADDOPTS", "-p no:randomly -p no:cacheprovider")
            .env("STAND_IN_STORE", self.at("store"))
            .envs(build.env.iter().map(|(k, v)| (k, v)))
            .envs([
                ("BUILDKITE", "true"),
                ("BUILDKITE_AGENT_ACCESS_TOKEN", "token"),
                ("BUILDKITE_PIPELINE_SLUG", "shop"),
                ("BUILDKITE_PIPELINE_DEFAULT_BRANCH", "main"),
                ("BUILDKITE_BUILD_ID", &build.id),
                ("BUILDKITE_BRANCH", build.branch),
                ("BUILDKITE_PULL_REQUEST", build.pull_request),
                ("BUILDKITE_JOB_ID", job),
            ]);
        command
    }

    pub(super) fn hiccups(&self, hiccups: &Value) {
        fs_err::write(self.at("store").join("hiccups.json"), hiccups.to_string()).unwrap();
    }
}

pub(super) fn copy(from: &Path, to: &Path) {
    fs_err::create_dir_all(to).unwrap();
    let contents = from.join(".");
    let status = Command::new("cp").arg("-a").arg(contents).arg(to).status();
    assert!(status.unwrap().success());
}

/// Every test of the suite, sorted.
pub(crate) const TESTS: &[&str] = &[
    "tests/test_cart.py::test_add",
    "tests/test_cart.py::test_remove",
    "tests/test_pay.py::test_card",
    "tests/test_search.py::TestWords::test_none",
    "tests/test_search.py::TestWords::test_one",
    "tests/test_ship.py::test_box",
];

const FILES: &[(&str, &str)] = &[
    (
        "pyproject.toml",
        "[tool.pytest.ini_options]\ntestpaths = ['tests']\n",
    ),
    (
        "tests/conftest.py",
        "import os\n\ndef pytest_runtest_call(item):\n    with open(os.environ['RAN_LOG'], 'a') as log:\n        print(item.nodeid, file=log)\n",
    ),
    (
        "tests/test_cart.py",
        "def test_add(): pass\ndef test_remove(): pass\n",
    ),
    (
        "tests/test_pay.py",
        "import time\n\ndef test_card(): time.sleep(0.2)\n",
    ),
    (
        "tests/test_search.py",
        "class TestWords:\n    def test_one(self): pass\n    def test_none(self): pass\n",
    ),
    ("tests/test_ship.py", "def test_box(): pass\n"),
];
