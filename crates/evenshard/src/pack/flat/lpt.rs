//! Greedy longest-processing-time; documented where it is public, at [`super::lpt`].

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The shard of each of the `falling` sizes.
pub(crate) fn greedy(falling: &[u64], shards: u32) -> Vec<u32> {
    // More shards than items: the others stay empty.
    let shards = shards.min(u32::try_from(falling.len()).unwrap_or(u32::MAX));
    let empty = (0..shards).map(|shard| Reverse((0u64, 0u32, shard)));
    let mut heap: BinaryHeap<_> = empty.collect();
    let place = |&size: &u64| {
        heap.peek_mut().map_or(0, |mut least| {
            let Reverse((load, items, shard)) = *least;
            // The count spreads items of no size, which would all land on one shard.
            *least = Reverse((load.saturating_add(size), items + 1, shard));
            shard
        })
    };
    falling.iter().map(place).collect()
}
