//! Cutting what would keep one worker busy for too long.
//!
//! - Source: none but this; next fit over neighbours.
//! - Complexity: O(n).
//! - Guarantee: atoms keep their order, and nothing is cut that the split keeps whole.
//!
//! Worked example: a file of six tests of 10 under `loadfile`, of which a worker may have 30:
//! two parts of three tests, each of which another shard can take.

use super::{Distribution, Workers, same_class};
use crate::pack::options::Split;
use crate::pack::problem::{Class, Problem};

/// The problem with every unit of the distribution that takes longer than `most` cut into
/// parts of nearly equal time, each a file of its own; `None` where nothing is or may be cut.
pub(super) fn cut(problem: &Problem, split: Split, workers: Workers, most: u64) -> Option<Problem> {
    if split == Split::File || workers.distribution == Distribution::Load {
        return None;
    }
    let starts = starts(problem, split, workers, most);
    starts.iter().any(|&start| start).then_some(())?;
    rebuild(problem, &starts)
}

/// Where parts begin that were not beginnings before.
fn starts(problem: &Problem, split: Split, workers: Workers, most: u64) -> Vec<bool> {
    let atoms = problem.atoms();
    let file = |atom: usize| problem.classes()[atoms[atom].class as usize].file;
    let same_unit = |a: usize, b: usize| match workers.distribution {
        Distribution::LoadFile => file(a) == file(b),
        Distribution::LoadScope | Distribution::Load => atoms[a].class == atoms[b].class,
    };
    let mut starts = vec![false; atoms.len()];
    let indices: Vec<usize> = (0..atoms.len()).collect();
    for unit in indices.chunk_by(|&a, &b| same_unit(a, b)) {
        let first = unit[0];
        // All workers pay for the file; the folded problem holds that W-fold.
        let import =
            problem.files()[file(first) as usize].setup.get() / u64::from(workers.count.get());
        let room = most.saturating_sub(import).max(1);
        let total: u64 = unit
            .iter()
            .map(|&atom| atoms[atom].duration.get())
            .fold(0, u64::saturating_add);
        let parts = total.div_ceil(room);
        if parts < 2 {
            continue;
        }
        let share = total.div_ceil(parts);
        let mut part = 0_u64;
        for (before, &atom) in unit.iter().zip(&unit[1..]) {
            part = part.saturating_add(atoms[*before].duration.get());
            let border = !same_class(&atoms[*before], &atoms[atom]);
            let next = atoms[atom].duration.get();
            // At the border that comes nearest to the share; inside a class where allowed.
            if part.saturating_add(next / 2) >= share && (border || split != Split::Class) {
                starts[atom] = true;
                part = 0;
            }
        }
    }
    starts
}

/// The problem with a file of its own for each part that starts.
fn rebuild(problem: &Problem, starts: &[bool]) -> Option<Problem> {
    let (mut atoms, mut classes, mut files) = (Vec::new(), Vec::<Class>::new(), Vec::new());
    let (mut last_class, mut last_file) = (None, None);
    for (atom, &start) in problem.atoms().iter().zip(starts) {
        let class = problem.classes()[atom.class as usize];
        let new_file = start || last_file != Some(class.file);
        let new_class = new_file || last_class != Some(atom.class);
        (last_class, last_file) = (Some(atom.class), Some(class.file));
        if new_file {
            files.push(problem.files()[class.file as usize]);
        }
        let index = |count: usize| u32::try_from(count).ok()?.checked_sub(1);
        if new_class {
            classes.push(Class {
                file: index(files.len())?,
                setup: class.setup,
            });
        }
        let mut moved = *atom;
        moved.class = index(classes.len())?;
        atoms.push(moved);
    }
    Problem::new(atoms, classes, files).ok()
}
