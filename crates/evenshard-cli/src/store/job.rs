//! Owners: which job runs an attempt at a shard.

use evenshard_store::{Build, Content, Created, Entry, Error, Job};
use serde::{Deserialize, Serialize};

use super::open::Shared;

/// More keys of jobs than any build has: 10,000 shards, each with a few attempts.
pub(super) const MOST_KEYS: usize = 100_000;

/// The answer to a job that wants to run an attempt at its shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Claimed {
    /// It may, and nobody else.
    Ours(Job),
    /// Another job runs it: its name, where it told one.
    Theirs(Job, Option<String>),
}

/// An owner, as it is stored.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct Owner {
    job: Option<String>,
}

impl Shared {
    /// Claims an attempt at a shard before anything else is done. Where the CI tells no attempt,
    /// it is the one after the last.
    pub(crate) fn claim(
        &self,
        build: &Build,
        shard: u32,
        attempt: Option<u32>,
        name: Option<&str>,
    ) -> Result<Claimed, Error> {
        let attempt = match attempt {
            Some(attempt) => attempt,
            None => self.last_attempt(build, shard)? + 1,
        };
        let job = Job { shard, attempt };
        let owner = Owner {
            job: name.map(str::to_owned),
        };
        let json = serde_json::to_vec(&owner).unwrap_or_default();
        let content = Content::json(&json, &self.masker);
        Ok(match self.store.create(&build.owner(job), &content)? {
            Created::Ours => Claimed::Ours(job),
            Created::Theirs(object) => {
                let owner: Owner = serde_json::from_slice(&object.content).unwrap_or_default();
                Claimed::Theirs(job, owner.job)
            }
        })
    }

    fn last_attempt(&self, build: &Build, shard: u32) -> Result<u32, Error> {
        let jobs = self.jobs(build)?.into_iter();
        let attempts = jobs.filter_map(|entry| match entry {
            Entry::Owner(job) if job.shard == shard => Some(job.attempt),
            _ => None,
        });
        Ok(attempts.max().unwrap_or(0))
    }

    /// Lists the keys of all jobs of a build.
    pub(super) fn jobs(&self, build: &Build) -> Result<Vec<Entry>, Error> {
        let listing = self.store.list(&build.jobs(), MOST_KEYS)?;
        Ok(listing
            .keys
            .iter()
            .filter_map(|key| build.entry(key))
            .collect())
    }

    /// Returns true where jobs of the build began, and none of them ran a test: they died before
    /// there was a plan.
    pub(crate) fn nobody_ran(&self, build: &Build) -> Result<bool, Error> {
        let jobs = self.jobs(build)?;
        let ran = jobs.iter().any(|entry| !matches!(entry, Entry::Owner(_)));
        Ok(jobs.len() > 1 && !ran)
    }

    /// Returns the build's own place in the store.
    pub(crate) fn build(&self) -> Option<&Build> {
        self.build.as_ref()
    }

    /// Lists the steps of a build that there are plans or jobs of.
    pub(crate) fn steps(&self, build: &str) -> Result<Vec<Build>, Error> {
        let keys = self.store.list(&self.area.steps(build), MOST_KEYS)?.keys;
        Ok(self.area.steps_of(build, &keys))
    }
}

/// The step of a build, for people: the end of its prefix.
pub(crate) fn step_name(build: &Build) -> String {
    let prefix = build.all().as_str().trim_end_matches('/');
    prefix.rsplit('/').next().unwrap_or(prefix).to_owned()
}
