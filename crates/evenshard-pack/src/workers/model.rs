//! The time of a shard of several workers.
//!
//! - Source: the formula of [`Workers::loads`], with greedy longest-processing-time inside
//!   (R. L. Graham, *Bounds on multiprocessing timing anomalies*, 1969).
//! - Complexity: O(n log n) for n atoms.
//! - Guarantee: within 4/3 - 1/(3W) of the best order of the units.
//!
//! Worked example: two workers, two files of 10 s whose import takes 1 s, whole files a
//! worker: 1 + 1 + 10.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::num::NonZeroU32;

use crate::options::{Distribution, Workers};
use crate::problem::Problem;
use crate::shard::RunsOn;

/// The atoms of each shard, ascending.
pub(super) fn atoms_of(shard_of: &[RunsOn], shards: NonZeroU32) -> Vec<Vec<u32>> {
    let mut atoms_of = vec![Vec::new(); shards.get() as usize];
    for (atom, on) in (0..).zip(shard_of) {
        for atoms in &mut atoms_of[on.indices(shards.get() as usize)] {
            atoms.push(atom);
        }
    }
    atoms_of
}

/// The time of a shard that runs these atoms (ascending), in microseconds.
pub(super) fn time(problem: &Problem, atoms: &[u32], workers: Workers) -> u64 {
    let mut imports = 0_u64;
    let mut last_file = None;
    for &atom in atoms {
        let file = problem.class_of(atom).1.file;
        if last_file != Some(file) {
            imports = imports.saturating_add(problem.files()[file as usize].setup.get());
            last_file = Some(file);
        }
    }
    // Workers by load, then number, the least first.
    let mut free: BinaryHeap<Reverse<(u64, u32)>> = (0..workers.count.get())
        .map(|worker| Reverse((0, worker)))
        .collect();
    match workers.distribution {
        Distribution::Load => atom_by_atom(problem, atoms, &mut free),
        Distribution::LoadScope | Distribution::LoadFile => {
            let mut units = units(problem, atoms, workers.distribution);
            // Equal units are alike, so their order decides nothing.
            units.sort_unstable_by_key(|&unit| Reverse(unit));
            for unit in units {
                if let Some(mut first) = free.peek_mut() {
                    first.0.0 = first.0.0.saturating_add(unit);
                }
            }
        }
    }
    let longest = free.into_iter().map(|worker| worker.0.0).max();
    imports.saturating_add(longest.unwrap_or(0))
}

/// The time of each unit that stays on one worker: atoms and setup of their classes.
fn units(problem: &Problem, atoms: &[u32], distribution: Distribution) -> Vec<u64> {
    let mut units: Vec<u64> = Vec::new();
    let (mut last_class, mut last_file) = (None, None);
    for &atom in atoms {
        let (index, class) = problem.class_of(atom);
        let new_file = last_file != Some(class.file);
        let new_class = last_class != Some(index);
        (last_class, last_file) = (Some(index), Some(class.file));
        if new_file || (new_class && distribution == Distribution::LoadScope) {
            units.push(0);
        }
        if let Some(unit) = units.last_mut() {
            let setup = if new_class { class.setup.get() } else { 0 };
            let own = problem.atoms()[atom as usize].duration.get();
            *unit = unit.saturating_add(own.saturating_add(setup));
        }
    }
    units
}

/// Gives every atom to a worker by itself: the longest atom first, to the worker with the least
/// to do, which pays for the class if it is its first of it.
fn atom_by_atom(problem: &Problem, atoms: &[u32], free: &mut BinaryHeap<Reverse<(u64, u32)>>) {
    let duration = |atom: u32| problem.atoms()[atom as usize].duration.get();
    let mut falling: Vec<(Reverse<u64>, u32, usize)> = Vec::with_capacity(atoms.len());
    // Classes are numbered anew, as they come, to note in a list who has paid.
    let (mut classes, mut last) = (0, None);
    for &atom in atoms {
        let class = problem.class_of(atom).0;
        if last.replace(class) != Some(class) {
            classes += 1;
        }
        falling.push((Reverse(duration(atom)), atom, classes - 1));
    }
    falling.sort_unstable();
    let workers = free.len();
    let mut paid = vec![false; classes * workers];
    for (Reverse(duration), atom, class) in falling {
        if let Some(mut first) = free.peek_mut() {
            let (load, worker) = first.0;
            let paid = &mut paid[class * workers + worker as usize];
            let setup = if std::mem::replace(paid, true) {
                0
            } else {
                problem.class_of(atom).1.setup.get()
            };
            first.0.0 = load.saturating_add(duration.saturating_add(setup));
        }
    }
}
