//! One attempt at a job: checkout, hooks of plugins, commands, artifacts.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use super::finished::Job;
use super::pipeline::{Ending, Step, pairs, strings};
use super::running::Running;
use super::world::{What, copy, plugin};

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
        let name = format!("{build}-{count}-{}", self.id);
        let folder = world.at("jobs").join(name);
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
                    let path = checkout.join(path);
                    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
                    fs_err::write(path, text).unwrap();
                }
                _ => {}
            }
        }
        self.running.world.hiccups(&hiccups);
    }

    /// The phases of a job, as the agent runs them. A hook that fails ends the job with its status,
    /// and `pre-exit` runs whatever went before.
    fn run(&self, folder: &Path) -> i32 {
        let mut code = self.hook("environment", folder, None);
        if code == 0 {
            code = self.hook("pre-command", folder, None);
        }
        if code == 0 {
            code = self.script(folder);
        }
        let paths = self.step.artifact_paths();
        if self.is_seen() && !paths.is_empty() {
            let mut upload = self.command("buildkite-agent", folder);
            upload.args(["artifact", "upload", &paths]);
            assert!(upload.status().unwrap().success());
        }
        if !self.is_seen() && !self.step.plugins().iter().any(|(_, s)| s["role"] == "plan") {
            return code;
        }
        match self.hook("pre-exit", folder, Some(code)) {
            0 => code,
            failed => failed,
        }
    }

    /// The step's command; in a container, if the docker plugin's own `command` hook starts it.
    fn script(&self, folder: &Path) -> i32 {
        let docker = self
            .step
            .plugins()
            .into_iter()
            .find(|(n, _)| *n == "docker");
        let mut script = self.command("bash", folder);
        if let Some((_, settings)) = docker {
            // The image has its own programs, and none of the job's variables but those named.
            script = self.command("env", folder);
            script.arg("-i");
            for name in strings(&settings["environment"]) {
                script.arg(format!("{name}={}", self.value(name, folder)));
            }
            let path = self.running.world.command("x", self.running.build, "x");
            let path = path.get_envs().find(|(k, _)| *k == "PATH").unwrap().1;
            script.arg(format!("PATH={}", path.unwrap().to_str().unwrap()));
            script.arg(format!("RAN_LOG={}", folder.join("ran").display()));
            script.arg("bash");
        }
        script.args(["-e", "-c", &self.step.script()]);
        script.status().unwrap().code().unwrap_or(-1)
    }

    /// Runs a hook of the plugin in a shell of its own, and keeps the environment that it leaves.
    fn hook(&self, name: &str, folder: &Path, ended: Option<i32>) -> i32 {
        for (which, settings) in self.step.plugins() {
            let path = plugin().join("hooks").join(name);
            assert!(
                !plugin().join("hooks/command").exists(),
                "two plugins would run it twice"
            );
            if !which.ends_with("evenshard") || !path.exists() {
                continue;
            }
            let wrapper = "source \"$1\"; code=$?; env -0 >\"$2\"; exit $code";
            let mut hook = self.command("bash", folder);
            hook.args(["-c", wrapper, "hook"])
                .arg(&path)
                .arg(folder.join("env.new"));
            for (key, value) in pairs(settings) {
                let key = key.to_uppercase().replace('-', "_");
                hook.env(format!("BUILDKITE_PLUGIN_EVENSHARD_{key}"), value);
            }
            if let Some(code) = ended {
                hook.env("BUILDKITE_COMMAND_EXIT_STATUS", code.to_string());
            }
            let code = hook.status().unwrap().code().unwrap_or(-1);
            if code != 0 {
                return code;
            }
            if folder.join("env.new").exists() {
                fs_err::rename(folder.join("env.new"), folder.join("env")).unwrap();
            }
        }
        0
    }

    /// The value of a variable in the job's own environment.
    fn value(&self, name: &str, folder: &Path) -> String {
        let command = self.command("x", folder);
        let found = command.get_envs().find(|(k, _)| *k == name);
        let value = found.and_then(|(_, value)| value?.to_str());
        value.unwrap_or_default().to_owned()
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
        // What hooks exported.
        let kept = fs_err::read(folder.join("env")).unwrap_or_default();
        for pair in String::from_utf8(kept).unwrap().split_terminator('\0') {
            let (name, value) = pair.split_once('=').unwrap();
            command.env(name, value);
        }
        command
    }
}
