//! The start of a repair: the last plan as it is, with new items added.
//!
//! - Source: greedy longest-processing-time (Graham 1969) for the new items alone.
//! - Complexity: O(n log n).
//! - Guarantee: no item leaves its shard.
//!
//! Worked example: shards of 10 and 8 with target 12, and a new test of 3 in a file that the
//! first one has. 13 is over the target, so it goes to the second: 10 and 11.

use std::cmp::Reverse;

use crate::files::{Layout, Piece, Shards};

/// Emptiest shards that a new piece can go to. The very emptiest is best unless another one has
/// the file, so a few are enough.
const RECEIVERS: usize = 8;

/// The previous plan with new items added; `None` where it has none of the items.
pub(crate) fn start<'a>(
    layout: &'a Layout<'a>,
    shards: u32,
    target: u64,
    previous: &[Option<u32>],
) -> Option<Shards<'a>> {
    let class = &layout.items.class;
    let alike = |a: usize, b: usize| {
        previous[a] == previous[b] && (previous[a].is_some() || class[a] == class[b])
    };
    let (mut known, mut new) = (Vec::new(), Vec::new());
    for piece in layout.runs(alike) {
        match previous[piece.start as usize] {
            Some(shard) => known.push((piece, shard)),
            None => new.push((Reverse(layout.alone(piece)), piece)),
        }
    }
    if known.is_empty() {
        return None;
    }
    let mut plan = Shards::new(layout, shards, known);
    new.sort_unstable();
    for (_, piece) in new {
        let shard = shard_for(&plan, previous, piece, target);
        plan.add(shard, piece);
    }
    Some(plan)
}

/// The shard for a new piece: that of its neighbours in the file if it stays under the target,
/// else the one where it leaves the least load.
fn shard_for(plan: &Shards<'_>, previous: &[Option<u32>], piece: Piece, target: u64) -> u32 {
    let file = plan.layout.file(piece);
    let same = |item: &usize| plan.layout.items.file_of(*item) == file;
    let before = (0..piece.start as usize)
        .rev()
        .take_while(same)
        .find_map(|item| previous[item]);
    let after = (piece.end as usize..previous.len())
        .take_while(same)
        .find_map(|item| previous[item]);
    let load = |shard: u32| plan.loads.of(shard) + plan.joining(shard, piece);
    let near = [before, after].into_iter().flatten();
    let near = near.map(|shard| (load(shard), shard)).min();
    if let Some((load, shard)) = near
        && load <= target
    {
        return shard;
    }
    let emptiest = plan
        .loads
        .emptiest()
        .take(RECEIVERS)
        .map(|(_, shard)| (load(shard), shard));
    emptiest.chain(near).min().map_or(0, |(_, shard)| shard)
}
