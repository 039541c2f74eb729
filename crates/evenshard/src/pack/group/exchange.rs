//! Exchange: what shards hold of whole files changes places, as in the plain problem.
//!
//! Repair stops where giving anything away costs more set-up than it gains. Exchanging one
//! file's part for another's costs none, so the plain searches run over those parts, each
//! with the set-up of its file as if nothing else were shared.
//!
//! - Source: none but this; the plain searches over parts.
//! - Complexity: that of [`flat::improve`].
//! - Guarantee: never worse, since what is placed together can only share more.
//!
//! Worked example: shards of 7 + 4 and 5 + 3, each a whole file with its set-up. Exchanging 4
//! for 3 makes 10 and 9.

use super::layout::Piece;
use super::shards::Shards;
use crate::pack::flat;

/// Exchanges whole parts until the fullest shard is at most `target` or nothing helps.
pub(crate) fn exchange(shards: &mut Shards<'_>, target: u64) {
    let parts = parts(shards);
    let sizes: Vec<u64> = parts.iter().map(|part| part.size).collect();
    let (falling, origin) = flat::fall(&sizes);
    let start: Vec<u32> = origin
        .iter()
        .map(|&part| parts[part as usize].shard)
        .collect();
    let placed = flat::improve(&falling, shards.count(), &start, target);
    let mut pieces: Vec<(Piece, u32)> = Vec::new();
    for (&part, &shard) in origin.iter().zip(&placed) {
        let own = &parts[part as usize].pieces;
        pieces.extend(own.iter().map(|&piece| (piece, shard)));
    }
    pieces.sort_unstable();
    let found = Shards::new(shards.layout, shards.count(), pieces);
    if found.fullest().0 < shards.fullest().0 {
        *shards = found;
    }
}

/// All that a shard holds of one file.
struct Part {
    size: u64,
    shard: u32,
    pieces: Vec<Piece>,
}

fn parts(shards: &Shards<'_>) -> Vec<Part> {
    let layout = shards.layout;
    let mut parts = Vec::new();
    for shard in 0..shards.count() {
        let pieces = shards.pieces(shard);
        for own in pieces.chunk_by(|a, b| layout.file(*a) == layout.file(*b)) {
            let mut before = None;
            let mut size = 0;
            for &piece in own {
                size += layout.after(before, piece);
                before = Some(piece);
            }
            parts.push(Part {
                size,
                shard,
                pieces: own.to_vec(),
            });
        }
    }
    parts
}
