//! Swaps: one file's part for another's, where giving away costs too much set-up.
//!
//! Unlike [`super::exchange`] it moves as little as it can, so it serves plans that are to
//! stay as they are.
//!
//! - Complexity: per swap O(p^2) with each of some partners, for p parts a shard or `PARTS`.
//! - Guarantee: the fullest shard falls with every swap and the other one stays below it.
//!
//! Worked example: shards of 7 + 4 and 5 + 3 with target 10. Swapping 4 for 3 is enough, and
//! 7 for 5 would be too much.

use super::layout::Piece;
use super::shards::Shards;

/// Partners that are considered, from the emptiest on.
const PARTNERS: usize = 40;
/// Parts of a shard that are considered: its smallest, whose moves change least.
const PARTS: usize = 64;

/// Swaps parts of the fullest shard for smaller ones until it is at most `target`, or no
/// swap helps, or `swaps` are spent.
pub(crate) fn swap(shards: &mut Shards<'_>, target: u64, swaps: u32) {
    for _ in 0..swaps {
        let (load, fullest) = shards.fullest();
        if load <= target {
            return;
        }
        let Some(found) = best_swap(shards, fullest, target) else {
            return;
        };
        shards.relocate(fullest, found.given, found.with);
        shards.relocate(found.with, found.taken, fullest);
    }
}

/// Two whole parts that change places.
#[derive(Clone, Copy)]
struct Swap {
    given: Piece,
    taken: Piece,
    with: u32,
}

/// A part that is all its shard holds of a file, in one piece, with what it takes.
type Part = (u64, Piece);

/// The swap that leaves the least above the target, and of those the one that moves the
/// fewest items; `None` where none lowers the fullest shard.
fn best_swap(shards: &Shards<'_>, from: u32, target: u64) -> Option<Swap> {
    let load = shards.load(from);
    let own = parts(shards, from);
    let partners: Vec<(u64, u32)> = shards.emptiest().take(PARTNERS).collect();
    let mut best: Option<((u64, u32, u64), Swap)> = None;
    for (other, with) in partners {
        if with == from {
            continue;
        }
        let theirs = parts(shards, with);
        for &(gives, given) in &own {
            if shards.holds(with, shards.layout.file(given)) {
                continue;
            }
            for &(takes, taken) in &theirs {
                let longer = (load - gives + takes).max(other - takes + gives);
                if longer >= load || shards.holds(from, shards.layout.file(taken)) {
                    continue;
                }
                let moved = given.end - given.start + taken.end - taken.start;
                let rank = (longer.max(target), moved, longer);
                if best.is_none_or(|(least, _)| rank < least) {
                    best = Some((rank, Swap { given, taken, with }));
                }
            }
        }
    }
    best.map(|(_, swap)| swap)
}

fn parts(shards: &Shards<'_>, shard: u32) -> Vec<Part> {
    let layout = shards.layout;
    let files = shards
        .pieces(shard)
        .chunk_by(|a, b| layout.file(*a) == layout.file(*b));
    let single = files.filter(|pieces| pieces.len() == 1);
    let mut parts: Vec<Part> = single
        .map(|pieces| (layout.alone(pieces[0]), pieces[0]))
        .collect();
    if parts.len() > PARTS {
        parts.sort_unstable();
        parts.truncate(PARTS);
    }
    parts
}
