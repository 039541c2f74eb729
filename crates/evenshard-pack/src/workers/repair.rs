//! Repair: the slowest shard gives units to the fastest.
//!
//! - Source: none but this; local search by steepest descent.
//! - Complexity: each round looks at the 24 longest units of the slowest shard on each of the
//!   6 fastest; bounded by the atoms looked at in all.
//! - Guarantee: the slower of two shards gets faster with every move.
//!
//! Worked example: two shards of two workers, whole files of 9 and 5, and of 2. The shard with 9
//! takes 9 with or without the 5, so nothing moves; with 9, 5 and 5 it takes 10, and one 5 moves.

use std::cmp::Reverse;
use std::num::NonZeroU32;

use crate::options::{Distribution, Split, Workers};
use crate::problem::Problem;
use crate::shard::RunsOn;
use crate::workers::model;

// Round numbers, not fitted. docs/balancing.md has the worth of the whole repair.

/// The fastest shards that can receive a unit.
const RECEIVERS: usize = 6;
/// The longest units of the slowest shard that are tried.
const UNITS: usize = 24;
/// Atoms that are looked at in all.
const BUDGET: usize = 4_000_000;

/// Moves units of the slowest shard to fast ones while the slower of both gets faster.
///
/// Stops at `target` (microseconds), at a local optimum, or when the budget is spent.
pub(super) fn repair(
    problem: &Problem,
    start: &[RunsOn],
    shards: NonZeroU32,
    workers: Workers,
    split: Split,
    target: u64,
) -> Vec<RunsOn> {
    let mut atoms_of = model::atoms_of(start, shards);
    improve(problem, &mut atoms_of, workers, split, target);
    let mut shard_of = vec![0; start.len()];
    for (shard, atoms) in (0..).zip(atoms_of) {
        for atom in atoms {
            shard_of[atom as usize] = shard;
        }
    }
    RunsOn::each(&shard_of, shards)
}

/// Moves units between shards, given by their atoms.
fn improve(
    problem: &Problem,
    atoms_of: &mut [Vec<u32>],
    workers: Workers,
    split: Split,
    target: u64,
) {
    let time = |atoms: &[u32]| model::time(problem, atoms, workers);
    let mut times: Vec<u64> = atoms_of.iter().map(|atoms| time(atoms)).collect();
    let mut budget = BUDGET;
    while let Some(slowest) = (0..times.len()).rev().max_by_key(|&shard| times[shard]) {
        if times[slowest] <= target || times.len() < 2 {
            return;
        }
        let mut order: Vec<usize> = (0..times.len()).filter(|&s| s != slowest).collect();
        order.sort_by_key(|&shard| (times[shard], shard));
        let mut best: Option<(u64, usize, [Vec<u32>; 2])> = None;
        for unit in longest_units(problem, &atoms_of[slowest], split, workers) {
            for &receiver in order.iter().take(RECEIVERS) {
                let size = atoms_of[slowest].len() + atoms_of[receiver].len();
                // A count, and no clock: the same packing everywhere.
                let Some(left) = budget.checked_sub(size) else {
                    return;
                };
                budget = left;
                let [from, to] = moved(&unit, &atoms_of[slowest], &atoms_of[receiver]);
                let worse = time(&from).max(time(&to));
                if worse < times[slowest] && best.as_ref().is_none_or(|b| worse < b.0) {
                    best = Some((worse, receiver, [from, to]));
                }
            }
        }
        let Some((_, receiver, lists)) = best else {
            return;
        };
        for (shard, atoms) in [slowest, receiver].into_iter().zip(lists) {
            times[shard] = time(&atoms);
            atoms_of[shard] = atoms;
        }
    }
}

/// The atoms of two shards after `unit` went from the first to the second. It is a run of
/// neighbours in `from`; all lists ascend.
fn moved(unit: &[u32], from: &[u32], to: &[u32]) -> [Vec<u32>; 2] {
    let (first, last) = (unit[0], unit[unit.len() - 1]);
    let rest = from.iter().copied().filter(|a| !(first..=last).contains(a));
    let at = to.partition_point(|&atom| atom < first);
    [rest.collect(), [&to[..at], unit, &to[at..]].concat()]
}

/// The longest units of a shard that may move as one, the longest first.
fn longest_units(
    problem: &Problem,
    atoms: &[u32],
    split: Split,
    workers: Workers,
) -> Vec<Vec<u32>> {
    let by_file = split == Split::File || workers.distribution == Distribution::LoadFile;
    let by_class = split == Split::Class || workers.distribution == Distribution::LoadScope;
    let together = |&a: &u32, &b: &u32| {
        let (a, b) = (problem.class_of(a), problem.class_of(b));
        if by_file {
            a.1.file == b.1.file
        } else {
            // Under a free split files stay whole.
            by_class && a.0 == b.0 || split == Split::Auto && a.1.file == b.1.file
        }
    };
    let mut units: Vec<&[u32]> = atoms.chunk_by(together).collect();
    units.sort_by_key(|unit| (Reverse(problem.durations(unit)), unit[0]));
    units.truncate(UNITS);
    units.into_iter().map(<[u32]>::to_vec).collect()
}
