//! A smaller problem in which what shares a shard is one atom.

use super::{Bonds, EVERYWHERE};
use crate::Micros;
use crate::error::Error;
use crate::pack::options::Split;
use crate::pack::problem::{Atom, Class, File, Problem};

/// For each atom the first one of those it shares a shard with under these bonds and this
/// split (itself, if it is free); [`EVERYWHERE`] for those that every shard runs.
pub(super) fn components(problem: &Problem, bonds: &Bonds, split: Split) -> Vec<u32> {
    let count = index(problem.atoms().len());
    let mut everywhere = vec![false; problem.atoms().len()];
    for &atom in bonds.everywhere.iter().filter(|&&atom| atom < count) {
        everywhere[atom as usize] = true;
    }
    let placed = |atom: &u32| everywhere.get(*atom as usize) == Some(&false);
    let mut sets = Sets((0..count).collect());
    for group in &bonds.together {
        let mut group = group.iter().copied().filter(placed);
        if let Some(first) = group.next() {
            group.for_each(|atom| sets.join(first, atom));
        }
    }
    let unit = |atom: u32| {
        let class = problem.atoms()[atom as usize].class;
        match split {
            Split::File => problem.classes()[class as usize].file,
            Split::Class => class,
            Split::Auto | Split::Test => atom,
        }
    };
    let mut last: Option<u32> = None;
    for atom in (0..count).filter(placed) {
        if let Some(last) = last.filter(|&last| unit(last) == unit(atom)) {
            sets.join(last, atom);
        }
        last = Some(atom);
    }
    let label = |atom: u32| {
        if placed(&atom) {
            sets.first(atom)
        } else {
            EVERYWHERE
        }
    };
    (0..count).map(label).collect()
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
        self.0[a.max(b) as usize] = a.min(b);
    }
}

/// Who pays for a set-up that a group shares with atoms outside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Payer {
    /// Those outside.
    Rest,
    /// Both, even where they meet.
    Both,
}

/// A problem in which every component is one atom.
pub(super) struct Contracted {
    pub(super) problem: Problem,
    /// What every shard takes besides.
    pub(super) everywhere: Micros,
    /// Whether its loads are those of the original problem.
    pub(super) exact: bool,
    members: Vec<u32>,
    /// Where the members of each atom end in `members`.
    ends: Vec<usize>,
}

/// The class of an atom that stands in several.
const SEVERAL: u32 = u32::MAX;

/// A component on its way to its place.
struct Merged {
    file: u32,
    /// Its class in the original problem, or [`SEVERAL`].
    class: u32,
    duration: Micros,
    members: Vec<u32>,
}

