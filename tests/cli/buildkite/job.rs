//! One attempt at a job: checkout, plugins, commands, artifacts.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::finished::Job;
use super::pipeline::{Ending, Step};
use super::running::Running;
use super::world::{SUITE, What, copy};

const LOST: Ending = Ending {
    code: -1,
    signal_reason: None,
};

/// One attempt at a job, on an agent.
#[derive(Debug)]
pub(super) struct Attempt<'a> {
    pub(super) running: &'a Running<'a>,
    pub(super) step: &'a Step,
    pub(super) index: usize,
    /// Counted from 1.
    pub(super) number: usize,
    pub(super) id: &'a str,
    pub(super) faults: Vec<&'a What>,
}

impl Attempt<'_> {
    /// Runs it, with what befalls it.
    pub(super) fn take(&self) -> (Ending, Job) {
        let world = self.running.world;
        let count = self.running.finished.jobs.len();
        let build = &self.running.build.id;
        let folder = world
            .at("jobs")
            .join(format!("{build}-{count}-{}", self.id));
        let checkout = folder.join("checkout");
        copy(&world.at("repo"), &checkout);
        let mut job = Job {
            step: self.step.key().to_owned(),
            index: self.index,
            attempt: self.number,
            code: 0,
            log: String::new(),
            ran: Vec::new(),
        };
        let ending = self.prevented().unwrap_or_else(|| {
            self.prepare(&checkout);
            let code = self.run(&folder);
            world.hiccups(&json!({}));
            job.log = fs_err::read_to_string(folder.join("log")).unwrap();
            let tests = fs_err::read_to_string(folder.join("ran")).unwrap_or_default();
            job.ran = tests.lines().map(str::to_owned).collect();
            let ended = Ending {
                code,
                signal_reason: None,
            };
            if self.is_seen() { ended } else { LOST }
        });
        job.code = ending.code;
        (ending, job)
    }

    /// How it ends without having begun, if it does.
    fn prevented(&self) -> Option<Ending> {
        self.faults.iter().find_map(|what| match what {
            What::Lost => Some(LOST),
            What::AgentStopped => Some(Ending {
                code: 143,
                signal_reason: Some("agent_stop"),
            }),
            _ => None,
        })
    }

    /// False where the agent is lost at the end.
    fn is_seen(&self) -> bool {
        let lost = |what: &&&What| matches!(what, What::LostAtTheEnd);
        !self.faults.iter().any(|what| lost(&what))
    }

    fn prepare(&self, checkout: &Path) {
        let mut hiccups = json!({});
        for what in &self.faults {
            match what {
                What::Hiccups(command, times) => hiccups[command] = json!(times),
                What::Holds(path, text) => {
                    let path = checkout.join(SUITE).join(path);
                    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
                    fs_err::write(path, text).unwrap();
                }
                _ => {}
            }
        }
        self.running.world.hiccups(&hiccups);
    }

    /// Plugins, commands, plugins, artifacts: the phases of a job.
    fn run(&self, folder: &Path) -> i32 {
        let checkout = folder.join("checkout");
        self.restore(&checkout);
        let mut script = self.command("bash", folder);
        script.args(["-e", "-c", &self.step.script()]);
        let status = script.status().unwrap();
        let code = status.code().unwrap_or(-1);
        if code == 0 {
            self.save(&checkout);
        }
        let paths = self.step.artifact_paths();
        if self.is_seen() && !paths.is_empty() {
            let mut upload = self.command("buildkite-agent", folder);
            upload.args(["artifact", "upload", &paths]);
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
            .current_dir(folder.join("checkout"))
            .envs(running.env.iter().map(|(k, v)| (k, v)))
            .envs(self.step.env())
            // What a build is given in its settings comes before the file's own values here,
            // so that a scenario can set what the file sets.
            .envs(running.build.env.iter().map(|(k, v)| (k, v)))
            .env("RAN_LOG", folder.join("ran"))
            .env("BUILDKITE_STEP_KEY", step)
            .env("BUILDKITE_STEP_ID", format!("id-of-{step}"))
            .env("BUILDKITE_RETRY_COUNT", (self.number - 1).to_string())
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
    fn restore(&self, checkout: &Path) {
        let Some(settings) = self.cache() else { return };
        let Some(level) = settings["restore"].as_str() else {
            return;
        };
        let (kept, path) = self.places(settings, level, checkout);
        if kept.exists() {
            // Like the plugin's `cp`, which makes no folders above.
            assert!(path.parent().unwrap().is_dir());
            copy(&kept, &path);
        }
    }

    /// The cache plugin, after a command that succeeded.
    fn save(&self, checkout: &Path) {
        let Some(settings) = self.cache() else { return };
        let Some(level) = settings["save"].as_str() else {
            return;
        };
        let (kept, path) = self.places(settings, level, checkout);
        if settings["force"] == true || !kept.exists() {
            let _ = fs_err::remove_dir_all(&kept);
            copy(&path, &kept);
        }
    }

    fn cache(&self) -> Option<&Value> {
        self.step.cache().filter(|_| self.running.build.cache)
    }

    fn places(&self, settings: &Value, level: &str, checkout: &Path) -> (PathBuf, PathBuf) {
        let path = settings["path"].as_str().unwrap();
        let name = format!("{level}-shop-{}", path.replace('/', "-"));
        (
            self.running.world.at("cache").join(name),
            checkout.join(path),
        )
    }
}
