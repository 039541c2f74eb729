//! Bounds of the plain problem from sums and single sizes.

use super::Floor;
use crate::pack::certificate::BoundKind;

/// The largest of: the work shared evenly, the longest item, and the two shortest of the
/// m + 1 longest, which some shard must take together.
///
/// - Source: the bounds that R. L. Graham (1969) compares greedy with; the third is the
///   pigeonhole principle.
/// - Complexity: O(n).
/// - Guarantee: no plan is shorter.
///
/// Worked example: 5, 4, 4 on two shards. Shared evenly it is 7, the longest is 5, and of
/// three items two must meet: 4 + 4 = 8.
pub(crate) fn floor(falling: &[u64], shards: u32) -> Floor {
    let work: u128 = falling.iter().copied().map(u128::from).sum();
    let even = work.div_ceil(u128::from(shards));
    let m = shards as usize;
    let meet = match (falling.get(m - 1), falling.get(m)) {
        (Some(a), Some(b)) => a.saturating_add(*b),
        _ => 0,
    };
    let even = Floor {
        value: u64::try_from(even).unwrap_or(u64::MAX),
        kind: BoundKind::Work,
    };
    even.or(falling.first().copied().unwrap_or(0), BoundKind::Longest)
        .or(meet, BoundKind::Several)
}
