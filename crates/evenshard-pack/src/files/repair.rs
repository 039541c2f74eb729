//! Repair: the fullest shard gives pieces away until the plan is under target.
//!
//! - Source: none but this; local search by steepest descent.
//! - Complexity: per move O(p * log n) for p pieces on the fullest shard, moves bounded.
//! - Guarantee: the fullest shard falls with every move and the receiver stays below it.
//!
//! Worked example: shards of 12 and 6, one file of setup 1 with tests of 5, 3 and 3 on the
//! first. Moving the last test takes 3 away and adds 3 + 1: 9 and 10. Target 10 is met at
//! the price of one more setup.

use crate::bisect::bisect;
use crate::files::layout::Piece;
use crate::files::shards::Shards;

/// Receivers that are considered, the emptiest shards: few, since every move weighs all pieces of
/// the fullest shard for each of them.
const RECEIVERS: usize = 6;

/// Moves pieces, or parts of them, away from the fullest shard until that is at most
/// `target`, or no move helps, or `moves` are spent.
pub(crate) fn repair(shards: &mut Shards<'_>, target: u64, moves: u32) {
    for _ in 0..moves {
        let (load, fullest) = shards.loads.fullest();
        if load <= target {
            return;
        }
        let Some(found) = best_move(shards, fullest, target) else {
            return;
        };
        shards.move_part(fullest, found.at, found.kept, found.to);
    }
}

/// The rank of a move, the lowest first: the time by which the fuller of both shards stays above
/// the target, setup that is paid once more, cuts (none, of a file, or of a class), the number
/// of items that move, and the fuller of both shards.
type Rank = (u64, u64, u8, u32, u64);

/// A part of a piece, by the piece's number and the part that stays, and its new shard.
#[derive(Clone, Copy)]
struct Move {
    at: usize,
    kept: Option<Piece>,
    to: u32,
}

/// The move that leaves the least above the target at the least price, if any helps.
fn best_move(shards: &Shards<'_>, from: u32, target: u64) -> Option<Move> {
    let load = shards.loads.of(from);
    let mut best: Option<(Rank, Move)> = None;
    let receivers = shards.loads.emptiest().map(|(_, shard)| shard);
    let receivers: Vec<u32> = receivers.take(RECEIVERS).collect();
    let offer = Offer {
        shards,
        from,
        target,
    };
    for at in 0..shards.pieces(from).len() {
        for &to in receivers.iter().filter(|&&to| to != from) {
            let mut consider = |kept: Option<Piece>, cuts: u8| {
                let found = Move { at, kept, to };
                let rank = offer.rank(found, cuts);
                if rank.4 < load && best.is_none_or(|(least, _)| rank < least) {
                    best = Some((rank, found));
                }
            };
            // All of the piece: that cuts nothing.
            consider(None, 0);
            offer.parts(at, to, &mut consider);
        }
    }
    best.map(|(_, found)| found)
}

struct Offer<'s, 'a> {
    shards: &'s Shards<'a>,
    from: u32,
    target: u64,
}

impl Offer<'_, '_> {
    fn rank(&self, Move { at, kept, to }: Move, cuts: u8) -> Rank {
        let loads = &self.shards.loads;
        let rest = self.shards.pieces(self.from)[at].beside(kept);
        let less = self.shards.without(self.from, at, kept);
        let more = loads.of(to) + self.shards.joining(to, rest);
        let longer = less.max(more);
        let extra = (less + more).saturating_sub(loads.of(self.from) + loads.of(to));
        let over = longer.saturating_sub(self.target);
        (over, extra, cuts, rest.len(), longer)
    }

    /// Considers to give away the end of a piece, and its start: as little as brings this
    /// shard under the target, or as much as the receiver can take; at a class border where
    /// one is near.
    fn parts(&self, at: usize, to: u32, consider: &mut impl FnMut(Option<Piece>, u8)) {
        let whole = self.shards.pieces(self.from)[at];
        if whole.len() < 2 {
            return;
        }
        // Nothing at all would fit: spare the search.
        let room = self.target.saturating_sub(self.shards.loads.of(to));
        let load = self.shards.loads.of(self.from);
        if room == 0 && load - self.target < 2 {
            return;
        }
        for end_moves in [true, false] {
            let keep = |item| {
                Some(if end_moves {
                    Piece::new(whole.start, item)
                } else {
                    Piece::new(item, whole.end)
                })
            };
            let border = self.border(at, to, whole, end_moves, keep);
            let (first, next) = self.shards.layout.borders(border);
            for item in [first, next, border] {
                if whole.start < item && item < whole.end {
                    let in_class = item != first && item != next;
                    consider(keep(item), 1 + u8::from(in_class));
                }
            }
        }
    }

    /// The cut that moves the least that brings this shard under the target, unless the
    /// receiver comes to have more than this one before that.
    fn border(
        &self,
        at: usize,
        to: u32,
        whole: Piece,
        end_moves: bool,
        keep: impl Fn(u32) -> Option<Piece>,
    ) -> u32 {
        let cut = |moved: u64| {
            let moved = u32::try_from(moved).unwrap_or(0);
            if end_moves {
                whole.end - moved
            } else {
                whole.start + moved
            }
        };
        let enough = |moved| {
            let kept = keep(cut(moved));
            let less = self.shards.without(self.from, at, kept);
            let more = || self.shards.joining(to, whole.beside(kept));
            less <= self.target || self.shards.loads.of(to) + more() >= less
        };
        cut(bisect(1, u64::from(whole.len() - 1), enough))
    }
}
