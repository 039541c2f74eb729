//! Packing: durations in, an assignment to shards and its certificate out.
//!
//! Knows neither tests nor files on disk: [`Atom`]s with durations stand in [`Class`]es and
//! those in [`File`]s, each with a set-up cost that every shard pays once if it touches it.
//! Integers only, deterministic, every budget a count, one thread. Memory grows with the
//! number of atoms and of shards.
//!
//! # What happens
//!
//! 1. The problem is reduced to the finest units of its [`Split`], and [`bounds`] say what no
//!    plan can beat.
//! 2. Where units share no set-up, that is the plain problem: [`flat::pipeline`].
//! 3. Else files are kept whole while they fit into the bound and cut at class borders where
//!    they do not; the pieces are packed by the plain pipeline; the fullest shard gives
//!    pieces away, or parts of them; what two shards hold of one file is shared out anew;
//!    whole parts are exchanged. Where all that stays more than a thousandth above the bound,
//!    another way to cut is tried.
//! 4. Where items longer than a fair share set the pace, the rest is planned again for the
//!    shards that they leave, so that no other shard is filled up to the longest for nothing.
//! 5. With [`Options::previous`], that plan is kept and repaired no more than needed.
//! 6. With [`Options::bonds`], atoms that share a shard are contracted to one, and those that
//!    run everywhere to a constant, before all this.
//! 7. With several [`Workers`] a shard, a shard's time is that of its workers.
//! 8. With [`Options::shared`], the atoms that need a costly setup are tried on one shard, on
//!    two, on as few as can hold them, and wherever they balance best.
//!
//! # What is guaranteed
//!
//! - Every atom is on exactly one shard, and no unit of the split is cut.
//! - [`Certificate::lower_bound`] holds for every plan under the same split and set-up costs.
//! - Never worse than [`Algorithm::Lpt`] under the same options; without set-up costs thus at
//!   most 4/3 - 1/(3m) of the optimum. With a previous plan at most a hundredth above the
//!   bound or the fresh plan.
//! - The same problem and options give the same packing, everywhere.
//!
//! # Sharding something else
//!
//! Whatever has durations can be sharded; two levels of groups are optional. End-to-end
//! specs that share a log-in for each feature, onto two machines:
//!
//! ```
//! use std::num::NonZeroU32;
//! use evenshard::Micros;
//! use evenshard::pack::{Atom, Class, File, Options, Problem, balance};
//!
//! let seconds = |s: u64| Micros::new(s * 1_000_000);
//! // Features "cart" (five specs) and "search" (two), with 10 s and 5 s of set-up. There is
//! // no second level here, so each feature has one class that costs nothing.
//! let files = vec![File { setup: seconds(10) }, File { setup: seconds(5) }];
//! let classes = vec![
//!     Class { file: 0, setup: Micros::ZERO },
//!     Class { file: 1, setup: Micros::ZERO },
//! ];
//! let cart = [40, 30, 30, 20, 20].map(|s| Atom { duration: seconds(s), class: 0 });
//! let search = [25, 15].map(|s| Atom { duration: seconds(s), class: 1 });
//! let atoms = cart.into_iter().chain(search).collect();
//! let problem = Problem::new(atoms, classes, files)?;
//!
//! let two = NonZeroU32::MIN.saturating_add(1);
//! let packing = balance(&problem, two, &Options::default());
//! // 195 seconds with every set-up once. The cart alone takes 150, so both machines pay for
//! // it: 205 in all, and nothing takes half of that, since all times are multiples of 5.
//! assert_eq!(packing.certificate.makespan, seconds(105));
//! assert!(packing.certificate.proved_optimal);
//! # Ok::<(), evenshard::Error>(())
//! ```
//!
//! Build targets without any groups:
//!
//! ```
//! use std::num::NonZeroU32;
//! use evenshard::Micros;
//! use evenshard::pack::{Options, Problem, balance};
//!
//! let seconds = [30, 30, 20, 20, 20];
//! let problem = Problem::flat(seconds.map(|s| Micros::new(s * 1_000_000)));
//! let two = NonZeroU32::MIN.saturating_add(1);
//! let packing = balance(&problem, two, &Options::default());
//! assert_eq!(packing.certificate.makespan, Micros::new(60_000_000));
//! assert!(packing.certificate.proved_optimal);
//! ```

