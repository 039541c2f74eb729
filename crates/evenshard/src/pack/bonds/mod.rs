//! Atoms that share a shard wherever they stand, and atoms that every shard runs.
//!
//! Bonds are contracted before packing: what shares a shard becomes one atom, and what runs
//! everywhere becomes a constant that every shard takes, with the set-up of its classes and
//! files, which is then free for the rest. The contracted problem is packed as any other, and
//! what comes of it is accounted for by the original one.
//!
//! A group can take part of a class or file, whose set-up it then shares with the rest where
//! both meet on a shard, which one contracted atom cannot say. So two problems are packed: in
//! one the group does not pay for it (so that bounds hold for every plan), in the other it
//! pays in full; and the plan that is better in truth is taken. Where groups take whole
//! classes and files, the first problem is exact and there is no second.
//!
//! - Source: contraction, as of graphs; the union of groups by disjoint sets (R. E. Tarjan,
//!   *Efficiency of a good but not linear set union algorithm*, Journal of the ACM 22, 1975).
//! - Complexity: O(n log n) beside the plans of at most two contracted problems.
//! - Guarantee: every bond is kept, and the bound holds for every plan that keeps them.
//!
//! Worked example: 5, 4, 4, 3 and 1 on two shards, where 5 and 3 belong together and 1 runs
//! everywhere. 8, 4 and 4 are placed, and both shards take one more: 9 and 9.

mod contract;

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use super::bounds::{self, Bound};
use super::certificate::{BoundKind, Certificate};
use super::items::Items;
use super::options::{Algorithm, Options};
use super::problem::Problem;
use super::workers::Workers;
use super::{Packing, steady};
use crate::Micros;
use contract::{Contracted, Payer};

/// What must share a shard, and what every shard runs.
///
/// ```
/// use std::num::NonZeroU32;
/// use evenshard::Micros;
/// use evenshard::pack::{Bonds, EVERYWHERE, Options, Problem, balance};
/// let problem = Problem::flat([5, 4, 4, 3, 1].map(Micros::new));
/// // 5 and 3 use one database; 1 is a smoke test.
/// let bonds = Bonds { together: vec![vec![0, 3]], everywhere: vec![4] };
/// let options = Options { bonds: Some(&bonds), ..Options::default() };
/// let two = NonZeroU32::MIN.saturating_add(1);
/// let packing = balance(&problem, two, &options);
/// assert_eq!(packing.loads, [Micros::new(9), Micros::new(9)]);
/// assert_eq!(packing.shard_of[0], packing.shard_of[3]);
/// assert_eq!(packing.shard_of[4], EVERYWHERE);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bonds {
    /// Groups of atoms (by index), whatever their classes and files: each runs on one shard.
    /// Groups that have an atom in common are one. An atom that does not exist is left out.
    pub together: Vec<Vec<u32>>,
    /// Atoms that run on every shard, whatever group they are in.
    pub everywhere: Vec<u32>,
}

impl Bonds {
    /// True when they bind nothing.
    pub fn is_empty(&self) -> bool {
        self.everywhere.is_empty() && self.together.iter().all(|group| group.len() < 2)
    }
}

/// In [`Packing::shard_of`], stands for all shards.
pub const EVERYWHERE: u32 = u32::MAX;

/// A problem whose atoms are bound.
pub(super) struct Bonded<'a> {
    problem: &'a Problem,
    options: &'a Options<'a>,
    /// A group does not pay for what it may share: never dearer than any plan truly is.
    relaxed: Contracted,
    /// A group pays for all that it touches; `None` where that makes no difference.
    loaded: Option<Contracted>,
    /// All work with the set-up of files W-fold, for shards of W workers.
    as_one: Option<Contracted>,
    /// The atoms that every shard runs.
    everywhere: Vec<u32>,
}

impl<'a> Bonded<'a> {
    /// The problem with the bonds of its options; `None` where nothing is bound.
    pub(super) fn new(problem: &'a Problem, options: &'a Options<'a>) -> Option<Self> {
        let bonds = options.bonds?;
        if bonds.is_empty() {
            return None;
        }
        let labels = contract::components(problem, bonds, options.split);
        // What made a problem makes the smaller one.
        let relaxed = Contracted::new(problem, &labels, Payer::Rest).ok()?;
        let loaded = if relaxed.exact {
            None
        } else {
            Contracted::new(problem, &labels, Payer::Both).ok()
        };
        let as_one = Workers::several(options.workers).and_then(|workers| {
            let folded = workers.as_one(problem).ok()?;
            Contracted::new(&folded, &labels, Payer::Rest).ok()
        });
        let everywhere = (0..)
            .zip(&labels)
            .filter(|(_, label)| **label == EVERYWHERE);
        Some(Self {
            problem,
            options,
            relaxed,
            loaded,
            as_one,
            everywhere: everywhere.map(|(atom, _)| atom).collect(),
        })
    }

    /// How many units there are to place.
    pub(super) fn units(&self) -> u32 {
        let items = Items::new(&self.relaxed.problem, self.options.split);
        u32::try_from(items.len()).unwrap_or(u32::MAX)
    }

