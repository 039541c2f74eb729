//! Split on demand: files whole while they fit, cut where they must be.
//!
//! - Source: none but this; the plain pipeline over pieces, and local search.
//! - Complexity: two rounds of the plain pipeline over the pieces, and of repair.
//! - Guarantee: no round ends worse than greedy over its pieces, and the first one has the
//!   very pieces of [`greedy`].
//!
//! Worked example: files of 6 and 2 seconds with setup 1, on two shards. The bound is 5;
//! the first file takes 7, so it is cut in two, and the second joins one of the halves: 4
//! and 4 + 3. Repair moves a second from one half to the other: 5 + 1 and 2 + 3.

use crate::falling::on_falling;
use crate::files::cut::{Manner, cut};
use crate::files::exchange::exchange;
use crate::files::layout::{Layout, Piece};
use crate::files::polish::polish;
use crate::files::repair::repair;
use crate::files::shards::Shards;
use crate::files::swap::swap;
use crate::flat::{self, Effort};

// The budgets are round numbers, chosen against the generated suites of `scripts/performance
// pack`: docs/performance.md has the gaps and times that they lead to.

/// Moves of repair: so many, and so many a shard.
const MOVES: (u32, u32) = (400, 20);
/// Turns of polish and exchange.
const TURNS: u32 = 8;
/// The part of the missing time that a turn must gain: one in so many.
const WORTH: u64 = 64;
/// Rounds of polish.
const ROUNDS: u32 = 200;
/// Swaps in a row.
const SWAPS: u32 = 200;

/// The makespan that repair works towards: half of a thousandth above the bound, so that a plan
/// that reaches it is [`enough`] with some room.
fn goal(floor: u64) -> u64 {
    floor.saturating_add(floor / 2_000)
}

/// The makespan that ends the rounds: a thousandth above the bound. Noise of a tenth of each test's
/// time costs 1.4 % of balance on ten shards, fourteen times as much.
pub(crate) fn enough(floor: u64) -> u64 {
    floor.saturating_add(floor / 1_000)
}

/// Plain greedy over files, those that are larger than the bound cut at class borders: the start
/// of the rounds, without any of their refinement.
pub(crate) fn greedy<'a>(layout: &'a Layout<'a>, shards: u32, floor: u64) -> Shards<'a> {
    let pieces = cut(layout, floor, Manner::Borders);
    pack(layout, shards, &pieces, flat::lpt_of_falling)
}

/// The better plan of two rounds, the second only where the first leaves much.
///
/// The first cuts files at class borders, and so costs the least setup. The second fills a
/// shard with each piece but the last of a file, which leaves the fewest pieces to place.
pub(crate) fn plan<'a>(layout: &'a Layout<'a>, shards: u32, floor: u64) -> Shards<'a> {
    let pieces = cut(layout, floor, Manner::Borders);
    let mut best = round(layout, shards, &pieces, floor);
    if best.loads.makespan() > enough(floor) {
        let full = cut(layout, floor, Manner::Full);
        if full != pieces {
            best = best.or(round(layout, shards, &full, floor));
        }
    }
    // Sizes alone do not tell what two pieces of one file share, so a round can lose to
    // greedy by luck.
    best.or(greedy(layout, shards, floor))
}

/// Pieces packed by the plain pipeline, and repaired.
fn round<'a>(layout: &'a Layout<'a>, shards: u32, pieces: &[Piece], floor: u64) -> Shards<'a> {
    let packed = pack(layout, shards, pieces, |falling, shards| {
        flat::solve(falling, shards, Effort::Quick).shard_of
    });
    mended(packed, goal(floor))
}

/// A plan repaired with any changes until it is at most `target`, or as near as that comes.
pub(crate) fn mended(mut found: Shards<'_>, target: u64) -> Shards<'_> {
    let moves = MOVES.1.saturating_mul(found.loads.count());
    repair(&mut found, target, moves.saturating_add(MOVES.0));
    for _ in 0..TURNS {
        let before = found.loads.makespan();
        polish(&mut found, target, ROUNDS);
        if found.loads.makespan() > target {
            exchange(&mut found, target);
        }
        let after = found.loads.makespan();
        // Turns that hardly gain are not worth their time.
        if after <= target || (before - after).saturating_mul(WORTH) < after - target {
            break;
        }
    }
    found
}

/// A plan repaired with few changes until it is at most `target`, or as near as that comes.
pub(crate) fn touched_up(mut found: Shards<'_>, target: u64) -> Shards<'_> {
    for _ in 0..TURNS {
        let before = found.loads.makespan();
        repair(&mut found, target, MOVES.0);
        swap(&mut found, target, SWAPS);
        polish(&mut found, target, ROUNDS);
        let after = found.loads.makespan();
        if after <= target || after == before {
            break;
        }
    }
    found
}

/// Packs pieces by the time that each takes on its own.
fn pack<'a>(
    layout: &'a Layout<'a>,
    shards: u32,
    pieces: &[Piece],
    algorithm: impl FnOnce(&[u64], u32) -> Vec<u32>,
) -> Shards<'a> {
    let alone: Vec<u64> = pieces.iter().map(|&piece| layout.alone(piece)).collect();
    let shard_of = on_falling(&alone, |falling| algorithm(falling, shards));
    Shards::new(layout, shards, pieces.iter().copied().zip(shard_of))
}
