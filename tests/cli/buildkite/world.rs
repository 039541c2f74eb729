//! A repository with a pipeline that `evenshard init` wrote, and builds of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::finished::{Finished, Job};
use super::running::Running;
use crate::pytest::Python;

/// A repository, and Buildkite's store.
#[derive(Debug)]
pub(crate) struct World {
    folder: TempDir,
    python: Python,
}

/// A build to be run.
#[derive(Debug, Clone)]
pub(crate) struct Build {
    pub(crate) id: String,
    pub(crate) branch: &'static str,
    /// As `BUILDKITE_PULL_REQUEST` has it: a number, or `false`.
    pub(crate) pull_request: &'static str,
    pub(crate) env: Vec<(&'static str, String)>,
    pub(crate) faults: Vec<Fault>,
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
    pub(crate) fn of(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            branch: "main",
            pull_request: "false",
            env: Vec::new(),
            faults: Vec::new(),
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
    /// A small suite without timings, and the pipeline that `evenshard init buildkite` writes.
    pub(crate) fn new(python: &Python) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for part in ["repo", "store", "home", "bin", "jobs"] {
            fs_err::create_dir(folder.path().join(part)).unwrap();
        }
        let world = Self {
            folder,
            python: python.clone(),
        };
        fs_err::create_dir(world.repo(".git")).unwrap();
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
        world.init("", &["init", "buildkite"]);
        world
    }

    /// Writes the pipeline anew, from this folder of the repository.
    pub(crate) fn init(&self, folder: &str, words: &[&str]) {
        let _ = fs_err::remove_file(self.repo(PIPELINE));
        let mut init = self.command("evenshard", &Build::of("none"), "none");
        let output = init.args(words).current_dir(self.repo(folder)).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    /// Replaces a part of the pipeline.
    pub(crate) fn edit(&self, from: &str, to: &str) {
        let text = fs_err::read_to_string(self.repo(PIPELINE)).unwrap();
        assert!(text.contains(from), "no {from} in {text}");
        fs_err::write(self.repo(PIPELINE), text.replace(from, to)).unwrap();
    }

    pub(super) fn at(&self, part: &str) -> PathBuf {
        self.folder.path().join(part)
    }

    /// A path of the repository.
    pub(crate) fn repo(&self, path: &str) -> PathBuf {
        self.at("repo").join(path)
    }

    /// Writes a file of the repository.
    pub(crate) fn commit(&self, path: &str, text: &str) {
        let path = self.repo(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    /// Runs a build to its end.
    pub(crate) fn run(&self, build: &Build) -> Finished {
        Running::new(self, build).run()
    }

    /// Tries a job of a build that has ended again, as somebody does by hand.
    pub(crate) fn retry(&self, build: &Build, step: &str, index: usize) -> Job {
        Running::new(self, build).again(step, index)
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
            .env("STAND_IN_PLUGIN", plugin())
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

/// The folder of the plugin.
pub(crate) fn plugin() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.join("../../integrations/buildkite-plugin")
}

pub(super) fn copy(from: &Path, to: &Path) {
    fs_err::create_dir_all(to).unwrap();
    let contents = from.join(".");
    let status = Command::new("cp").arg("-a").arg(contents).arg(to).status();
    assert!(status.unwrap().success());
}

/// Where Buildkite's first step looks for the pipeline.
pub(crate) const PIPELINE: &str = ".buildkite/pipeline.yml";

/// Every test of the suite, sorted.
pub(crate) const TESTS: &[&str] = &[
    "tests/test_cart.py::test_add",
    "tests/test_cart.py::test_remove",
    "tests/test_pay.py::test_card",
    "tests/test_search.py::TestWords::test_none",
    "tests/test_search.py::TestWords::test_one",
    "tests/test_ship.py::test_box",
];

pub(crate) const FILES: &[(&str, &str)] = &[
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
