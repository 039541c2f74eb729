//! Problems of files and classes on shards of one worker: no groups, no shared setups.
//!
//! - Source: none but this; the order of the searches is by measurement (docs/balancing.md, "What
//!   each part is worth").
//! - Complexity: that of its parts: [`flat`], [`files`], [`level`] and [`steady`].
//! - Guarantee: never worse than greedy under the same split. With a previous plan at most a
//!   hundredth above the bound or the fresh plan.
//!
//! Worked example: a file of 40 + 60 and one of 50, setup 10 each, on two shards. The work is
//! 170, so no plan is faster than 85; whole files make 110 and 60. Cut between its tests, the
//! first leaves 40 + 10 + 50 + 10 = 110 on one shard, no better; so the files stay whole.

use std::num::NonZeroU32;

use crate::bounds::{self, Floor, simple};
use crate::certificate::Bound;
use crate::falling::on_falling;
use crate::files::{self, Layout, Shards};
use crate::flat::{self, Effort};
use crate::items::Items;
use crate::level::{self, level};
use crate::micros::Micros;
use crate::options::{Algorithm, Options, Split};
use crate::packer::Packer;
use crate::packing::Packing;
use crate::problem::{Problem, count};
use crate::shard::Shard;
use crate::steady;

/// A problem of files and classes, reduced to its items.
pub(crate) struct Single<'a> {
    problem: &'a Problem,
    options: Options<'a>,
    items: Items,
}

impl Packer for Single<'_> {
    fn units(&self) -> u32 {
        count(self.items.len())
    }

    fn longest(&self) -> (Vec<usize>, Micros) {
        let longest = self.items.longest();
        longest.map_or_else(Default::default, |(atoms, time)| (atoms.collect(), time))
    }

    fn bound(&self, shards: NonZeroU32) -> Bound {
        self.floor(shards).in_micros(self.items.scale)
    }

    fn pack(&self, shards: NonZeroU32) -> Packing {
        let (items, count) = (&self.items, shards.get());
        let fresh = || fresh(items, count, &self.options);
        let (by_item, floor) = match (self.options.previous, self.options.algorithm) {
            // Greedy is there to compare with, and blind to the last plan.
            (Some(previous), Algorithm::Auto) => {
                let previous = steady::previous_of_items(self.problem, items, previous, count);
                let layout = Layout::new(items);
                steady::stay_near(&layout, count, self.floor(shards), &previous, fresh)
            }
            _ => fresh(),
        };
        self.packing(&by_item, shards, floor)
    }

    fn one_each(&self, shards: NonZeroU32) -> Option<Packing> {
        let each: Vec<u32> = (0..self.units()).collect();
        Some(self.packing(&each, shards, self.floor(shards)))
    }
}

impl<'a> Single<'a> {
    pub(crate) fn new(problem: &'a Problem, options: Options<'a>) -> Self {
        Self {
            problem,
            options,
            items: Items::new(problem, options.split),
        }
    }

    fn floor(&self, shards: NonZeroU32) -> Floor {
        bounds::floor(&self.items, shards.get())
    }

    /// The packing with each item on its shard.
    fn packing(&self, by_item: &[u32], shards: NonZeroU32, floor: Floor) -> Packing {
        let bound = floor.in_micros(self.items.scale);
        Packing::plain(self.problem, &self.items.spread(by_item), shards, bound)
    }

    /// The previous plan, with atoms that it does not have, balanced as well as its repair
    /// can; it may move any of them, and no fresh plan is tried.
    pub(crate) fn pack_from(&self, previous: &[Option<Shard>], shards: NonZeroU32) -> Packing {
        let (items, count) = (&self.items, shards.get());
        let (layout, floor) = (Layout::new(items), self.floor(shards));
        let previous = steady::previous_of_items(self.problem, items, previous, count);
        let target = files::enough(floor.value);
        let start = steady::start(&layout, count, target, &previous);
        let by_item = start.map_or_else(
            || vec![0; items.len()],
            |start| files::mended(files::touched_up(start, target), target).shard_of(),
        );
        self.packing(&by_item, shards, floor)
    }
}

/// The shard of each item, and a bound; levelled where a few long items set the pace.
fn fresh(items: &Items, shards: u32, options: &Options<'_>) -> (Vec<u32>, Floor) {
    let (packed, floor) = unlevelled(items, shards, options);
    if options.algorithm == Algorithm::Lpt {
        return (packed, floor);
    }
    // The rest is levelled by `level` itself.
    let again = |rest: &Items, shards| unlevelled(rest, shards, options).0;
    (level(items, shards, packed, &again, level::DEPTH), floor)
}

fn unlevelled(items: &Items, shards: u32, options: &Options<'_>) -> (Vec<u32>, Floor) {
    let Options {
        split, algorithm, ..
    } = *options;
    // Files of one item each cannot be cut, so all splits are alike.
    let one_each = items.file_setup.len() == items.len();
    if one_each || items.independent() && split != Split::Auto {
        return apart(items, shards, algorithm);
    }
    let layout = Layout::new(items);
    let floor = bounds::floor(items, shards);
    let blind = || {
        on_falling(&items.weight, |falling| {
            flat::lpt_of_falling(falling, shards)
        })
    };
    if algorithm == Algorithm::Lpt {
        let packed = match split {
            Split::Auto => files::greedy(&layout, shards, floor.value).shard_of(),
            Split::File | Split::Class | Split::Test => blind(),
        };
        return (packed, floor);
    }
    let best = files::plan(&layout, shards, floor.value);
    // Placing every item for itself pays for more setup, so it must gain something: under
    // a free choice of units anything, on demand more than the rounds' own tolerance.
    let worth = match split {
        Split::Auto => files::enough(floor.value),
        Split::File | Split::Class | Split::Test => floor.value,
    };
    if best.loads.makespan() <= worth {
        return (best.shard_of(), floor);
    }
    let (each, floor) = if items.independent() {
        let (each, proved) = apart(items, shards, Algorithm::Auto);
        (each, floor.or(proved.value, proved.kind))
    } else {
        (blind(), floor)
    };
    let each = Shards::of_items(&layout, shards, &each);
    (best.or(each).shard_of(), floor)
}

/// The shard of each item where all of them pay for themselves, and a bound.
fn apart(items: &Items, shards: u32, algorithm: Algorithm) -> (Vec<u32>, Floor) {
    let alone: Vec<u64> = (0..items.len()).map(|item| items.alone(item)).collect();
    let mut floor = Floor::default();
    let packed = on_falling(&alone, |falling| match algorithm {
        Algorithm::Lpt => {
            floor = simple(falling, shards);
            flat::lpt_of_falling(falling, shards)
        }
        Algorithm::Auto => {
            let solved = flat::solve(falling, shards, Effort::Full);
            floor = solved.floor;
            solved.shard_of
        }
    });
    (packed, floor)
}
