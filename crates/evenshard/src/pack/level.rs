//! Levelling: where a few long units set the pace, the other shards share the rest evenly.
//!
//! A test that takes longer than a fair share decides the makespan, and every plan that
//! fills other shards up to its time is as good by the numbers. On the day it is not:
//! estimates err, and each shard that was filled to the brim is one more that can become
//! the slowest. So long items get shards of their own, and all else is planned for the
//! shards that remain, as if it were the whole problem. The fullest of those is then well
//! below the makespan, and error has room.
//!
//! - Source: lexicographic min-max, as in fair allocation (H. Luss, *On equitable resource
//!   allocation problems: a lexicographic minimax approach*, 1999): first the longest time,
//!   then the longest of the others.
//! - Complexity: O(n log n) and at most `DEPTH` more plans, of what is left each time; none
//!   where no item is longer than a fair share.
//! - Guarantee: the makespan is never higher than without.
//!
//! Worked example: items of 9, 3, 3, 2 and 1 on three shards. The 9 decides, so 9, 3 + 3 +
//! 2 + 1 and nothing is optimal. With a shard of its own for the 9, the others share the
//! rest: 9, 3 + 2 and 3 + 1.

use std::cmp::Reverse;

use super::group::{Layout, Shards};
use super::items::Items;

/// How often what is left is levelled again.
const DEPTH: u32 = 8;
/// Set-up is much if it is more than one part in this many of an item's time with it.
const MUCH: u64 = 2;
/// A fair share may be exceeded by one part in this many.
const SLACK: u128 = 100;

/// What places items onto so many shards.
pub(crate) type Place<'p> = &'p dyn Fn(&Items, u32) -> Vec<u32>;

/// The shard of each item, levelled as far as long items leave room. `placed` is what
/// `place` makes of them.
pub(crate) fn level(items: &Items, shards: u32, placed: Vec<u32>, place: Place<'_>) -> Vec<u32> {
    level_deep(items, shards, placed, place, DEPTH)
}

fn level_deep(
    items: &Items,
    shards: u32,
    placed: Vec<u32>,
    place: Place<'_>,
    depth: u32,
) -> Vec<u32> {
    let longest = (0..items.len()).map(|item| items.alone(item)).max();
    let fair = items.least_work().div_ceil(u128::from(shards));
    // Most suites end here.
    if depth == 0 || u128::from(longest.unwrap_or(0)) <= fair + fair / SLACK {
        return placed;
    }
    let (own, mut shard_of) = long_units(items, shards, &placed);
    if own == 0 {
        return placed;
    }
    let rest = items.only(|item| shard_of[item].is_none());
    let first = place(&rest, shards - own);
    let mut rest = level_deep(&rest, shards - own, first, place, depth - 1).into_iter();
    for slot in shard_of.iter_mut().filter(|slot| slot.is_none()) {
        *slot = rest.next().map(|shard| shard + own);
    }
    let levelled: Vec<u32> = shard_of.into_iter().flatten().collect();
    let layout = Layout::new(items);
    let makespan = |shard_of: &[u32]| Shards::of_items(&layout, shards, shard_of).fullest().0;
    if makespan(&levelled) <= makespan(&placed) {
        levelled
    } else {
        placed
    }
}

/// Long items get shards of their own, from 0 on: how many, and which items are on them.
///
/// With an item come those on its shard that it shares much set-up with. It is long if all
/// that takes at least a fair share of what is left without it.
fn long_units(items: &Items, shards: u32, placed: &[u32]) -> (u32, Vec<Option<u32>>) {
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
        if own + 1 >= shards {
            break;
        }
        if shard_of[item].is_some() {
            continue;
        }
        let unit: Vec<usize> = company(items, placed, item)
            .filter(|&other| shard_of[other].is_none())
            .collect();
        let takes = rest.take(&unit);
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

/// The item with those on its shard that would have to pay much of its set-up again.
fn company<'a>(
    items: &'a Items,
    placed: &'a [u32],
    item: usize,
) -> impl Iterator<Item = usize> + 'a {
    let (class, file) = (items.class[item], items.file_of(item));
    let much = items.alone(item) / MUCH;
    let whole_file = items.file_setup[file as usize] > much;
    let whole_class = items.class_setup[class as usize] > much;
    let beside = move |&other: &usize| {
        placed[other] == placed[item]
            && (other == item
                || whole_file && items.file_of(other) == file
                || whole_class && items.class[other] == class)
    };
    let range = items
        .class
        .partition_point(|&c| items.file[c as usize] < file)
        ..items
            .class
            .partition_point(|&c| items.file[c as usize] <= file);
    range.filter(beside)
}

/// What is left to place.
struct Rest<'a> {
    items: &'a Items,
    /// With each set-up once.
    work: u128,
    /// How many items each class has left.
    in_class: Vec<u32>,
    /// How many items each file has left.
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

    /// Takes items of one file, in their order, and says what they take on a shard.
    fn take(&mut self, unit: &[usize]) -> u128 {
        let items = self.items;
        let (mut takes, mut stays) = (0, 0);
        let mut last = None;
        for &item in unit {
            let class = items.class[item] as usize;
            takes += u128::from(items.weight[item]);
            self.in_class[class] -= 1;
            if last != Some(class) {
                takes += u128::from(items.class_setup[class]);
                stays += u128::from(items.class_setup[class]);
                last = Some(class);
            }
            if self.in_class[class] == 0 {
                stays -= u128::from(items.class_setup[class]);
            }
        }
        if let Some(&item) = unit.first() {
            let file = items.file_of(item) as usize;
            let setup = u128::from(items.file_setup[file]);
            takes += setup;
            self.in_file[file] -= u32::try_from(unit.len()).unwrap_or(u32::MAX);
            if self.in_file[file] > 0 {
                stays += setup;
            }
        }
        self.work = self.work + stays - takes;
        takes
    }
}
