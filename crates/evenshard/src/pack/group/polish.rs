//! Polish: two shards share out the atoms of one file anew, one by one.
//!
//! Repair moves neighbours; where their sizes are too coarse for the target, any subset of a
//! file's (or, where classes have set-up costs, a class's) items may go to a shard that holds
//! the file already, or to one of the emptiest.
//!
//! - Source: halving ([`crate::pack::flat`]; Horowitz and Sahni 1974) within one file.
//! - Complexity: per round O((f + 2^8) * pairs tried) for files of f items; rounds bounded.
//! - Guarantee: the fuller of the two shards falls with every round.
//!
//! Worked example: shards of 11 and 8 share a file, with tests of 3 and 2 on the first and
//! 1 on the second. Exchanging the 2 for the 1 makes 10 and 9.

use super::layout::Piece;
use super::shards::Shards;
use crate::pack::flat::Halver;

/// How much may change places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
    /// Only the smallest items of a file: the others stay where they are.
    Keep,
    /// Whatever evens out best.
    Free,
}

/// Emptiest shards that are considered although they do not hold the file.
const RECEIVERS: usize = 4;

/// Improves the fullest shard until it is at most `target`, or nothing helps, or `rounds`
/// are spent.
pub(crate) fn polish(shards: &mut Shards<'_>, target: u64, rounds: u32, care: Care) {
    let mut tools = Tools {
        halver: Halver::default(),
        homes: homes(shards),
        care,
    };
    for _ in 0..rounds {
        let (load, fullest) = shards.fullest();
        if load <= target {
            return;
        }
        let Some(found) = best_exchange(shards, &mut tools, fullest, target) else {
            return;
        };
        // Entries may outlive what a shard holds; they are checked where they are used.
        let home = (shards.layout.file(found.range), found.with);
        if let Err(at) = tools.homes.binary_search(&home) {
            tools.homes.insert(at, home);
        }
        shards.share_out(
            found.range,
            [fullest, found.with],
            &found.items,
            &found.place,
        );
    }
}

/// What all rounds use.
struct Tools {
    halver: Halver,
    /// Files with the shards that hold pieces of them, in order.
    homes: Vec<(u32, u32)>,
    care: Care,
}

fn homes(shards: &Shards<'_>) -> Vec<(u32, u32)> {
    let mut homes: Vec<(u32, u32)> = Vec::new();
    for shard in 0..shards.count() {
        let files = shards
            .pieces(shard)
            .iter()
            .map(|&piece| shards.layout.file(piece));
        homes.extend(files.map(|file| (file, shard)));
    }
    homes.sort_unstable();
    homes.dedup();
    homes
}

/// A way to share out a range of items that lowers the fuller of both shards.
struct Exchange {
    longer: u64,
    extra: u64,
    range: Piece,
    with: u32,
    items: Vec<u32>,
    place: Vec<u8>,
}

fn best_exchange(
    shards: &Shards<'_>,
    tools: &mut Tools,
    fullest: u32,
    target: u64,
) -> Option<Exchange> {
    let load = shards.load(fullest);
    let mut best: Option<Exchange> = None;
    for range in ranges(shards, fullest) {
        for with in partners(shards, &tools.homes, fullest, range) {
            let Some(found) = exchange(shards, tools, range, [fullest, with], target) else {
                continue;
            };
            let rank = |found: &Exchange| (found.longer.max(target), found.extra, found.longer);
            if found.longer < load && best.as_ref().is_none_or(|best| rank(&found) < rank(best)) {
                best = Some(found);
            }
        }
    }
    best
}

/// What can be shared out: a file of the shard where its classes cost nothing, else each
/// of its classes.
fn ranges(shards: &Shards<'_>, shard: u32) -> Vec<Piece> {
    let mut ranges: Vec<Piece> = Vec::new();
    for &piece in shards.pieces(shard) {
        let mut item = piece.start;
        while item < piece.end {
            let range = shards.layout.shared_range(item);
            if ranges.last() != Some(&range) {
                ranges.push(range);
            }
            item = range.end;
        }
    }
    ranges
}

/// The shards that hold items of the range, and the emptiest.
fn partners(shards: &Shards<'_>, homes: &[(u32, u32)], fullest: u32, range: Piece) -> Vec<u32> {
    let load = shards.load(fullest);
    let file = shards.layout.file(range);
    let from = homes.partition_point(|home| home.0 < file);
    let same = homes[from..].iter().take_while(|home| home.0 == file);
    let holding = same
        .map(|home| home.1)
        .filter(|&shard| !shards.within(shard, range).is_empty());
    let emptiest = shards.emptiest().map(|(_, shard)| shard).take(RECEIVERS);
    let mut partners: Vec<u32> = holding.chain(emptiest).collect();
    partners.sort_unstable();
    partners.dedup();
    partners.retain(|&shard| shard != fullest && shards.load(shard) < load);
    partners
}

/// Shares the items of a range on two shards out anew: as they are but for the smallest if
/// that is good enough, all of them if not.
fn exchange(
    shards: &Shards<'_>,
    tools: &mut Tools,
    range: Piece,
    pair: [u32; 2],
    target: u64,
) -> Option<Exchange> {
    let layout = shards.layout;
    let mut pool: Vec<(u64, u32, u8)> = Vec::new();
    let mut base = pair.map(|shard| shards.load(shard));
    for (side, &shard) in (0u8..).zip(&pair) {
        for piece in shards.within(shard, range) {
            for item in piece.start..piece.end {
                let weight = layout.items.weight[item as usize];
                base[usize::from(side)] -= weight;
                pool.push((weight, item, side));
            }
        }
    }
    // What the second shard pays to hold anything of the range at all.
    let setup = shards.entering(pair[1], range);
    base[1] += setup;
    if pool.len() < 2 || base[0].max(base[1]) >= shards.load(pair[0]) {
        return None;
    }
    pool.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let sizes: Vec<u64> = pool.iter().map(|&(weight, ..)| weight).collect();
    let start: Vec<u8> = pool.iter().map(|&(.., side)| side).collect();
    let halver = &mut tools.halver;
    let mut longer = halver.halve(&sizes, base, Some(&start));
    let mut place = halver.place().to_vec();
    if longer > target && tools.care == Care::Free {
        let anew = halver.halve(&sizes, base, None);
        if anew < longer {
            longer = anew;
            place = halver.place().to_vec();
        }
    }
    Some(Exchange {
        longer,
        extra: setup,
        range,
        with: pair[1],
        items: pool.iter().map(|&(_, item, _)| item).collect(),
        place,
    })
}
