//! The plain problem: items without groups onto identical shards (P||Cmax).
//!
//! One algorithm a file, all under one contract: sizes and a number of shards in, an
//! [`Assignment`] out, every item on exactly one shard. The result depends on nothing but
//! the sizes and their order; items of one size are told apart by their index. Every budget
//! is a count, never a clock.

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
pub(crate) use lpt::greedy as lpt_of_sorted;
pub(crate) use solve::{Effort, improve, solve};

use super::balance;
use super::certificate::Certificate;
use super::items::Scale;
use super::options::{Options, Split};
use super::problem::Problem;
use crate::Micros;

/// Which shard each item goes to.
///
/// ```
/// use std::num::NonZeroU32;
/// use evenshard::Micros;
/// use evenshard::pack::flat;
/// let two = NonZeroU32::MIN.saturating_add(1);
/// let found = flat::lpt(&[7, 6, 4, 3].map(Micros::new), two);
/// assert_eq!(found.shard_of, [0, 1, 1, 0]);
/// assert_eq!(found.makespan(), Micros::new(10));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Assignment {
    /// The shard of each item, in the order of the sizes given.
    pub shard_of: Vec<u32>,
    /// The sum of the sizes on each shard.
    pub loads: Vec<Micros>,
}

impl Assignment {
    /// The time of the slowest shard; zero without shards.
    pub fn makespan(&self) -> Micros {
        self.loads.iter().copied().max().unwrap_or_default()
    }
}

/// Greedy longest-processing-time: see [the module's contract](self).
///
/// Takes the items from the longest to the shortest and gives each to the shard with the
/// least load so far (then the fewest items, then the lowest number).
///
/// - Source: R. L. Graham, *Bounds on multiprocessing timing anomalies*, SIAM Journal on
///   Applied Mathematics 17 (1969).
/// - Complexity: O(n log n + n log m).
/// - Guarantee: at most 4/3 - 1/(3m) times the optimum, and that is tight.
///
/// Worked example, Graham's worst case for two shards: 3, 3, 2, 2, 2. The threes part, the
/// first two twos join them (5 and 5), the last one makes it 7; the optimum is 3 + 3 against
/// 2 + 2 + 2, which is 6 (7/6 = 4/3 - 1/6).
///
/// ```
/// use std::num::NonZeroU32;
/// use evenshard::Micros;
/// use evenshard::pack::flat;
/// let two = NonZeroU32::MIN.saturating_add(1);
/// let found = flat::lpt(&[3, 3, 2, 2, 2].map(Micros::new), two);
/// assert_eq!(found.makespan(), Micros::new(7));
/// ```
pub fn lpt(sizes: &[Micros], shards: NonZeroU32) -> Assignment {
    on_sorted(sizes, shards, lpt::greedy)
}

/// First-fit-decreasing at capacities found by bisection, never worse than [`lpt`].
///
/// First-fit-decreasing gives each item, longest first, to the lowest-numbered shard whose
/// load stays within a capacity; twelve bisections find a small capacity for which that
/// works.
///
/// - Source: E. G. Coffman, M. R. Garey, D. S. Johnson, *An application of bin-packing to
///   multiprocessor scheduling*, SIAM Journal on Computing 7 (1978); the bound by M. Yue, *On
///   the exact upper bound for the multifit processor scheduling algorithm* (1990).
/// - Complexity: O(n log n + 12 n log m).
/// - Guarantee: at most 13/11 of the optimum, plus 2^-12 of the first interval.
///
/// Worked example: 3, 3, 2, 2, 2 on two shards. Greedy makes 7; capacity 6 takes 3 + 3 on
/// the first and 2 + 2 + 2 on the second.
///
/// ```
/// use std::num::NonZeroU32;
/// use evenshard::Micros;
/// use evenshard::pack::flat;
/// let two = NonZeroU32::MIN.saturating_add(1);
/// let found = flat::multifit(&[3, 3, 2, 2, 2].map(Micros::new), two);
/// assert_eq!(found.makespan(), Micros::new(6));
/// ```
pub fn multifit(sizes: &[Micros], shards: NonZeroU32) -> Assignment {
    on_sorted(sizes, shards, solve::greedy_or_multifit)
}

