//! A repository with its `.buildkite`, and builds of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::pipeline::{Ending, Step, pairs, uploads};
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

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Passed,
    Failed,
    NotRun,
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
            python.program().display(),
            bin.join("agent.py").display()
        );
        fs_err::write(&agent, script).unwrap();
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs_err::set_permissions(&agent, executable).unwrap();
        world
    }

    fn at(&self, part: &str) -> PathBuf {
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
        let mut running = Running {
            world: self,
            build,
            finished: Finished {
                passed: false,
                jobs: Vec::new(),
                store: self.at("store").join("builds").join(&build.id),
            },
            queue: Vec::new(),
            env: Vec::new(),
            states: BTreeMap::new(),
            uploads: 0,
        };
        running.begin();
        while !running.queue.is_empty() {
            let step = running.queue.remove(0);
            running.step(&step);
        }
        let states = running.states.into_values();
        let passed = states
            .collect::<Vec<_>>()
            .iter()
            .all(|s| *s == State::Passed);
        Finished {
            passed,
            ..running.finished
        }
    }

    /// A command as the agent starts it, in the environment of a job.
    pub(crate) fn command(&self, program: &str, build: &Build, job: &str) -> Command {
        let venv = self.python.bin.display();
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

    fn hiccups(&self, hiccups: &Value) {
        fs_err::write(self.at("store").join("hiccups.json"), hiccups.to_string()).unwrap();
    }
}

/// A build under way.
#[derive(Debug)]
struct Running<'a> {
    world: &'a World,
    build: &'a Build,
    finished: Finished,
    queue: Vec<Step>,
    env: Vec<(String, String)>,
    states: BTreeMap<String, State>,
    uploads: usize,
}

impl Running<'_> {
    /// What the pipeline's settings say: upload the file.
    fn begin(&mut self) {
        let mut upload = self.world.command("buildkite-agent", self.build, "upload");
        let file = self.world.repo(self.build.pipeline);
        upload.args(["pipeline", "upload"]).arg(file);
        let output = upload.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        self.take_uploads();
    }

    /// Steps go in right behind the one that uploaded them.
    fn take_uploads(&mut self) {
        let all = uploads(&self.finished.store);
        for (_, env, steps) in &all[self.uploads..] {
            self.env.extend(pairs(env));
            self.queue.splice(0..0, steps.iter().cloned());
        }
        self.uploads = all.len();
    }

    fn step(&mut self, step: &Step) {
        let ready = step.depends_on().iter().all(|key| {
            let state = self.states.get(*key).expect("a step that exists");
            *state == State::Passed || step.allows_dependency_failure()
        });
        let mut state = State::NotRun;
        if ready {
            state = State::Passed;
            for index in 0..step.parallelism().unwrap_or(1) {
                let ending = self.job(step, index);
                if ending.code != 0 && !step.is_soft(ending) {
                    state = State::Failed;
                }
            }
            self.take_uploads();
        }
        self.states.insert(step.key().to_owned(), state);
    }

    /// A job with its automatic retries.
    fn job(&mut self, step: &Step, index: usize) -> Ending {
        let mut used: BTreeMap<usize, usize> = BTreeMap::new();
        for attempt in 1.. {
            let id = format!("{}-{index}-{attempt}", step.key());
            let ending = self.attempt(step, index, attempt, &id);
            let Some((rule, limit)) = step.retry(ending).filter(|_| ending.code != 0) else {
                return ending;
            };
            let used = used.entry(rule).or_default();
            if *used == limit {
                return ending;
            }
            *used += 1;
            let retried = self.finished.store.join("retried.jsonl");
            let before = fs_err::read_to_string(&retried).unwrap_or_default();
            fs_err::write(&retried, format!("{before}{}\n", json!(id))).unwrap();
        }
        unreachable!("every rule has a limit")
    }

    fn attempt(&mut self, step: &Step, index: usize, attempt: usize, id: &str) -> Ending {
        let here = |f: &&Fault| {
            f.step == step.key() && f.index == index && f.attempt.is_none_or(|a| a == attempt)
        };
        let faults: Vec<What> = self
            .build
            .faults
            .iter()
            .filter(here)
            .map(|f| f.what.clone())
            .collect();
        let lost = Ending {
            code: -1,
            signal_reason: None,
        };
        let number = self.finished.jobs.len();
        let folder = self
            .world
            .at("jobs")
            .join(format!("{}-{number}-{id}", self.build.id));
        let checkout = folder.join("checkout");
        copy(&self.world.at("repo"), &checkout);
        let mut hiccups = json!({});
        let mut ending = None;
        let mut uploads_artifacts = true;
        for what in &faults {
            match what {
                What::Lost => ending = Some(lost),
                What::AgentStopped => {
                    ending = Some(Ending {
                        code: 143,
                        signal_reason: Some("agent_stop"),
                    });
                }
                What::LostAtTheEnd => uploads_artifacts = false,
                What::Hiccups(command, times) => hiccups[command] = json!(times),
                What::Holds(path, text) => {
                    let path = checkout.join(SUITE).join(path);
                    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
                    fs_err::write(path, text).unwrap();
                }
            }
        }
        self.world.hiccups(&hiccups);
        let mut ran = Vec::new();
        let mut log = String::new();
        let ending = ending.unwrap_or_else(|| {
            let prepared = Attempt {
                running: self,
                step,
                index,
                attempt,
                id,
                checkout: &checkout,
            };
            let code = prepared.run(&folder, uploads_artifacts);
            log = fs_err::read_to_string(folder.join("log")).unwrap();
            let tests = fs_err::read_to_string(folder.join("ran")).unwrap_or_default();
            ran = tests.lines().map(str::to_owned).collect();
            if uploads_artifacts {
                Ending {
                    code,
                    signal_reason: None,
                }
            } else {
                lost
            }
        });
        self.world.hiccups(&json!({}));
        let step = step.key().to_owned();
        let code = ending.code;
        self.finished.jobs.push(Job {
            step,
            index,
            attempt,
            code,
            log,
            ran,
        });
        ending
    }
}