    /// A unit that nothing can cut and what a shard takes that runs it, the longest one.
    pub(super) fn longest(&self) -> (Vec<usize>, Micros) {
        if let Some(workers) = Workers::several(self.options.workers) {
            let (atoms, time) = workers.longest(self.problem, self.options.split);
            return (atoms.collect(), time);
        }
        let dearest = self.loaded.as_ref().unwrap_or(&self.relaxed);
        let items = Items::new(&dearest.problem, self.options.split);
        let Some(item) = (0..items.len()).rev().max_by_key(|&item| items.alone(item)) else {
            let everywhere = self.everywhere.iter().map(|&atom| atom as usize);
            return (everywhere.collect(), dearest.everywhere);
        };
        let contracted = items.first[item] as usize..items.first[item + 1] as usize;
        let atoms = contracted.flat_map(|atom| dearest.members(atom));
        let time = Micros::new(items.scale.up(items.alone(item)));
        (
            atoms.map(|&atom| atom as usize).collect(),
            time + dearest.everywhere,
        )
    }

    /// A time that no plan on so many shards can beat.
    pub(super) fn bound(&self, shards: NonZeroU32) -> Bound {
        let split = self.options.split;
        let of = |contracted: &Contracted| {
            let bound = bounds::lower_bound(&contracted.problem, split, shards);
            (bound.time + contracted.everywhere, bound.kind)
        };
        let (time, kind) = match (&self.as_one, self.options.workers) {
            (Some(as_one), Some(workers)) => {
                let (time, kind) = of(as_one);
                let count = u64::from(workers.count.get());
                (Micros::new(time.get().div_ceil(count)), kind)
            }
            _ => of(&self.relaxed),
        };
        let longest = self.longest().1;
        if longest > time {
            let kind = BoundKind::Longest;
            return Bound {
                time: longest,
                kind,
            };
        }
        Bound { time, kind }
    }

    /// Packs it onto so many shards.
    pub(super) fn balance(&self, shards: NonZeroU32) -> Packing {
        let mut bound = self.bound(shards);
        let algorithm = self.options.algorithm;
        let relaxed = self.packed(&self.relaxed, shards, algorithm);
        if self.as_one.is_none() {
            let proved = relaxed.certificate.lower_bound + self.relaxed.everywhere;
            if proved > bound.time {
                let kind = relaxed.certificate.bound;
                bound = Bound { time: proved, kind };
            }
        }
        let first = self.account(&self.relaxed, &relaxed.shard_of, shards, bound);
        if algorithm == Algorithm::Lpt {
            return first;
        }
        let mut best = first.clone();
        let mut offer = |contracted: &Contracted, shard_of: &[u32]| {
            let found = self.account(contracted, shard_of, shards, bound);
            if found.certificate.makespan < best.certificate.makespan {
                best = found;
            }
        };
        if let Some(loaded) = &self.loaded {
            offer(loaded, &self.packed(loaded, shards, algorithm).shard_of);
            let greedy = self.packed(&self.relaxed, shards, Algorithm::Lpt);
            offer(&self.relaxed, &greedy.shard_of);
        }
        if shards.get() >= self.units() {
            let items = Items::new(&self.relaxed.problem, self.options.split);
            let each: Vec<u32> = (0..self.units()).collect();
            offer(&self.relaxed, &items.spread(&each));
        }
        let near = steady::allowed(best.certificate.makespan.get());
        if self.options.previous.is_some() && first.certificate.makespan.get() <= near {
            return first;
        }
        best
    }

    /// The contracted problem, packed for itself.
    fn packed(&self, of: &Contracted, shards: NonZeroU32, algorithm: Algorithm) -> Packing {
        let previous = self
            .options
            .previous
            .map(|previous| self.previous(of, previous, shards.get()));
        let options = Options {
            algorithm,
            previous: previous.as_deref(),
            bonds: None,
            ..*self.options
        };
        super::balance(&of.problem, shards, &options)
    }

    /// The shard of each contracted atom in the previous plan: the one that held most of its
    /// time, the lowest of several.
    fn previous(&self, of: &Contracted, previous: &[Option<u32>], shards: u32) -> Vec<Option<u32>> {
        let majority = |atom: usize| {
            let mut votes: BTreeMap<u32, u128> = BTreeMap::new();
            for &member in of.members(atom) {
                let shard = previous.get(member as usize).copied().flatten();
                if let Some(shard) = shard.filter(|&shard| shard < shards) {
                    let time = self.problem.atoms()[member as usize].duration.get();
                    // One more, so that atoms of no duration have a voice.
                    *votes.entry(shard).or_default() += u128::from(time) + 1;
                }
            }
            let most = votes
                .into_iter()
                .max_by_key(|&(shard, time)| (time, std::cmp::Reverse(shard)));
            most.map(|(shard, _)| shard)
        };
        (0..of.problem.atoms().len()).map(majority).collect()
    }

    /// What a plan of a contracted problem is in truth.
    fn account(
        &self,
        of: &Contracted,
        shard_of_contracted: &[u32],
        shards: NonZeroU32,
        bound: Bound,
    ) -> Packing {
        let mut shard_of = vec![EVERYWHERE; self.problem.atoms().len()];
        for (atom, &shard) in shard_of_contracted.iter().enumerate() {
            for &member in of.members(atom) {
                shard_of[member as usize] = shard;
            }
        }
        let loads = match Workers::several(self.options.workers) {
            Some(workers) => workers.loads(self.problem, &shard_of, shards.get()),
            None => self.problem.loads(&shard_of, shards.get()),
        };
        let makespan = loads.iter().copied().max().unwrap_or_default();
        Packing {
            certificate: Certificate::new(makespan, bound.time, bound.kind),
            shard_of,
            loads,
        }
    }
}