mod bonds;
pub mod bounds;
mod certificate;
pub mod flat;
mod group;
mod items;
mod level;
mod options;
mod problem;
mod shared;
mod sizing;
mod steady;
mod workers;

use std::num::NonZeroU32;

pub use bonds::{Bonds, EVERYWHERE};
pub use certificate::{BoundKind, Certificate};
pub use options::{Algorithm, Options, Split};
pub use problem::{Atom, Class, File, Problem};
pub use shared::SharedSetup;
pub use sizing::{Obstacle, Sized, Target, longest_unit, smallest_shards};
pub use workers::{Distribution, Workers};

use crate::Micros;
use bonds::Bonded;
use bounds::Floor;
use flat::Effort;
use group::{Layout, Shards};
use items::Items;

/// Which shard each atom goes to, and what that is worth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct Packing {
    /// The shard of each atom, [`EVERYWHERE`] for those that all shards run.
    pub shard_of: Vec<u32>,
    /// What each shard takes: its atoms and the set-up of all that it touches.
    pub loads: Vec<Micros>,
    /// The slowest shard beside a time that no plan under the same split can beat.
    pub certificate: Certificate,
}

impl Packing {
    /// The same where every shard that runs anything takes so much before its first atom.
    pub(crate) fn after(mut self, startup: Micros) -> Self {
        if startup == Micros::ZERO {
            return self;
        }
        let mut runs = vec![false; self.loads.len()];
        for &shard in &self.shard_of {
            runs[problem::shards_of(shard, self.loads.len())].fill(true);
        }
        for (load, _) in self.loads.iter_mut().zip(runs).filter(|(_, runs)| *runs) {
            *load += startup;
        }
        let Certificate {
            makespan,
            lower_bound,
            bound,
            ..
        } = self.certificate;
        if !self.shard_of.is_empty() {
            self.certificate = Certificate::new(makespan + startup, lower_bound + startup, bound);
        }
        self
    }
}

/// Packs a problem onto so many shards.
///
/// The same problem and options give the same packing, everywhere. Under
/// [`Algorithm::Auto`] it is never worse than under [`Algorithm::Lpt`]; see [`flat`] for what
/// that guarantees.
pub fn balance(problem: &Problem, shards: NonZeroU32, options: &Options<'_>) -> Packing {
    if !options.shared.is_empty() {
        return shared::pack(problem, shards, options);
    }
    if let Some(bonded) = Bonded::new(problem, options) {
        return bonded.balance(shards);
    }
    if let Some(workers) = Workers::several(options.workers) {
        return workers::balance(problem, shards, options, workers);
    }
    balance_items(
        problem,
        &Items::new(problem, options.split),
        shards,
        options,
    )
}

fn balance_items(
    problem: &Problem,
    items: &Items,
    shards: NonZeroU32,
    options: &Options<'_>,
) -> Packing {
    let (by_item, floor) = match (options.previous, options.algorithm) {
        (Some(previous), Algorithm::Auto) => {
            let previous = steady::previous_of_items(problem, items, previous, shards.get());
            place_near(items, shards.get(), options, &previous)
        }
        _ => place(items, shards.get(), options),
    };
    packing(problem, items, shards, &by_item, floor)
}

/// The plan of [`Options::previous`], with atoms that it does not hold, balanced as well as
/// its repair can; it may move any of them and falls back to nothing.
pub(crate) fn balance_from(
    problem: &Problem,
    shards: NonZeroU32,
    options: &Options<'_>,
) -> Packing {
    let items = Items::new(problem, options.split);
    let layout = Layout::new(&items);
    let floor = bounds::floor(&items, shards.get());
    let previous = options.previous.unwrap_or_default();
    let previous = steady::previous_of_items(problem, &items, previous, shards.get());
    let target = group::enough(floor.value);
    let start = steady::start(&layout, shards.get(), target, &previous);
    let by_item = start.map_or_else(
        || vec![0; items.len()],
        |start| steady::mended(&steady::touched_up(&start, target), target).shard_of(),
    );
    packing(problem, &items, shards, &by_item, floor)
}

