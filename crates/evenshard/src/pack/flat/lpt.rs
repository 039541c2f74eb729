//! Greedy longest-processing-time; documented where it is public, at [`super::lpt`].

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The shard of each of the `falling` sizes.
pub(crate) fn greedy(falling: &[u64], shards: u32) -> Vec<u32> {
    // More shards than items: the others stay empty.
    let shards = shards.min(u32::try_from(falling.len()).unwrap_or(u32::MAX));
    // One word holds load, count and shard, in the order in which they decide.
    let empty = (0..shards).map(|shard| Reverse(u128::from(shard)));
    let mut heap: BinaryHeap<Reverse<u128>> = empty.collect();
    let place = |&size: &u64| {
        heap.peek_mut().map_or(0, |mut least| {
            let shard = u32::try_from(least.0 & u128::from(u32::MAX)).unwrap_or(0);
            // Counting spreads items of no size, which would all land on one shard.
            least.0 += (u128::from(size) << 64) + (1 << 32);
            shard
        })
    };
    falling.iter().map(place).collect()
}
