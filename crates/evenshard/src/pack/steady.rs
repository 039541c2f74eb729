//! Staying near the last plan: move only what must move.
//!
//! Greedy packing is chaotic: one test that takes a tenth longer sends half of all tests to
//! other shards. So the last plan is kept as it is, new atoms join it, and it is repaired
//! only as far as it is more than a hundredth above the bound. Where that cannot be had, the
//! fresh plan is taken, its shards numbered so that most of the work stays where it was.

use super::group::{self, Layout, Piece, Shards};
use super::items::Items;
use super::problem::Problem;

/// What a plan may exceed the better of bound and fresh plan by: a hundredth.
pub(crate) fn allowed(time: u64) -> u64 {
    time.saturating_add(time / 100)
}

/// The shard of each item in the previous plan: the one that holds most of its time, where
/// the item was not one unit then; the lowest-numbered of several.
pub(crate) fn previous_of_items(
    problem: &Problem,
    items: &Items,
    previous: &[Option<u32>],
    shards: u32,
) -> Vec<Option<u32>> {
    let of_atom = |atom: usize| {
        let shard = previous.get(atom).copied().flatten();
        shard.filter(|&shard| shard < shards)
    };
    let mut votes: Vec<(u32, u128)> = Vec::new();
    let majority = |range: &[u32]| {
        votes.clear();
        for atom in range[0] as usize..range[1] as usize {
            let Some(shard) = of_atom(atom) else { continue };
            // One more, so that atoms of no duration have a voice.
            let time = u128::from(problem.atoms()[atom].duration.get()) + 1;
            match votes.iter_mut().find(|vote| vote.0 == shard) {
                Some(vote) => vote.1 += time,
                None => votes.push((shard, time)),
            }
        }
        let best = votes
            .iter()
            .max_by_key(|vote| (vote.1, std::cmp::Reverse(vote.0)));
        best.map(|vote| vote.0)
    };
    items.first.windows(2).map(majority).collect()
}

/// The previous plan with new items added, repaired as far as `target` needs and is possible;
/// `None` where nothing is known of it.
pub(crate) fn keep<'a>(
    layout: &'a Layout<'a>,
    shards: u32,
    target: u64,
    previous: &[Option<u32>],
) -> Option<Shards<'a>> {
    let (known, new) = runs(layout, previous);
    if known.is_empty() {
        return None;
    }
    let mut plan = Shards::new(layout, shards, known);
    let mut new: Vec<(u64, Piece)> = new
        .into_iter()
        .map(|piece| (layout.alone(piece), piece))
        .collect();
    // The longest first; then in their order.
    new.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, piece) in new {
        let home = home(&plan, previous, piece, target);
        plan.add(home, piece);
    }
    if plan.fullest().0 <= target {
        return Some(plan);
    }
    let mut mended = plan.clone();
    group::touch_up(&mut mended, target);
    if mended.fullest().0 > target {
        group::mend(&mut mended, target);
    }
    // What does not bring the slowest shard down is not worth a move.
    Some(if mended.fullest().0 < plan.fullest().0 {
        mended
    } else {
        plan
    })
}

/// Neighbouring items of a file that were on one shard, and those of a class that are new.
fn runs(layout: &Layout<'_>, previous: &[Option<u32>]) -> (Vec<(Piece, u32)>, Vec<Piece>) {
    let items = layout.items;
    let (mut known, mut new) = (Vec::new(), Vec::new());
    let mut start = 0;
    for item in 1..=previous.len() {
        let last = previous[item - 1];
        let goes_on = item < previous.len()
            && previous[item] == last
            && items.file_of(item) == items.file_of(item - 1)
            && (last.is_some() || items.class[item] == items.class[item - 1]);
        if goes_on {
            continue;
        }
        let piece = Piece::new(start, item);
        match last {
            Some(shard) => known.push((piece, shard)),
            None => new.push(piece),
        }
        start = item;
    }
    (known, new)
}

/// Where a new piece goes: beside its neighbours in the file if they stay under the target,
/// else wherever it leaves the least load.
fn home(plan: &Shards<'_>, previous: &[Option<u32>], piece: Piece, target: u64) -> u32 {
    let file = plan.layout.file(piece);
    let same = |item: &usize| plan.layout.items.file_of(*item) == file;
    let before = (0..piece.start as usize)
        .rev()
        .take_while(same)
        .find_map(|item| previous[item]);
    let after = (piece.end as usize..previous.len())
        .take_while(same)
        .find_map(|item| previous[item]);
    let load = |shard: u32| plan.load(shard) + plan.joining(shard, piece);
    let near = [before, after].into_iter().flatten();
    let near = near.map(|shard| (load(shard), shard)).min();
    if let Some((load, shard)) = near
        && load <= target
    {
        return shard;
    }
    let emptiest = plan
        .emptiest()
        .take(8)
        .map(|(_, shard)| (load(shard), shard));
    emptiest.chain(near).min().map_or(0, |(_, shard)| shard)
}

/// Numbers the shards of a fresh plan so that as much work as greedy matching finds stays on
/// the shard where it was.
pub(crate) fn renumber(items: &Items, fresh: &mut [u32], previous: &[Option<u32>], shards: u32) {
    let mut shared: Vec<(u32, u32, u64)> = fresh
        .iter()
        .zip(previous)
        .zip(&items.weight)
        .filter_map(|((&new, &old), &weight)| old.map(|old| (new, old, weight)))
        .collect();
    shared.sort_unstable();
    let mut overlap: Vec<(u64, u32, u32)> = shared
        .chunk_by(|a, b| (a.0, a.1) == (b.0, b.1))
        .map(|same| {
            (
                same.iter().map(|&(.., weight)| weight).sum(),
                same[0].0,
                same[0].1,
            )
        })
        .collect();
    overlap.sort_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut name: Vec<Option<u32>> = vec![None; shards as usize];
    let mut taken = vec![false; shards as usize];
    for (_, new, old) in overlap {
        if name[new as usize].is_none() && !taken[old as usize] {
            name[new as usize] = Some(old);
            taken[old as usize] = true;
        }
    }
    let mut free = (0..shards).filter(|&old| !taken[old as usize]);
    for name in name.iter_mut().filter(|name| name.is_none()) {
        *name = free.next();
    }
    for shard in fresh.iter_mut() {
        *shard = name[*shard as usize].unwrap_or(*shard);
    }
}
