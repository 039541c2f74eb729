//! The plain problem: items that share nothing onto identical shards (P||Cmax).
//!
//! Results depend on nothing but the sizes and their order: items of one size are distinguished by
//! their index. Every budget is a count, never a clock.

mod bins;
mod complete;
mod halve;
mod lpt;
mod multifit;
mod neighbourhood;
mod resplit;
mod solve;

use std::num::NonZeroU32;

pub(crate) use halve::{EXACT, Halver};
pub(crate) use lpt::lpt as lpt_of_falling;
pub(crate) use solve::{Effort, improve, solve};

use crate::bounds::{Floor, simple};
use crate::falling::on_falling;
use crate::items::Scale;
use crate::micros::Micros;
use crate::packing::Packing;
use crate::problem::Problem;

/// Packs sizes by greedy longest-processing-time: from the longest to the shortest, each onto
/// the shard with the least load so far (then the fewest items, then the lowest number).
///
/// At most 4/3 - 1/(3m) times the optimum, in O(n log n + n log m).
pub fn lpt(sizes: &[Micros], shards: NonZeroU32) -> Packing {
    on_sizes(sizes, shards, lpt_of_falling)
}

/// Packs sizes by MULTIFIT: first-fit-decreasing at capacities found by bisection, or
/// [`lpt`] where that is better.
///
/// At most 13/11 of the optimum, plus 2^-12 of the first interval, in O(n log n + 12 n log m).
pub fn multifit(sizes: &[Micros], shards: NonZeroU32) -> Packing {
    on_sizes(sizes, shards, multifit::lpt_or_multifit)
}

fn on_sizes(
    sizes: &[Micros],
    shards: NonZeroU32,
    algorithm: impl FnOnce(&[u64], u32) -> Vec<u32>,
) -> Packing {
    let plain = sizes.iter().map(|size| size.get());
    let scale = Scale::of(plain.clone());
    let plain: Vec<u64> = plain.map(|size| scale.down(size)).collect();
    let mut floor = Floor::default();
    let shard_of = on_falling(&plain, |falling| {
        floor = simple(falling, shards.get());
        algorithm(falling, shards.get())
    });
    let problem = Problem::flat(sizes.iter().copied());
    Packing::plain(&problem, &shard_of, shards, floor.in_micros(scale))
}
