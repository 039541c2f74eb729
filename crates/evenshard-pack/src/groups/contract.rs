//! Contracts a problem to a smaller one, in which atoms that share a shard are one atom.
//!
//! - Source: as in [`crate::groups`].
//! - Complexity: O(n log n).
//! - Guarantee: a plan of the smaller problem with [`Payer::Rest`] takes no longer there than it
//!   does for the original atoms, and one with [`Payer::Both`] no less.
//!
//! Worked example: a file of setup 2 with atoms of 3 and 4, the 4 grouped with a 5 of a file of
//! its own without setup. The group takes 9 if the rest pays for their file, else 11.

use crate::error::Error;
use crate::micros::Micros;
use crate::options::{Groups, Split};
use crate::problem::{Atom, Class, File, Problem, count};

/// The label of each atom: the first of the atoms that it shares a shard with under these groups
/// and this split (itself, if it is free); `None` for those that every shard runs.
pub(super) fn components(problem: &Problem, groups: &Groups, split: Split) -> Vec<Option<u32>> {
    let atoms = count(problem.atoms().len());
    let mut placed = vec![true; problem.atoms().len()];
    for &atom in groups.everywhere.iter().filter(|&&atom| atom < atoms) {
        placed[atom as usize] = false;
    }
    let is_placed = |atom: &u32| placed.get(*atom as usize) == Some(&true);
    let mut sets = Sets((0..atoms).collect());
    for group in &groups.together {
        let mut group = group.iter().copied().filter(is_placed);
        if let Some(first) = group.next() {
            group.for_each(|atom| sets.join(first, atom));
        }
    }
    let unit = |atom: u32| match split {
        Split::File => problem.class_of(atom).1.file,
        Split::Class => problem.class_of(atom).0,
        Split::Auto | Split::Test => atom,
    };
    let mut last: Option<u32> = None;
    for atom in (0..atoms).filter(is_placed) {
        if let Some(last) = last.filter(|&last| unit(last) == unit(atom)) {
            sets.join(last, atom);
        }
        last = Some(atom);
    }
    (0..atoms)
        .map(|atom| is_placed(&atom).then(|| sets.first(atom)))
        .collect()
}

/// Disjoint sets of atoms, each known by its first one.
struct Sets(Vec<u32>);

impl Sets {
    fn first(&mut self, atom: u32) -> u32 {
        let mut at = atom as usize;
        while self.0[at] as usize != at {
            // Halving the way keeps it short.
            self.0[at] = self.0[self.0[at] as usize];
            at = self.0[at] as usize;
        }
        self.0[at]
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.first(a), self.first(b));
        // The first atom names the set, in whatever order atoms are joined.
        self.0[a.max(b) as usize] = a.min(b);
    }
}

/// The payer of a setup that a group shares with atoms outside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Payer {
    /// The atoms outside.
    Rest,
    /// Both, even where they meet.
    Both,
}

/// A problem in which every component is one atom.
pub(super) struct Contracted {
    pub(super) problem: Problem,
    /// The time that every shard takes besides.
    pub(super) everywhere: Micros,
    /// The loads of its plans are those of the original problem.
    pub(super) exact: bool,
    /// The atoms of the original problem, by atom of this one.
    pub(super) members: Vec<u32>,
    /// The end of each atom's part of `members`.
    ends: Vec<usize>,
}

/// The class of a component, in the original problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum ClassOf {
    One(u32),
    Several,
}

/// A component: its file, its class, its atoms, and its duration.
type Merged = (u32, ClassOf, Vec<u32>, Micros);

impl Contracted {
    /// Contracts a problem by the labels of [`components`].
    pub(super) fn new(
        problem: &Problem,
        labels: &[Option<u32>],
        payer: Payer,
    ) -> Result<Self, Error> {
        let costs = Costs::new(problem, labels);
        let mut exact = true;
        let mut merged = costs.merge(labels, payer, &mut exact);
        merged.sort_unstable();
        let mut files = costs.files;
        let (mut atoms, mut classes) = (Vec::new(), Vec::<Class>::new());
        let (mut members, mut ends) = (Vec::new(), Vec::new());
        let mut last = None;
        for (file, class, own, duration) in merged {
            let setup = match class {
                ClassOf::One(class) => costs.classes[class as usize].setup,
                ClassOf::Several => Micros::ZERO,
            };
            if last.replace((file, class)) != Some((file, class)) || class == ClassOf::Several {
                classes.push(Class { file, setup });
            }
            if file as usize >= files.len() {
                files.resize(file as usize + 1, File::default());
            }
            let class = count(classes.len() - 1);
            atoms.push(Atom { duration, class });
            members.extend(own);
            ends.push(members.len());
        }
        Ok(Self {
            problem: Problem::new(atoms, classes, files)?,
            everywhere: costs.everywhere,
            exact,
            members,
            ends,
        })
    }

