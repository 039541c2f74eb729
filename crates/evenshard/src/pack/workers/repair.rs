//! The slowest shard gives to the fastest.
//!
//! - Source: none but this; local search by steepest descent.
//! - Complexity: each round looks at the 24 longest units of the slowest shard on each of the
//!   6 fastest; bounded by the atoms looked at in all.
//! - Guarantee: the slower of two shards gets faster with every move.
//!
//! Worked example: two workers, whole files. 9 | 5, 4, 3 stays, since no move makes 8 faster.

use super::{Distribution, Workers, model, place_of};
use crate::pack::options::Split;
use crate::pack::problem::Problem;

/// How many of the fastest shards, and of the slowest one's units, are tried.
const RECEIVERS: usize = 6;
const UNITS: usize = 24;
/// How many atoms may be looked at in all: a bound on work, not on time.
const BUDGET: usize = 4_000_000;

/// Moves units of the slowest shard to fast ones while the slower of both gets faster.
///
/// Stops at `target` (microseconds), at a local optimum, or when the budget is spent.
pub(super) fn repair(
    problem: &Problem,
    shard_of: &mut [u32],
    shards: u32,
    workers: Workers,
    split: Split,
    target: u64,
) {
    let mut atoms_of = vec![Vec::new(); shards as usize];
    for (atom, &shard) in (0..).zip(shard_of.iter()) {
        atoms_of[shard as usize].push(atom);
    }
    let time = |atoms: &[u32]| model::time(problem, atoms, workers);
    let mut times: Vec<u64> = atoms_of.iter().map(|atoms| time(atoms)).collect();
    let mut budget = BUDGET;
    while let Some(slowest) = (0..times.len()).rev().max_by_key(|&shard| times[shard]) {
        if times[slowest] <= target || times.len() < 2 {
            return;
        }
        let mut order: Vec<usize> = (0..times.len()).filter(|&s| s != slowest).collect();
        order.sort_by_key(|&shard| (times[shard], shard));
        let mut best: Option<(u64, usize, Move)> = None;
        for unit in longest_units(problem, &atoms_of[slowest], split, workers) {
            for &receiver in order.iter().take(RECEIVERS) {
                let size = atoms_of[slowest].len() + atoms_of[receiver].len();
                let Some(left) = budget.checked_sub(size) else {
                    return;
                };
                budget = left;
                let moved = Move::of(&unit, &atoms_of[slowest], &atoms_of[receiver]);
                let worse = time(&moved.from).max(time(&moved.to));
                if worse < times[slowest] && best.as_ref().is_none_or(|b| worse < b.0) {
                    best = Some((worse, receiver, moved));
                }
            }
        }
        let Some((_, receiver, moved)) = best else {
            return;
        };
        for &atom in &moved.to {
            shard_of[atom as usize] = u32::try_from(receiver).unwrap_or(0);
        }
        times[slowest] = time(&moved.from);
        times[receiver] = time(&moved.to);
        atoms_of[slowest] = moved.from;
        atoms_of[receiver] = moved.to;
    }
}

/// What two shards hold after a unit went from one to the other.
struct Move {
    from: Vec<u32>,
    to: Vec<u32>,
}

impl Move {
    /// `unit` is a run of neighbours in `from`; all lists ascend.
    fn of(unit: &[u32], from: &[u32], to: &[u32]) -> Self {
        let (first, last) = (unit[0], unit[unit.len() - 1]);
        let rest = from.iter().copied().filter(|a| !(first..=last).contains(a));
        let at = to.partition_point(|&atom| atom < first);
        Self {
            from: rest.collect(),
            to: [&to[..at], unit, &to[at..]].concat(),
        }
    }
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
        let (a, b) = (place_of(problem, a), place_of(problem, b));
        if by_file {
            a.1.file == b.1.file
        } else {
            // Files stay whole where nothing asks for less.
            by_class && a.0 == b.0 || split == Split::Auto && a.1.file == b.1.file
        }
    };
    let duration = |unit: &[u32]| {
        let of_atom = |&atom: &u32| problem.atoms()[atom as usize].duration.get();
        unit.iter().map(of_atom).fold(0, u64::saturating_add)
    };
    let mut units: Vec<&[u32]> = atoms.chunk_by(together).collect();
    units.sort_by_key(|unit| (std::cmp::Reverse(duration(unit)), unit[0]));
    units.truncate(UNITS);
    units.into_iter().map(<[u32]>::to_vec).collect()
}
