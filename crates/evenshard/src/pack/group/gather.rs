//! Gathering: pieces of one file come back together where there is room.
//!
//! - Source: none but this; one pass of local search.
//! - Complexity: O(pieces * log n).
//! - Guarantee: no shard exceeds the limit given, and no set-up is paid that was not.
//!
//! Worked example: a file of set-up 2 has a piece of 3 on a shard of 10 and one of 4 on a
//! shard of 6. With limit 10 the first piece moves to the second shard, which then takes 9
//! while the first falls to 5: one set-up less.

use super::layout::Piece;
use super::shards::Shards;

/// Moves whole pieces to shards that hold the same file, as long as those stay within
/// `limit` and the total falls.
pub(crate) fn gather(shards: &mut Shards<'_>, limit: u64) {
    let placed = placed_by_file(shards);
    for group in placed.chunk_by(|a, b| a.0 == b.0) {
        if group.iter().all(|&(_, _, shard)| shard == group[0].2) {
            continue;
        }
        let mut small_first: Vec<(Piece, u32)> = group.iter().map(|&(_, p, s)| (p, s)).collect();
        small_first.sort_by_key(|&(piece, _)| (shards.layout.work(piece), piece));
        let mut homes: Vec<u32> = group.iter().map(|&(_, _, shard)| shard).collect();
        homes.sort_unstable();
        homes.dedup();
        for (piece, from) in small_first {
            bring_home(shards, &homes, piece, from, limit);
        }
    }
}

/// Moves a piece to the one of its file's `homes` that pays least for it, if that saves.
fn bring_home(shards: &mut Shards<'_>, homes: &[u32], piece: Piece, from: u32, limit: u64) {
    // A move before this one may have joined it to another piece: that one is moved, or not.
    let Ok(at) = shards.pieces(from).binary_search(&piece) else {
        return;
    };
    let file = shards.layout.file(piece);
    let saves = shards.load(from) - shards.without(from, at, None);
    let best = homes
        .iter()
        .filter(|&&to| to != from && shards.holds(to, file))
        .map(|&to| (shards.joining(to, piece), to))
        .filter(|&(costs, to)| costs < saves && shards.load(to) + costs <= limit)
        .min();
    if let Some((_, to)) = best {
        shards.move_part(from, at, None, to);
    }
}

/// All pieces with their files and shards, in the order of files and items.
fn placed_by_file(shards: &Shards<'_>) -> Vec<(u32, Piece, u32)> {
    let mut placed: Vec<(u32, Piece, u32)> = Vec::new();
    for shard in 0..shards.count() {
        let file = |&piece: &Piece| (shards.layout.file(piece), piece, shard);
        placed.extend(shards.pieces(shard).iter().map(file));
    }
    placed.sort_unstable();
    placed
}
