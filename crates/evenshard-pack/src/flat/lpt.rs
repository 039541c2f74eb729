//! Greedy longest-processing-time (LPT).
//!
//! - Source: R. L. Graham, *Bounds on multiprocessing timing anomalies*, SIAM Journal on
//!   Applied Mathematics 17 (1969).
//! - Complexity: O(n log m) for n sorted items.
//! - Guarantee: at most 4/3 - 1/(3m) times the optimum, and that is tight.
//!
//! Worked example, Graham's worst case for two shards: 3, 3, 2, 2, 2. The threes part, the
//! first two twos join them (5 and 5), the last one makes it 7; the optimum is 3 + 3 against
//! 2 + 2 + 2, which is 6 (7/6 = 4/3 - 1/6).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::problem::count;

/// The shard of each of the `falling` sizes.
pub(crate) fn lpt(falling: &[u64], shards: u32) -> Vec<u32> {
    // More shards than items: the others stay empty.
    let shards = shards.min(count(falling.len()));
    // One word holds load, count and shard, in the order in which they decide.
    let empty = (0..shards).map(|shard| Reverse(u128::from(shard)));
    let mut heap: BinaryHeap<Reverse<u128>> = empty.collect();
    let to_emptiest = |&size: &u64| {
        heap.peek_mut().map_or(0, |mut least| {
            let shard = u32::try_from(least.0 & u128::from(u32::MAX)).unwrap_or(0);
            // Counting spreads items of no size, which would all land on one shard.
            least.0 += (u128::from(size) << 64) + (1 << 32);
            shard
        })
    };
    falling.iter().map(to_emptiest).collect()
}
