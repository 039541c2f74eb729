//! Cuts units that would keep one worker busy for too long.
//!
//! - Source: none but this; next fit over neighbours.
//! - Complexity: O(n).
//! - Guarantee: atoms keep their order, and no unit of the split is cut.
//!
//! Worked example: a file of six tests of 10 under `loadfile`, of which a worker may have 30:
//! two parts of three tests, each of which another shard can take.

use crate::micros::Micros;
use crate::options::{Distribution, Split, Workers};
use crate::problem::Problem;

/// The problem with every unit of the distribution that takes longer than `most` cut into
/// parts of nearly equal time, each a file of its own; `None` where nothing is or may be cut.
pub(super) fn cut(problem: &Problem, split: Split, workers: Workers, most: u64) -> Option<Problem> {
    // Under `load` no unit is larger than a test.
    if split == Split::File || workers.distribution == Distribution::Load {
        return None;
    }
    let starts = starts(problem, split, workers, most);
    let any = starts.iter().any(|&start| start);
    any.then(|| problem.cut_at(&starts))
}

/// The atoms that begin a part and did not begin a unit before.
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
        // All workers pay for the file, at the same time; the folded problem has that W-fold.
        let import =
            problem.files()[file(first) as usize].setup.get() / u64::from(workers.count.get());
        let room = most.saturating_sub(import).max(1);
        let total: Micros = unit.iter().map(|&atom| atoms[atom].duration).sum();
        let total = total.get();
        let parts = total.div_ceil(room);
        if parts < 2 {
            continue;
        }
        let share = total.div_ceil(parts);
        let mut part = 0_u64;
        for (before, &atom) in unit.iter().zip(&unit[1..]) {
            part = part.saturating_add(atoms[*before].duration.get());
            let border = atoms[*before].class != atoms[atom].class;
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
