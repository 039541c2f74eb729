//! Repair: the fullest shard gives pieces away until the plan is under target.
//!
//! - Source: none but this; local search by steepest descent.
//! - Complexity: per move O(p * log n) for p pieces on the fullest shard, moves bounded.
//! - Guarantee: the fullest shard falls with every move and the receiver stays below it.
//!
//! Worked example: shards of 12 and 6, one file of setup 1 with tests of 5, 3 and 3 on the
//! first. Moving the last test takes 3 away and adds 3 + 1: 9 and 10. Target 10 is met at
//! the price of one more setup.

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

/// A move and the loads that it leads to.
#[derive(Clone, Copy, Debug)]
struct Move {
    /// The time by which the fuller of both shards stays above the target.
    over: u64,
    /// Setup that is paid once more.
    extra: u64,
    /// Cuts: none, of a file, or of a class.
    cuts: u8,
    /// The number of items that move.
    moved: u32,
    /// The fuller of both shards.
    longer: u64,
    at: usize,
    kept: Option<Piece>,
    to: u32,
}

impl Move {
    fn rank(&self) -> (u64, u64, u8, u32, u64) {
        (self.over, self.extra, self.cuts, self.moved, self.longer)
    }
}

/// The move that leaves the least above the target at the least price, if any helps.
fn best_move(shards: &Shards<'_>, from: u32, target: u64) -> Option<Move> {
    let load = shards.loads.of(from);
    let mut best: Option<Move> = None;
    let receivers: Vec<u32> = shards
        .loads
        .emptiest()
        .map(|(_, shard)| shard)
        .take(RECEIVERS)
        .collect();
    let offer = Offer {
        shards,
        from,
        target,
    };
    for at in 0..shards.pieces(from).len() {
        for &to in receivers.iter().filter(|&&to| to != from) {
            let mut consider = |kept: Option<Piece>, cuts: u8| {
                let found = offer.weigh(at, kept, to, cuts);
                if found.longer < load && best.is_none_or(|best| found.rank() < best.rank()) {
                    best = Some(found);
                }
            };
            consider(None, 0);
            offer.parts(at, to, &mut consider);
        }
    }
    best
}

struct Offer<'s, 'a> {
    shards: &'s Shards<'a>,
    from: u32,
    target: u64,
}

impl Offer<'_, '_> {
    fn weigh(&self, at: usize, kept: Option<Piece>, to: u32, cuts: u8) -> Move {
        let less = self.shards.without(self.from, at, kept);
        let rest = self.shards.pieces(self.from)[at].beside(kept);
        let more = self.shards.loads.of(to) + self.shards.joining(to, rest);
        let longer = less.max(more);
        let before = self.shards.loads.of(self.from) + self.shards.loads.of(to);
        Move {
            over: longer.saturating_sub(self.target),
            extra: (less + more).saturating_sub(before),
            cuts,
            moved: rest.len(),
            longer,
            at,
            kept,
            to,
        }
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
                    Piece { end: item, ..whole }
                } else {
                    Piece {
                        start: item,
                        ..whole
                    }
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
        let (mut low, mut high) = (1, whole.len() - 1);
        let cut = |moved: u32| {
            if end_moves {
                whole.end - moved
            } else {
                whole.start + moved
            }
        };
        while low < high {
            let middle = low + (high - low) / 2;
            let kept = keep(cut(middle));
            let less = self.shards.without(self.from, at, kept);
            let enough = less <= self.target || {
                let more = self.shards.joining(to, whole.beside(kept));
                self.shards.loads.of(to) + more >= less
            };
            if enough {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        cut(low)
    }
}
