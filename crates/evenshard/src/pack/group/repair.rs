//! Repair: the fullest shard gives something away until the plan is under target.
//!
//! - Source: none but this; local search by steepest descent.
//! - Complexity: per move O(p * log n) for p pieces on the fullest shard, moves bounded.
//! - Guarantee: the fullest shard falls with every move and the receiver stays below it.
//!
//! Worked example: shards of 12 and 6, one file of set-up 1 with tests of 5, 3 and 3 on the
//! first. Moving the last test takes 3 away and adds 3 + 1: 9 and 10. Target 10 is met at
//! the price of one more set-up.

use super::layout::Piece;
use super::shards::Shards;

/// Receivers that are considered.
const RECEIVERS: usize = 6;

/// Moves pieces, or parts of them, away from the fullest shard until that is at most
/// `target`, or no move helps, or `moves` are spent.
pub(crate) fn repair(shards: &mut Shards<'_>, target: u64, moves: u32) {
    for _ in 0..moves {
        let (load, fullest) = shards.fullest();
        if load <= target {
            return;
        }
        let Some(found) = best_move(shards, fullest, target) else {
            return;
        };
        shards.move_part(fullest, found.at, found.kept, found.to);
    }
}

/// A move and what it leads to.
#[derive(Clone, Copy, Debug)]
struct Move {
    /// How far the fuller of both shards stays above the target.
    over: u64,
    /// Set-up that is paid once more.
    extra: u64,
    /// Whether a class or a file is cut that was whole.
    cuts: u8,
    /// How many items move.
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
    let load = shards.load(from);
    let mut best: Option<Move> = None;
    let receivers: Vec<u32> = shards
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
        let rest = self.rest(at, kept);
        let more = self.shards.load(to) + self.shards.joining(to, rest);
        let longer = less.max(more);
        let before = self.shards.load(self.from) + self.shards.load(to);
        Move {
            over: longer.saturating_sub(self.target),
            extra: (less + more).saturating_sub(before),
            cuts,
            moved: rest.end - rest.start,
            longer,
            at,
            kept,
            to,
        }
    }

    /// What is moved when `kept` stays.
    fn rest(&self, at: usize, kept: Option<Piece>) -> Piece {
        let whole = self.shards.pieces(self.from)[at];
        match kept {
            None => whole,
            Some(kept) if kept.start == whole.start => Piece {
                start: kept.end,
                ..whole
            },
            Some(kept) => Piece {
                end: kept.start,
                ..whole
            },
        }
    }

    /// Considers to give away the end of a piece, and its start: as little as brings this
    /// shard under the target, or as much as the receiver can take; at a class border where
    /// one is near.
    fn parts(&self, at: usize, to: u32, consider: &mut impl FnMut(Option<Piece>, u8)) {
        let whole = self.shards.pieces(self.from)[at];
        if whole.end - whole.start < 2 {
            return;
        }
        // Nothing at all would fit: spare the search.
        let room = self.target.saturating_sub(self.shards.load(to));
        let load = self.shards.load(self.from);
        if room == 0 && load - self.target < 2 {
            return;
        }
        let start = |item| {
            Some(Piece {
                start: whole.start,
                end: item,
            })
        };
        let end = |item| {
            Some(Piece {
                start: item,
                end: whole.end,
            })
        };
        let keeps: [&dyn Fn(u32) -> Option<Piece>; 2] = [&start, &end];
        for (side, keep) in keeps.into_iter().enumerate() {
            let border = self.border(at, to, whole, side == 0, keep);
            let (first, next) = self.shards.layout.borders(border);
            for (item, cuts) in [(first, 1), (next, 1), (border, 2)] {
                if whole.start < item && item < whole.end {
                    let at_class = item == first || item == next;
                    consider(keep(item), if at_class { 1 } else { cuts });
                }
            }
        }
    }

    /// The cut that moves the least that brings this shard under the target, unless the
    /// receiver comes to hold more than this one before that.
    fn border(
        &self,
        at: usize,
        to: u32,
        whole: Piece,
        end_moves: bool,
        keep: impl Fn(u32) -> Option<Piece>,
    ) -> u32 {
        // Count how many items move, from few to many.
        let (mut low, mut high) = (1, whole.end - whole.start - 1);
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
                let more = self.shards.joining(to, self.rest(at, kept));
                self.shards.load(to) + more >= less
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
