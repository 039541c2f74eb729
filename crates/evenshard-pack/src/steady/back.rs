//! Brings moved items back: a repair moves more than it must, since each of its moves sees only
//! the plan that the ones before it left.
//!
//! - Source: none but this; one pass of local search.
//! - Complexity: O(n + r log n) for r runs of moved items.
//! - Guarantee: no shard that was within the target leaves it, and nothing moves but back.
//!
//! Worked example: target 10, a repair moved 3 and 2 from the first shard to the second, and
//! their loads are now 6 and 9. The 3 goes back, which makes 9 and 6; the 2 stays, since it would
//! make 11.

use crate::files::{Layout, Piece, Shards};
use crate::items::Items;

/// The number of atoms that are not where they were.
pub(super) fn moved(items: &Items, shard_of: &[u32], previous: &[Option<u32>]) -> u32 {
    let away = |&item: &usize| previous[item].is_some_and(|shard| shard != shard_of[item]);
    (0..items.len())
        .filter(away)
        .map(|item| items.first[item + 1] - items.first[item])
        .sum()
}

/// Brings moved items back as long as no shard exceeds `target`: those first that take the
/// least time an atom.
pub(super) fn bring_back(
    layout: &Layout<'_>,
    shards: u32,
    shard_of: &[u32],
    target: u64,
    previous: &[Option<u32>],
) -> Vec<u32> {
    let items = layout.items;
    let at = |item: usize| (shard_of[item], previous[item]);
    let runs = layout.runs(|a, b| at(a) == at(b));
    let on = |piece: &Piece| shard_of[piece.start as usize];
    let mut found = Shards::new(layout, shards, runs.iter().map(|run| (*run, on(run))));
    let mut away: Vec<(u64, Piece, u32, u32)> = Vec::new();
    for piece in runs {
        let (shard, home) = (on(&piece), previous[piece.start as usize]);
        if let Some(home) = home.filter(|&home| home != shard) {
            let atoms = items.first[piece.end as usize] - items.first[piece.start as usize];
            let each = layout.work(piece) / u64::from(atoms.max(1));
            away.push((each, piece, shard, home));
        }
    }
    away.sort_unstable();
    for (_, piece, from, to) in away {
        // A piece that an earlier move joined with others stays with them.
        if found.loads.of(to) + found.joining(to, piece) <= target {
            found.relocate(from, piece, to);
        }
    }
    found.shard_of()
}