/// One attempt at a job, on an agent.
#[derive(Debug)]
struct Attempt<'a> {
    running: &'a Running<'a>,
    step: &'a Step,
    index: usize,
    attempt: usize,
    id: &'a str,
    checkout: &'a Path,
}

impl Attempt<'_> {
    /// Plugins, commands, plugins, artifacts: the phases of a job.
    fn run(&self, folder: &Path, uploads_artifacts: bool) -> i32 {
        self.restore();
        let mut script = self.command("bash", folder);
        script.args(["-e", "-c", &self.step.script()]);
        let status = script.status().unwrap();
        let code = status.code().unwrap_or(-1);
        if code == 0 {
            self.save();
        }
        let paths = self.step.artifact_paths();
        if uploads_artifacts && !paths.is_empty() {
            let mut upload = self.command("bash", folder);
            upload.args(["-c", "buildkite-agent artifact upload \"$0\"", &paths]);
            assert!(upload.status().unwrap().success());
        }
        code
    }

    fn command(&self, program: &str, folder: &Path) -> Command {
        let running = self.running;
        let mut command = running.world.command(program, running.build, self.id);
        let log = fs_err::OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join("log"));
        let log = log.unwrap().into_file();
        let step = self.step.key();
        command
            .current_dir(self.checkout)
            .envs(running.env.iter().map(|(k, v)| (k, v)))
            .envs(self.step.env())
            // What a build is given in its settings comes before the file's own values here,
            // so that a scenario can set what the file sets.
            .envs(running.build.env.iter().map(|(k, v)| (k, v)))
            .env("RAN_LOG", folder.join("ran"))
            .env("BUILDKITE_STEP_KEY", step)
            .env("BUILDKITE_STEP_ID", format!("id-of-{step}"))
            .env("BUILDKITE_RETRY_COUNT", (self.attempt - 1).to_string())
            .stdin(Stdio::null())
            .stderr(log.try_clone().unwrap())
            .stdout(log);
        if let Some(count) = self.step.parallelism() {
            command.env("BUILDKITE_PARALLEL_JOB", self.index.to_string());
            command.env("BUILDKITE_PARALLEL_JOB_COUNT", count.to_string());
        }
        command
    }

    /// The cache plugin, before the command: the most specific level that exists.
    fn restore(&self) {
        let Some(settings) = self.cache() else { return };
        let Some(level) = settings["restore"].as_str() else {
            return;
        };
        let (kept, path) = self.places(settings, level);
        if kept.exists() {
            // Like the plugin's `cp`, which makes no folders above.
            assert!(path.parent().unwrap().is_dir());
            copy(&kept, &path);
        }
    }

    /// The cache plugin, after a command that succeeded.
    fn save(&self) {
        let Some(settings) = self.cache() else { return };
        let Some(level) = settings["save"].as_str() else {
            return;
        };
        let (kept, path) = self.places(settings, level);
        if settings["force"] == true || !kept.exists() {
            let _ = fs_err::remove_dir_all(&kept);
            copy(&path, &kept);
        }
    }

    fn cache(&self) -> Option<&Value> {
        self.step.cache().filter(|_| self.running.build.cache)
    }

    fn places(&self, settings: &Value, level: &str) -> (PathBuf, PathBuf) {
        let path = settings["path"].as_str().unwrap();
        let name = format!("{level}-shop-{}", path.replace('/', "-"));
        (
            self.running.world.at("cache").join(name),
            self.checkout.join(path),
        )
    }
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
        let entries = text
            .lines()
            .map(|l| serde_json::from_str::<Value>(l).unwrap());
        let entry = entries.filter(|e| e["path"] == path).last()?;
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

fn copy(from: &Path, to: &Path) {
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