    /// The atoms of the original problem that this one stands for.
    pub(super) fn members(&self, atom: usize) -> &[u32] {
        let start = atom.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.members[start..self.ends[atom]]
    }
}

/// The costs that are left once every shard runs the atoms that run everywhere.
struct Costs<'a> {
    problem: &'a Problem,
    /// Those that every shard touches anyway are free.
    classes: Vec<Class>,
    files: Vec<File>,
    /// The number of atoms to place in each class and file.
    in_class: Vec<usize>,
    in_file: Vec<usize>,
    everywhere: Micros,
}

impl<'a> Costs<'a> {
    fn new(problem: &'a Problem, labels: &[Option<u32>]) -> Self {
        let mut costs = Self {
            problem,
            classes: problem.classes().to_vec(),
            files: problem.files().to_vec(),
            in_class: vec![0; problem.classes().len()],
            in_file: vec![0; problem.files().len()],
            everywhere: Micros::ZERO,
        };
        for (atom, label) in problem.atoms().iter().zip(labels) {
            let class = atom.class as usize;
            let file = problem.classes()[class].file as usize;
            if label.is_some() {
                costs.in_class[class] += 1;
                costs.in_file[file] += 1;
            } else {
                let setups = [
                    &mut costs.classes[class].setup,
                    &mut costs.files[file].setup,
                ];
                costs.everywhere +=
                    atom.duration + setups.map(std::mem::take).into_iter().sum::<Micros>();
            }
        }
        costs
    }

    /// The components, in the order of their first atoms.
    fn merge(&self, labels: &[Option<u32>], payer: Payer, exact: &mut bool) -> Vec<Merged> {
        let labelled = (0..)
            .zip(labels)
            .filter_map(|(atom, label)| Some(((*label)?, atom)));
        let mut by_label: Vec<(u32, u32)> = labelled.collect();
        by_label.sort_unstable();
        let mut next_file = count(self.files.len());
        let mut merged = Vec::new();
        let class_of = |atom: u32| self.problem.class_of(atom).0 as usize;
        let file_of = |atom: u32| self.problem.class_of(atom).1.file as usize;
        let class_setup = |class: usize| (self.classes[class].setup, self.in_class[class]);
        let file_setup = |file: usize| (self.files[file].setup, self.in_file[file]);
        for component in by_label.chunk_by(|a, b| a.0 == b.0) {
            let members: Vec<u32> = component.iter().map(|&(_, atom)| atom).collect();
            let (first, last) = (members[0], members[members.len() - 1]);
            let mut file = count(file_of(first));
            let mut class = ClassOf::One(count(class_of(first)));
            let mut duration = self.problem.durations(&members);
            if class_of(last) != class_of(first) {
                class = ClassOf::Several;
                duration += own(&members, class_of, class_setup, payer, exact);
            }
            if file_of(last) != file_of(first) {
                // A file of its own: its setups are in its duration.
                file = next_file;
                next_file = next_file.saturating_add(1);
                duration += own(&members, file_of, file_setup, payer, exact);
            }
            merged.push((file, class, members, duration));
        }
        merged
    }
}

/// The setup of classes or files that these atoms pay for; `setup` returns that of one and the
/// number of its atoms.
fn own(
    atoms: &[u32],
    unit: impl Fn(u32) -> usize,
    setup: impl Fn(usize) -> (Micros, usize),
    payer: Payer,
    exact: &mut bool,
) -> Micros {
    let units = atoms.chunk_by(|&a, &b| unit(a) == unit(b));
    let pays = units.map(|of_unit| {
        let (setup, count) = setup(unit(of_unit[0]));
        let whole = of_unit.len() == count;
        // A setup that nobody outside needs is always paid by the group alone.
        *exact &= whole || setup == Micros::ZERO;
        if whole || payer == Payer::Both {
            setup
        } else {
            Micros::ZERO
        }
    });
    pays.sum()
}
