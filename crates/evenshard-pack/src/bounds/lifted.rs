//! Lifted bounds: some shards must take many of the longest items.

use crate::bounds::floor::Floor;
use crate::certificate::BoundKind;

/// Pairs of l and k that are tried, or 6 m^2 if that is more: near-equal sizes need prefixes of
/// more than 6 m items, and few shards leave time for them.
const WORK: usize = 500_000;
/// The most shards for which every k is tried: 6 m^2 is then 1.6 million steps.
const WIDE: usize = 512;

/// The best bound from prefixes of the longest items, or `floor` where that is higher.
///
/// Of the longest l items, some k shards take at least `k * (l / m) + min(k, l % m)`, and not
/// even the shortest of the l are shorter than that many together, divided by k.
///
/// - Source: M. Haouari, A. Gharbi, M. Jemmali, *Tight bounds for the identical parallel
///   machine-scheduling problem*, International Transactions in Operational Research 13
///   (2006).
/// - Complexity: O(`WORK` + m^2), for up to `WIDE` shards; beyond that three values of k.
/// - Guarantee: no plan is shorter.
///
/// Worked example: 5, 5, 4, 4, 4 on three shards: 22 / 3 makes 8. Of five items on three
/// shards, two shards take at least four; the shortest four make 17, so 9 on one of the two.
pub(crate) fn lifted(falling: &[u64], shards: u32, floor: Floor) -> Floor {
    let m = shards as usize;
    let longest = &falling[..falling.len().min((WORK / m).max(6 * m))];
    let mut until = Vec::with_capacity(longest.len() + 1);
    until.push(0u64);
    for &size in longest {
        until.push(until[until.len() - 1] + size);
    }
    let mut best = 0u64;
    for l in m + 1..=longest.len() {
        let (each, over) = (l / m, l % m);
        let mut consider = |k: usize| {
            let count = k * each + k.min(over);
            let sum = until[l] - until[l - count];
            // The division is only paid for where it gains.
            if sum > best.saturating_mul(k as u64) {
                best = sum.div_ceil(k as u64);
            }
        };
        if m <= WIDE {
            (1..=m).for_each(&mut consider);
        } else {
            [1, over.max(1), m - 1].into_iter().for_each(&mut consider);
        }
    }
    floor.or(best, BoundKind::Several)
}
