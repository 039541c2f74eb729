//! MULTIFIT: first-fit-decreasing at capacities found by bisection.
//!
//! First-fit-decreasing gives each item, longest first, to the lowest-numbered shard whose
//! load stays within a capacity; bisection finds a small capacity for which that works.
//!
//! - Source: E. G. Coffman, M. R. Garey, D. S. Johnson, *An application of bin-packing to
//!   multiprocessor scheduling*, SIAM Journal on Computing 7 (1978); the bound by M. Yue, *On
//!   the exact upper bound for the multifit processor scheduling algorithm* (1990).
//! - Complexity: O(n log m) a pass.
//! - Guarantee: at most 13/11 of the optimum, plus 2^-12 of the first interval.
//!
//! Worked example: 3, 3, 2, 2, 2 on two shards. Greedy makes 7; capacity 6 takes 3 + 3 on
//! the first and 2 + 2 + 2 on the second.

use crate::bounds::simple;
use crate::flat::lpt::lpt;
use crate::problem::count;

/// Passes of first-fit-decreasing. The first interval is at most a third of the makespan (LPT),
/// so twelve leave 0.8e-4 of it, less than the ten-thousandth at which the pipeline ends.
const PASSES: u32 = 12;

/// The better of [`lpt`] and MULTIFIT.
pub(crate) fn lpt_or_multifit(falling: &[u64], shards: u32) -> Vec<u32> {
    let greedy = lpt(falling, shards);
    let (low, high) = (
        simple(falling, shards).value,
        makespan(falling, shards, &greedy),
    );
    multifit(falling, shards, low, high).unwrap_or(greedy)
}

/// The largest load.
pub(crate) fn makespan(falling: &[u64], shards: u32, shard_of: &[u32]) -> u64 {
    let mut loads = vec![0u64; shards as usize];
    for (&size, &shard) in falling.iter().zip(shard_of) {
        loads[shard as usize] += size;
    }
    loads.into_iter().max().unwrap_or(0)
}

/// The best of several first-fit-decreasing packings at capacities between `low` (no plan is
/// shorter) and `high` (a plan of that makespan is known); `None` where all were worse.
pub(crate) fn multifit(falling: &[u64], shards: u32, low: u64, high: u64) -> Option<Vec<u32>> {
    let (mut low, mut high) = (low, high);
    let mut best = None;
    let mut rooms = Rooms::new(shards);
    let mut shard_of = Vec::new();
    for _ in 0..PASSES {
        if low >= high {
            break;
        }
        let capacity = low + (high - low) / 2;
        match rooms.first_fit(falling, capacity, &mut shard_of) {
            Some(makespan) => {
                // The packing may need less than its capacity.
                high = makespan;
                best = Some(std::mem::take(&mut shard_of));
            }
            None => low = capacity + 1,
        }
    }
    best
}

/// A segment tree over the room left on each shard: finds the first that an item fits into.
struct Rooms {
    leaves: usize,
    shards: usize,
    room: Vec<u64>,
}

impl Rooms {
    fn new(shards: u32) -> Self {
        let shards = shards as usize;
        let leaves = shards.next_power_of_two();
        Self {
            leaves,
            shards,
            room: vec![0; 2 * leaves],
        }
    }

    /// The makespan of first-fit-decreasing within `capacity`, with the shards in `shard_of`.
    fn first_fit(
        &mut self,
        falling: &[u64],
        capacity: u64,
        shard_of: &mut Vec<u32>,
    ) -> Option<u64> {
        // Rooms are one more than they are, so that zero means "no shard" and items of no
        // size still need one.
        self.room.fill(0);
        self.room[self.leaves..self.leaves + self.shards].fill(capacity + 1);
        for node in (1..self.leaves).rev() {
            self.room[node] = self.room[2 * node].max(self.room[2 * node + 1]);
        }
        shard_of.clear();
        shard_of.reserve(falling.len());
        for &size in falling {
            if self.room[1] <= size {
                return None;
            }
            shard_of.push(self.take(size));
        }
        let leaves = &self.room[self.leaves..self.leaves + self.shards];
        let least = leaves.iter().min().copied().unwrap_or(1);
        Some(capacity + 1 - least)
    }

    /// Takes room for an item that fits somewhere on the first shard that has enough.
    fn take(&mut self, size: u64) -> u32 {
        let mut node = 1;
        while node < self.leaves {
            node = 2 * node + usize::from(self.room[2 * node] <= size);
        }
        self.room[node] -= size;
        let shard = node - self.leaves;
        while node > 1 {
            node /= 2;
            let most = self.room[2 * node].max(self.room[2 * node + 1]);
            // Nothing above it changes either.
            if self.room[node] == most {
                break;
            }
            self.room[node] = most;
        }
        count(shard)
    }
}
