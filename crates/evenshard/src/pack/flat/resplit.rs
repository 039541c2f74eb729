//! Pair re-split: the fullest shard and another one share their items out anew.
//!
//! - Source: the pairwise interchange of Haouari, Gharbi and Jemmali, *Tight bounds for the
//!   identical parallel machine-scheduling problem* (2006), with the subset sums of Horowitz
//!   and Sahni, *Computing partitions with applications to the knapsack problem* (1974).
//! - Complexity: O(n/m + 2^8) a call.
//! - Guarantee: the fuller of the two falls, or nothing changes; with 16 items or fewer no
//!   division of the two is better.
//!
//! Worked example: {7, 6} and {5, 4} hold 13 and 9. Together 22, so 11 each would be ideal,
//! and 7 + 4 against 6 + 5 is just that.

use super::bins::Bins;

/// How many of the smallest items are shared out optimally.
const EXACT: usize = 16;
/// How many partners the fullest shard tries.
const PARTNERS: usize = 64;

/// Re-splits the fullest shard with emptier ones until it is at most `target`, or none of
/// its partners helps, or `calls` are spent.
pub(crate) fn resplit(bins: &mut Bins<'_>, target: u64, mut calls: u32) {
    let falling = bins.falling();
    let mut scratch = Scratch::default();
    let mut partners = Vec::with_capacity(PARTNERS);
    loop {
        let (load, fullest) = bins.fullest();
        if load <= target {
            return;
        }
        partners.clear();
        partners.extend(bins.emptiest().take(PARTNERS));
        let mut helped = false;
        for &(other, partner) in &partners {
            // Sharing out evenly must lower the fuller one.
            if partner == fullest || other + 1 >= load {
                break;
            }
            if calls == 0 {
                return;
            }
            calls -= 1;
            let pair = [fullest, partner];
            bins.pool(&pair, &mut scratch.pool);
            if scratch.halve(falling) < load {
                bins.deal(&pair, &scratch.pool, &scratch.place);
                helped = true;
                break;
            }
        }
        if !helped {
            return;
        }
    }
}

#[derive(Default)]
struct Scratch {
    pool: Vec<u32>,
    place: Vec<u8>,
    left: Vec<(u64, u16)>,
    right: Vec<(u64, u16)>,
    merged: Vec<(u64, u16)>,
}

impl Scratch {
    /// Shares the pool out over two shards; the larger load of the two.
    fn halve(&mut self, falling: &[u64]) -> u64 {
        let large = self.pool.len().saturating_sub(EXACT);
        let mut loads = [0u64; 2];
        self.place.clear();
        for &rank in &self.pool[..large] {
            let to = usize::from(loads[1] < loads[0]);
            loads[to] += falling[rank as usize];
            self.place.push(u8::from(to == 1));
        }
        let small = &self.pool[large..];
        let half = small.len() / 2;
        let rest: u64 = small.iter().map(|&rank| falling[rank as usize]).sum();
        let sizes = |ranks: &[u32]| -> Vec<u64> {
            ranks.iter().map(|&rank| falling[rank as usize]).collect()
        };
        let (head, tail) = (sizes(&small[..half]), sizes(&small[half..]));
        subset_sums(&head, &mut self.left, &mut self.merged);
        subset_sums(&tail, &mut self.right, &mut self.merged);
        let (longer, mask) = self.meet(loads, rest);
        for bit in 0..small.len() {
            let first = mask >> bit & 1 == 1;
            self.place.push(u8::from(!first));
        }
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
