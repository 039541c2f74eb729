//! Atoms that no build has timed, spread thin where there are many.
//!
//! Their durations are means of others, and tests of one new file err together: where a
//! release adds slow tests, the shard that was given a new file whole takes several times
//! its plan. So where new files are a good part of a suite, they are cut into small
//! units, as small as a little more setup allows; the known atoms are balanced by
//! themselves, and the units of new files are spread on top, so that every shard has
//! its part of the unknown and the error falls on all alike.
//!
//! - Source: none but this.
//! - Complexity: that of two plans, and O(n log m) for the units.
//! - Guarantee: never worse than greedy on the same units.
//!
//! Worked example: two known files of 10 s, and a new one of six tests of 1 s, on two shards. Whole,
//! the new file is on one shard, and twice as slow as guessed it adds 12 s there. In units of
//! one test, both shards have three of them, and the same error adds 3 s to each.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::ops::Range;

use crate::bounds::lower_bound;
use crate::micros::Micros;
use crate::options::{Algorithm, Groups, Options, Split};
use crate::packer::Packer;
use crate::packing::Packing;
use crate::problem::{Atom, Problem};
use crate::shard::Shard;
use crate::single::Single;

/// The part of all work from which on new files are spread, one in so many: not fitted.
const MANY: u64 = 20;
/// The setup that spreading may add, one part in so many of the time of the new files: not
/// fitted.
const EXTRA: u64 = 2;

/// The packing with new files spread; `None` where they are few, or where groups, workers,
/// shared setups or a previous plan decide alone.
pub(crate) fn spread(
    problem: &Problem,
    shards: NonZeroU32,
    options: &Options<'_>,
) -> Option<Packing> {
    let may_cut = matches!(options.split, Split::Auto | Split::Test);
    let plain = options.previous.is_none()
        && options.workers.is_none()
        && options.groups.is_none_or(Groups::is_empty)
        && options.shared.is_empty();
    if !may_cut || !plain || options.untimed.is_empty() {
        return None;
    }
    let mut new = vec![false; problem.atoms().len()];
    for &atom in options.untimed {
        if let Some(new) = new.get_mut(atom as usize) {
            *new = true;
        }
    }
    let (units, cut) = thin_units(problem, &new)?;
    let bound = lower_bound(problem, options.split, shards);
    let whole = |packing: Packing| {
        let loads = problem.loads(&packing.shard_of, shards);
        Packing::new(packing.shard_of, loads, bound)
    };
    let lpt = Options {
        algorithm: Algorithm::Lpt,
        ..*options
    };
    // By the same units: whole files would compare another problem.
    let greedy = whole(Single::new(&cut, lpt).pack(shards));
    if options.algorithm == Algorithm::Lpt {
        return Some(greedy);
    }
    let homes = homes(&cut, &units, &new, shards, options);
    let spread = whole(Single::new(&cut, *options).pack_from(&homes, shards));
    Some(spread.or(greedy))
}

/// The units of new files, if these are many, and the problem where each of them is a file:
/// as few atoms each as keeps the added setup within its limit.
fn thin_units(problem: &Problem, new: &[bool]) -> Option<(Vec<Range<usize>>, Problem)> {
    let files = new_files(problem, new);
    let work = |atoms: &[Atom]| atoms.iter().map(|a| a.duration).sum::<Micros>().get();
    let of_files = files.iter().map(|f| work(&problem.atoms()[f.clone()]));
    let unknown: u64 = of_files.sum();
    let total = work(problem.atoms());
    // Without known tests there is nothing to spread new ones on.
    if unknown == total || unknown == 0 || unknown < total / MANY {
        return None;
    }
    let setup = |file: &Range<usize>| {
        let class = problem.classes()[problem.atoms()[file.start].class as usize];
        problem.files()[class.file as usize].setup.get()
    };
    let added = |size: usize| -> u64 {
        let of = |file: &Range<usize>| (file.len().div_ceil(size) as u64 - 1) * setup(file);
        files.iter().map(of).sum()
    };
    let largest = files.iter().map(ExactSizeIterator::len).max()?;
    let size = (1..largest).find(|&size| added(size) <= unknown / EXTRA)?;
    let units = files.into_iter().flat_map(|file| {
        let end = file.end;
        file.step_by(size)
            .map(move |start| start..(start + size).min(end))
    });
    let units: Vec<Range<usize>> = units.collect();
    let mut starts = vec![false; new.len()];
    for unit in &units {
        starts[unit.start] = true;
    }
    let cut = problem.cut_at(&starts);
    Some((units, cut))
}

/// The runs of atoms that are files of new atoms only.
fn new_files(problem: &Problem, new: &[bool]) -> Vec<Range<usize>> {
    let file = |atom: &Atom| problem.classes()[atom.class as usize].file;
    let mut end = 0;
    let files = problem.atoms().chunk_by(|a, b| file(a) == file(b));
    let files = files.map(|atoms| {
        end += atoms.len();
        end - atoms.len()..end
    });
    files
        .filter(|f| new[f.clone()].iter().all(|&new| new))
        .collect()
}

/// The shard of each known atom, balanced by themselves, and of each unit: the longest first,
/// where there is least to do. A new atom of a known file has none yet.
fn homes(
    cut: &Problem,
    units: &[Range<usize>],
    new: &[bool],
    shards: NonZeroU32,
    options: &Options<'_>,
) -> Vec<Option<Shard>> {
    let known = cut.atoms().iter().zip(new).filter(|(_, new)| !**new);
    let known: Vec<Atom> = known.map(|(&atom, _)| atom).collect();
    let mut home: Vec<Option<Shard>> = vec![None; new.len()];
    let (classes, files) = (cut.classes().to_vec(), cut.files().to_vec());
    let Ok(known) = Problem::new(known, classes, files) else {
        return home; // what made a problem makes a smaller one
    };
    let packing = Single::new(&known, *options).pack(shards);
    let mut shards_of_known = packing.shard_of.iter().filter_map(|on| on.shard());
    for (home, _) in home.iter_mut().zip(new).filter(|(_, new)| !**new) {
        *home = shards_of_known.next();
    }
    let mut order: BTreeSet<(Micros, Shard)> =
        packing.loads.into_iter().zip(Shard::all(shards)).collect();
    let takes = |unit: &Range<usize>| {
        let atoms = &cut.atoms()[unit.clone()];
        let class = cut.classes()[atoms[0].class as usize];
        let tests: Micros = atoms.iter().map(|atom| atom.duration).sum();
        tests + cut.files()[class.file as usize].setup
    };
    let mut units: Vec<&Range<usize>> = units.iter().collect();
    // The longest first, as greedy does.
    units.sort_by_key(|unit| (Reverse(takes(unit)), unit.start));
    for unit in units {
        if let Some((load, shard)) = order.pop_first() {
            home[unit.clone()].fill(Some(shard));
            order.insert((load + takes(unit), shard));
        }
    }
    home
}
