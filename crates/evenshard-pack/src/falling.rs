//! Sorting by falling size, as every greedy algorithm needs it.

use std::cmp::Reverse;

/// The sizes in falling order, and the index that each had; equal sizes keep their order.
pub(crate) fn fall(sizes: &[u64]) -> (Vec<u64>, Vec<u32>) {
    let bits = usize::BITS - sizes.len().leading_zeros();
    let longest = sizes.iter().copied().max().unwrap_or(0);
    if longest.leading_zeros() < bits {
        let mut keys: Vec<(Reverse<u64>, u32)> =
            sizes.iter().copied().map(Reverse).zip(0..).collect();
        keys.sort_unstable();
        return { keys.into_iter() }
            .map(|(size, index)| (size.0, index))
            .unzip();
    }
    // Size and index fit into one word, which sorts twice as fast as a pair.
    let mut keys: Vec<u64> = (0..)
        .zip(sizes)
        .map(|(index, &size)| ((longest - size) << bits) | index)
        .collect();
    keys.sort_unstable();
    let index = |key: u64| u32::try_from(key & ((1 << bits) - 1)).unwrap_or(0);
    { keys.into_iter() }
        .map(|key| (longest - (key >> bits), index(key)))
        .unzip()
}

/// Runs an algorithm on sizes in falling order, and puts its answer into the order given.
pub(crate) fn on_falling(sizes: &[u64], algorithm: impl FnOnce(&[u64]) -> Vec<u32>) -> Vec<u32> {
    let (falling, origin) = fall(sizes);
    let by_rank = algorithm(&falling);
    let mut shard_of = vec![0; sizes.len()];
    for (&index, &shard) in origin.iter().zip(&by_rank) {
        shard_of[index as usize] = shard;
    }
    shard_of
}
