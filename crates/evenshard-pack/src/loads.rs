//! The loads of shards, in order.

use std::collections::BTreeSet;

use crate::problem::count;

/// A load for each shard.
#[derive(Clone, Debug)]
pub(crate) struct Loads {
    of: Vec<u64>,
    order: BTreeSet<(u64, u32)>,
}

impl Loads {
    pub(crate) fn new(of: Vec<u64>) -> Self {
        let order = of.iter().copied().zip(0..).collect();
        Self { of, order }
    }

    /// The load of a shard.
    pub(crate) fn of(&self, shard: u32) -> u64 {
        self.of[shard as usize]
    }

    pub(crate) fn set(&mut self, shard: u32, load: u64) {
        self.order.remove(&(self.of(shard), shard));
        self.of[shard as usize] = load;
        self.order.insert((load, shard));
    }

    /// The fullest shard with its load; of several the last.
    pub(crate) fn fullest(&self) -> (u64, u32) {
        self.order.last().copied().unwrap_or((0, 0))
    }

    /// The largest load.
    pub(crate) fn makespan(&self) -> u64 {
        self.fullest().0
    }

    /// The shards with their loads, from the emptiest on.
    pub(crate) fn emptiest(&self) -> impl Iterator<Item = (u64, u32)> + '_ {
        self.order.iter().copied()
    }

    /// The number of shards.
    pub(crate) fn count(&self) -> u32 {
        count(self.of.len())
    }
}
