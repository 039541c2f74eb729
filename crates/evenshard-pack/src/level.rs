//! Levelling: where a few long units set the pace, the rest is split evenly over the other shards.
//!
//! A test that takes longer than a fair share decides the makespan, and every plan that
//! fills other shards up to its time is as good by the numbers. In a real build it is not:
//! estimates err, and each full shard is one more that can become the slowest. So long items
//! get shards of their own, and the rest is planned for the remaining shards, as if it were the
//! whole problem. The fullest of those is then well below the makespan, and errors have room.
//!
//! - Source: lexicographic min-max, as in fair allocation (H. Luss, *On equitable resource
//!   allocation problems: a lexicographic minimax approach*, 1999): first the longest time,
//!   then the longest of the others.
//! - Complexity: O(n log n) and at most `DEPTH` more plans, each of fewer items; none
//!   where no item is longer than a fair share.
//! - Guarantee: the makespan is never higher than without it.
//!
//! Worked example: items of 9, 3, 3, 2 and 1 on three shards. The 9 decides, so 9, 3 + 3 +
//! 2 + 1 and nothing is optimal. With a shard of its own for the 9, the others share the
//! rest: 9, 3 + 2 and 3 + 1.

use std::cmp::Reverse;

use crate::files::{Layout, Shards};
use crate::items::Items;
use crate::problem::count;

/// Times that the rest is levelled again: a bound on the work, not fitted.
pub(crate) const DEPTH: u32 = 8;
/// A setup is much of an item's time with it from one part in so many on: half.
const MUCH: u64 = 2;
/// The part of a fair share by which an item may exceed it, one in so many: less than the 1.4 %
/// of balance that noise of a tenth of each test's time costs on ten shards.
const SLACK: u128 = 100;

/// A packer of items onto so many shards.
pub(crate) type PackItems<'p> = &'p dyn Fn(&Items, u32) -> Vec<u32>;

/// The shard of each item, levelled as far as long items leave room, at most `depth` times.
/// `packed` is the result of `pack` for them.
pub(crate) fn level(
    items: &Items,
    shards: u32,
    packed: Vec<u32>,
    pack: PackItems<'_>,
    depth: u32,
) -> Vec<u32> {
    let longest = (0..items.len()).map(|item| items.alone(item)).max();
    let fair = items.least_work().div_ceil(u128::from(shards));
    // Most suites end here.
    if depth == 0 || u128::from(longest.unwrap_or(0)) <= fair + fair / SLACK {
        return packed;
    }
    let (own, mut shard_of) = long_units(items, shards, &packed);
    if own == 0 {
        return packed;
    }
    let rest = items.only(|item| shard_of[item].is_none());
    let first = pack(&rest, shards - own);
    let mut rest = level(&rest, shards - own, first, pack, depth - 1).into_iter();
    for slot in shard_of.iter_mut().filter(|slot| slot.is_none()) {
        *slot = rest.next().map(|shard| shard + own);
    }
    let levelled: Vec<u32> = shard_of.into_iter().flatten().collect();
    let layout = Layout::new(items);
    let makespan = |shard_of: &[u32]| Shards::of_items(&layout, shards, shard_of).loads.makespan();
    if makespan(&levelled) <= makespan(&packed) {
        levelled
    } else {
        packed
    }
}

/// The number of shards that long items get for themselves, from 0 on, and the items on them.
///
/// With an item come those on its shard that it shares much setup with. It is long if it takes
/// with them at least a fair share of the rest.
fn long_units(items: &Items, shards: u32, packed: &[u32]) -> (u32, Vec<Option<u32>>) {
    let mut rest = Rest::new(items);
    let fair = |work: u128, shards: u32| work.div_ceil(u128::from(shards));
    let least = fair(rest.work, shards) / 2;
    let mut order: Vec<usize> = (0..items.len())
        .filter(|&item| u128::from(items.alone(item)) >= least)
        .collect();
    order.sort_by_key(|&item| (Reverse(items.alone(item)), item));
    let mut shard_of = vec![None; items.len()];
    let mut own = 0;
    for item in order {
        // One shard at least is left for the rest.
        if own + 1 >= shards {
            break;
        }
        if shard_of[item].is_some() {
            continue;
        }
        let unit: Vec<usize> = company(items, packed, item)
            .filter(|&other| shard_of[other].is_none())
            .collect();
        let takes = rest.take(&unit);
        // From here on items are shorter than what the others have to take anyway.
        if fair(rest.work, shards - own - 1) > takes {
            break;
        }
        for item in unit {
            shard_of[item] = Some(own);
        }
        own += 1;
    }
    (own, shard_of)
}

/// The item with those on its shard that would have to pay much of its setup again.
fn company<'a>(
    items: &'a Items,
    packed: &'a [u32],
    item: usize,
) -> impl Iterator<Item = usize> + 'a {
    let (class, file) = (items.class[item], items.file_of(item));
    let much = items.alone(item) / MUCH;
    let whole_file = items.file_setup[file as usize] > much;
    let whole_class = items.class_setup[class as usize] > much;
    let beside = move |&other: &usize| {
        packed[other] == packed[item]
            && (other == item
                || whole_file && items.file_of(other) == file
                || whole_class && items.class[other] == class)
    };
    let start = items
        .class
        .partition_point(|&c| items.file[c as usize] < file);
    let end = items
        .class
        .partition_point(|&c| items.file[c as usize] <= file);
    (start..end).filter(beside)
}

/// The items that are not on a shard of their own.
struct Rest<'a> {
    items: &'a Items,
    /// Their work, with each setup once.
    work: u128,
    /// The number of them in each class.
    in_class: Vec<u32>,
    /// The number of them in each file.
    in_file: Vec<u32>,
}

impl<'a> Rest<'a> {
    fn new(items: &'a Items) -> Self {
        let mut rest = Self {
            items,
            work: items.least_work(),
            in_class: vec![0; items.class_setup.len()],
            in_file: vec![0; items.file_setup.len()],
        };
        for item in 0..items.len() {
            rest.in_class[items.class[item] as usize] += 1;
            rest.in_file[items.file_of(item) as usize] += 1;
        }
        rest
    }

    /// Takes items of one file, in their order, away and returns their time on a shard.
    fn take(&mut self, unit: &[usize]) -> u128 {
        let items = self.items;
        let mut takes: u128 = unit
            .iter()
            .map(|&item| u128::from(items.weight[item]))
            .sum();
        self.work -= takes;
        // A setup goes with its last item, and is paid again where others are left.
        let mut pay = |left: &mut u32, taken: usize, setup: u64| {
            takes += u128::from(setup);
            *left -= count(taken);
            if *left == 0 {
                self.work -= u128::from(setup);
            }
        };
        for of_class in unit.chunk_by(|&a, &b| items.class[a] == items.class[b]) {
            let class = items.class[of_class[0]] as usize;
            pay(
                &mut self.in_class[class],
                of_class.len(),
                items.class_setup[class],
            );
        }
        if let Some(&item) = unit.first() {
            let file = items.file_of(item) as usize;
            pay(&mut self.in_file[file], unit.len(), items.file_setup[file]);
        }
        takes
    }
}