/// The whole pipeline on plain items: greedy, MULTIFIT, pair re-split and neighbourhoods,
/// each only while the makespan is more than a ten-thousandth above the
/// best lower bound; then bounded proofs.
///
/// - Source: those of its parts; the order and the budgets are by measurement.
/// - Complexity: O(n log n + 12 n log m), and searches of bounded steps: at most 40 m pairs and
///   40 m neighbourhoods, or 20,000 and 1,000 if that is more.
/// - Guarantee: never worse than [`lpt`], nor than [`multifit`] where there are at most 64
///   items a shard; the bound holds for every assignment.
///
/// Worked example, Graham's worst case for three shards: greedy makes 11, the optimum is 9.
///
/// ```
/// use std::num::NonZeroU32;
/// use evenshard::Micros;
/// use evenshard::pack::flat;
/// let three = NonZeroU32::MIN.saturating_add(2);
/// let sizes = [5, 5, 4, 4, 3, 3, 3].map(Micros::new);
/// let (found, certificate) = flat::pipeline(&sizes, three);
/// assert_eq!(flat::lpt(&sizes, three).makespan(), Micros::new(11));
/// assert_eq!(found.makespan(), Micros::new(9));
/// assert!(certificate.proved_optimal);
/// ```
pub fn pipeline(sizes: &[Micros], shards: NonZeroU32) -> (Assignment, Certificate) {
    let problem = Problem::flat(sizes.iter().copied());
    let options = Options {
        split: Split::Test,
        ..Options::default()
    };
    let packing = balance(&problem, shards, &options);
    let assignment = Assignment {
        shard_of: packing.shard_of,
        loads: packing.loads,
    };
    (assignment, packing.certificate)
}

/// Runs an algorithm that wants its sizes in falling order, and puts its answer back into
/// the order given.
fn on_sorted(
    sizes: &[Micros],
    shards: NonZeroU32,
    algorithm: impl FnOnce(&[u64], u32) -> Vec<u32>,
) -> Assignment {
    let plain = sizes.iter().map(|size| size.get());
    let scale = Scale::of(plain.clone());
    let plain: Vec<u64> = plain.map(|size| scale.down(size)).collect();
    let shard_of = sorted(&plain, |falling| algorithm(falling, shards.get()));
    let mut loads = vec![Micros::ZERO; shards.get() as usize];
    for (&size, &shard) in sizes.iter().zip(&shard_of) {
        loads[shard as usize] += size;
    }
    Assignment { shard_of, loads }
}

/// Sorts by falling size, then index; runs `algorithm`; undoes the sorting.
pub(crate) fn sorted(sizes: &[u64], algorithm: impl FnOnce(&[u64]) -> Vec<u32>) -> Vec<u32> {
    let (falling, origin) = fall(sizes);
    let by_rank = algorithm(&falling);
    let mut shard_of = vec![0; sizes.len()];
    for (&index, &shard) in origin.iter().zip(&by_rank) {
        shard_of[index as usize] = shard;
    }
    shard_of
}

/// The sizes in falling order, and the index that each had; equal sizes keep their order.
pub(crate) fn fall(sizes: &[u64]) -> (Vec<u64>, Vec<u32>) {
    let bits = usize::BITS - sizes.len().leading_zeros();
    let longest = sizes.iter().copied().max().unwrap_or(0);
    if longest.leading_zeros() < bits {
        let mut keys: Vec<(std::cmp::Reverse<u64>, u32)> = sizes
            .iter()
            .copied()
            .map(std::cmp::Reverse)
            .zip(0..)
            .collect();
        keys.sort_unstable();
        return keys
            .into_iter()
            .map(|(size, index)| (size.0, index))
            .unzip();
    }
    // Size and index fit into one word, which sorts twice as fast as a pair.
    let mut keys: Vec<u64> = (0..)
        .zip(sizes)
        .map(|(index, &size)| ((longest - size) << bits) | index)
        .collect();
    keys.sort_unstable();
    let mask = (1 << bits) - 1;
    let parts = |key: u64| {
        (
            longest - (key >> bits),
            u32::try_from(key & mask).unwrap_or(0),
        )
    };
    keys.into_iter().map(parts).unzip()
}