/// The packing that has each atom on the shard given for it, below `shards`.
pub(crate) fn packed(
    problem: &Problem,
    split: Split,
    shard_of: Vec<u32>,
    shards: NonZeroU32,
) -> Packing {
    let loads = problem.loads(&shard_of, shards.get());
    let makespan = loads.iter().copied().max().unwrap_or_default();
    let bound = bounds::lower_bound(problem, split, shards);
    Packing {
        certificate: Certificate::new(makespan, bound.time, bound.kind),
        shard_of,
        loads,
    }
}

/// The packing that has each item on its shard.
fn packing(
    problem: &Problem,
    items: &Items,
    shards: NonZeroU32,
    by_item: &[u32],
    floor: Floor,
) -> Packing {
    let shard_of = items.spread(by_item);
    let loads = problem.loads(&shard_of, shards.get());
    let makespan = loads.iter().copied().max().unwrap_or_default();
    let lower_bound = Micros::new(items.scale.up(floor.value));
    Packing {
        certificate: Certificate::new(makespan, lower_bound, floor.kind),
        shard_of,
        loads,
    }
}

/// The shard of each item, near a previous plan, and a bound.
fn place_near(
    items: &Items,
    shards: u32,
    options: &Options<'_>,
    previous: &[Option<u32>],
) -> (Vec<u32>, Floor) {
    let layout = Layout::new(items);
    let floor = bounds::floor(items, shards);
    let fresh = || place(items, shards, options);
    steady::place(&layout, shards, floor, previous, fresh)
}

/// The shard of each item, and a bound; levelled where a few long items set the pace.
fn place(items: &Items, shards: u32, options: &Options<'_>) -> (Vec<u32>, Floor) {
    let (placed, floor) = place_unlevelled(items, shards, options);
    if options.algorithm == Algorithm::Lpt {
        return (placed, floor);
    }
    let again = |rest: &Items, shards| place_unlevelled(rest, shards, options).0;
    (level::level(items, shards, placed, &again), floor)
}

/// The shard of each item, and a bound.
fn place_unlevelled(items: &Items, shards: u32, options: &Options<'_>) -> (Vec<u32>, Floor) {
    let alone = || {
        (0..items.len())
            .map(|item| items.alone(item))
            .collect::<Vec<u64>>()
    };
    // Files of one item each cannot be cut, so all splits are alike.
    let single = items.file_setup.len() == items.len();
    if single || items.independent() && options.split != Split::Auto {
        return place_flat(&alone(), shards, options.algorithm);
    }
    let layout = Layout::new(items);
    let floor = bounds::floor(items, shards);
    let blind = |sizes: &[u64]| flat::sorted(sizes, |sizes| flat::lpt_of_sorted(sizes, shards));
    if options.algorithm == Algorithm::Lpt {
        let placed = match options.split {
            Split::Auto => group::greedy(&layout, shards, floor.value).shard_of(),
            Split::File | Split::Class | Split::Test => blind(&items.weight),
        };
        return (placed, floor);
    }
    let mut best = group::plan(&layout, shards, floor.value);
    // Placing every item for itself pays for more set-up, so it must gain something: under
    // a free choice of units anything, on demand more than the rounds' own tolerance.
    let worth = match options.split {
        Split::Auto => group::enough(floor.value),
        Split::File | Split::Class | Split::Test => floor.value,
    };
    let mut floor = floor;
    if best.fullest().0 > worth {
        let placed = if items.independent() {
            let (placed, proved) = place_flat(&alone(), shards, Algorithm::Auto);
            floor = floor.or(proved.value, proved.kind);
            placed
        } else {
            blind(&items.weight)
        };
        let single = Shards::of_items(&layout, shards, &placed);
        if single.fullest().0 < best.fullest().0 {
            best = single;
        }
    }
    (best.shard_of(), floor)
}

/// Items that share nothing.
fn place_flat(sizes: &[u64], shards: u32, algorithm: Algorithm) -> (Vec<u32>, Floor) {
    let mut floor = Floor::default();
    let placed = flat::sorted(sizes, |falling| match algorithm {
        Algorithm::Lpt => {
            floor = bounds::simple_floor(falling, shards);
            flat::lpt_of_sorted(falling, shards)
        }
        Algorithm::Auto => {
            let solved = flat::solve(falling, shards, Effort::Full);
            floor = solved.floor;
            solved.shard_of
        }
    });
    (placed, floor)
}
