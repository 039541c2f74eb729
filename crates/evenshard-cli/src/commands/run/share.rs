//! What every session of a job gets: the same share of the same plan.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use evenshard::{NodeId, Plan, Shard};

use crate::commands::run::handover::Mode;
use crate::commands::run::quarantine::Told;
use crate::commands::run::record::Template;
use crate::config::Entry;
use crate::planning::Times;

/// Names of tests by classname.
pub(super) type Collected = BTreeMap<String, BTreeSet<String>>;

/// The tests among these node ids that a plan has in a shard.
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
    /// Where the results go.
    pub(super) junit: Option<&'a Path>,
    /// In percent.
    pub(super) require_match: Option<f64>,
    /// Node ids that are not to run again.
    pub(super) settled: Option<&'a BTreeSet<String>>,
    pub(super) template: &'a Template,
    pub(super) quarantined: &'a [&'a Entry],
    /// Whether files of other shards are left alone.
    pub(super) prune: bool,
    /// What tests take, where xdist's workers are to get the longest first.
    pub(super) longest_first: Option<&'a Times>,
    /// The tests of the shard that were collected to be counted.
    pub(super) collected: Option<&'a Collected>,
}

impl Share<'_> {
    /// The session that runs the shard.
    pub(super) fn first(&self) -> Mode<'_> {
        self.mode(self.prune, false, None, self.junit)
    }

    /// One that imports all files, and runs nothing.
    pub(super) fn survey(&self) -> Mode<'_> {
        self.mode(false, true, None, None)
    }

    /// One that imports all files, and runs what that brought back.
    pub(super) fn unpruned<'s>(
        &'s self,
        only: &'s BTreeSet<String>,
        junit: Option<&'s Path>,
    ) -> Mode<'s> {
        self.mode(false, false, Some(only), junit)
    }

    fn mode<'s>(
        &'s self,
        prune: bool,
        survey: bool,
        only: Option<&'s BTreeSet<String>>,
        junit: Option<&'s Path>,
    ) -> Mode<'s> {
        let is_first = only.is_none() && !survey;
        Mode::Run {
            slice: Box::new(self.plan.slice(self.shard)),
            shard: self.shard.to_string(),
            junit,
            require_match: self.require_match.filter(|_| is_first),
            settled: self.settled,
            record: self.template,
            quarantine: Told::all(self.quarantined),
            prune,
            survey,
            only,
            collected: self.collected,
            longest_first: self.longest_first,
        }
    }
}
