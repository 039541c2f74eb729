//! The bound of items that share set-up costs.

use super::Floor;
use crate::pack::certificate::BoundKind;
use crate::pack::items::Items;

/// The smallest T in which all work fits, with the set-up that cannot be avoided.
///
/// In time T a shard can give a class of a file no more than T less the set-up of both, so
/// the class with work P touches at least P / (T - c - s) shards, rounded up, and pays s on
/// each; likewise the file, with all of that as its work, at least P / (T - c) shards. All
/// this must fit into m * T. The left side falls as T grows, so T is found by bisection.
///
/// - Source: none but this; checked against brute force.
/// - Complexity: O(n + (classes + files) log T).
/// - Guarantee: no plan is shorter, whatever it cuts between items.
///
/// Worked example: one file of set-up 1 with six atoms of 1, on two shards. Shared evenly,
/// 7 / 2 makes 4. In T = 3 the file would touch 6 / (3 - 1) = 3 shards and need 6 + 3 = 9
/// of the 6 there are; in T = 4 two shards, and 6 + 2 = 8 fit into 8. The bound is 4.
pub(crate) fn floor(items: &Items, shards: u32) -> Floor {
    let longest = (0..items.len()).map(|item| items.alone(item)).max();
    let longest = longest.unwrap_or(0);
    let sums = Sums::new(items);
    let plain: u128 = sums.least_work();
    let even = u64::try_from(plain.div_ceil(u128::from(shards))).unwrap_or(u64::MAX);
    let floor = Floor {
        value: even,
        kind: BoundKind::Work,
    };
    let floor = floor.or(longest, BoundKind::Longest);
    let (mut low, mut high) = (floor.value, floor.value);
    let room = |time: u64| u128::from(time) * u128::from(shards);
    // Nothing is touched twice in the time of all work, so the search ends there.
    while sums.needed(high) > room(high) {
        low = high + 1;
        high = high.saturating_mul(2);
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if sums.needed(middle) > room(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    floor.or(low, BoundKind::SetUp)
}

/// The work of each class and file.
struct Sums<'a> {
    items: &'a Items,
    class: Vec<u64>,
}

impl<'a> Sums<'a> {
    fn new(items: &'a Items) -> Self {
        let mut class = vec![0; items.class_setup.len()];
        for (item, &weight) in items.weight.iter().enumerate() {
            class[items.class[item] as usize] += weight;
        }
        Self { items, class }
    }

    fn least_work(&self) -> u128 {
        let all = self.class.iter();
        let all = all.chain(&self.items.class_setup);
        all.chain(&self.items.file_setup)
            .copied()
            .map(u128::from)
            .sum()
    }

    /// All work with the set-up that shards of the given time cannot avoid. The time must
    /// be enough for each item alone.
    fn needed(&self, time: u64) -> u128 {
        let touched = |work: u128, setup: u64| match u128::from(time.saturating_sub(setup)) {
            0 => 1,
            room => work.div_ceil(room).max(1),
        };
        let mut total = 0;
        let mut class = 0;
        for (file, &setup) in (0..).zip(&self.items.file_setup) {
            let mut work = 0;
            while self.items.file.get(class) == Some(&file) {
                let (own, cost) = (u128::from(self.class[class]), self.items.class_setup[class]);
                work += own + u128::from(cost) * touched(own, setup + cost);
                class += 1;
            }
            total += work + u128::from(setup) * touched(work, setup);
        }
        total
    }
}
