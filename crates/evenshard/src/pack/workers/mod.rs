//! Shards that run several workers at once, as pytest does under xdist.
//!
//! Every worker of a shard imports all files of the shard, at the same time; then the units
//! of the [`Distribution`] go to whichever worker is free:
//!
//! ```text
//! time(shard) = set-up of all its files + the longest of its workers
//! ```
//!
//! where a worker takes its atoms and, once for every class that it touches, that class's
//! set-up. Which worker takes which unit is not known beforehand; it is computed as if the
//! longest unit went first to the worker with the least to do (greedy LPT, within 4/3 -
//! 1/(3W) of the best order; Graham 1969).
//!
//! # How it is balanced
//!
//! W workers do W seconds of work in one, so the problem with W-fold set-up of files is
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
//!   plan under the same split, distribution and set-up.
//!
//! Worked example: 60 s in one file of six tests, and six files of 10 s, on two shards of two
//! workers under `loadfile`. All work is 120 s for four workers, and the long file would keep
//! one busy for 60; so it is cut in two, one half a shard: 30 and 30.

mod cut;
mod model;
mod repair;

use std::fmt;
use std::num::NonZeroU32;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::bounds::{self, Bound};
use super::certificate::{BoundKind, Certificate};
use super::items::Items;
use super::options::{Algorithm, Options, Split, word};
use super::problem::{Atom, Class, File, Problem, shards_of};
use super::{Packing, steady};
use crate::Micros;
use crate::error::Error;

/// What xdist keeps on one worker.
///
/// ```
/// use evenshard::pack::Distribution;
/// assert_eq!("loadfile".parse::<Distribution>()?, Distribution::LoadFile);
/// assert_eq!("worksteal".parse::<Distribution>()?, Distribution::Load);
/// # Ok::<(), evenshard::Error>(())
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Distribution {
    /// Each atom for itself: `load`, `worksteal`, and `loadgroup`, whose groups are atoms.
    #[default]
    Load,
    /// What a shard has of a class: `loadscope`.
    LoadScope,
    /// What a shard has of a file: `loadfile`.
    LoadFile,
}

/// The workers of every shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workers {
    /// How many a shard has.
    pub count: NonZeroU32,
    /// What goes to one worker as a whole.
    pub distribution: Distribution,
}

/// A gap that is not worth another try: a thousandth.
const ENOUGH: u64 = 1_000;

impl Distribution {
    const NAMES: [(&'static str, Self); 5] = [
        ("load", Self::Load),
        ("loadscope", Self::LoadScope),
        ("loadfile", Self::LoadFile),
        ("worksteal", Self::Load),
        ("loadgroup", Self::Load),
    ];
}

impl FromStr for Distribution {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        word("distribution", &Self::NAMES, text)
    }
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Load => "load",
            Self::LoadScope => "loadscope",
            Self::LoadFile => "loadfile",
        })
    }
}

impl Workers {
    /// Workers where a shard has more than one; one alone is the plain problem.
    pub(crate) fn several(workers: Option<Self>) -> Option<Self> {
        workers.filter(|workers| workers.count.get() > 1)
    }

    /// The time of each shard when atom `i` runs on `shard_of[i]`, by the formula above.
    ///
    /// An atom whose shard is [`EVERYWHERE`](super::EVERYWHERE) runs on all of them. Other
    /// atoms whose shard is not below `shards` are left out.
    ///
    /// ```
    /// use std::num::NonZeroU32;
    /// use evenshard::Micros;
    /// use evenshard::pack::{Distribution, Problem, Workers};
    /// let two = NonZeroU32::MIN.saturating_add(1);
    /// let workers = Workers { count: two, distribution: Distribution::Load };
    /// // 5 on one worker, 3 and 4 on the other.
    /// let problem = Problem::flat([3, 5, 4].map(Micros::new));
    /// assert_eq!(workers.loads(&problem, &[0, 0, 0], 1), [Micros::new(7)]);
    /// ```
    pub fn loads(&self, problem: &Problem, shard_of: &[u32], shards: u32) -> Vec<Micros> {
        let mut atoms_of = vec![Vec::new(); shards as usize];
        for (atom, &shard) in (0..).zip(shard_of) {
            for atoms in &mut atoms_of[shards_of(shard, shards as usize)] {
                atoms.push(atom);
            }
        }
        let time = |atoms: &Vec<u32>| Micros::new(model::time(problem, atoms, *self));
        atoms_of.iter().map(time).collect()
    }

    /// A time that no plan on so many shards can beat.
    pub(crate) fn lower_bound(
        self,
        problem: &Problem,
        split: Split,
        shards: NonZeroU32,
    ) -> Result<Bound, Error> {
        let shared = bounds::lower_bound(&self.as_one(problem)?, split, shards);
        let work = Bound {
            time: Micros::new(shared.time.get().div_ceil(u64::from(self.count.get()))),
            kind: shared.kind,
        };
        let longest = self.longest(problem, split).1;
        Ok(if longest > work.time {
            Bound {
                time: longest,
                kind: BoundKind::Longest,
            }
        } else {
            work
        })
    }

