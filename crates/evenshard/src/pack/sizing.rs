//! How many shards: the smallest number that meets a target.
//!
//! - Source: none but this; a search upward from a lower bound.
//! - Complexity: one bound a bisection step and one plan a number tried, which is one where
//!   the first number holds.
//! - Guarantee: where it is said to be proved, no smaller number meets the target. No number
//!   that the bounds allow is passed over for good, as far as more shards never make a plan
//!   slower.
//!
//! Worked example: items of 60, 50, 40, 40, 30 and 20 in 90. Their 240 need three shards, and
//! 60 + 30, 50 + 40 and 40 + 20 fit. For 55, the first item alone stands in the way.

use std::num::NonZeroU32;

use super::bonds::Bonded;
use super::bounds;
use super::items::Items;
use super::options::Options;
use super::problem::Problem;
use super::workers::Workers;
use super::{Certificate, Packing, balance, balance_items, packing, shared};
use crate::Micros;

/// What is wanted of a plan whose number of shards is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// When the slowest shard is to be through, `overhead` included.
    pub time: Micros,
    /// The most shards there can be.
    pub max_shards: NonZeroU32,
    /// What every shard takes before its first atom: start of the job, checkout, install.
    pub overhead: Micros,
}

/// A plan that meets its target.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sized {
    /// How many shards.
    pub shards: NonZeroU32,
    /// The plan; its times are without overhead.
    pub packing: Packing,
    /// Whether lower bounds prove that no fewer shards meet the target.
    pub proved_smallest: bool,
}

/// Why no number of shards, or none that is allowed, meets the target. All times are with
/// overhead.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Obstacle {
    /// The overhead alone is longer than the target.
    Overhead,
    /// A unit that is never cut takes longer than the target: a test, or under a coarser
    /// split a class or file, or atoms that are bound to each other.
    Unit {
        /// Its atoms, ascending.
        atoms: Vec<usize>,
        /// What it takes, set-up included: no number of shards is faster.
        floor: Micros,
    },
    /// More shards would be needed.
    Shards {
        /// No fewer than this can meet the target.
        at_least: NonZeroU32,
        /// With the most shards allowed, no plan is faster.
        floor: Micros,
        /// With the most shards allowed, this was reached.
        reached: Micros,
    },
}

/// After so many misses in a row the numbers tried grow faster.
const STEPS: u32 = 16;

/// The smallest number of shards whose plan meets the target.
///
/// Starts at the smallest number that lower bounds allow, and goes up while the plan misses
/// (by one; after sixteen misses by an eighth, and then back by bisection). When the first
/// number holds, which is usual, or bounds exclude all before it, it is proved to be the
/// smallest.
///
/// # Errors
/// The [`Obstacle`] that stands in the way, with the time that cannot be beaten.
///
/// ```
/// use std::num::NonZeroU32;
/// use evenshard::Micros;
/// use evenshard::pack::{Obstacle, Options, Problem, Target, smallest_shards};
///
/// let seconds = |s: u64| Micros::new(s * 1_000_000);
/// let problem = Problem::flat([60, 50, 40, 40, 30, 20].map(seconds));
/// let target = |time| Target {
///     time: seconds(time),
///     max_shards: NonZeroU32::MAX,
///     overhead: seconds(30),
/// };
/// // 240 seconds of work, 90 for each shard: three do.
/// let sized = smallest_shards(&problem, &target(120), &Options::default()).unwrap();
/// assert_eq!((sized.shards.get(), sized.proved_smallest), (3, true));
/// // The first takes 60 + 30.
/// let obstacle = smallest_shards(&problem, &target(80), &Options::default()).unwrap_err();
/// assert_eq!(obstacle, Obstacle::Unit { atoms: vec![0], floor: seconds(90) });
/// ```
pub fn smallest_shards(
    problem: &Problem,
    target: &Target,
    options: &Options<'_>,
) -> Result<Sized, Obstacle> {
    let solver = Solver::new(problem, options);
    let Some(room) = target.time.get().checked_sub(target.overhead.get()) else {
        return Err(Obstacle::Overhead);
    };
    let room = Micros::new(room);
    let (atoms, longest) = solver.longest();
    if longest > room {
        let floor = longest + target.overhead;
        return Err(Obstacle::Unit { atoms, floor });
    }
    // What bounds exclude fewer than, and the largest number that was tried in vain.
    let mut at_least = solver.first_possible(room);
    let mut below = at_least.get() - 1;
    let mut shards = at_least;
    for missed in 1u32.. {
        // With a shard for each unit, more of them change nothing.
        let last = shards >= target.max_shards || shards.get() >= solver.units();
        let tried = shards.min(target.max_shards);
        let packing = solver.attempt(tried, room);
        let certificate = packing.certificate;
        if certificate.makespan <= room {
            return Ok(solver.fewest(below, (tried, packing), at_least, room));
        }
        at_least = raised(at_least, tried, &certificate, room);
        if last {
            return Err(Obstacle::Shards {
                at_least,
                floor: certificate.lower_bound + target.overhead,
                reached: certificate.makespan + target.overhead,
            });
        }
        below = tried.get();
        let step = if missed < STEPS {
            1
        } else {
            (shards.get() / 8).max(1)
        };
        shards = shards.saturating_add(step);
    }
    Err(Obstacle::Overhead)
}

