//! Shards with their items, ordered by load, for local search.

use std::collections::BTreeSet;

/// Items of falling sizes on shards, each shard's items in rising rank.
#[derive(Clone, Debug)]
pub(crate) struct Bins<'a> {
    falling: &'a [u64],
    items: Vec<Vec<u32>>,
    load: Vec<u64>,
    order: BTreeSet<(u64, u32)>,
}

impl<'a> Bins<'a> {
    pub(crate) fn new(falling: &'a [u64], shards: u32, shard_of: &[u32]) -> Self {
        let mut items = vec![Vec::new(); shards as usize];
        let mut load = vec![0; shards as usize];
        for ((rank, &shard), &size) in (0..).zip(shard_of).zip(falling) {
            items[shard as usize].push(rank);
            load[shard as usize] += size;
        }
        let order = load.iter().copied().zip(0..).collect();
        Self {
            falling,
            items,
            load,
            order,
        }
    }

    /// The sizes, by rank.
    pub(crate) fn falling(&self) -> &'a [u64] {
        self.falling
    }

    /// The fullest shard; of several the last.
    pub(crate) fn fullest(&self) -> (u64, u32) {
        self.order.last().copied().unwrap_or((0, 0))
    }

    /// Shards from the emptiest on.
    pub(crate) fn emptiest(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        self.order.iter().copied()
    }

    pub(crate) fn shards(&self) -> usize {
        self.load.len()
    }

    pub(crate) fn load(&self, shard: u32) -> u64 {
        self.load[shard as usize]
    }

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
            self.order.remove(&(self.load[shard as usize], shard));
            self.load[shard as usize] = 0;
            self.items[shard as usize].clear();
        }
        for (&rank, &to) in pool.iter().zip(to) {
            let shard = shards[to as usize] as usize;
            self.items[shard].push(rank);
            self.load[shard] += self.falling[rank as usize];
        }
        for &shard in shards {
            self.order.insert((self.load[shard as usize], shard));
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
