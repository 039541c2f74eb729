//! The share of a job, which all its sessions get.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use evenshard::{NodeId, Plan, Shard};

use crate::commands::run::plugin::settings::{Job, Run};
use crate::env::Env;
use crate::settings::Launch;

/// Names of tests by classname.
pub(super) type Collected = BTreeMap<String, BTreeSet<String>>;

/// Selects the node ids that a plan has in a shard.
pub(super) fn of_shard(ids: &[String], plan: &Plan, shard: Shard) -> Collected {
    let mut collected = Collected::new();
    for id in ids.iter().map(|id| NodeId::parse(id)) {
        // By the plan itself, as the plugin will: the two must agree.
        if plan.selects(shard, &id) {
            let of_class = collected.entry(id.classname()).or_default();
            of_class.insert(id.name().clone());
        }
    }
    collected
}

/// The session that runs a shard, and further ones of the same command.
#[derive(Debug)]
pub(super) struct Share<'a> {
    pub(super) launch: &'a Launch,
    pub(super) env: &'a Env,
    /// The marks whose tests stay with their file.
    pub(super) whole_marks: &'a [String],
    pub(super) run: Run<'a>,
}

impl Share<'_> {
    /// Makes the session that runs the shard.
    pub(super) fn first(&self) -> Job<'_> {
        self.job(self.run.clone())
    }

    /// Makes a session that imports all files, and runs nothing.
    pub(super) fn survey(&self) -> Job<'_> {
        self.job(Run {
            survey: true,
            junit: None,
            prune: false,
            require_match: None,
            ..self.run.clone()
        })
    }

    /// Makes a session that imports all files, and runs the tests that this brought back.
    pub(super) fn unpruned<'s>(
        &'s self,
        only: &'s BTreeSet<String>,
        junit: Option<&'s Path>,
    ) -> Job<'s> {
        self.job(Run {
            only: Some(only),
            junit,
            prune: false,
            // The first session was held to it.
            require_match: None,
            ..self.run.clone()
        })
    }

    fn job<'s>(&'s self, run: Run<'s>) -> Job<'s> {
        Job {
            whole_marks: self.whole_marks,
            run: Some(run),
        }
    }
}
