//! Other numbers of shards, and other cuts, than those of a plan: for reports.

use std::num::NonZeroU32;
use std::ops::Range;

use crate::Micros;
use crate::error::Error;
use crate::pack::{
    self, Atom, Groups, Obstacle, Options, Packing, Problem, SharedSetup, Sized, Split, Target,
    longest_unit,
};
use crate::plan::prepared::Prepared;
use crate::plan::{Plan, Planner};
use crate::suite::Suite;

/// Packs one suite in several ways: onto any number of shards, with files cut or whole.
#[allow(missing_debug_implementations, reason = "it is made of a whole suite")]
pub struct Alternatives<'s>(Prepared<'s>);

impl<'s> Alternatives<'s> {
    /// Prepares a suite for packing by a planner; the planner's own number of shards is ignored.
    ///
    /// # Errors
    /// [`MalformedProblem`](crate::pack::Error::MalformedProblem) for more than
    /// `u32::MAX` tests.
    pub fn new(planner: &'s Planner, suite: &'s Suite<'s>) -> Result<Self, Error> {
        planner.prepare(suite).map(Self)
    }

    /// The suite.
    pub fn suite(&self) -> &'s Suite<'s> {
        self.0.suite
    }

    /// Plans for this number of shards.
    ///
    /// # Errors
    /// Those of [`Planner::plan`].
    pub fn plan(&self, shards: NonZeroU32) -> Result<Plan, Error> {
        self.0.planner.for_shards(shards).plan(self.0.suite)
    }

    /// The packing that a plan for this number of shards has.
    pub fn pack(&self, shards: NonZeroU32) -> Packing {
        self.0.pack(shards)
    }

    /// The smallest number of shards that meets a target.
    ///
    /// # Errors
    /// The obstacle, where no number does.
    pub fn smallest(&self, target: &Target) -> Result<Sized, Obstacle> {
        self.0.smallest(target)
    }

    /// The error for a target that cannot be met.
    pub fn unmet(&self, target: &Target, obstacle: &Obstacle) -> Error {
        self.0.unmet(target, obstacle)
    }

    /// The time that no number of shards can beat, and what sets it, by name.
    pub fn floor(&self) -> (Micros, String) {
        let (atoms, time) = longest_unit(&self.0.problem, &self.0.options());
        let tests: Vec<usize> = atoms
            .iter()
            .flat_map(|&atom| self.0.grouped.atoms[atom].clone())
            .collect();
        let name = super::sizing::name(self.0.suite, &tests);
        (time + self.0.startup(), name)
    }

    /// Each file's dotted name, and what a shard pays once for it and all of its classes.
    pub fn files(&self) -> impl ExactSizeIterator<Item = (&'s str, Micros)> {
        let (files, classes) = (self.0.problem.files(), self.0.problem.classes());
        let mut rest = classes.iter().peekable();
        let names = self.0.suite.files.iter().enumerate();
        names.map(move |(at, file)| {
            let mut setup = files[at].setup;
            while let Some(class) = rest.next_if(|class| class.file as usize == at) {
                setup += class.setup;
            }
            (&*file.name, setup)
        })
    }

    /// Returns true if the planner may put the tests of a file on several shards.
    pub fn may_cut_files(&self) -> bool {
        self.0.planner.split != Split::File
    }

    /// The makespan if one test (an index into the suite's estimates) were two of half its time.
    pub fn halved(&self, test: usize, shards: NonZeroU32) -> Option<Micros> {
        let atoms = &self.0.grouped.atoms;
        let at = atoms.partition_point(|range| range.end <= test);
        let half = Micros::new(self.0.suite.tests[test].estimate.get() / 2);
        let mut halved: Vec<Atom> = self.0.problem.atoms().to_vec();
        let whole = halved.get_mut(at)?;
        whole.duration = whole.duration.saturating_sub(half);
        let class = whole.class;
        let duration = half;
        halved.insert(at + 1, Atom { duration, class });
        let (classes, files) = (self.0.problem.classes(), self.0.problem.files());
        let problem = Problem::new(halved, classes.to_vec(), files.to_vec()).ok()?;
        let moved = |atom: &u32| *atom + u32::from(*atom as usize > at);
        let groups = Groups {
            together: (self.0.grouped.groups.together.iter())
                .map(|group| group.iter().map(moved).collect())
                .collect(),
            everywhere: self.0.grouped.groups.everywhere.iter().map(moved).collect(),
        };
        let shared: Vec<SharedSetup> = { self.0.shared.iter() }
            .map(|setup| SharedSetup {
                cost: setup.cost,
                users: setup.users.iter().map(moved).collect(),
            })
            .collect();
        let options = Options {
            groups: Some(&groups),
            shared: &shared,
            ..self.0.options()
        };
        Some(self.makespan(&problem, options, shards))
    }

    /// The makespan if one file had to stay whole.
    pub fn whole(&self, file: usize, shards: NonZeroU32) -> Micros {
        self.with_whole([file], self.0.planner.split, shards)
    }

    /// The makespan if one file could be cut and all others had to stay whole.
    pub fn freed(&self, file: usize, shards: NonZeroU32) -> Micros {
        let files = (0..self.0.problem.files().len()).filter(|&other| other != file);
        self.with_whole(files, Split::Auto, shards)
    }

    fn with_whole(
        &self,
        files: impl IntoIterator<Item = usize>,
        split: Split,
        shards: NonZeroU32,
    ) -> Micros {
        let mut groups = self.0.grouped.groups.clone();
        let whole = files.into_iter();
        groups
            .together
            .extend(whole.map(|file| self.atoms_of_file(file).collect()));
        let options = Options {
            split,
            groups: Some(&groups),
            ..self.0.options()
        };
        self.makespan(&self.0.problem, options, shards)
    }

    fn atoms_of_file(&self, file: usize) -> Range<u32> {
        let atoms = self.0.problem.atoms();
        let file_of = |atom: &Atom| self.0.problem.classes()[atom.class as usize].file as usize;
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
        packing.with_startup(self.0.startup()).certificate.makespan
    }
}
