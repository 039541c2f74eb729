//! Atoms that share a shard wherever they are, and atoms that every shard runs.
//!
//! Groups are contracted before packing: the atoms of a group become one atom, and those that run
//! everywhere become a constant that every shard takes, with the setup of their classes and
//! files, which is then free for the rest. The contracted problem is packed as any other, and
//! its plan is accounted for by the original one.
//!
//! A group can take part of a class or file, whose setup it then shares with the rest where
//! both meet on a shard, which one contracted atom cannot say. So two problems are packed: in
//! one the group does not pay for it (so that bounds hold for every plan), in the other it
//! pays in full; and the plan that is better in truth is taken. Where groups take whole
//! classes and files, the first problem is exact and there is no second.
//!
//! - Source: contraction, as of graphs; the union of groups by disjoint sets (R. E. Tarjan,
//!   *Efficiency of a good but not linear set union algorithm*, Journal of the ACM 22, 1975).
//! - Complexity: O(n log n) beside the plans of at most two contracted problems.
//! - Guarantee: every group is kept, and the bound holds for every plan that keeps them.
//!
//! Worked example: 5, 4, 4, 3 and 1 on two shards, where 5 and 3 belong together and 1 runs
//! everywhere. 8, 4 and 4 are placed, and both shards take one more: 9 and 9.

mod contract;

use std::num::NonZeroU32;

use crate::bounds::lower_bound;
use crate::certificate::{Bound, BoundKind};
use crate::groups::contract::{Contracted, Payer};
use crate::items::Items;
use crate::micros::Micros;
use crate::options::{Algorithm, Options};
use crate::packer::Packer;
use crate::packing::Packing;
use crate::problem::{Problem, count};
use crate::shard::{RunsOn, Shard};
use crate::{steady, workers};

/// The packer of a problem without shared setups.
pub(crate) fn packer<'a>(problem: &'a Problem, options: Options<'a>) -> Box<dyn Packer + 'a> {
    match Grouped::new(problem, options) {
        Some(grouped) => Box::new(grouped),
        None => workers::packer(problem, options),
    }
}

/// A problem with groups.
struct Grouped<'a> {
    problem: &'a Problem,
    options: Options<'a>,
    /// A group does not pay for a setup that it may share: never more expensive than any plan
    /// truly is.
    relaxed: Contracted,
    /// A group pays for every setup; `None` where that makes no difference.
    loaded: Option<Contracted>,
    /// All work with the setup of files W-fold, for shards of W workers.
    folded: Option<Contracted>,
}

impl Packer for Grouped<'_> {
    fn units(&self) -> u32 {
        let items = Items::new(&self.relaxed.problem, self.options.split);
        count(items.len())
    }

    fn longest(&self) -> (Vec<usize>, Micros) {
        if let Some(workers) = self.options.several_workers() {
            let (atoms, time) = workers.longest(self.problem, self.options.split);
            return (atoms.collect(), time);
        }
        let of = self.loaded.as_ref().unwrap_or(&self.relaxed);
        let atoms = |atoms: &[u32]| atoms.iter().map(|&atom| atom as usize).collect();
        match Items::new(&of.problem, self.options.split).longest() {
            Some((contracted, time)) => {
                let members: Vec<&[u32]> = contracted.map(|atom| of.members(atom)).collect();
                (atoms(&members.concat()), time + of.everywhere)
            }
            None => (atoms(&self.everywhere()), of.everywhere),
        }
    }

    fn bound(&self, shards: NonZeroU32) -> Bound {
        let of = self.folded.as_ref().unwrap_or(&self.relaxed);
        let found = lower_bound(&of.problem, self.options.split, shards);
        let time = found.time + of.everywhere;
        let share = self
            .options
            .workers
            .map_or(time, |workers| workers.share(time));
        Bound::new(share, found.kind).or(self.longest().1, BoundKind::Longest)
    }

    fn pack(&self, shards: NonZeroU32) -> Packing {
        let mut bound = self.bound(shards);
        // The relaxed problem first: its bound holds for every plan.
        let algorithm = self.options.algorithm;
        let relaxed = self.contracted(&self.relaxed, shards, algorithm);
        if self.folded.is_none() {
            let proved = relaxed.certificate;
            bound = bound.or(proved.lower_bound + self.relaxed.everywhere, proved.bound);
        }
        let first = self.account(&self.relaxed, &relaxed.shard_of, shards, bound);
        if algorithm == Algorithm::Lpt {
            return first;
        }
        let account = |of, shard_of: &[RunsOn]| self.account(of, shard_of, shards, bound);
        let mut best = first.clone();
        if let Some(loaded) = &self.loaded {
            let packed = self.contracted(loaded, shards, algorithm);
            best = best.or(account(loaded, &packed.shard_of));
            let greedy = self.contracted(&self.relaxed, shards, Algorithm::Lpt);
            best = best.or(account(&self.relaxed, &greedy.shard_of));
        }
        // With a shard for each unit no plan is faster, and searches may miss it.
        if shards.get() >= self.units() {
            let items = Items::new(&self.relaxed.problem, self.options.split);
            let each: Vec<u32> = (0..self.units()).collect();
            let each = RunsOn::each(&items.spread(&each), shards);
            best = best.or(account(&self.relaxed, &each));
        }
        // The plan that stays near the last one, unless another is clearly better.
        let near = steady::allowed(best.certificate.makespan.get());
        if self.options.previous.is_some() && first.certificate.makespan.get() <= near {
            return first;
        }
        best
    }
}

