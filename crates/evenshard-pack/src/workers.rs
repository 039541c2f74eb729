//! Shards that run several workers at once, as pytest does under xdist.
//!
//! Every worker of a shard imports all files of the shard, at the same time; then the units
//! of the [`Distribution`] go to whichever worker is free:
//!
//! ```text
//! time(shard) = setup of all its files + the longest of its workers
//! ```
//!
//! where a worker takes its atoms and, once for every class that it touches, that class's
//! setup. The worker of each unit is not known beforehand; it is computed as if the
//! longest unit went first to the worker with the least to do (greedy LPT, within 4/3 -
//! 1/(3W) of the best order; Graham 1969).
//!
//! W workers do W seconds of work in one, so the problem with W-fold setup of files is
//! balanced as if a shard had one worker, and its bound, divided by W, is a bound here
//! (as is the longest unit that neither split nor distribution can cut). That evens the work
//! out but does not see a unit which keeps one worker busy while the others idle. So files
//! (or classes, where these are the units) beyond a fraction of the bound are cut
//! beforehand, for the fractions 1, 3/4, 1/2 and 1/3, and the slowest shard gives units to
//! the fastest while that helps. The best of all is taken.
//!
//! - Source: none but this; the plain pipeline over units, and local search.
//! - Complexity: that of at most five plans of one worker, and of bounded repairs.
//! - Guarantee: never worse than greedy under the same workers, and the bound holds for every
//!   plan under the same split, distribution and setup.
//!
//! Worked example: 60 s in one file of six tests, and six files of 10 s, on two shards of two
//! workers under `loadfile`. All work is 120 s for four workers, and the long file would keep
//! one busy for 60; so it is cut in two, one half a shard: 30 and 30.

mod cut;
mod model;
mod repair;

use std::num::NonZeroU32;
use std::ops::Range;

use crate::bounds::lower_bound;
use crate::certificate::{Bound, BoundKind};
use crate::items::Items;
use crate::micros::Micros;
use crate::options::{Algorithm, Distribution, Options, Split, Workers};
use crate::packer::Packer;
use crate::packing::Packing;
use crate::problem::Problem;
use crate::shard::{RunsOn, Shard};
use crate::single::Single;
use crate::steady;

/// The gap that is not worth another try: a thousandth, as between rounds of one worker.
const ENOUGH: u64 = 1_000;

impl Workers {
    /// The time of each shard when atom `i` runs on `shard_of[i]`.
    ///
    /// Every worker of a shard pays the setup of all its files, at the same time; then each unit
    /// of the distribution goes to the worker with the least to do, the longest first. Atoms on a
    /// shard that is not one of `shards` are left out.
    ///
    /// ```
    /// use std::num::NonZeroU32;
    /// use evenshard_pack::{Distribution, Micros, Problem, RunsOn, Workers};
    /// let (one, two) = (NonZeroU32::MIN, NonZeroU32::MIN.saturating_add(1));
    /// let workers = Workers { count: two, distribution: Distribution::Load };
    /// // 5 on one worker, 3 and 4 on the other.
    /// let problem = Problem::flat([3, 5, 4].map(Micros::new));
    /// assert_eq!(workers.loads(&problem, &[RunsOn::Everywhere; 3], one), [Micros::new(7)]);
    /// ```
    pub fn loads(&self, problem: &Problem, shard_of: &[RunsOn], shards: NonZeroU32) -> Vec<Micros> {
        let time = |atoms: Vec<u32>| Micros::new(model::time(problem, &atoms, *self));
        { model::atoms_of(shard_of, shards).into_iter() }
            .map(time)
            .collect()
    }

    /// The longest run of atoms that stays on one worker of one shard whatever the plan, and
    /// its time with setup.
    pub(crate) fn longest(self, problem: &Problem, split: Split) -> (Range<usize>, Micros) {
        let whole = match (split, self.distribution) {
            (Split::File, Distribution::LoadFile) => Split::File,
            (Split::File | Split::Class, Distribution::LoadFile | Distribution::LoadScope) => {
                Split::Class
            }
            _ => Split::Test,
        };
        Items::new(problem, whole).longest().unwrap_or_default()
    }

    /// The problem in which one worker does the work of these, in W-fold time.
    pub(crate) fn folded(self, problem: &Problem) -> Problem {
        problem.with(|_, files| {
            for file in files {
                let setup = file.setup.get().saturating_mul(self.count.get().into());
                file.setup = Micros::new(setup);
            }
        })
    }

    /// The time of these workers for the work of one, rounded up.
    pub(crate) fn share(self, time: Micros) -> Micros {
        Micros::new(time.get().div_ceil(self.count.get().into()))
    }
}

