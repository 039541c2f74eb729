//! Split on demand: files whole while they fit, cut where they must be.
//!
//! - Source: none but this; the plain pipeline over pieces, and local search.
//! - Complexity: four rounds of the plain pipeline over the pieces, and of repair.
//! - Guarantee: no round ends worse than greedy over its pieces, and the first one has the
//!   very pieces of [`greedy`].
//!
//! Worked example: files of 6 and 2 seconds with set-up 1, on two shards. The bound is 5;
//! the first file takes 7, so it is cut in two, and the second joins one of the halves: 4
//! and 4 + 3. Repair moves a second from one half to the other: 5 + 1 and 2 + 3.

use super::cut::{Manner, cut};
use super::exchange::exchange;
use super::gather::gather;
use super::layout::{Layout, Piece};
use super::polish::{Care, polish};
use super::repair::repair;
use super::shards::Shards;
use super::swap::swap;
use crate::pack::flat::{self, Effort};

/// The shares of the bound that a whole file may take, in twelfths, one round after the
/// other, when a first one with whole shares and class borders was not enough.
const SHARES: [(u64, Manner); 4] = [
    (12, Manner::Full),
    (9, Manner::Borders),
    (6, Manner::Borders),
    (4, Manner::Borders),
];
/// Moves of repair: so many, and so many a shard.
const MOVES: (u32, u32) = (400, 20);
/// Times that exchange and polish take turns.
const EXCHANGES: u32 = 8;
/// With so few files every round goes all the way.
const FEW: usize = 256;
/// A turn must gain this part of what is missing.
const WORTH: u64 = 64;
/// Rounds of polish.
const ROUNDS: u32 = 200;

/// Swaps in a row.
const SWAPS: u32 = 200;

/// A makespan that repair works towards: half of a thousandth above the bound.
fn goal(floor: u64) -> u64 {
    floor.saturating_add(floor / 2_000)
}

/// A makespan that ends the rounds: a thousandth above the bound.
pub(crate) fn enough(floor: u64) -> u64 {
    floor.saturating_add(floor / 1_000)
}

/// Plain greedy over files, those that are larger than their share cut: what the rounds
/// start from, without any of their refinement.
pub(crate) fn greedy<'a>(layout: &'a Layout<'a>, shards: u32, floor: u64) -> Shards<'a> {
    place(
        layout,
        shards,
        &first_pieces(layout, floor),
        flat::lpt_of_sorted,
    )
}

/// The best plan of all rounds.
///
/// The first round, which cuts least, goes all the way before another is tried; of the
/// others, where there are many files, only the most promising one does.
pub(crate) fn plan<'a>(layout: &'a Layout<'a>, shards: u32, floor: u64) -> Shards<'a> {
    let mut best = round(layout, shards, &first_pieces(layout, floor));
    mend(&mut best, goal(floor));
    if best.fullest().0 > enough(floor) {
        let mut other = other_rounds(layout, shards, floor);
        if other.fullest().0 > enough(floor) {
            mend(&mut other, goal(floor));
        }
        if other.fullest().0 < best.fullest().0 {
            best = other;
        }
    }
    let limit = best.fullest().0.max(goal(floor));
    gather(&mut best, limit);
    // Sizes alone do not tell what two pieces of one file share, so a round can lose to
    // greedy by luck.
    let mut plain = greedy(layout, shards, floor);
    if best.fullest().0 <= plain.fullest().0 {
        return best;
    }
    repair(&mut plain, goal(floor), MOVES.0);
    let limit = plain.fullest().0;
    gather(&mut plain, limit);
    plain
}

/// The most promising of the rounds that cut more, or the first that is good enough.
fn other_rounds<'a>(layout: &'a Layout<'a>, shards: u32, floor: u64) -> Shards<'a> {
    let mut best = Shards::new(layout, shards, []);
    let mut cut_before = first_pieces(layout, floor);
    let mut least = u64::MAX;
    for (share, manner) in SHARES {
        let pieces = cut(layout, part(floor, share), manner);
        if pieces == cut_before {
            continue;
        }
        let mut found = round(layout, shards, &pieces);
        cut_before = pieces;
        if layout.file_start.len() <= FEW {
            mend(&mut found, goal(floor));
        } else {
            repair(&mut found, goal(floor), moves(shards));
            polish(&mut found, goal(floor), ROUNDS, Care::Free);
        }
        if found.fullest().0 < least {
            least = found.fullest().0;
            best = found;
        }
        if least <= enough(floor) {
            break;
        }
    }
    if least == u64::MAX {
        best = greedy(layout, shards, floor);
    }
    best
}

/// Files, those that are larger than the bound cut at class borders.
fn first_pieces(layout: &Layout<'_>, floor: u64) -> Vec<Piece> {
    cut(layout, floor, Manner::Borders)
}

/// Pieces packed by what each takes on its own.
fn round<'a>(layout: &'a Layout<'a>, shards: u32, pieces: &[Piece]) -> Shards<'a> {
    place(layout, shards, pieces, |falling, shards| {
        flat::solve(falling, shards, Effort::Quick).shard_of
    })
}

fn moves(shards: u32) -> u32 {
    MOVES.0.saturating_add(MOVES.1.saturating_mul(shards))
}

/// Brings a plan to `target`, or as near as moves, polish and exchange come.
pub(crate) fn mend(found: &mut Shards<'_>, target: u64) {
    repair(found, target, moves(found.count()));
    for _ in 0..EXCHANGES {
        let before = found.fullest().0;
        polish(found, target, ROUNDS, Care::Free);
        if found.fullest().0 > target {
            exchange(found, target);
        }
        let after = found.fullest().0;
        // Turns that hardly gain are not worth their time.
        if after <= target || (before - after).saturating_mul(WORTH) < after - target {
            break;
        }
    }
}

/// Brings a plan to `target`, if that can be had, with few changes.
pub(crate) fn touch_up(found: &mut Shards<'_>, target: u64) {
    for _ in 0..EXCHANGES {
        let before = found.fullest().0;
        repair(found, target, MOVES.0);
        swap(found, target, SWAPS);
        polish(found, target, ROUNDS, Care::Keep);
        if found.fullest().0 <= target || found.fullest().0 == before {
            break;
        }
    }
}

/// So many twelfths of a time.
fn part(time: u64, twelfths: u64) -> u64 {
    time / 12 * twelfths + time % 12 * twelfths / 12
}

/// Places pieces by what each takes on its own.
fn place<'a>(
    layout: &'a Layout<'a>,
    shards: u32,
    pieces: &[Piece],
    algorithm: impl FnOnce(&[u64], u32) -> Vec<u32>,
) -> Shards<'a> {
    let alone: Vec<u64> = pieces.iter().map(|&piece| layout.alone(piece)).collect();
    let placed = flat::sorted(&alone, |falling| algorithm(falling, shards));
    Shards::new(layout, shards, pieces.iter().copied().zip(placed))
}
