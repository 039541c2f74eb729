//! MULTIFIT; documented where it is public, at [`super::multifit`].

/// The best of `passes` first-fit-decreasing packings at capacities found by bisection
/// between `low` (no plan is shorter) and `high` (a plan of that makespan is known); `None`
/// where all were worse than that.
pub(crate) fn multifit(
    falling: &[u64],
    shards: u32,
    low: u64,
    high: u64,
    passes: u32,
) -> Option<Vec<u32>> {
    let (mut low, mut high) = (low, high);
    let mut best = None;
    let mut bins = Bins::new(shards);
    let mut placed = Vec::new();
    for _ in 0..passes {
        if low >= high {
            break;
        }
        let capacity = low + (high - low) / 2;
        match bins.first_fit(falling, capacity, &mut placed) {
            Some(makespan) => {
                // What it needed may be less than what it was given.
                high = makespan;
                best = Some(std::mem::take(&mut placed));
            }
            None => low = capacity + 1,
        }
    }
    best
}

/// A segment tree over the room left in each bin: finds the first that an item fits into.
struct Bins {
    leaves: usize,
    shards: usize,
    room: Vec<u64>,
}

impl Bins {
    fn new(shards: u32) -> Self {
        let shards = shards as usize;
        let leaves = shards.next_power_of_two();
        Self {
            leaves,
            shards,
            room: vec![0; 2 * leaves],
        }
    }

    /// The makespan of first-fit-decreasing within `capacity`, with the bins in `placed`.
    fn first_fit(&mut self, falling: &[u64], capacity: u64, placed: &mut Vec<u32>) -> Option<u64> {
        // Rooms are one more than they are, so that zero means "no bin" and items of no
        // size still need one.
        self.room.fill(0);
        self.room[self.leaves..self.leaves + self.shards].fill(capacity + 1);
        for node in (1..self.leaves).rev() {
            self.room[node] = self.room[2 * node].max(self.room[2 * node + 1]);
        }
        placed.clear();
        placed.reserve(falling.len());
        for &size in falling {
            if self.room[1] <= size {
                return None;
            }
            placed.push(self.take(size));
        }
        let leaves = &self.room[self.leaves..self.leaves + self.shards];
        let least = leaves.iter().min().copied().unwrap_or(1);
        Some(capacity + 1 - least)
    }

    /// Puts an item that fits somewhere into the first bin that it fits into.
    fn take(&mut self, size: u64) -> u32 {
        let mut node = 1;
        while node < self.leaves {
            node = 2 * node + usize::from(self.room[2 * node] <= size);
        }
        self.room[node] -= size;
        let bin = node - self.leaves;
        while node > 1 {
            node /= 2;
            let most = self.room[2 * node].max(self.room[2 * node + 1]);
            if self.room[node] == most {
                break;
            }
            self.room[node] = most;
        }
        u32::try_from(bin).unwrap_or(u32::MAX)
    }
}