impl Contracted {
    /// Contracts a problem by the labels of [`components`].
    pub(super) fn new(problem: &Problem, labels: &[u32], payer: Payer) -> Result<Self, Error> {
        let costs = Costs::new(problem, labels);
        let mut exact = true;
        let mut merged = costs.merge(labels, payer, &mut exact);
        merged.sort_by_key(|m| (m.file, m.class, m.members[0]));
        let mut files = costs.files.clone();
        let (mut atoms, mut classes) = (Vec::new(), Vec::<Class>::new());
        let (mut members, mut ends) = (Vec::new(), Vec::new());
        let mut last = None;
        for component in merged {
            let (file, class) = (component.file, component.class);
            if last != Some((file, class)) || class == SEVERAL {
                let setup = costs
                    .classes
                    .get(class as usize)
                    .map_or(Micros::ZERO, |c| c.setup);
                classes.push(Class { file, setup });
            }
            last = Some((file, class));
            if file as usize >= files.len() {
                files.resize(file as usize + 1, File::default());
            }
            atoms.push(Atom {
                duration: component.duration,
                class: index(classes.len() - 1),
            });
            members.extend(component.members);
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

/// What is left to pay once every shard runs what runs everywhere.
struct Costs<'a> {
    problem: &'a Problem,
    /// Those that every shard touches anyway are free.
    classes: Vec<Class>,
    files: Vec<File>,
    /// How many atoms there are to place in each.
    in_class: Vec<usize>,
    in_file: Vec<usize>,
    everywhere: Micros,
}

impl<'a> Costs<'a> {
    fn new(problem: &'a Problem, labels: &[u32]) -> Self {
        let only = |&label: &u32| u32::from(label != EVERYWHERE);
        let everywhere = problem.loads(&labels.iter().map(only).collect::<Vec<u32>>(), 1);
        let mut costs = Self {
            problem,
            classes: problem.classes().to_vec(),
            files: problem.files().to_vec(),
            in_class: vec![0; problem.classes().len()],
            in_file: vec![0; problem.files().len()],
            everywhere: everywhere.into_iter().sum(),
        };
        for (atom, &label) in problem.atoms().iter().zip(labels) {
            let class = atom.class as usize;
            let file = problem.classes()[class].file as usize;
            if label == EVERYWHERE {
                costs.classes[class].setup = Micros::ZERO;
                costs.files[file].setup = Micros::ZERO;
            } else {
                costs.in_class[class] += 1;
                costs.in_file[file] += 1;
            }
        }
        costs
    }

    fn class(&self, atom: u32) -> u32 {
        self.problem.atoms()[atom as usize].class
    }

    fn file(&self, atom: u32) -> u32 {
        self.classes[self.class(atom) as usize].file
    }

    /// The components, in the order of their first atoms.
    fn merge(&self, labels: &[u32], payer: Payer, exact: &mut bool) -> Vec<Merged> {
        let placed = (0..).zip(labels).filter(|(_, label)| **label != EVERYWHERE);
        let mut by_label: Vec<(u32, u32)> = placed.map(|(atom, &label)| (label, atom)).collect();
        by_label.sort_unstable();
        let mut next_file = index(self.files.len());
        let mut merged = Vec::new();
        for component in by_label.chunk_by(|a, b| a.0 == b.0) {
            let members: Vec<u32> = component.iter().map(|&(_, atom)| atom).collect();
            let duration = |&atom: &u32| self.problem.atoms()[atom as usize].duration;
            let (first, last) = (members[0], members[members.len() - 1]);
            let mut found = Merged {
                file: self.file(first),
                class: self.class(first),
                duration: members.iter().map(duration).sum(),
                members,
            };
            if self.class(last) != found.class {
                found.class = SEVERAL;
                found.duration += self.classes_of(&found.members, payer, exact);
            }
            if self.file(last) != found.file {
                found.file = next_file;
                next_file = next_file.saturating_add(1);
                found.duration += self.files_of(&found.members, payer, exact);
            }
            merged.push(found);
        }
        merged
    }

    /// The set-up of classes that these atoms pay for.
    fn classes_of(&self, atoms: &[u32], payer: Payer, exact: &mut bool) -> Micros {
        let classes = atoms.chunk_by(|&a, &b| self.class(a) == self.class(b));
        let pays = classes.map(|of_class| {
            let class = self.class(of_class[0]) as usize;
            let whole = of_class.len() == self.in_class[class];
            own(self.classes[class].setup, whole, payer, exact)
        });
        pays.sum()
    }

    /// The set-up of files that these atoms pay for.
    fn files_of(&self, atoms: &[u32], payer: Payer, exact: &mut bool) -> Micros {
        let files = atoms.chunk_by(|&a, &b| self.file(a) == self.file(b));
        let pays = files.map(|of_file| {
            let file = self.file(of_file[0]) as usize;
            let whole = of_file.len() == self.in_file[file];
            own(self.files[file].setup, whole, payer, exact)
        });
        pays.sum()
    }
}

/// What a group pays for a set-up, of which it needs the whole or shares it.
fn own(setup: Micros, whole: bool, payer: Payer, exact: &mut bool) -> Micros {
    *exact &= whole || setup == Micros::ZERO;
    if whole || payer == Payer::Both {
        setup
    } else {
        Micros::ZERO
    }
}

fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
