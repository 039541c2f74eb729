//! Bounds of the plain problem from sums and single sizes.

use crate::bounds::floor::Floor;
use crate::certificate::BoundKind;

/// The largest of: the work split evenly, the longest item, and the two shortest of the
/// m + 1 longest, which some shard must take together.
///
/// - Source: the bounds that R. L. Graham (1969) compares greedy with; the third is the
///   pigeonhole principle.
/// - Complexity: O(n).
/// - Guarantee: no plan is shorter.
///
/// Worked example: 5, 4, 4 on two shards. An even split takes 7, the longest 5, and of
/// three items two must meet: 4 + 4 = 8.
pub(crate) fn simple(falling: &[u64], shards: u32) -> Floor {
    let m = shards as usize;
    let meet = match falling.get(m - 1..=m) {
        Some([a, b]) => a.saturating_add(*b),
        _ => 0,
    };
    Floor::even(falling.iter().copied().map(u128::from).sum(), shards)
        .or(falling.first().copied().unwrap_or(0), BoundKind::Longest)
        .or(meet, BoundKind::Several)
}
