//! What a shard of several workers takes.
//!
//! - Source: the formula of the module above, with greedy longest-processing-time inside
//!   (R. L. Graham, *Bounds on multiprocessing timing anomalies*, 1969).
//! - Complexity: O(n log n) for n atoms.
//! - Guarantee: within 4/3 - 1/(3W) of the best order of the units.
//!
//! Worked example: two workers, two files of 10 s whose import takes 1 s, whole files a
//! worker: 1 + 1 + 10.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Distribution, Workers, place_of};
use crate::pack::problem::Problem;

/// The time of a shard that runs these atoms (ascending), in microseconds.
pub(super) fn time(problem: &Problem, atoms: &[u32], workers: Workers) -> u64 {
    let mut imports = 0_u64;
    let mut last_file = None;
    for &atom in atoms {
        let file = place_of(problem, atom).1.file;
        if last_file != Some(file) {
            imports = imports.saturating_add(problem.files()[file as usize].setup.get());
            last_file = Some(file);
        }
    }
    let longest = match workers.distribution {
        Distribution::Load => atom_by_atom(problem, atoms, workers),
        Distribution::LoadScope | Distribution::LoadFile => {
            let mut units = units(problem, atoms, workers.distribution);
            units.sort_unstable_by_key(|&unit| Reverse(unit));
            let mut free = least_first(workers);
            for unit in units {
                if let Some(mut first) = free.peek_mut() {
                    first.0.0 = first.0.0.saturating_add(unit);
                }
            }
            free.into_iter().map(|worker| worker.0.0).max().unwrap_or(0)
        }
    };
    imports.saturating_add(longest)
}

/// The time of each unit that stays on one worker: atoms and set-up of their classes.
fn units(problem: &Problem, atoms: &[u32], distribution: Distribution) -> Vec<u64> {
    let mut units: Vec<u64> = Vec::new();
    let (mut last_class, mut last_file) = (None, None);
    for &atom in atoms {
        let (index, class) = place_of(problem, atom);
        let new_file = last_file != Some(class.file);
        let new_class = new_file || last_class != Some(index);
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

/// Workers by load, then number, the least first.
fn least_first(workers: Workers) -> BinaryHeap<Reverse<(u64, u32)>> {
    (0..workers.count.get()).map(|w| Reverse((0, w))).collect()
}

/// The longest worker where every atom goes for itself: the longest atom first, to the worker
/// with the least to do, which pays for the class if it is its first of it.
fn atom_by_atom(problem: &Problem, atoms: &[u32], workers: Workers) -> u64 {
    let duration = |atom: u32| problem.atoms()[atom as usize].duration.get();
    let mut falling = atoms.to_vec();
    falling.sort_unstable_by_key(|&atom| (Reverse(duration(atom)), atom));
    let mut free = least_first(workers);
    let mut paid = rustc_hash::FxHashSet::default();
    for atom in falling {
        let (index, class) = place_of(problem, atom);
        if let Some(mut first) = free.peek_mut() {
            let (load, worker) = first.0;
            let pays = class.setup.get() > 0 && paid.insert((index, worker));
            let setup = if pays { class.setup.get() } else { 0 };
            first.0.0 = load.saturating_add(duration(atom).saturating_add(setup));
        }
    }
    free.into_iter().map(|worker| worker.0.0).max().unwrap_or(0)
}
