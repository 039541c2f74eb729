//! The variables by which CI systems name the shard, the build, the job and the attempt.
//!
//! A provider is recognised by its own marker first and its variables are read with its
//! base: GitLab and Heroku use one name, counted from 1 and from 0.

pub(crate) mod agreement;
#[cfg(feature = "store")]
pub(crate) mod annotation;
#[cfg(feature = "store")]
mod branch;
mod providers;

use evenshard::Shard;

use crate::env::Env;
use crate::failure::Failure;

#[cfg(feature = "store")]
pub(crate) use branch::BuildBranch;
pub(crate) use providers::{PROVIDERS, Provider};

/// The shard to run, and who named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedShard {
    pub(crate) shard: Shard,
    /// The shard in words: `shard 3 of 20 (Buildkite: BUILDKITE_PARALLEL_JOB=2, counted from 0)`.
    pub(crate) words: String,
}

impl NamedShard {
    pub(crate) fn new(shard: Shard, source: &str) -> Self {
        let (number, count) = (shard.number(), shard.count());
        let words = format!("shard {number} of {count} ({source})");
        Self { shard, words }
    }
}

/// The build, the job and the attempt, as far as the CI names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) build: Option<String>,
    pub(crate) id: Option<String>,
    /// Counted from 1.
    pub(crate) attempt: Option<u32>,
}

/// Finds the provider whose marker is set.
pub(crate) fn provider(env: &Env) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|p| env.get(p.marker).is_some())
}

/// Finds the shard that the CI's own variables name. Fails with 78 when they contradict each
/// other, are no numbers, or have no known owner.
pub(crate) fn detect(env: &Env) -> Result<Option<NamedShard>, Failure> {
    let Some(provider) = provider(env) else {
        return match env.get("CI_NODE_INDEX") {
            None => Ok(None),
            // A guess would be wrong by one for half of the users, and lose tests.
            Some(index) => Err(Failure::config(format!("CI_NODE_INDEX={index} is set, but not by a provider that is known"),
            )
            .hint("GitLab counts it from 1, Heroku from 0: say --shard I/N (counted from 1), with --ignore-ci")),
        };
    };
    let (Some(index), Some(count)) = (env.get(provider.index), env.get(provider.count)) else {
        return Ok(None);
    };
    let Provider { name, base, .. } = provider;
    let (index_name, count_name) = (provider.index, provider.count);
    let number = |text: &str| text.trim().parse::<u32>().ok();
    let what = match (number(index), number(count)) {
        (Some(i), Some(n)) => match i.checked_sub(*base).map(|i| Shard::new(i, n)) {
            Some(Ok(shard)) => {
                let source = format!("{name}: {index_name}={index}, counted from {base}");
                return Ok(Some(NamedShard::new(shard, &source)));
            }
            _ => format!(
                "{index_name}={index} (counted from {base}) is not one of {count_name}={count} jobs"
            ),
        },
        _ => format!("{index_name}={index} and {count_name}={count} are not both numbers"),
    };
    Err(Failure::config(format!("{name}: {what}"))
        .hint("say --shard I/N with --ignore-ci to go by that alone"))
}

/// Finds build, job and attempt by the CI's own variables.
pub(crate) fn job(env: &Env) -> Job {
    let Some(provider) = provider(env) else {
        return Job::default();
    };
    let own = |variable: &str| env.get(variable).map(ToOwned::to_owned);
    let attempt = provider.attempt.map(|(variable, first)| {
        let counted = env.get(variable).and_then(|v| v.trim().parse::<u32>().ok());
        // A provider that counts from 0 calls the first one 0.
        counted.map_or(1, |v| v.saturating_sub(first).saturating_add(1))
    });
    Job {
        build: own(provider.build),
        id: own(provider.job),
        attempt,
    }
}

/// Finds the name of the project by the CI's own variables.
pub(crate) fn project(env: &Env) -> Option<String> {
    let name = env.get(provider(env)?.project)?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// Finds the commit that the CI builds by its own variables.
pub(crate) fn commit(env: &Env) -> Option<String> {
    let commit = env.get(provider(env)?.commit)?;
    (!commit.is_empty()).then(|| commit.to_owned())
}

/// Names what all parallel jobs of one kind share, and no other job of the build; empty where the
/// CI does not tell.
pub(crate) fn step(env: &Env) -> String {
    let name = provider(env).and_then(|provider| env.get(provider.step));
    // GitLab adds to the name of a job which of several it is: `test 1/4`, `test: [3.9, x]`.
    let name = name.unwrap_or_default();
    let name = name.split(": [").next().unwrap_or(name);
    match name.rsplit_once(' ') {
        Some((kind, number)) if number.contains('/') => kind.to_owned(),
        _ => name.to_owned(),
    }
}

/// Says why no shard is known: there is no CI, or its job is the only one of its kind.
pub(crate) fn unsharded(env: &Env) -> Failure {
    let Some(provider) = provider(env) else {
        return Failure::usage(
            "which shard? Neither --shard I/N nor a CI's parallel job variables are there",
        )
        .hint(format!(
            "give --shard I/N, counted from 1; or run where these are set: {}",
            variables()
        ));
    };
    let (name, index) = (provider.name, provider.index);
    let what = if index.is_empty() {
        format!("{name} does not tell a job which of several it is")
    } else {
        format!("{name} says of this job that it is the only one of its kind ({index} is not set)")
    };
    Failure::usage(format!("which shard? {what}")).hint(format!(
        "several jobs take {}; else give --shard I/N, counted from 1",
        provider.parallel
    ))
}

/// Names all variables that can name the shard, for an error message.
fn variables() -> String {
    // GitHub and Jenkins have no variables that could be set.
    let pairs = PROVIDERS.iter().filter(|p| !p.index.is_empty());
    let names: Vec<String> = pairs
        .map(|p| format!("{} ({}, {})", p.name, p.index, p.count))
        .collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::{PROVIDERS, detect, job, unsharded};
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
            assert!(found.words.contains(p.index));
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
    fn a_job_that_is_alone_is_told_how_to_be_several() {
        let said = |pairs: &[(&str, &str)]| unsharded(&env(pairs)).render();
        // GitLab always sets the count, and the index only where there is `parallel:`.
        let gitlab = [("GITLAB_CI", "true"), ("CI_NODE_TOTAL", "1")];
        assert_eq!(detect(&env(&gitlab)).unwrap(), None);
        assert!(said(&gitlab).contains("`parallel: 20` in the job"));
        assert!(said(&[("GITHUB_ACTIONS", "true")]).contains("--shard ${{ matrix.shard }}"));
        assert!(said(&[("JENKINS_HOME", "/j")]).contains("--shard $SHARD/20"));
        assert!(said(&[]).contains("BUILDKITE_PARALLEL_JOB"));
    }

    #[test]
    fn every_provider_names_the_build() {
        for p in PROVIDERS {
            let env = env(&[(p.marker, "17"), (p.build, "17")]);
            assert_eq!(job(&env).build.as_deref(), Some("17"), "{}", p.name);
        }
    }

    #[test]
    fn parallel_jobs_of_one_kind_share_a_step() {
        for (name, kind) in [
            ("test 1/4", "test"),
            ("unit tests 12/20", "unit tests"),
            ("test: [3.9, linux]", "test"),
            ("unit tests", "unit tests"),
        ] {
            let env = env(&[("GITLAB_CI", "true"), ("CI_JOB_NAME", name)]);
            assert_eq!(super::step(&env), kind);
        }
        assert_eq!(super::step(&env(&[("BITRISE_IO", "true")])), "");
        assert_eq!(super::step(&env(&[])), "");
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
