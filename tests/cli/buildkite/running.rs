//! A build under way: steps in order, their jobs, automatic retries.

use std::collections::BTreeMap;

use serde_json::json;

use super::finished::{Finished, Job};
use super::job::Attempt;
use super::pipeline::{Ending, Step, pairs, uploads};
use super::world::{Build, Fault, PIPELINE, World};

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Passed,
    Failed,
    NotRun,
}

/// A build under way.
#[derive(Debug)]
pub(super) struct Running<'a> {
    pub(super) world: &'a World,
    pub(super) build: &'a Build,
    pub(super) finished: Finished,
    queue: Vec<Step>,
    /// What the pipelines that were uploaded so far say for all steps.
    pub(super) env: Vec<(String, String)>,
    states: BTreeMap<String, State>,
    uploads: usize,
}

impl<'a> Running<'a> {
    pub(super) fn new(world: &'a World, build: &'a Build) -> Self {
        Self {
            world,
            build,
            finished: Finished {
                passed: false,
                jobs: Vec::new(),
                store: world.at("store").join("builds").join(&build.id),
            },
            queue: Vec::new(),
            env: Vec::new(),
            states: BTreeMap::new(),
            uploads: 0,
        }
    }

    /// Runs the build to its end.
    pub(super) fn run(mut self) -> Finished {
        self.begin();
        while !self.queue.is_empty() {
            let step = self.queue.remove(0);
            self.step(&step);
        }
        Finished {
            passed: self.states.values().all(|s| *s == State::Passed),
            ..self.finished
        }
    }

    /// Runs the second attempt at a job of a build that has ended.
    pub(super) fn again(mut self, step: &str, index: usize) -> Job {
        self.take_uploads();
        let step = self
            .queue
            .iter()
            .find(|s| s.key() == step)
            .cloned()
            .unwrap();
        let first = format!("{}-{index}-1", step.key());
        self.retired(&first);
        let id = format!("{}-{index}-2", step.key());
        self.attempt(&step, index, 2, &id);
        self.finished.jobs.remove(0)
    }

    /// Notes a job whose artifacts are those of a retried one from now on.
    fn retired(&self, id: &str) {
        let retried = self.finished.store.join("retried.jsonl");
        let before = fs_err::read_to_string(&retried).unwrap_or_default();
        fs_err::write(&retried, format!("{before}{}\n", json!(id))).unwrap();
    }

    /// What the pipeline's settings say: upload the file.
    fn begin(&mut self) {
        let mut upload = self.world.command("buildkite-agent", self.build, "upload");
        let file = self.world.repo(PIPELINE);
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
            self.retired(&id);
        }
        unreachable!("every rule has a limit")
    }

    fn attempt(&mut self, step: &Step, index: usize, number: usize, id: &str) -> Ending {
        let here = |f: &&Fault| {
            f.step == step.key() && f.index == index && f.attempt.is_none_or(|a| a == number)
        };
        let faults = self.build.faults.iter().filter(here);
        let attempt = Attempt {
            running: self,
            step,
            index,
            number,
            id,
            faults: faults.map(|f| &f.what).collect(),
        };
        let (ending, job) = attempt.take();
        self.finished.jobs.push(job);
        ending
    }
}
