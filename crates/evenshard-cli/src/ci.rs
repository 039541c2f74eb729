//! What CI systems tell a job about itself, by their own variables.
//!
//! A provider is recognised by its own marker first and its variables are read with its
//! base: GitLab and Heroku use one name, counted from 1 and from 0.

pub mod agreement;

use std::fmt;

use evenshard::Shard;

use crate::env::Env;
use crate::exit;
use crate::failure::Failure;

/// How a provider names the parallel index and count, the build, the job and the attempt.
#[derive(Debug)]
pub struct Provider {
    name: &'static str,
    /// A variable that only this provider sets.
    marker: &'static str,
    index: &'static str,
    count: &'static str,
    /// What the first job's index is.
    base: u32,
    build: &'static str,
    job: &'static str,
    /// The variable that counts attempts, and what the first attempt's value is.
    attempt: Option<(&'static str, u32)>,
}

/// Every provider that is known, in the order in which their markers are tried.
pub const PROVIDERS: &[Provider] = &[
    Provider {
        name: "Buildkite",
        marker: "BUILDKITE",
        index: "BUILDKITE_PARALLEL_JOB",
        count: "BUILDKITE_PARALLEL_JOB_COUNT",
        base: 0,
        build: "BUILDKITE_BUILD_ID",
        job: "BUILDKITE_JOB_ID",
        attempt: Some(("BUILDKITE_RETRY_COUNT", 0)),
    },
    Provider {
        name: "CircleCI",
        marker: "CIRCLECI",
        index: "CIRCLE_NODE_INDEX",
        count: "CIRCLE_NODE_TOTAL",
        base: 0,
        build: "CIRCLE_WORKFLOW_ID",
        job: "CIRCLE_BUILD_NUM",
        attempt: None,
    },
    Provider {
        name: "GitLab",
        marker: "GITLAB_CI",
        index: "CI_NODE_INDEX",
        count: "CI_NODE_TOTAL",
        base: 1,
        build: "CI_PIPELINE_ID",
        job: "CI_JOB_ID",
        attempt: None,
    },
    Provider {
        name: "Heroku",
        marker: "HEROKU_TEST_RUN_ID",
        index: "CI_NODE_INDEX",
        count: "CI_NODE_TOTAL",
        base: 0,
        build: "HEROKU_TEST_RUN_ID",
        job: "HEROKU_TEST_RUN_ID",
        attempt: None,
    },
    Provider {
        name: "Semaphore",
        marker: "SEMAPHORE",
        index: "SEMAPHORE_JOB_INDEX",
        count: "SEMAPHORE_JOB_COUNT",
        base: 1,
        build: "SEMAPHORE_WORKFLOW_ID",
        job: "SEMAPHORE_JOB_ID",
        attempt: None,
    },
    Provider {
        name: "Azure Pipelines",
        marker: "TF_BUILD",
        index: "SYSTEM_JOBPOSITIONINPHASE",
        count: "SYSTEM_TOTALJOBSINPHASE",
        base: 1,
        build: "BUILD_BUILDID",
        job: "SYSTEM_JOBID",
        attempt: Some(("SYSTEM_JOBATTEMPT", 1)),
    },
    Provider {
        name: "Bitbucket",
        marker: "BITBUCKET_BUILD_NUMBER",
        index: "BITBUCKET_PARALLEL_STEP",
        count: "BITBUCKET_PARALLEL_STEP_COUNT",
        base: 0,
        build: "BITBUCKET_BUILD_NUMBER",
        job: "BITBUCKET_STEP_UUID",
        attempt: None,
    },
    Provider {
        name: "Harness",
        marker: "HARNESS_BUILD_ID",
        index: "HARNESS_NODE_INDEX",
        count: "HARNESS_NODE_TOTAL",
        base: 0,
        build: "HARNESS_BUILD_ID",
        job: "HARNESS_STAGE_ID",
        attempt: None,
    },
    Provider {
        name: "Bitrise",
        marker: "BITRISE_IO",
        index: "BITRISE_IO_PARALLEL_INDEX",
        count: "BITRISE_IO_PARALLEL_TOTAL",
        base: 0,
        build: "BITRISE_BUILD_SLUG",
        job: "BITRISE_BUILD_SLUG",
        attempt: None,
    },
    // No index of its own: a matrix passes --shard.
    Provider {
        name: "GitHub Actions",
        marker: "GITHUB_ACTIONS",
        index: "",
        count: "",
        base: 1,
        build: "GITHUB_RUN_ID",
        job: "GITHUB_JOB",
        attempt: Some(("GITHUB_RUN_ATTEMPT", 1)),
    },
];

/// A shard that a CI system named, with the words that say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detected {
    /// The shard.
    pub shard: Shard,
    /// Such as `Buildkite: BUILDKITE_PARALLEL_JOB=2, counted from 0`.
    pub source: String,
}

impl fmt::Display for Detected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, count) = (self.shard.number(), self.shard.count());
        write!(f, "shard {number} of {count} ({})", self.source)
    }
}

/// Which build, job and attempt this is, as far as the CI tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Job {
    /// The build.
    pub build: Option<String>,
    /// The job within the build.
    pub job: Option<String>,
    /// The attempt, counted from 1.
    pub attempt: Option<u32>,
}