impl<'a> Grouped<'a> {
    /// The problem with the groups of its options; `None` where no atoms are grouped.
    fn new(problem: &'a Problem, options: Options<'a>) -> Option<Self> {
        let groups = options.groups.filter(|groups| !groups.is_empty())?;
        let labels = contract::components(problem, groups, options.split);
        // A contracted problem has fewer atoms, so what made one makes the other.
        let relaxed = Contracted::new(problem, &labels, Payer::Rest).ok()?;
        let loaded = if relaxed.exact {
            None
        } else {
            Contracted::new(problem, &labels, Payer::Both).ok()
        };
        let folded = options.several_workers().and_then(|workers| {
            Contracted::new(&workers.folded(problem), &labels, Payer::Rest).ok()
        });
        Some(Self {
            problem,
            options,
            relaxed,
            loaded,
            folded,
        })
    }

    /// The atoms that every shard runs.
    fn everywhere(&self) -> Vec<u32> {
        let mut everywhere = vec![true; self.problem.atoms().len()];
        for &atom in &self.relaxed.members {
            everywhere[atom as usize] = false;
        }
        let all = (0..).zip(everywhere).filter(|(_, everywhere)| *everywhere);
        all.map(|(atom, _)| atom).collect()
    }

    /// A contracted problem, packed by itself.
    fn contracted(&self, of: &Contracted, shards: NonZeroU32, algorithm: Algorithm) -> Packing {
        let previous = self
            .options
            .previous
            .map(|previous| self.previous(of, previous, shards));
        let options = Options {
            algorithm,
            previous: previous.as_deref(),
            groups: None,
            ..self.options
        };
        workers::packer(&of.problem, options).pack(shards)
    }

    /// The shard of each contracted atom in the previous plan: that of most of its time.
    fn previous(
        &self,
        of: &Contracted,
        previous: &[Option<Shard>],
        shards: NonZeroU32,
    ) -> Vec<Option<Shard>> {
        let all: Vec<Shard> = Shard::all(shards).collect();
        let majority = |atom| {
            let members = of.members(atom).iter().copied();
            let shard = steady::majority(self.problem, members, previous, shards.get())?;
            all.get(shard as usize).copied()
        };
        (0..of.problem.atoms().len()).map(majority).collect()
    }

    /// The packing of the original problem for a plan of a contracted one.
    fn account(
        &self,
        of: &Contracted,
        contracted: &[RunsOn],
        shards: NonZeroU32,
        bound: Bound,
    ) -> Packing {
        let mut shard_of = vec![RunsOn::Everywhere; self.problem.atoms().len()];
        for (atom, &on) in contracted.iter().enumerate() {
            for &member in of.members(atom) {
                shard_of[member as usize] = on;
            }
        }
        let loads = match self.options.several_workers() {
            Some(workers) => workers.loads(self.problem, &shard_of, shards),
            None => self.problem.loads(&shard_of, shards),
        };
        Packing::new(shard_of, loads, bound)
    }
}
