//! The share of a job, which all its sessions get.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use evenshard::{NodeId, Plan, Shard};

use crate::commands::run::plugin::settings::{Job, Quarantined, Run};
use crate::commands::run::record::Template;
use crate::config::Entry;
use crate::env::Env;
use crate::planning::Times;
use crate::settings::Launch;

/// Names of tests by classname.
pub(super) type Collected = BTreeMap<String, BTreeSet<String>>;

/// Selects the node ids that a plan has in a shard.
pub(super) fn of_shard(ids: &[String], plan: &Plan, shard: Shard) -> Collected {
    let mut collected = Collected::new();
    for id in ids.iter().map(|id| NodeId::parse(id)) {
        if plan.selects(shard, &id) {
            let of_class = collected.entry(id.classname()).or_default();
            of_class.insert(id.name().clone());
        }
    }
    collected
}

/// One shard of a plan, and how it is run.
#[derive(Debug)]
pub(super) struct Share<'a> {
    pub(super) plan: &'a Plan,
    pub(super) shard: Shard,
    pub(super) launch: &'a Launch,
    pub(super) env: &'a Env,
    /// The path of the results.
    pub(super) junit: Option<&'a Path>,
    /// In percent.
    pub(super) require_match: Option<f64>,
    /// Node ids that are not to run again.
    pub(super) settled: Option<&'a BTreeSet<String>>,
    pub(super) template: &'a Template,
    pub(super) quarantined: &'a [&'a Entry],
    /// Leaves files of other shards alone.
    pub(super) prune: bool,
    /// The times of tests, where xdist's workers get the longest first.
    pub(super) longest_first: Option<&'a Times>,
    /// The tests of the shard that were collected to be counted.
    pub(super) collected: Option<&'a Collected>,
}

impl Share<'_> {
    /// Makes the session that runs the shard.
    pub(super) fn first(&self) -> Job<'_> {
        self.job(self.prune, false, None, self.junit)
    }

    /// Makes a session that imports all files, and runs nothing.
    pub(super) fn survey(&self) -> Job<'_> {
        self.job(false, true, None, None)
    }

    /// Makes a session that imports all files, and runs the tests that this brought back.
    pub(super) fn unpruned<'s>(
        &'s self,
        only: &'s BTreeSet<String>,
        junit: Option<&'s Path>,
    ) -> Job<'s> {
        self.job(false, false, Some(only), junit)
    }

    fn job<'s>(
        &'s self,
        prune: bool,
        survey: bool,
        only: Option<&'s BTreeSet<String>>,
        junit: Option<&'s Path>,
    ) -> Job<'s> {
        let is_first = only.is_none() && !survey;
        let quarantined = self.quarantined.iter();
        let run = Run {
            slice: self.plan.slice(self.shard),
            shard: self.shard.to_string(),
            junit,
            require_match: self.require_match.filter(|_| is_first),
            passed: self.settled,
            record: self.template.record(),
            record_path: self.template.path(),
            quarantine: quarantined.map(|entry| Quarantined::new(entry)).collect(),
            prune,
            survey,
            only,
            collected: self.collected,
            longest_first: self.longest_first,
        };
        Job {
            whole_marks: &self.plan.content().rules.whole_marks,
            run: Some(run),
        }
    }
}
