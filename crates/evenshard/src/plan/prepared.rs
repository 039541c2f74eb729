//! A suite made ready to be packed, onto one number of shards or many, and what other ways to
//! cut it would come to.

use std::num::NonZeroU32;
use std::ops::Range;

use crate::Micros;
use crate::Shard;
use crate::error::Error;
use crate::pack::{
    self, Atom, Groups, Obstacle, Options, Packing, Problem, SharedSetup, Sized, Split, Target,
    longest_unit,
};
use crate::plan::bonds::Bound;
use crate::plan::{Planner, sizing};
use crate::suite::Suite;

/// The atoms of a suite, what binds them, and the planner that is to pack them.
pub(crate) struct Prepared<'s> {
    pub(super) planner: &'s Planner,
    pub(super) suite: &'s Suite<'s>,
    pub(super) bound: Bound<'s>,
    pub(super) problem: Problem,
    pub(super) previous: Option<Vec<Option<Shard>>>,
    /// Setups that only some atoms need.
    pub(super) shared: Vec<SharedSetup>,
}

impl<'s> Prepared<'s> {
    pub(crate) fn suite(&self) -> &'s Suite<'s> {
        self.suite
    }

    /// What binds its tests; all else goes.
    pub(super) fn into_bound(self) -> Bound<'s> {
        self.bound
    }

    fn options(&self) -> Options<'_> {
        Options {
            split: self.planner.split,
            algorithm: self.planner.algorithm,
            previous: self.previous.as_deref(),
            workers: self.planner.workers,
            groups: Some(&self.bound.bonds),
            shared: &self.shared,
            untimed: &[],
        }
    }

    /// What every shard pays before its first test.
    fn startup(&self) -> Micros {
        self.suite.session.startup
    }

    /// A target of which the session's setup is a part of what every job takes.
    fn after_startup(&self, target: &Target) -> Target {
        Target {
            overhead: target.overhead + self.startup(),
            ..*target
        }
    }

    /// The packing that a plan for so many shards has.
    pub(crate) fn pack(&self, shards: NonZeroU32) -> Packing {
        let atoms = (0..).zip(&self.bound.atoms);
        let untimed = atoms.filter(|(_, tests)| !self.suite.tests[tests.start].known);
        let untimed: Vec<u32> = untimed.map(|(atom, _)| atom).collect();
        let options = Options {
            untimed: &untimed,
            ..self.options()
        };
        pack::balance(&self.problem, shards, &options).with_startup(self.startup())
    }

    /// The smallest number of shards that meets a target.
    pub(crate) fn smallest(&self, target: &Target) -> Result<Sized, Obstacle> {
        let target = self.after_startup(target);
        let mut sized = pack::smallest_shards(&self.problem, &target, &self.options())?;
        sized.packing = sized.packing.with_startup(self.startup());
        Ok(sized)
    }

    /// The error for a target that cannot be met.
    pub(crate) fn unmet(&self, target: &Target, obstacle: &Obstacle) -> Error {
        sizing::unmet(
            &self.after_startup(target),
            self.planner.split,
            obstacle,
            self.suite,
            &self.bound.atoms,
        )
    }

    /// The time that no number of shards can beat, and what sets it, by name.
    pub(crate) fn floor(&self) -> (Micros, String) {
        let (atoms, time) = longest_unit(&self.problem, &self.options());
        let tests: Vec<usize> = atoms
            .iter()
            .flat_map(|&atom| self.bound.atoms[atom].clone())
            .collect();
        (time + self.startup(), sizing::name(self.suite, &tests))
    }

    /// What a shard pays for a file and all of its classes, once.
    pub(crate) fn setup_of_file(&self, file: usize) -> Micros {
        let own = self.problem.files()[file].setup;
        let classes = self.problem.classes();
        let from = classes.partition_point(|class| (class.file as usize) < file);
        let of_file = classes[from..].iter();
        let of_file = of_file.take_while(|class| class.file as usize == file);
        own + of_file.map(|class| class.setup).sum()
    }

    /// Whether a file may be cut.
    pub(crate) fn may_cut_files(&self) -> bool {
        self.planner.split != Split::File
    }

    /// The makespan where one test (an index into those of the suite) is two of half its time.
    pub(crate) fn halved(&self, test: usize, shards: NonZeroU32) -> Option<Micros> {
        let atoms = &self.bound.atoms;
        let at = atoms.partition_point(|range| range.end <= test);
        let half = Micros::new(self.suite.tests[test].estimate.get() / 2);
        let mut halved: Vec<Atom> = self.problem.atoms().to_vec();
        let whole = halved.get_mut(at)?;
        whole.duration = whole.duration.saturating_sub(half);
        let class = whole.class;
        let duration = half;
        halved.insert(at + 1, Atom { duration, class });
        let (classes, files) = (self.problem.classes(), self.problem.files());
        let problem = Problem::new(halved, classes.to_vec(), files.to_vec()).ok()?;
        let moved = |atom: &u32| *atom + u32::from(*atom as usize > at);
        let bonds = Groups {
            together: (self.bound.bonds.together.iter())
                .map(|group| group.iter().map(moved).collect())
                .collect(),
            everywhere: self.bound.bonds.everywhere.iter().map(moved).collect(),
        };
        let shared: Vec<SharedSetup> = { self.shared.iter() }
            .map(|setup| SharedSetup {
                cost: setup.cost,
                users: setup.users.iter().map(moved).collect(),
            })
            .collect();
        let options = Options {
            groups: Some(&bonds),
            shared: &shared,
            ..self.options()
        };
        Some(self.makespan(&problem, options, shards))
    }

    /// The makespan where one file has to stay whole.
    pub(crate) fn whole(&self, file: usize, shards: NonZeroU32) -> Micros {
        let mut bonds = self.bound.bonds.clone();
        bonds.together.push(self.atoms_of_file(file).collect());
        let options = Options {
            groups: Some(&bonds),
            ..self.options()
        };
        self.makespan(&self.problem, options, shards)
    }

    /// The makespan where one file may be cut and all others have to stay whole.
    pub(crate) fn freed(&self, file: usize, shards: NonZeroU32) -> Micros {
        let mut bonds = self.bound.bonds.clone();
        let files = (0..self.problem.files().len()).filter(|&other| other != file);
        bonds
            .together
            .extend(files.map(|other| self.atoms_of_file(other).collect()));
        let options = Options {
            split: Split::Auto,
            groups: Some(&bonds),
            ..self.options()
        };
        self.makespan(&self.problem, options, shards)
    }

    fn atoms_of_file(&self, file: usize) -> Range<u32> {
        let atoms = self.problem.atoms();
        let file_of = |atom: &Atom| self.problem.classes()[atom.class as usize].file as usize;
        let index = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let from = atoms.partition_point(|atom| file_of(atom) < file);
        let to = atoms.partition_point(|atom| file_of(atom) <= file);
        index(from)..index(to)
    }

    fn makespan(&self, problem: &Problem, options: Options<'_>, shards: NonZeroU32) -> Micros {
        let options = Options {
            previous: None,
            ..options
        };
        let packing = pack::balance(problem, shards, &options);
        packing.with_startup(self.startup()).certificate.makespan
    }
}
