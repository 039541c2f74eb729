//! A suite made ready to be packed, onto one number of shards or many.

use std::num::NonZeroU32;

use crate::error::Error;
use crate::pack::{self, Obstacle, Options, Packing, Problem, SharedSetup, Sized, Target};
use crate::plan::groups::Grouped;
use crate::plan::{Planner, sizing};
use crate::suite::Suite;
use crate::{Micros, Shard};

/// The atoms and groups of a suite, and the planner that packs them.
pub(crate) struct Prepared<'s> {
    pub(super) planner: &'s Planner,
    pub(super) suite: &'s Suite<'s>,
    pub(super) grouped: Grouped<'s>,
    pub(super) problem: Problem,
    pub(super) previous: Option<Vec<Option<Shard>>>,
    /// Setups that only some atoms need.
    pub(super) shared: Vec<SharedSetup>,
}

impl<'s> Prepared<'s> {
    /// Returns the groups and drops all else.
    pub(super) fn into_grouped(self) -> Grouped<'s> {
        self.grouped
    }

    pub(super) fn options(&self) -> Options<'_> {
        Options {
            split: self.planner.split,
            algorithm: self.planner.algorithm,
            previous: self.previous.as_deref(),
            workers: self.planner.workers,
            groups: Some(&self.grouped.groups),
            shared: &self.shared,
            untimed: &[],
        }
    }

    /// Returns the cost of every shard before its first test.
    pub(super) fn startup(&self) -> Micros {
        self.suite.session.startup
    }

    /// A target of which the session's setup is a part of what every job takes.
    fn after_startup(&self, target: &Target) -> Target {
        Target {
            overhead: target.overhead + self.startup(),
            ..*target
        }
    }

    /// The packing that a plan for so many shards has.
    pub(crate) fn pack(&self, shards: NonZeroU32) -> Packing {
        let atoms = (0..).zip(&self.grouped.atoms);
        let untimed = atoms.filter(|(_, tests)| !self.suite.tests[tests.start].known);
        let untimed: Vec<u32> = untimed.map(|(atom, _)| atom).collect();
        let options = Options {
            untimed: &untimed,
            ..self.options()
        };
        pack::balance(&self.problem, shards, &options).with_startup(self.startup())
    }

    /// The smallest number of shards that meets a target.
    pub(crate) fn smallest(&self, target: &Target) -> Result<Sized, Obstacle> {
        let target = self.after_startup(target);
        let mut sized = pack::smallest_shards(&self.problem, &target, &self.options())?;
        sized.packing = sized.packing.with_startup(self.startup());
        Ok(sized)
    }

    /// The error for a target that cannot be met.
    pub(crate) fn unmet(&self, target: &Target, obstacle: &Obstacle) -> Error {
        sizing::unmet(
            &self.after_startup(target),
            self.planner.split,
            obstacle,
            self.suite,
            &self.grouped.atoms,
        )
    }
}
