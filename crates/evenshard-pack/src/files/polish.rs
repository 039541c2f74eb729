//! Polish: two shards split the smallest items of one file anew, one by one.
//!
//! Repair moves neighbours; where their sizes are too coarse for the target, any subset of
//! the smallest items that both shards have of a file (or, where classes have setup costs, of
//! a class) may change places with a shard that has the file already, or with one of the
//! emptiest. All larger items stay where they are.
//!
//! - Source: halving ([`crate::flat`]; Horowitz and Sahni 1974) within one file.
//! - Complexity: O(f) once for f items of a file on a shard, and O(2^8) a pair tried; rounds
//!   bounded.
//! - Guarantee: the fuller of the two shards falls with every round.
//!
//! Worked example: shards of 11 and 8 share a file, with tests of 3 and 2 on the first and
//! 1 on the second. Exchanging the 2 for the 1 makes 10 and 9.

use std::collections::{BTreeMap, BTreeSet};

use crate::files::layout::Piece;
use crate::files::shards::Shards;
use crate::flat::{EXACT, Halver};

/// Emptiest shards that are considered although they do not have the file: a small number, since
/// each pays for the file anew.
const RECEIVERS: usize = 4;

/// Improves the fullest shard until it is at most `target`, or nothing helps, or `rounds`
/// are spent.
pub(crate) fn polish(shards: &mut Shards<'_>, target: u64, rounds: u32) {
    let mut tools = Tools {
        halver: Halver::default(),
        homes: homes(shards),
        smallest: BTreeMap::new(),
    };
    for _ in 0..rounds {
        let (load, fullest) = shards.loads.fullest();
        if load <= target {
            return;
        }
        let Some(found) = best_exchange(shards, &mut tools, fullest, target) else {
            return;
        };
        // Entries outlive the pieces of a shard; they are checked where they are used.
        let home = (shards.layout.file(found.range), found.with);
        tools.homes.insert(home);
        let pair = [fullest, found.with];
        for shard in pair {
            tools.smallest.remove(&(found.range.start, shard));
        }
        for (&(_, item, from), &to) in found.pool.iter().zip(&found.to) {
            if from != to {
                shards.move_item(pair[usize::from(from)], item, pair[usize::from(to)]);
            }
        }
    }
}

/// The memory of all rounds.
struct Tools {
    halver: Halver,
    /// Files with the shards that have pieces of them.
    homes: BTreeSet<(u32, u32)>,
    /// The smallest items of a range on a shard, by the start of the range and the shard.
    smallest: BTreeMap<(u32, u32), Vec<(u64, u32)>>,
}

fn homes(shards: &Shards<'_>) -> BTreeSet<(u32, u32)> {
    let mut homes = BTreeSet::new();
    for shard in 0..shards.loads.count() {
        let pieces = shards.pieces(shard).iter();
        homes.extend(pieces.map(|&piece| (shards.layout.file(piece), shard)));
    }
    homes
}

/// A split of the smallest items of a range that lowers the fuller of both shards.
struct Exchange {
    longer: u64,
    range: Piece,
    with: u32,
    /// Size, item, and the one of the two shards that has it; sizes fall.
    pool: Vec<(u64, u32, u8)>,
    to: Vec<u8>,
}

/// The time above the target, the price, and the fuller shard: the less, the better.
fn rank(longer: u64, extra: u64, target: u64) -> (u64, u64, u64) {
    (longer.max(target), extra, longer)
}

fn best_exchange(
    shards: &Shards<'_>,
    tools: &mut Tools,
    fullest: u32,
    target: u64,
) -> Option<Exchange> {
    let load = shards.loads.of(fullest);
    let mut least = rank(load, 0, target);
    let mut best: Option<Exchange> = None;
    for range in ranges(shards, fullest) {
        for (_, with) in partners(shards, &tools.homes, fullest, range) {
            // The second shard pays it to have anything of the range at all.
            let extra = shards.entering(with, range);
            let even = (load + shards.loads.of(with) + extra).div_ceil(2);
            // Not even an even split of the two would be better.
            if rank(even, extra, target) >= least {
                continue;
            }
            let Some(found) = exchange(shards, tools, range, [fullest, with], extra) else {
                continue;
            };
            let own = rank(found.longer, extra, target);
            if own < least {
                (least, best) = (own, Some(found));
            }
            // Under the target without more setup: nothing is better.
            if least.0 <= target && least.1 == 0 {
                return best;
            }
        }
    }
    best
}

/// The ranges that can be split: a file of the shard where its classes cost nothing, else each
/// of its classes.
fn ranges(shards: &Shards<'_>, shard: u32) -> Vec<Piece> {
    let mut ranges: Vec<Piece> = Vec::new();
    for &piece in shards.pieces(shard) {
        let mut item = piece.start;
        while item < piece.end {
            let range = shards.layout.free_range(item);
            if ranges.last() != Some(&range) {
                ranges.push(range);
            }
            item = range.end;
        }
    }
    ranges
}

/// The shards that have items of the range, and the emptiest; by rising load.
fn partners(
    shards: &Shards<'_>,
    homes: &BTreeSet<(u32, u32)>,
    fullest: u32,
    range: Piece,
) -> BTreeSet<(u64, u32)> {
    let file = shards.layout.file(range);
    let homes = homes.range((file, 0)..=(file, u32::MAX)).map(|home| home.1);
    let having = homes.filter(|&shard| shards.within(shard, range).next().is_some());
    let emptiest = shards.loads.emptiest().take(RECEIVERS);
    having
        .map(|shard| (shards.loads.of(shard), shard))
        .chain(emptiest)
        .filter(|&(load, shard)| shard != fullest && load < shards.loads.of(fullest))
        .collect()
}

/// Splits the smallest items of a range on two shards anew. The second one pays `extra` to
/// have any.
fn exchange(
    shards: &Shards<'_>,
    tools: &mut Tools,
    range: Piece,
    pair: [u32; 2],
    extra: u64,
) -> Option<Exchange> {
    let mut pool: Vec<(u64, u32, u8)> = Vec::with_capacity(2 * EXACT);
    for (side, shard) in (0..).zip(pair) {
        let smallest = tools.smallest.entry((range.start, shard));
        let smallest = smallest.or_insert_with(|| smallest_of(shards, shard, range));
        pool.extend(smallest.iter().map(|&(size, item)| (size, item, side)));
    }
    pool.sort_unstable();
    pool.truncate(EXACT);
    // Halving takes falling sizes.
    pool.reverse();
    // One item alone is what repair moves.
    if pool.len() < 2 {
        return None;
    }
    let mut base = pair.map(|shard| shards.loads.of(shard));
    base[1] += extra;
    for &(size, _, side) in &pool {
        base[usize::from(side)] -= size;
    }
    let sizes: Vec<u64> = pool.iter().map(|&(size, ..)| size).collect();
    let longer = tools.halver.halve(&sizes, base);
    Some(Exchange {
        longer,
        range,
        with: pair[1],
        pool,
        to: tools.halver.to().to_vec(),
    })
}

/// The smallest items of a range on a shard, with their sizes.
fn smallest_of(shards: &Shards<'_>, shard: u32, range: Piece) -> Vec<(u64, u32)> {
    let weight = &shards.layout.items.weight;
    let items = shards
        .within(shard, range)
        .flat_map(|piece| piece.start..piece.end);
    let mut sizes: Vec<(u64, u32)> = items.map(|item| (weight[item as usize], item)).collect();
    if sizes.len() > EXACT {
        sizes.select_nth_unstable(EXACT);
        sizes.truncate(EXACT);
    }
    sizes
}
