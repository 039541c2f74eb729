//! Stays near the last plan: moves only as many atoms as must move.
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
//! - Complexity: O(n) where the last plan is still good; else three gentle repairs of bounded
//!   moves, and where these move too much a fresh plan.
//! - Guarantee: at most a hundredth above the bound or the fresh plan, whichever is larger.
//!
//! Worked example: shards of 50 + 20 + 10 and 60 + 15 + 5. If the 60 takes 61, the bound is 81
//! and nothing moves. If it takes 70, the bound is 85 and the second shard takes 90: the 5
//! moves, and nothing else.

mod back;
mod start;

use std::cmp::Reverse;

pub(crate) use start::start;

use crate::bounds::Floor;
use crate::files::{Layout, Shards, mended, touched_up};
use crate::items::Items;
use crate::problem::Problem;
use crate::shard::Shard;

/// A repair is good enough if it moves at most one in so many atoms: of plans with ordinary noise
/// of a tenth, repairs move at most 1.4 %.
const FEW: u32 = 50;
/// Gentle repairs aim at the target and at two lower ones, by so many thousandths of the bound:
/// where one of them fails, another succeeds. Three aims are worth 0.11 % (docs/balancing.md).
const AIMS: [u64; 3] = [0, 2, 4];

/// The longest time that is near enough to this one: a hundredth more. Noise of a tenth of each
/// test's time costs 1.4 % (ten shards) to 4.5 % (fifty) of balance.
pub(crate) fn allowed(time: u64) -> u64 {
    time.saturating_add(time / 100)
}

/// The shard of each item, near a previous plan, with a bound. `fresh` makes a plan from
/// nothing.
pub(crate) fn stay_near(
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
        && start.loads.makespan() <= target
    {
        return (start.shard_of(), floor);
    }
    // Plans with their price: the makespan beyond the target, atoms moved, the makespan.
    let best = |plans: &[Vec<u32>], target: u64| {
        let brought_back = plans.iter().map(|plan| {
            let plan = back::bring_back(layout, shards, plan, target, previous);
            let makespan = Shards::of_items(layout, shards, &plan).loads.makespan();
            let moved = back::moved(items, &plan, previous);
            ((makespan.max(target), moved, makespan), plan)
        });
        brought_back.min()
    };
    // From the start each time: a repair moves what another one needs.
    let repaired = |aim| Some(touched_up(start.clone()?, aim).shard_of());
    let plans = AIMS.map(|part| repaired(target - floor.value * part / 1_000));
    let plans: Vec<Vec<u32>> = plans.into_iter().flatten().collect();
    let few = items.first.last().map_or(0, |&atoms| atoms / FEW);
    let gentle = best(&plans, target);
    if let Some(((makespan, moved, _), plan)) = &gentle
        && *makespan <= target
        && *moved <= few
    {
        return (plan.clone(), floor);
    }

    let (mut fresh, floor) = fresh();
    let makespan = Shards::of_items(layout, shards, &fresh).loads.makespan();
    let target = allowed(floor.value.max(makespan));
    renumber(items, &mut fresh, previous, shards);
    // Near the bound if that does not cost too many moves, else near the fresh plan.
    let near = allowed(floor.value);
    let mut plans: Vec<Vec<u32>> = gentle.map(|(_, plan)| plan).into_iter().collect();
    // Fresh plans come back as far as there is room, and can end nearer than repairs.
    plans.push(fresh);
    if let Some(start) = start {
        plans.push(touched_up(start.clone(), target).shard_of());
        plans.push(mended(touched_up(start.clone(), near), near).shard_of());
        plans.push(mended(start, target).shard_of());
    }
    let found = best(&plans, near).filter(|(price, _)| price.0 <= near && price.1 <= 2 * few);
    let found = found.or_else(|| best(&plans, target));
    (found.map(|(_, plan)| plan).unwrap_or_default(), floor)
}

/// The shard with most of the time of these atoms in a previous plan, if any of them had one
/// that still exists; the lowest-numbered of several.
pub(crate) fn majority(
    problem: &Problem,
    atoms: impl IntoIterator<Item = u32>,
    previous: &[Option<Shard>],
    shards: u32,
) -> Option<u32> {
    let mut votes: Vec<(u32, u128)> = Vec::new();
    for atom in atoms {
        let shard = previous.get(atom as usize).copied().flatten();
        let Some(shard) = shard.map(Shard::index).filter(|&shard| shard < shards) else {
            continue;
        };
        // One more, so that atoms of no duration have a voice.
        let time = u128::from(problem.atoms()[atom as usize].duration.get()) + 1;
        match votes.iter_mut().find(|vote| vote.0 == shard) {
            Some(vote) => vote.1 += time,
            None => votes.push((shard, time)),
        }
    }
    let most = { votes.iter() }.max_by_key(|vote| (vote.1, Reverse(vote.0)));
    most.map(|vote| vote.0)
}

/// The shard of each item in the previous plan: that of most of its time, where the item was
/// not one unit then.
pub(crate) fn previous_of_items(
    problem: &Problem,
    items: &Items,
    previous: &[Option<Shard>],
    shards: u32,
) -> Vec<Option<u32>> {
    let of_item = |range: &[u32]| majority(problem, range[0]..range[1], previous, shards);
    items.first.windows(2).map(of_item).collect()
}

/// Numbers the shards of a fresh plan so that as much work as greedy matching finds stays on
/// the shard where it was.
pub(crate) fn renumber(items: &Items, fresh: &mut [u32], previous: &[Option<u32>], shards: u32) {
    let all = fresh.iter().zip(previous).zip(&items.weight);
    let both = all.filter_map(|((&new, &old), &weight)| old.map(|old| (new, old, weight)));
    let mut both: Vec<(u32, u32, u64)> = both.collect();
    both.sort_unstable();
    let same_pair = both.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1));
    let overlap = same_pair.map(|same| {
        let work: u64 = same.iter().map(|&(.., weight)| weight).sum();
        (Reverse(work), same[0].0, same[0].1)
    });
    let mut overlap: Vec<(Reverse<u64>, u32, u32)> = overlap.collect();
    overlap.sort_unstable();
    let mut name: Vec<Option<u32>> = vec![None; shards as usize];
    let mut taken = vec![false; shards as usize];
    for (_, new, old) in overlap {
        if name[new as usize].is_none() && !taken[old as usize] {
            name[new as usize] = Some(old);
            taken[old as usize] = true;
        }
    }
    // What matched nothing takes the numbers that are left.
    let mut free = (0..shards).filter(|&old| !taken[old as usize]);
    for name in name.iter_mut().filter(|name| name.is_none()) {
        *name = free.next();
    }
    for shard in fresh.iter_mut() {
        *shard = name[*shard as usize].unwrap_or(*shard);
    }
}
