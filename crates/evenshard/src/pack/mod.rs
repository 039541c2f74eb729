//! Packing: durations in, an assignment to shards and its certificate out.
//!
//! Knows neither tests nor files on disk: [`Atom`]s with durations stand in [`Class`]es and
//! those in [`File`]s, each with a set-up cost that every shard pays once if it touches it.
//! Integers only, deterministic, every budget a count. Whatever shards something else (specs,
//! build targets, documents to render) can use it alike:
//!
//! ```
//! use std::num::NonZeroU32;
//! use evenshard::Micros;
//! use evenshard::pack::{Options, Problem, balance};
//!
//! // Five build targets onto two machines.
//! let seconds = [30, 30, 20, 20, 20];
//! let problem = Problem::flat(seconds.map(|s| Micros::new(s * 1_000_000)));
//! let two = NonZeroU32::MIN.saturating_add(1);
//! let packing = balance(&problem, two, &Options::default());
//! assert_eq!(packing.shard_of.len(), 5);
//! assert!(packing.certificate.makespan >= packing.certificate.lower_bound);
//! ```

pub mod bounds;
mod certificate;
pub mod flat;
mod group;
mod items;
mod options;
mod problem;
mod sizing;
mod steady;

use std::num::NonZeroU32;

pub use certificate::{BoundKind, Certificate};
pub use options::{Algorithm, Options, Split};
pub use problem::{Atom, Class, File, Problem};
pub use sizing::{Obstacle, Sized, Target, smallest_shards};

use crate::Micros;
use bounds::Floor;
use flat::Effort;
use group::{Layout, Piece, Shards};
use items::Items;

/// Which shard each atom goes to, and what that is worth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packing {
    /// The shard of each atom.
    pub shard_of: Vec<u32>,
    /// What each shard takes: its atoms and the set-up of all that it touches.
    pub loads: Vec<Micros>,
    /// The slowest shard beside a time that no plan under the same split can beat.
    pub certificate: Certificate,
}

/// Packs a problem onto so many shards.
///
/// The same problem and options give the same packing, everywhere. Under
/// [`Algorithm::Auto`] it is never worse than under [`Algorithm::Lpt`]; see [`flat`] for what
/// that guarantees.
pub fn balance(problem: &Problem, shards: NonZeroU32, options: &Options<'_>) -> Packing {
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
    let kept = steady::keep(&layout, shards, floor, previous);
    if let Some(kept) = &kept
        && kept.fullest().0 <= steady::allowed(floor.value)
    {
        return (kept.shard_of(), floor);
    }
    let (mut fresh, floor) = place(items, shards, options);
    let single = |(item, &shard)| (Piece::new(item, item + 1), shard);
    let makespan = Shards::new(&layout, shards, fresh.iter().enumerate().map(single))
        .fullest()
        .0;
    match kept {
        Some(kept) if kept.fullest().0 <= steady::allowed(makespan) => (kept.shard_of(), floor),
        _ => {
            steady::renumber(items, &mut fresh, previous, shards);
            (fresh, floor)
        }
    }
}

/// The shard of each item, and a bound.
fn place(items: &Items, shards: u32, options: &Options<'_>) -> (Vec<u32>, Floor) {
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
        let single = |(item, shard)| (Piece::new(item, item + 1), shard);
        let single = Shards::new(&layout, shards, placed.into_iter().enumerate().map(single));
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