/// The provider whose marker is set.
pub fn provider(env: &Env) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|p| env.get(p.marker).is_some())
}

/// The shard that the CI's own variables name; `None` where no provider names one.
///
/// # Errors
/// Code 78 when the variables contradict, are no numbers, or have no known owner.
pub fn detect(env: &Env) -> Result<Option<Detected>, Failure> {
    let Some(provider) = provider(env) else {
        return match env.get("CI_NODE_INDEX") {
            None => Ok(None),
            Some(index) => Err(Failure::new(
                exit::CONFIG,
                format!("CI_NODE_INDEX={index} is set, but not by a provider that is known"),
            )
            .hint("GitLab counts it from 1, Heroku from 0: say --shard I/N (counted from 1), with --ignore-ci")),
        };
    };
    let (Some(index), Some(count)) = (env.get(provider.index), env.get(provider.count)) else {
        return Ok(None);
    };
    let contradiction = |what: String| {
        Err(
            Failure::new(exit::CONFIG, format!("{}: {what}", provider.name))
                .hint("say --shard I/N with --ignore-ci to go by that alone"),
        )
    };
    let number = |text: &str| text.trim().parse::<u32>().ok();
    let (Some(i), Some(n)) = (number(index), number(count)) else {
        return contradiction(format!(
            "{}={index} and {}={count} are not both numbers",
            provider.index, provider.count
        ));
    };
    let shard = i
        .checked_sub(provider.base)
        .and_then(|i| Shard::new(i, n).ok());
    let source = format!(
        "{}: {}={index}, counted from {}",
        provider.name, provider.index, provider.base
    );
    match shard {
        Some(shard) => Ok(Some(Detected { shard, source })),
        None => contradiction(format!(
            "{}={index} (counted from {}) is not one of {}={count} jobs",
            provider.index, provider.base, provider.count
        )),
    }
}

/// Build, job and attempt by the CI's own variables.
pub fn job(env: &Env) -> Job {
    let Some(provider) = provider(env) else {
        return Job::default();
    };
    let own = |variable: &str| env.get(variable).map(ToOwned::to_owned);
    let attempt = provider.attempt.map(|(variable, first)| {
        let counted = env.get(variable).and_then(|v| v.trim().parse::<u32>().ok());
        counted.map_or(1, |v| v.saturating_sub(first).saturating_add(1))
    });
    Job {
        build: own(provider.build),
        job: own(provider.job),
        attempt,
    }
}

/// The names of all variables that could have told the shard, for an error message.
pub fn variables() -> String {
    let pairs = PROVIDERS.iter().filter(|p| !p.index.is_empty());
    let names: Vec<String> = pairs
        .map(|p| format!("{} ({}, {})", p.name, p.index, p.count))
        .collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::{PROVIDERS, detect, job};
    use crate::env::Env;

    fn env(pairs: &[(&str, &str)]) -> Env {
        Env::from_pairs(pairs.iter().copied())
    }

    #[test]
    fn every_provider_is_read_with_its_own_base() {
        for p in PROVIDERS.iter().filter(|p| !p.index.is_empty()) {
            let first = p.base.to_string();
            let env = env(&[(p.marker, "true"), (p.index, &first), (p.count, "20")]);
            let found = detect(&env).unwrap().unwrap();
            assert_eq!(found.shard.to_string(), "1/20", "{}", p.name);
            assert!(found.source.contains(p.index));
        }
    }

    #[test]
    fn gitlab_and_heroku_share_a_name_with_different_bases() {
        let third = [("CI_NODE_INDEX", "2"), ("CI_NODE_TOTAL", "4")];
        let gitlab = env(&[&[("GITLAB_CI", "true")][..], &third].concat());
        assert_eq!(detect(&gitlab).unwrap().unwrap().shard.number(), 2);
        let heroku = env(&[&[("HEROKU_TEST_RUN_ID", "x")][..], &third].concat());
        assert_eq!(detect(&heroku).unwrap().unwrap().shard.number(), 3);
        assert_eq!(detect(&env(&third)).unwrap_err().code(), 78);
    }

    #[test]
    fn what_is_no_job_of_that_many_is_an_error() {
        for (index, count) in [("4", "4"), ("x", "4"), ("0", "0"), ("-1", "4")] {
            let env = env(&[
                ("BUILDKITE", "true"),
                ("BUILDKITE_PARALLEL_JOB", index),
                ("BUILDKITE_PARALLEL_JOB_COUNT", count),
            ]);
            assert_eq!(detect(&env).unwrap_err().code(), 78, "{index} of {count}");
        }
    }

    #[test]
    fn no_provider_and_no_parallel_job_are_no_shard() {
        assert_eq!(detect(&env(&[])).unwrap(), None);
        assert_eq!(detect(&env(&[("BUILDKITE", "true")])).unwrap(), None);
    }

    #[test]
    fn a_retried_buildkite_job_is_a_later_attempt() {
        let env = env(&[
            ("BUILDKITE", "true"),
            ("BUILDKITE_BUILD_ID", "b"),
            ("BUILDKITE_RETRY_COUNT", "2"),
        ]);
        assert_eq!(
            (job(&env).build.as_deref(), job(&env).attempt),
            (Some("b"), Some(3))
        );
    }
}
