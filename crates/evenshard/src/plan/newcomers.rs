//! Tests that no build has timed, spread thin where there are many.
//!
//! Their estimates are means of others, and tests of one new file err together: where a
//! release adds slow tests, the shard that was given a new file whole takes several times
//! what was planned. So where new files are a good part of a suite, they are cut into small
//! units, as small as a little more set-up allows; the known tests are balanced by
//! themselves, and the units of new files are shared out on top, so that every shard holds
//! its share of what is not known and the error falls on all alike.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::ops::Range;

use crate::micros::Micros;
use crate::pack::{self, Algorithm, Atom, Options, Packing, Problem, Split};

/// New files are spread from this part of all work on: one in so many.
const MANY: u64 = 20;
/// What spreading may add in set-up: one part in so many of what the new files take.
const EXTRA: u64 = 2;

/// The packing of a problem, some of whose atoms are `new`. Where bonds, workers, shared setups
/// or a previous plan have a say, they decide alone.
pub(super) fn balance(
    problem: &Problem,
    new: &[bool],
    shards: NonZeroU32,
    options: &Options<'_>,
) -> Packing {
    let may_cut = matches!(options.split, Split::Auto | Split::Test);
    if may_cut
        && options.previous.is_none()
        && options.workers.is_none()
        && options.bonds.is_none_or(pack::Bonds::is_empty)
        && options.shared.is_empty()
        && let Some((units, cut)) = thin_units(problem, new)
    {
        return spread(problem, new, &units, &cut, shards, options);
    }
    pack::balance(problem, shards, options)
}

/// The packing of `cut`, whose new files are cut into `units`, as one of `problem`.
fn spread(
    problem: &Problem,
    new: &[bool],
    units: &[Range<usize>],
    cut: &Problem,
    shards: NonZeroU32,
    options: &Options<'_>,
) -> Packing {
    let greedy = Options {
        algorithm: Algorithm::Lpt,
        ..*options
    };
    let packed = |packing: Packing| pack::packed(problem, options.split, packing.shard_of, shards);
    let greedy = packed(pack::balance(cut, shards, &greedy));
    if options.algorithm == Algorithm::Lpt {
        return greedy;
    }
    let home = homes(cut, units, new, shards, options);
    let near = Options {
        previous: Some(&home),
        ..*options
    };
    let spread = packed(pack::balance_from(cut, shards, &near));
    // A fresh plan is never worse than greedy on the same units.
    if spread.certificate.makespan <= greedy.certificate.makespan {
        spread
    } else {
        greedy
    }
}

/// The units of new files, if these are many, and the problem where each of them is a file:
/// as few tests each as keeps the added set-up within its limit.
fn thin_units(problem: &Problem, new: &[bool]) -> Option<(Vec<Range<usize>>, Problem)> {
    let files = new_files(problem, new);
    let work = |atoms: &[Atom]| atoms.iter().map(|a| a.duration).sum::<Micros>().get();
    let unknown: u64 = files
        .iter()
        .map(|f| work(&problem.atoms()[f.clone()]))
        .sum();
    let total = work(problem.atoms());
    if unknown == total || unknown == 0 || unknown < total / MANY {
        return None;
    }
    let setup = |file: &Range<usize>| {
        let class = problem.classes()[problem.atoms()[file.start].class as usize];
        problem.files()[class.file as usize].setup.get()
    };
    let limit = unknown / EXTRA;
    let added = |size: usize| -> u64 {
        let of = |file: &Range<usize>| (file.len().div_ceil(size) as u64 - 1) * setup(file);
        files.iter().map(of).sum()
    };
    let largest = files.iter().map(ExactSizeIterator::len).max()?;
    let size = (1..largest).find(|&size| added(size) <= limit)?;
    let units = files.into_iter().flat_map(|file| {
        let end = file.end;
        file.step_by(size)
            .map(move |start| start..(start + size).min(end))
    });
    let units: Vec<Range<usize>> = units.collect();
    let cut = cut(problem, &units)?;
    Some((units, cut))
}

/// The runs of atoms that are files of new tests only.
fn new_files(problem: &Problem, new: &[bool]) -> Vec<Range<usize>> {
    let file = |atom: usize| problem.classes()[problem.atoms()[atom].class as usize].file;
    let mut files = Vec::new();
    let mut start = 0;
    for end in 1..=new.len() {
        if end < new.len() && file(end) == file(start) {
            continue;
        }
        if new[start..end].iter().all(|&new| new) {
            files.push(start..end);
        }
        start = end;
    }
    files
}

/// The problem where every unit is a file of its own, with the set-up of the file it is of.
fn cut(problem: &Problem, units: &[Range<usize>]) -> Option<Problem> {
    let mut starts = units.iter().map(|unit| unit.start).peekable();
    let (mut atoms, mut classes, mut files) = (Vec::new(), Vec::new(), Vec::new());
    let mut last: Option<(u32, u32)> = None;
    for (at, &atom) in problem.atoms().iter().enumerate() {
        let class = problem.classes()[atom.class as usize];
        let unit = starts.next_if_eq(&at).is_some();
        let new_file = unit || last.is_none_or(|(_, file)| file != class.file);
        if new_file {
            files.push(problem.files()[class.file as usize]);
        }
        if new_file || last.is_none_or(|(last, _)| last != atom.class) {
            let file = u32::try_from(files.len() - 1).ok()?;
            classes.push(pack::Class { file, ..class });
        }
        last = Some((atom.class, class.file));
        let class = u32::try_from(classes.len() - 1).ok()?;
        atoms.push(Atom { class, ..atom });
    }
    Problem::new(atoms, classes, files).ok()
}

/// The shard of each known test, balanced by themselves, and of each unit: the longest first,
/// where there is least to do. A new test of a known file has none yet.
fn homes(
    cut: &Problem,
    units: &[Range<usize>],
    new: &[bool],
    shards: NonZeroU32,
    options: &Options<'_>,
) -> Vec<Option<u32>> {
    let known = cut.atoms().iter().zip(new).filter(|(_, new)| !**new);
    let known: Vec<Atom> = known.map(|(&atom, _)| atom).collect();
    let mut home: Vec<Option<u32>> = vec![None; new.len()];
    let mut order: BTreeSet<(Micros, u32)> = (0..shards.get()).map(|s| (Micros::ZERO, s)).collect();
    if let Ok(known) = Problem::new(known, cut.classes().to_vec(), cut.files().to_vec()) {
        let packing = pack::balance(&known, shards, options);
        let mut placed = packing.shard_of.into_iter();
        for (home, _) in home.iter_mut().zip(new).filter(|(_, new)| !**new) {
            *home = placed.next();
        }
        order = packing.loads.into_iter().zip(0..).collect();
    }
    let takes = |unit: &Range<usize>| {
        let class = cut.classes()[cut.atoms()[unit.start].class as usize];
        let tests = cut.atoms()[unit.clone()]
            .iter()
            .map(|a| a.duration)
            .sum::<Micros>();
        tests + cut.files()[class.file as usize].setup
    };
    let mut units: Vec<(Reverse<Micros>, usize, &Range<usize>)> = units
        .iter()
        .map(|unit| (Reverse(takes(unit)), unit.start, unit))
        .collect();
    units.sort_unstable_by_key(|&(takes, start, _)| (takes, start));
    for (Reverse(takes), _, unit) in units {
        if let Some((load, shard)) = order.pop_first() {
            home[unit.clone()].fill(Some(shard));
            order.insert((load + takes, shard));
        }
    }
    home
}