/// The longest unit that nothing can cut: its atoms, ascending, and what it takes with its
/// set-up. No number of shards is through sooner.
///
/// ```
/// use evenshard::Micros;
/// use evenshard::pack::{Options, Problem, longest_unit};
/// let problem = Problem::flat([3, 5, 4].map(Micros::new));
/// let (atoms, time) = longest_unit(&problem, &Options::default());
/// assert_eq!((atoms, time), (vec![1], Micros::new(5)));
/// ```
pub fn longest_unit(problem: &Problem, options: &Options<'_>) -> (Vec<usize>, Micros) {
    Solver::new(problem, options).longest()
}

/// What bounds exclude fewer than, after so many shards missed. What is excluded for a number
/// is excluded for all below it, since a shard can stay empty.
fn raised(at_least: NonZeroU32, missed: NonZeroU32, of: &Certificate, room: Micros) -> NonZeroU32 {
    if of.lower_bound > room {
        at_least.max(missed.saturating_add(1))
    } else {
        at_least
    }
}

/// A problem to be solved for several numbers of shards.
struct Solver<'a> {
    problem: &'a Problem,
    options: &'a Options<'a>,
    items: Items,
    workers: Option<Workers>,
    bonded: Option<Bonded<'a>>,
}

impl<'a> Solver<'a> {
    fn new(problem: &'a Problem, options: &'a Options<'a>) -> Self {
        Self {
            problem,
            options,
            items: Items::new(problem, options.split),
            workers: Workers::several(options.workers),
            bonded: Bonded::new(problem, options),
        }
    }

    /// How many units there are to place.
    fn units(&self) -> u32 {
        if let Some(bonded) = &self.bonded {
            return bonded.units();
        }
        u32::try_from(self.items.len()).unwrap_or(u32::MAX)
    }

    /// The longest unit that nothing can cut: its atoms and its time with set-up.
    fn longest(&self) -> (Vec<usize>, Micros) {
        if !self.options.shared.is_empty() {
            return shared::longest(self.problem, self.options);
        }
        if let Some(bonded) = &self.bonded {
            return bonded.longest();
        }
        if let Some(workers) = self.workers {
            let (atoms, time) = workers.longest(self.problem, self.options.split);
            return (atoms.collect(), time);
        }
        let items = &self.items;
        let longest = (0..items.len()).rev().max_by_key(|&item| items.alone(item));
        longest.map_or((Vec::new(), Micros::ZERO), |item| {
            let atoms = items.first[item] as usize..items.first[item + 1] as usize;
            (
                atoms.collect(),
                Micros::new(items.scale.up(items.alone(item))),
            )
        })
    }

    /// The cheap bound for so many shards.
    fn bound(&self, shards: NonZeroU32) -> Micros {
        if !self.options.shared.is_empty() {
            return shared::bound(self.problem, shards, self.options).time;
        }
        if let Some(bonded) = &self.bonded {
            return bonded.bound(shards).time;
        }
        match self.workers {
            Some(workers) => workers
                .lower_bound(self.problem, self.options.split, shards)
                .map_or(Micros::ZERO, |bound| bound.time),
            None => Micros::new(
                self.items
                    .scale
                    .up(bounds::floor(&self.items, shards.get()).value),
            ),
        }
    }

    /// The plan for so many shards; with a shard for each unit that is the plan if no better
    /// one meets the target.
    fn attempt(&self, shards: NonZeroU32, room: Micros) -> Packing {
        if !self.options.shared.is_empty() {
            return shared::pack(self.problem, shards, self.options);
        }
        if let Some(bonded) = &self.bonded {
            return bonded.balance(shards);
        }
        if self.workers.is_some() {
            return balance(self.problem, shards, self.options);
        }
        let found = balance_items(self.problem, &self.items, shards, self.options);
        if found.certificate.makespan <= room || shards.get() < self.units() {
            return found;
        }
        let each: Vec<u32> = (0..self.units()).collect();
        let floor = bounds::floor(&self.items, shards.get());
        packing(self.problem, &self.items, shards, &each, floor)
    }

    /// The fewest shards that meet the target, between a number that did not and one that did:
    /// by bisection, where numbers were passed over.
    fn fewest(
        &self,
        mut below: u32,
        (mut shards, mut packing): (NonZeroU32, Packing),
        mut at_least: NonZeroU32,
        room: Micros,
    ) -> Sized {
        while shards.get() - below > 1 {
            let middle = NonZeroU32::new(below + (shards.get() - below) / 2).unwrap_or(shards);
            let found = self.attempt(middle, room);
            if found.certificate.makespan <= room {
                (shards, packing) = (middle, found);
            } else {
                at_least = raised(at_least, middle, &found.certificate, room);
                below = middle.get();
            }
        }
        Sized {
            shards,
            packing,
            proved_smallest: shards <= at_least,
        }
    }

    /// The smallest number of shards that the cheap bounds allow; `room` holds each unit.
    fn first_possible(&self, room: Micros) -> NonZeroU32 {
        let number = |shards: u32| NonZeroU32::new(shards).unwrap_or(NonZeroU32::MIN);
        let fits = |shards: u32| self.bound(number(shards)) <= room;
        let units = self.units().max(1);
        let (mut low, mut high) = (1, 1);
        // One shard for each unit is enough, since each fits alone.
        while high < units && !fits(high) {
            low = high + 1;
            high = high.saturating_mul(2).min(units);
        }
        while low < high {
            let middle = low + (high - low) / 2;
            if fits(middle) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        number(low)
    }
}