/// The packer of a problem without groups and shared setups.
pub(crate) fn packer<'a>(problem: &'a Problem, options: Options<'a>) -> Box<dyn Packer + 'a> {
    match options.several_workers() {
        Some(workers) => Box::new(Crews {
            folded: workers.folded(problem),
            problem,
            workers,
            options,
        }),
        None => Box::new(Single::new(problem, options)),
    }
}

/// A problem whose shards have several workers each.
struct Crews<'a> {
    problem: &'a Problem,
    /// The problem for one worker, in W-fold time.
    folded: Problem,
    workers: Workers,
    options: Options<'a>,
}

impl Packer for Crews<'_> {
    fn units(&self) -> u32 {
        Single::new(self.problem, self.options).units()
    }

    fn longest(&self) -> (Vec<usize>, Micros) {
        let (atoms, time) = self.workers.longest(self.problem, self.options.split);
        (atoms.collect(), time)
    }

    fn bound(&self, shards: NonZeroU32) -> Bound {
        let folded = lower_bound(&self.folded, self.options.split, shards);
        let bound = Bound::new(self.workers.share(folded.time), folded.kind);
        bound.or(self.longest().1, BoundKind::Longest)
    }

    fn pack(&self, shards: NonZeroU32) -> Packing {
        let bound = self.bound(shards);
        let plain = Options {
            workers: None,
            previous: None,
            ..self.options
        };
        let folded = |options: Options<'_>| {
            let packing = Single::new(&self.folded, options).pack(shards);
            self.packing(packing.shard_of, shards, bound)
        };
        // Greedy first: every other plan has to beat it.
        let lpt = folded(Options {
            algorithm: Algorithm::Lpt,
            ..plain
        });
        if self.options.algorithm == Algorithm::Lpt {
            return lpt;
        }
        let Some(previous) = self.options.previous else {
            return self.improved(lpt, shards, plain, bound);
        };
        let kept = folded(Options {
            previous: Some(previous),
            ..plain
        });
        let near = |time: Micros| kept.certificate.makespan.get() <= steady::allowed(time.get());
        // Near the bound the last plan is kept, and nothing else is tried.
        if near(bound.time) {
            return kept;
        }
        let best = self.improved(lpt, shards, plain, bound);
        if near(best.certificate.makespan) {
            return kept;
        }
        self.renumbered(&best, shards, bound)
    }
}

impl Crews<'_> {
    fn packing(&self, shard_of: Vec<RunsOn>, shards: NonZeroU32, bound: Bound) -> Packing {
        let loads = self.workers.loads(self.problem, &shard_of, shards);
        Packing::new(shard_of, loads, bound)
    }

    /// The best of a packing and of those of the whole problem and of ever finer cuts of it.
    fn improved(
        &self,
        mut best: Packing,
        shards: NonZeroU32,
        options: Options<'_>,
        bound: Bound,
    ) -> Packing {
        let time = bound.time.get();
        let enough = time.saturating_add(time / ENOUGH);
        let fractions = [None, Some((1, 1)), Some((3, 4)), Some((1, 2)), Some((1, 3))];
        for fraction in fractions {
            if best.certificate.makespan.get() <= enough {
                break;
            }
            let pieces = match fraction {
                None => Some(self.folded.clone()),
                Some((part, of)) => {
                    cut::cut(&self.folded, options.split, self.workers, time / of * part)
                }
            };
            // No unit is that long: the same problem again.
            let Some(pieces) = pieces else { continue };
            let start = Single::new(&pieces, options).pack(shards).shard_of;
            let (workers, split) = (self.workers, options.split);
            let repaired = repair::repair(self.problem, &start, shards, workers, split, time);
            best = best.or(self.packing(repaired, shards, bound));
        }
        best
    }

    /// The packing with its shards numbered so that most work stays where it was.
    fn renumbered(&self, packing: &Packing, shards: NonZeroU32, bound: Bound) -> Packing {
        let items = Items::new(self.problem, self.options.split);
        let count = shards.get();
        let previous = self.options.previous.unwrap_or_default();
        let previous = steady::previous_of_items(self.problem, &items, previous, count);
        let of_item = |range: &[u32]| packing.shard_of[range[0] as usize].shard();
        let index = |range| of_item(range).map_or(0, Shard::index);
        let mut by_item: Vec<u32> = items.first.windows(2).map(index).collect();
        steady::renumber(&items, &mut by_item, &previous, count);
        let shard_of = RunsOn::each(&items.spread(&by_item), shards);
        self.packing(shard_of, shards, bound)
    }
}
