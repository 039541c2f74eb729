//! Halving: splits items over two shards as evenly as possible.
//!
//! - Source: greedy for the large items, and for the smallest ones the subset sums of E.
//!   Horowitz and S. Sahni, *Computing partitions with applications to the knapsack problem*,
//!   Journal of the ACM 21 (1974), met in the middle.
//! - Complexity: O(n + 2^8).
//! - Guarantee: with 16 items or fewer no division is more even.
//!
//! Worked example: 5, 4, 3, 2 beside loads of 1 and 3. The sum is 18, so 9 each would be ideal:
//! 1 + 5 + 3 and 3 + 4 + 2.

/// The smallest items that are split optimally: of sixteen, each half has 2^8 subset sums.
pub(crate) const EXACT: usize = 16;

/// Splits items over two shards; keeps its memory from call to call.
#[derive(Debug, Default)]
pub(crate) struct Halver {
    to: Vec<u8>,
    left: Vec<(u64, u16)>,
    right: Vec<(u64, u16)>,
    merged: Vec<(u64, u16)>,
}

impl Halver {
    /// The shard of each item in the last call: 0 or 1.
    pub(crate) fn to(&self) -> &[u8] {
        &self.to
    }

    /// Splits `falling` sizes over two shards that have loads of `base` already, and returns the
    /// larger load of the two.
    pub(crate) fn halve(&mut self, falling: &[u64], base: [u64; 2]) -> u64 {
        let (large, small) = falling.split_at(falling.len().saturating_sub(EXACT));
        let mut loads = base;
        self.to.clear();
        for &size in large {
            // To the emptier one; of equal ones to the first.
            let to = u8::from(loads[1] < loads[0]);
            loads[usize::from(to)] += size;
            self.to.push(to);
        }
        let (head, tail) = small.split_at(small.len() / 2);
        subset_sums(head, &mut self.left, &mut self.merged);
        subset_sums(tail, &mut self.right, &mut self.merged);
        let (longer, mask) = self.meet(loads, small.iter().sum());
        let second = |bit| u8::from(mask >> bit & 1 == 0);
        self.to.extend((0..small.len()).map(second));
        longer
    }

    /// The subset of the small items for the first shard that evens out both loads, as the
    /// larger load and the subset's bits.
    fn meet(&self, loads: [u64; 2], rest: u64) -> (u64, u32) {
        let half = self.left.len().trailing_zeros();
        let all = loads[0] + loads[1] + rest;
        let mut best = (u64::MAX, 0);
        let mut from = self.right.len();
        for &(sum, mask) in &self.left {
            let sum = loads[0] + sum;
            // The pair just above an even division and the one just below.
            while from > 0 && 2 * (sum + self.right[from - 1].0) >= all {
                from -= 1;
            }
            for at in [from.wrapping_sub(1), from] {
                if let Some(&(more, bits)) = self.right.get(at) {
                    let first = sum + more;
                    let longer = first.max(all - first);
                    if longer < best.0 {
                        best = (longer, u32::from(mask) | u32::from(bits) << half);
                    }
                }
            }
        }
        best
    }
}

/// All subset sums of a few sizes with their subsets, in rising order.
fn subset_sums(sizes: &[u64], sums: &mut Vec<(u64, u16)>, merged: &mut Vec<(u64, u16)>) {
    sums.clear();
    sums.push((0, 0));
    for (bit, &size) in sizes.iter().enumerate() {
        merged.clear();
        let with = |(sum, mask): (u64, u16)| (sum + size, mask | 1 << bit);
        let mut next = 0;
        for &plain in sums.iter() {
            while next < sums.len() && with(sums[next]).0 < plain.0 {
                merged.push(with(sums[next]));
                next += 1;
            }
            merged.push(plain);
        }
        merged.extend(sums[next..].iter().copied().map(with));
        std::mem::swap(sums, merged);
    }
}
