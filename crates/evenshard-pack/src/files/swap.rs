//! Swap: exchanges some files' parts for others', where giving away costs too much setup.
//!
//! Unlike exchange it moves as little as it can, for plans that are to stay as they are.
//!
//! - Source: the pairwise interchange of Haouari, Gharbi and Jemmali (2006), over parts of
//!   files.
//! - Complexity: per swap O(b * log b) with each of some partners, for b bundles of one or
//!   two of p parts a shard; b is at most `PARTS` + `PAIRED`^2 / 2.
//! - Guarantee: the fullest shard falls with every swap and the other one stays below it.
//!
//! Worked example: shards of 7 + 4 and 5 + 3 with target 10. Swapping 4 for 3 is enough, and
//! 7 for 5 would be too much. With target 9 and shards of 7 + 5 and 3 + 1 + 1, giving the 5 for
//! the 3 leaves 10, and for 1 + 1 makes 9 and 8.

use crate::files::layout::Piece;
use crate::files::shards::Shards;

// Round numbers, not fitted: a swap weighs at most 40 * (64 + 16 * 15 / 2) bundles of the fullest
// shard. docs/balancing.md has the worth of swaps.

/// Partners that are considered, from the emptiest on.
const PARTNERS: usize = 40;
/// Parts of a shard that are considered: its smallest, whose moves change least.
const PARTS: usize = 64;
/// The smallest parts that also go two at a time.
const PAIRED: usize = 16;

/// Swaps parts of the fullest shard for smaller ones until it is at most `target`, or no
/// swap helps, or `swaps` are spent.
pub(crate) fn swap(shards: &mut Shards<'_>, target: u64, swaps: u32) {
    for _ in 0..swaps {
        let (load, fullest) = shards.loads.fullest();
        if load <= target {
            return;
        }
        let Some((given, taken, with)) = best_swap(shards, fullest, target) else {
            return;
        };
        for piece in given.pieces() {
            shards.relocate(fullest, piece, with);
        }
        for piece in taken.pieces() {
            shards.relocate(with, piece, fullest);
        }
    }
}

/// None, one or two parts, each the only piece of its file on its shard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Bundle {
    /// The time they take.
    size: u64,
    /// The number of their items.
    items: u32,
    parts: [Option<Piece>; 2],
}

impl Bundle {
    fn pieces(self) -> impl Iterator<Item = Piece> {
        self.parts.into_iter().flatten()
    }

    fn and(self, other: Self) -> Self {
        Self {
            size: self.size + other.size,
            items: self.items + other.items,
            parts: [self.parts[0], other.parts[0]],
        }
    }
}

/// The parts that a shard gives and takes, and the shard that it swaps them with.
type Swap = (Bundle, Bundle, u32);

/// The swap that leaves the least above the target, and of those the one that moves the
/// fewest items; `None` where none lowers the fullest shard.
fn best_swap(shards: &Shards<'_>, from: u32, target: u64) -> Option<Swap> {
    let load = shards.loads.of(from);
    let own = parts(shards, from);
    let partners: Vec<(u64, u32)> = shards.loads.emptiest().take(PARTNERS).collect();
    let mut best: Option<((u64, u32, u64), Swap)> = None;
    for (other, with) in partners {
        if with == from {
            continue;
        }
        // Parts of a file that both have stay: its setup would not go along.
        let may_go = |parts: &[Bundle], to: u32| -> Vec<Bundle> {
            let file = |part: &&Bundle| part.parts[0].map(|piece| shards.layout.file(piece));
            let apart = |part: &&Bundle| file(part).is_some_and(|file| !shards.has(to, file));
            bundles(parts.iter().filter(apart).copied().collect())
        };
        let (own, theirs) = (may_go(&own, with), may_go(&parts(shards, with), from));
        // To give nothing and take something makes the fullest shard fuller.
        for &given in own.iter().filter(|given| given.items > 0) {
            for &taken in matching(&theirs, given, (load, other), target) {
                if taken.size > other + given.size {
                    continue;
                }
                let longer = (load - given.size + taken.size)
                    .max(other - taken.size.min(other) + given.size);
                if longer >= load {
                    continue;
                }
                let rank = (longer.max(target), given.items + taken.items, longer);
                if best.is_none_or(|(least, _)| rank < least) {
                    best = Some((rank, (given, taken, with)));
                }
            }
        }
    }
    best.map(|(_, found)| found)
}

/// The bundles, of those that rise in size, that bring both shards under the target; where there
/// are none, those that even them out best.
fn matching(theirs: &[Bundle], given: Bundle, (load, other): (u64, u64), target: u64) -> &[Bundle] {
    // The partner has room for `target - other` and must give the rest; this shard has room for
    // as much as brings it to the target.
    let least = (other + given.size).saturating_sub(target);
    let most = (target + given.size).checked_sub(load);
    let from = theirs.partition_point(|bundle| bundle.size < least);
    let until = most.map_or(0, |most| {
        theirs.partition_point(|bundle| bundle.size <= most)
    });
    if from < until {
        return &theirs[from..until];
    }
    let even = (other + given.size * 2).saturating_sub(load) / 2;
    let at = theirs.partition_point(|bundle| bundle.size < even);
    &theirs[at.saturating_sub(1)..(at + 1).min(theirs.len())]
}

/// Nothing, each of the parts, and pairs of the smallest, by rising size.
fn bundles(parts: Vec<Bundle>) -> Vec<Bundle> {
    let mut bundles = vec![Bundle::default()];
    let small = &parts[..parts.len().min(PAIRED)];
    for (index, &first) in small.iter().enumerate() {
        bundles.extend(small[..index].iter().map(|&second| first.and(second)));
    }
    bundles.extend(parts);
    // By size, for the bisection in `matching`.
    bundles.sort_unstable();
    bundles
}

/// The smallest parts of a shard, by rising size.
fn parts(shards: &Shards<'_>, shard: u32) -> Vec<Bundle> {
    let layout = shards.layout;
    let files = shards
        .pieces(shard)
        .chunk_by(|a, b| layout.file(*a) == layout.file(*b));
    let single = files.filter(|pieces| pieces.len() == 1);
    let part = |pieces: &[Piece]| Bundle {
        size: layout.alone(pieces[0]),
        items: pieces[0].len(),
        parts: [Some(pieces[0]), None],
    };
    let mut parts: Vec<Bundle> = single.map(part).collect();
    parts.sort_unstable();
    parts.truncate(PARTS);
    parts
}
