//! The bound of items that share setup costs.

use crate::bisect::bisect;
use crate::bounds::floor::Floor;
use crate::certificate::BoundKind;
use crate::items::Items;

/// The smallest T in which all work fits, with the setup that cannot be avoided.
///
/// In time T a shard can give a class of a file no more than T less the setup of both, so
/// the class with work P touches at least P / (T - c - s) shards, rounded up, and pays s on
/// each; likewise the file, with all of that as its work, at least P / (T - c) shards. All
/// this must fit into m * T. The left side falls as T grows, so T is found by bisection.
///
/// - Source: none but this; checked against brute force.
/// - Complexity: O(n + (classes + files) log T).
/// - Guarantee: no plan is shorter, whatever it cuts between items.
///
/// Worked example: one file of setup 1 with six atoms of 1, on two shards. An even split of
/// 7 takes 4. In T = 3 the file would touch 6 / (3 - 1) = 3 shards and need 6 + 3 = 9
/// of the 6 there are; in T = 4 two shards, and 6 + 2 = 8 fit into 8. The bound is 4.
pub(crate) fn setup(items: &Items, shards: u32) -> Floor {
    let mut class_work = vec![0; items.class_setup.len()];
    for (item, &weight) in items.weight.iter().enumerate() {
        class_work[items.class[item] as usize] += weight;
    }
    let longest = (0..items.len()).map(|item| items.alone(item)).max();
    let floor =
        Floor::even(items.least_work(), shards).or(longest.unwrap_or(0), BoundKind::Longest);
    let fits =
        |time: u64| needed(items, &class_work, time) <= u128::from(time) * u128::from(shards);
    let (mut low, mut high) = (floor.value, floor.value);
    // Nothing is touched twice in the time of all work, so the search ends there.
    while !fits(high) {
        low = high + 1;
        high = high.saturating_mul(2);
    }
    floor.or(bisect(low, high, fits), BoundKind::SetUp)
}

/// All work with the setup that shards of the given time cannot avoid. The time must
/// be enough for each item alone.
fn needed(items: &Items, class_work: &[u64], time: u64) -> u128 {
    let touched = |work: u128, setup: u64| match u128::from(time.saturating_sub(setup)) {
        0 => 1,
        room => work.div_ceil(room).max(1),
    };
    let mut total = 0;
    let mut class = 0;
    for (file, &setup) in (0..).zip(&items.file_setup) {
        let mut work = 0;
        while items.file.get(class) == Some(&file) {
            let (own, cost) = (u128::from(class_work[class]), items.class_setup[class]);
            work += own + u128::from(cost) * touched(own, setup + cost);
            class += 1;
        }
        total += work + u128::from(setup) * touched(work, setup);
    }
    total
}
