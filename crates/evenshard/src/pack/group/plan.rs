//! Split on demand: files whole while they fit, cut where they must be.
//!
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
use super::polish::polish;
use super::repair::repair;
use super::shards::Shards;
use crate::pack::flat::{self, Effort};

/// The shares of the bound that a whole file may take, in twelfths, one round after the
/// other.
const SHARES: [(u64, Manner); 5] = [
    (12, Manner::Borders),
    (12, Manner::Full),
    (9, Manner::Borders),
    (6, Manner::Borders),
    (4, Manner::Borders),
];
/// Moves of repair: so many, and so many a shard.
const MOVES: (u32, u32) = (400, 20);
/// Times that exchange and polish take turns.
const EXCHANGES: u32 = 8;
/// Rounds of polish.
const ROUNDS: u32 = 200;

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
    let pieces = cut(layout, floor, Manner::Borders);
    place(layout, shards, &pieces, flat::lpt_of_sorted)
}

/// The best plan of all rounds.
pub(crate) fn plan<'a>(layout: &'a Layout<'a>, shards: u32, floor: u64) -> Shards<'a> {
    let mut best: Option<Shards<'a>> = None;
    let mut last = Vec::new();
    for (share, manner) in SHARES {
        let pieces = cut(layout, part(floor, share), manner);
        if pieces == last {
            continue;
        }
        let mut found = place(layout, shards, &pieces, |falling, shards| {
            flat::solve(falling, shards, Effort::Quick).shard_of
        });
        last = pieces;
        settle(&mut found, floor);
        let better = |best: &Shards<'a>| found.fullest().0 < best.fullest().0;
        if best.as_ref().is_none_or(better) {
            best = Some(found);
        }
        if best
            .as_ref()
            .is_some_and(|best| best.fullest().0 <= enough(floor))
        {
            break;
        }
    }
    // Sizes alone do not tell what two pieces of one file share, so a round can lose to
    // greedy by luck.
    let mut plain = greedy(layout, shards, floor);
    match best {
        Some(best) if best.fullest().0 <= plain.fullest().0 => best,
        _ => {
            repair(&mut plain, goal(floor), MOVES.0);
            let limit = plain.fullest().0;
            gather(&mut plain, limit);
            plain
        }
    }
}

/// Repairs towards the bound, then gathers what the makespan leaves room for.
fn settle(found: &mut Shards<'_>, floor: u64) {
    let goal = goal(floor);
    mend(found, goal);
    let limit = found.fullest().0.max(goal);
    gather(found, limit);
}

/// Brings a plan to `target`, or as near as moves, polish and exchange come.
pub(crate) fn mend(found: &mut Shards<'_>, target: u64) {
    let moves = MOVES
        .0
        .saturating_add(MOVES.1.saturating_mul(found.count()));
    repair(found, target, moves);
    for _ in 0..EXCHANGES {
        let before = found.fullest().0;
        polish(found, target, ROUNDS);
        if found.fullest().0 > target {
            exchange(found, target);
        }
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