    /// The longest run of atoms that stays on one worker of one shard whatever the plan, and
    /// its time with set-up.
    pub(crate) fn longest(self, problem: &Problem, split: Split) -> (Range<usize>, Micros) {
        let whole = match (split, self.distribution) {
            (Split::File, Distribution::LoadFile) => Split::File,
            (Split::File | Split::Class, Distribution::LoadFile | Distribution::LoadScope) => {
                Split::Class
            }
            _ => Split::Test,
        };
        let items = Items::new(problem, whole);
        let longest = (0..items.len()).rev().max_by_key(|&item| items.alone(item));
        longest.map_or((0..0, Micros::ZERO), |item| {
            let atoms = items.first[item] as usize..items.first[item + 1] as usize;
            (atoms, Micros::new(items.scale.up(items.alone(item))))
        })
    }

    /// The problem in which one worker does what these do at once, in W-fold time.
    pub(crate) fn as_one(self, problem: &Problem) -> Result<Problem, Error> {
        let fold = |file: &File| File {
            setup: Micros::new(file.setup.get().saturating_mul(self.count.get().into())),
        };
        let files = problem.files().iter().map(fold).collect();
        Problem::new(problem.atoms().to_vec(), problem.classes().to_vec(), files)
    }
}

/// Packs a problem onto so many shards of several workers each.
pub(super) fn balance(
    problem: &Problem,
    shards: NonZeroU32,
    options: &Options<'_>,
    workers: Workers,
) -> Packing {
    let (Ok(bound), Ok(as_one)) = (
        workers.lower_bound(problem, options.split, shards),
        workers.as_one(problem),
    ) else {
        // What made a problem makes the folded one.
        return Packing::default();
    };
    let search = Search {
        problem,
        shards,
        workers,
        bound,
        split: options.split,
    };
    let plain = Options {
        workers: None,
        previous: None,
        ..*options
    };
    let lpt = Options {
        algorithm: Algorithm::Lpt,
        ..plain
    };
    let mut best = search.packing(super::balance(&as_one, shards, &lpt).shard_of);
    if options.algorithm == Algorithm::Lpt {
        return best;
    }
    let kept = options.previous.map(|previous| {
        let near = Options {
            previous: Some(previous),
            ..plain
        };
        search.packing(super::balance(&as_one, shards, &near).shard_of)
    });
    let near_enough = |kept: &Packing, time: Micros| {
        kept.certificate.makespan.get() <= steady::allowed(time.get())
    };
    if let Some(kept) = &kept
        && near_enough(kept, bound.time)
    {
        return kept.clone();
    }
    search.improve(&mut best, &as_one, &plain);
    match kept {
        Some(kept) if near_enough(&kept, best.certificate.makespan) => kept,
        _ => {
            search.renumber(&mut best, options.previous);
            best
        }
    }
}

/// What all tries share.
struct Search<'a> {
    problem: &'a Problem,
    shards: NonZeroU32,
    workers: Workers,
    bound: Bound,
    split: Split,
}

impl Search<'_> {
    fn packing(&self, shard_of: Vec<u32>) -> Packing {
        let loads = self
            .workers
            .loads(self.problem, &shard_of, self.shards.get());
        let makespan = loads.iter().copied().max().unwrap_or_default();
        Packing {
            certificate: Certificate::new(makespan, self.bound.time, self.bound.kind),
            shard_of,
            loads,
        }
    }

    /// Tries the whole problem and ever finer cuts of it.
    fn improve(&self, best: &mut Packing, as_one: &Problem, options: &Options<'_>) {
        let bound = self.bound.time.get();
        let enough = bound.saturating_add(bound / ENOUGH);
        let fractions = [None, Some((1, 1)), Some((3, 4)), Some((1, 2)), Some((1, 3))];
        for fraction in fractions {
            if best.certificate.makespan.get() <= enough {
                return;
            }
            let cut = fraction.and_then(|(part, of)| {
                let most = self.bound.time.get() / of * part;
                cut::cut(as_one, self.split, self.workers, most)
            });
            let pieces = match (fraction, &cut) {
                (None, _) => as_one,
                (Some(_), Some(cut)) => cut,
                // Nothing is that long: the same problem again.
                (Some(_), None) => continue,
            };
            let mut shard_of = super::balance(pieces, self.shards, options).shard_of;
            repair::repair(
                self.problem,
                &mut shard_of,
                self.shards.get(),
                self.workers,
                self.split,
                self.bound.time.get(),
            );
            let found = self.packing(shard_of);
            if found.certificate.makespan < best.certificate.makespan {
                *best = found;
            }
        }
    }

    /// Numbers the shards so that most work stays where it was.
    fn renumber(&self, packing: &mut Packing, previous: Option<&[Option<u32>]>) {
        let Some(previous) = previous else { return };
        let items = Items::new(self.problem, self.split);
        let count = self.shards.get();
        let previous = steady::previous_of_items(self.problem, &items, previous, count);
        let of_item = |range: &[u32]| packing.shard_of[range[0] as usize];
        let mut by_item: Vec<u32> = items.first.windows(2).map(of_item).collect();
        steady::renumber(&items, &mut by_item, &previous, count);
        *packing = self.packing(items.spread(&by_item));
    }
}

/// Whether two neighbouring atoms are of one class.
fn same_class(a: &Atom, b: &Atom) -> bool {
    a.class == b.class
}

/// The class and file of an atom.
fn place_of(problem: &Problem, atom: u32) -> (u32, Class) {
    let class = problem.atoms()[atom as usize].class;
    (class, problem.classes()[class as usize])
}
