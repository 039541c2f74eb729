//! Exchange: all parts of files change places, as in the plain problem.
//!
//! Repair stops where giving anything away costs more setup than it gains. Exchanging one
//! file's part for another's costs none, so the plain searches run over those parts, each
//! with the setup of its file as if nothing else were shared.
//!
//! - Source: none but this; the plain searches over parts.
//! - Complexity: that of [`flat::improve`].
//! - Guarantee: never worse, since parts on one shard can only share more.
//!
//! Worked example: shards of 7 + 4 and 5 + 3, each a whole file with its setup. Exchanging 4
//! for 3 makes 10 and 9.

use crate::falling::fall;
use crate::files::layout::Piece;
use crate::files::shards::Shards;
use crate::flat;

/// Exchanges whole parts until the fullest shard is at most `target` or nothing helps.
pub(crate) fn exchange(shards: &mut Shards<'_>, target: u64) {
    let parts = parts(shards);
    let sizes: Vec<u64> = parts.iter().map(|part| part.0).collect();
    let (falling, origin) = fall(&sizes);
    let start: Vec<u32> = { origin.iter() }
        .map(|&part| parts[part as usize].1)
        .collect();
    let found = flat::improve(&falling, shards.loads.count(), &start, target);
    let mut pieces: Vec<(Piece, u32)> = Vec::new();
    for (&part, &shard) in origin.iter().zip(&found) {
        let own = parts[part as usize].2;
        pieces.extend(own.iter().map(|&piece| (piece, shard)));
    }
    // Shards take pieces in the order of their items.
    pieces.sort_unstable();
    let found = Shards::new(shards.layout, shards.loads.count(), pieces);
    // Parts of one file that meet share its setup, so the true loads decide.
    if found.loads.makespan() < shards.loads.makespan() {
        *shards = found;
    }
}

/// All pieces of one file on a shard, with their time and the shard.
fn parts<'s>(shards: &'s Shards<'_>) -> Vec<(u64, u32, &'s [Piece])> {
    let layout = shards.layout;
    let mut parts = Vec::new();
    for shard in 0..shards.loads.count() {
        let pieces = shards.pieces(shard);
        for own in pieces.chunk_by(|a, b| layout.file(*a) == layout.file(*b)) {
            let next = own
                .windows(2)
                .map(|pair| layout.after(Some(pair[0]), pair[1]));
            let size = layout.alone(own[0]) + next.sum::<u64>();
            parts.push((size, shard, own));
        }
    }
    parts
}
