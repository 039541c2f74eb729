//! The smallest number of shards that meets a target.
//!
//! - Source: none but this; a search upward from a lower bound.
//! - Complexity: one bound a bisection step and one plan a number tried, which is one where
//!   the first number holds.
//! - Guarantee: a number that is said to be proved is the smallest that meets the target. No
//!   number that the bounds allow is passed over for good, as far as more shards never make a
//!   plan slower.
//!
//! Worked example: items of 60, 50, 40, 40, 30 and 20 in 90. Their 240 need three shards, and
//! 60 + 30, 50 + 40 and 40 + 20 fit. For 55, the first item alone is too long.

use std::num::NonZeroU32;

use crate::bisect::bisect;
use crate::certificate::Certificate;
use crate::micros::Micros;
use crate::options::Options;
use crate::packer::Packer;
use crate::packing::Packing;
use crate::problem::Problem;
use crate::shared;

/// The target of a plan whose number of shards is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The time in which the slowest shard must be done, `overhead` included.
    pub time: Micros,
    /// The largest number of shards allowed.
    pub max_shards: NonZeroU32,
    /// The time of every shard before its first atom: start of the job, checkout, install.
    pub overhead: Micros,
}

/// A plan that meets its target.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sized {
    /// The number of shards.
    pub shards: NonZeroU32,
    /// The plan; its times are without overhead.
    pub packing: Packing,
    /// Lower bounds prove that no fewer shards meet the target.
    pub proved_smallest: bool,
}

/// The reason why no number of shards, or none that is allowed, meets the target. All times
/// are with overhead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The overhead alone is longer than the target.
    Overhead,
    /// A unit that is never cut takes longer than the target: a test, or under a coarser
    /// split a class or file, or a group of atoms.
    Unit {
        /// Its atoms, ascending.
        atoms: Vec<usize>,
        /// Its time with setup: no number of shards is faster.
        floor: Micros,
    },
    /// More shards would be needed.
    Shards {
        /// No fewer than this can meet the target.
        at_least: NonZeroU32,
        /// With the most shards allowed, no plan is faster.
        floor: Micros,
        /// The makespan found with the most shards allowed.
        reached: Micros,
    },
}

/// The misses in a row after which the numbers tried grow by an eighth: 100,000 shards are then a
/// hundred tries away.
const STEPS: u32 = 16;

/// Finds the smallest number of shards whose plan meets the target.
///
/// Starts at the smallest number that lower bounds allow, and goes up while the plan misses
/// (by one; after sixteen misses by an eighth, and then back by bisection). When the first
/// number holds, which is usual, or bounds exclude all before it, it is proved to be the
/// smallest. [`Options::untimed`] is ignored.
///
/// # Errors
/// The [`Obstacle`] in the way, with the time that cannot be beaten.
///
/// ```
/// use std::num::NonZeroU32;
/// use evenshard_pack::{Micros, Obstacle, Options, Problem, Target, smallest_shards};
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
    if target.overhead > target.time {
        return Err(Obstacle::Overhead);
    }
    let packer = shared::packer(problem, *options);
    let search = Search {
        packer: packer.as_ref(),
        room: target.time.saturating_sub(target.overhead),
    };
    let (atoms, longest) = packer.longest();
    // No number of shards helps, so none is tried.
    if longest > search.room {
        let floor = longest + target.overhead;
        return Err(Obstacle::Unit { atoms, floor });
    }
    search.upwards(target)
}

/// The longest unit that nothing can cut: its atoms, ascending, and its time with setup. No
/// number of shards makes a plan faster.
///
/// ```
/// use evenshard_pack::{Micros, Options, Problem, longest_unit};
/// let problem = Problem::flat([3, 5, 4].map(Micros::new));
/// let (atoms, time) = longest_unit(&problem, &Options::default());
/// assert_eq!((atoms, time), (vec![1], Micros::new(5)));
/// ```
pub fn longest_unit(problem: &Problem, options: &Options<'_>) -> (Vec<usize>, Micros) {
    shared::packer(problem, *options).longest()
}

/// A search for the smallest number of shards.
struct Search<'p> {
    packer: &'p dyn Packer,
    /// The time for the work of a shard, which is enough for each unit.
    room: Micros,
}

impl Search<'_> {
    fn upwards(&self, target: &Target) -> Result<Sized, Obstacle> {
        let mut at_least = self.first_possible();
        // The largest number that was tried in vain.
        let mut below = at_least.get() - 1;
        let mut shards = at_least;
        let mut missed = 0;
        loop {
            // With a shard for each unit, more of them change nothing.
            let last = shards >= target.max_shards || shards.get() >= self.packer.units();
            let tried = shards.min(target.max_shards);
            let packing = self.attempt(tried);
            if self.fits(&packing) {
                return Ok(self.fewest(below, (tried, packing), at_least));
            }
            let certificate = packing.certificate;
            at_least = self.raised(at_least, tried, &certificate);
            if last {
                return Err(Obstacle::Shards {
                    at_least,
                    floor: certificate.lower_bound + target.overhead,
                    reached: certificate.makespan + target.overhead,
                });
            }
            below = tried.get();
            missed += 1;
            let step = if missed < STEPS {
                1
            } else {
                (shards.get() / 8).max(1)
            };
            shards = shards.saturating_add(step);
        }
    }

    /// Packs onto so many shards; with a shard for each unit, that is tried where nothing else
    /// fits.
    fn attempt(&self, shards: NonZeroU32) -> Packing {
        let found = self.packer.pack(shards);
        if self.fits(&found) || shards.get() < self.packer.units() {
            return found;
        }
        self.packer.one_each(shards).unwrap_or(found)
    }

    fn fits(&self, packing: &Packing) -> bool {
        packing.certificate.makespan <= self.room
    }

    /// The least number that is not excluded after `missed` shards missed. A bound that excludes
    /// a number excludes all below it, since a shard can stay empty.
    fn raised(
        &self,
        at_least: NonZeroU32,
        missed: NonZeroU32,
        certificate: &Certificate,
    ) -> NonZeroU32 {
        if certificate.lower_bound > self.room {
            at_least.max(missed.saturating_add(1))
        } else {
            at_least
        }
    }

    /// The fewest shards that meet the target, between a number that did not and one that did:
    /// by bisection, where numbers were passed over.
    fn fewest(
        &self,
        mut below: u32,
        (mut shards, mut packing): (NonZeroU32, Packing),
        mut at_least: NonZeroU32,
    ) -> Sized {
        while shards.get() - below > 1 {
            let middle = NonZeroU32::new(below + (shards.get() - below) / 2).unwrap_or(shards);
            let found = self.attempt(middle);
            if self.fits(&found) {
                (shards, packing) = (middle, found);
            } else {
                at_least = self.raised(at_least, middle, &found.certificate);
                below = middle.get();
            }
        }
        Sized {
            shards,
            packing,
            proved_smallest: shards <= at_least,
        }
    }

    /// The smallest number of shards that the bounds allow.
    fn first_possible(&self) -> NonZeroU32 {
        let number = |shards: u64| {
            let shards = u32::try_from(shards).ok().and_then(NonZeroU32::new);
            shards.unwrap_or(NonZeroU32::MIN)
        };
        let fits = |shards: u64| self.packer.bound(number(shards)).time <= self.room;
        let units = u64::from(self.packer.units().max(1));
        let (mut low, mut high) = (1, 1);
        // One shard for each unit is enough, since each fits alone.
        while high < units && !fits(high) {
            low = high + 1;
            high = (2 * high).min(units);
        }
        number(bisect(low, high, fits))
    }
}
