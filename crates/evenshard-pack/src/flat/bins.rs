//! Shards with their items, for local search.

use crate::loads::Loads;

/// Items of falling sizes on shards, each shard's items in rising rank.
#[derive(Clone, Debug)]
pub(crate) struct Bins<'a> {
    /// The sizes, by rank.
    pub(crate) falling: &'a [u64],
    items: Vec<Vec<u32>>,
    pub(crate) loads: Loads,
}

impl<'a> Bins<'a> {
    pub(crate) fn new(falling: &'a [u64], shards: u32, shard_of: &[u32]) -> Self {
        let mut items = vec![Vec::new(); shards as usize];
        let mut loads = vec![0; shards as usize];
        for ((rank, &shard), &size) in (0..).zip(shard_of).zip(falling) {
            items[shard as usize].push(rank);
            loads[shard as usize] += size;
        }
        Self {
            falling,
            items,
            loads: Loads::new(loads),
        }
    }

    /// The number of items on a shard.
    pub(crate) fn count(&self, shard: u32) -> usize {
        self.items[shard as usize].len()
    }

    /// Collects all items of the given shards in `pool`, one shard after the other.
    pub(crate) fn append(&self, shards: &[u32], pool: &mut Vec<u32>) {
        pool.clear();
        for &shard in shards {
            pool.extend_from_slice(&self.items[shard as usize]);
        }
    }

    /// Collects all items of the given shards in `pool`, by rising rank.
    pub(crate) fn pool(&self, shards: &[u32], pool: &mut Vec<u32>) {
        self.append(shards, pool);
        pool.sort_unstable();
    }

    /// Splits the items of a pool anew: item `pool[i]` goes to `shards[to[i]]`.
    pub(crate) fn deal(&mut self, shards: &[u32], pool: &[u32], to: &[u8]) {
        for &shard in shards {
            self.items[shard as usize].clear();
        }
        // Pools have rising ranks, so each shard has them too.
        for (&rank, &to) in pool.iter().zip(to) {
            self.items[shards[to as usize] as usize].push(rank);
        }
        for &shard in shards {
            let sizes = self.items[shard as usize].iter();
            let sizes = sizes.map(|&rank| self.falling[rank as usize]);
            self.loads.set(shard, sizes.sum());
        }
    }

    /// The shard of each item.
    pub(crate) fn shard_of(&self) -> Vec<u32> {
        let mut shard_of = vec![0; self.falling.len()];
        for (shard, items) in (0..).zip(&self.items) {
            for &rank in items {
                shard_of[rank as usize] = shard;
            }
        }
        shard_of
    }
}
