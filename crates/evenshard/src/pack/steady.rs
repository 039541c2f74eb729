//! Staying near the last plan: move only what must move.
//!
//! Greedy packing is chaotic: one test that takes a tenth longer sends half of all tests to
//! other shards. So the last plan is kept as it is, new atoms join it (`start`), and it is
//! repaired only as far as it is more than a hundredth above the bound. A repair that moves
//! few atoms is searched for first. Where there is none, a fresh plan is made, its shards
//! numbered so that most of the work stays where it was; and of that and all repairs that are
//! at most a hundredth above it or the bound, the one that moves the fewest atoms is taken.
//! Moved atoms go back wherever there is room (`back`).
//!
//! - Source: none but this; repair, as in local search from a given solution.
//! - Complexity: O(n) where the last plan still holds; else three gentle repairs of bounded
//!   moves, and where these move too much a fresh plan.
//! - Guarantee: at most a hundredth above the bound or the fresh plan, whichever is larger.
//!
//! Worked example: shards of 50 + 20 + 10 and 60 + 15 + 5. If the 60 takes 61, the bound is 81
//! and nothing moves. If it takes 70, the bound is 85 and the second shard takes 90: the 5
//! moves, and nothing else.

mod back;
mod start;

use super::bounds::Floor;
use super::group::{self, Layout, Shards};
use super::items::Items;
use super::problem::Problem;
pub(crate) use start::start;

/// A repair is good enough if it moves at most one in so many atoms.
const FEW: u32 = 50;
/// Gentle repairs aim at the target and at two lower ones, by these parts of the bound: what
/// one of them misses, another finds.
const AIMS: [u64; 3] = [u64::MAX, 500, 250];

/// What a plan may exceed the better of bound and fresh plan by: a hundredth.
pub(crate) fn allowed(time: u64) -> u64 {
    time.saturating_add(time / 100)
}

/// The shard of each item, near a previous plan, with a bound. `fresh` makes a plan from
/// nothing.
pub(crate) fn place(
    layout: &Layout<'_>,
    shards: u32,
    floor: Floor,
    previous: &[Option<u32>],
    fresh: impl FnOnce() -> (Vec<u32>, Floor),
) -> (Vec<u32>, Floor) {
    let items = layout.items;
    let target = allowed(floor.value);
    let start = start(layout, shards, target, previous);
    if let Some(start) = &start
        && start.fullest().0 <= target
    {
        return (start.shard_of(), floor);
    }
    let back = |plan: &[u32], target| back::bring_back(layout, shards, plan, target, previous);
    // With its price: the makespan beyond the target, atoms moved, the makespan.
    let best = |plans: Vec<Vec<u32>>, target: u64| {
        let price = |plan: &Vec<u32>| {
            let makespan = Shards::of_items(layout, shards, plan).fullest().0;
            let moved = back::moved(items, plan, previous);
            (makespan.max(target), moved, makespan)
        };
        plans.into_iter().map(|plan| (price(&plan), plan)).min()
    };
    let mut plans = Vec::new();
    for part in AIMS {
        let aim = target - floor.value / part;
        let gentle = start.as_ref().map(|start| touched_up(start, aim));
        plans.extend(gentle.map(|plan| back(&plan.shard_of(), target)));
    }
    let few = items.first.last().map_or(0, |&atoms| atoms / FEW);
    let gentle = best(plans, target);
    if let Some(((makespan, moved, _), plan)) = &gentle
        && *makespan <= target
        && *moved <= few
    {
        return (plan.clone(), floor);
    }

    let (mut fresh, floor) = fresh();
    let makespan = Shards::of_items(layout, shards, &fresh).fullest().0;
    let target = allowed(floor.value.max(makespan));
    renumber(items, &mut fresh, previous, shards);
    let mut plans: Vec<Vec<u32>> = gentle.map(|(_, plan)| plan).into_iter().collect();
    plans.push(fresh);
    if let Some(start) = start {
        plans.push(touched_up(&start, target).shard_of());
        let near = allowed(floor.value);
        plans.push(mended(&touched_up(&start, near), near).shard_of());
        plans.push(mended(&start, target).shard_of());
    }
    let within = |target| {
        best(
            plans.iter().map(|plan| back(plan, target)).collect(),
            target,
        )
    };
    // Near the bound if that does not cost too many moves, else near the fresh plan.
    let nearest = allowed(floor.value);
    let found = within(nearest).filter(|(price, _)| price.0 <= nearest && price.1 <= 2 * few);
    let found = found.or_else(|| within(target));
    (found.map(|(_, plan)| plan).unwrap_or_default(), floor)
}

/// A plan repaired with few changes until it is at most `target`, or as near as that comes.
pub(crate) fn touched_up<'a>(plan: &Shards<'a>, target: u64) -> Shards<'a> {
    let mut repaired = plan.clone();
    group::touch_up(&mut repaired, target);
    repaired
}

/// A plan repaired until it is at most `target`, whatever that changes, or as near as that
/// comes.
pub(crate) fn mended<'a>(plan: &Shards<'a>, target: u64) -> Shards<'a> {
    let mut repaired = plan.clone();
    group::mend(&mut repaired, target);
    repaired
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
