//! Agreement of the jobs of one build on their plan, before a test runs.
//!
//! Buildkite's agent keeps meta-data for a build. The first job of a step sets the digest of
//! its plan, every other one compares, and a job with another digest stops. Jobs that begin
//! at the same moment may both find nothing and set one after the other; each reads the value
//! again after setting it, so both pass only if the second sets it after the first has read
//! its own back. That gap, of one request, is left to `evenshard verify`.
//!
//! An agent that does not answer costs a warning, never a build.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use evenshard::Plan;

use crate::ask::{self, Answer};
use crate::env::Env;
use crate::failure::Failure;
use crate::streams::Streams;

/// The exit status of `buildkite-agent meta-data exists` for a key that was never set, by its
/// documentation.
const NEVER_SET: i32 = 100;
/// The time for all questions to the agent, which retries for minutes by itself. Chosen: a minute
/// is little beside a job.
const PATIENCE: Duration = Duration::from_secs(60);
pub(super) const AGENT: &str = "buildkite-agent";

/// Compares the digest of `plan` with that of the other jobs of this step and build, where
/// Buildkite's agent is at hand.
pub(crate) fn compare(plan: &Plan, env: &Env, streams: &mut Streams<'_>) -> Result<(), Failure> {
    if env.get("BUILDKITE").is_none() {
        return Ok(());
    }
    let Some(agent) = find(env) else {
        streams.say(&format!(
            "no {AGENT} on PATH: the plan is not compared with those of the other jobs"
        ));
        return Ok(());
    };
    let store = MetaData {
        agent,
        until: Instant::now() + PATIENCE,
    };
    match store.agreed(&key(plan, env), plan.digest()) {
        Ok(digest) if digest == plan.digest() => Ok(()),
        Ok(digest) => Err(disagreement(plan.digest(), &digest)),
        Err(problem) => {
            streams.warn(&format!(
                "the plan could not be compared with those of the other jobs: {problem}"
            ));
            Ok(())
        }
    }
}

/// Names the key in the meta-data: each step and each scope of a build has its own.
fn key(plan: &Plan, env: &Env) -> String {
    let step = ["BUILDKITE_STEP_ID", "BUILDKITE_STEP_KEY"];
    let step = step.iter().find_map(|variable| env.get(variable));
    // A step may run several suites, each with a plan of its own.
    let scope = Some(plan.content().scope.as_str()).filter(|s| !s.is_empty());
    let parts = ["evenshard-digest"].into_iter().chain(step).chain(scope);
    parts.collect::<Vec<_>>().join("-")
}

fn disagreement(own: &str, others: &str) -> Failure {
    Failure::config(format!(
            "this job's plan has digest {own}, another job of this step has {others}: no test was run"
        ),
    )
    .hint(
        "all jobs of a step need the same timings and options. Where timings changed since, a retried \
         job cannot join: start a new build, or let one step make the plan for all (--plan). Suites that \
         share a step need a --scope each. --no-ci-compare leaves it to `evenshard verify`",
    )
}

/// Finds the agent on PATH.
pub(super) fn find(env: &Env) -> Option<PathBuf> {
    let path = env.get_os("PATH")?;
    // Windows has it as an .exe.
    let names = [AGENT.to_owned(), format!("{AGENT}.exe")];
    std::env::split_paths(path)
        .flat_map(|folder| names.each_ref().map(|name| folder.join(name)))
        .find(|candidate| candidate.is_file())
}

/// The meta-data of a build, through the agent.
#[derive(Debug)]
struct MetaData {
    agent: PathBuf,
    until: Instant,
}

impl MetaData {
    /// Returns the value of `key` for all jobs: the one that is set, otherwise `own`, unless
    /// another job set its own meanwhile.
    fn agreed(&self, key: &str, own: &str) -> Result<String, String> {
        let exists = self.ask(&["exists", key])?;
        match exists.status {
            Some(0) => {}
            Some(NEVER_SET) => {
                self.succeed(&["set", key, own])?;
            }
            status => return Err(problem(status, "exists")),
        }
        // Read back, since another job may have set its own at the same moment.
        self.succeed(&["get", key])
    }

    fn succeed(&self, question: &[&str]) -> Result<String, String> {
        let answer = self.ask(question)?;
        match answer.status {
            Some(0) => Ok(answer.text.trim().to_owned()),
            status => Err(problem(status, question.first().unwrap_or(&""))),
        }
    }

    fn ask(&self, question: &[&str]) -> Result<Answer, String> {
        let mut command = Command::new(&self.agent);
        command.arg("meta-data").args(question);
        match ask::ask(&mut command, self.until) {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                Err(format!("its answer cannot be read: {error}"))
            }
            Err(error) => Err(format!("{}: {error}", self.agent.display())),
        }
    }
}

fn problem(status: Option<i32>, question: &str) -> String {
    match status {
        Some(status) => format!("`{AGENT} meta-data {question}` ended with {status}"),
        None => format!("`{AGENT} meta-data {question}` was killed"),
    }
}

#[cfg(test)]
mod tests {
    use evenshard::Planner;

    use super::key;
    use crate::env::Env;

    #[test]
    fn steps_and_scopes_have_keys_of_their_own() {
        let plan = |scope: &str| {
            let planner = Planner::new(2).unwrap().scope(scope);
            planner.plan_without_timings().unwrap()
        };
        let step = |pairs: &[(&str, &str)]| Env::from_pairs(pairs.iter().copied());
        let both = step(&[("BUILDKITE_STEP_ID", "id"), ("BUILDKITE_STEP_KEY", "key")]);
        assert_eq!(key(&plan(""), &both), "evenshard-digest-id");
        assert_eq!(key(&plan("py3.9"), &both), "evenshard-digest-id-py3.9");
        let named = step(&[("BUILDKITE_STEP_KEY", "key")]);
        assert_eq!(key(&plan(""), &named), "evenshard-digest-key");
        assert_eq!(key(&plan(""), &step(&[])), "evenshard-digest");
    }
}
