//! A suite made ready to be packed, onto one number of shards or many, with other cuts too.

use std::num::NonZeroU32;
#[cfg(feature = "internals")]
use std::ops::Range;

use crate::error::Error;
#[cfg(feature = "internals")]
use crate::intern::count;
use crate::pack::{self, Obstacle, Options, Packing, Problem, SharedSetup, Sized, Target};
#[cfg(feature = "internals")]
use crate::pack::{Atom, Groups, Split, longest_unit};
#[cfg(feature = "internals")]
use crate::plan::Plan;
use crate::plan::Room;
use crate::plan::groups::Grouped;
use crate::plan::{Planner, sizing};
use crate::suite::Suite;
use crate::{Micros, Shard};

/// Packs one suite in several ways: onto any number of shards, with files cut or whole.
#[allow(missing_debug_implementations, reason = "it is made of a whole suite")]
pub struct Alternatives<'s> {
    pub(super) planner: &'s Planner,
    pub(super) suite: &'s Suite<'s>,
    pub(super) grouped: Grouped<'s>,
    pub(super) problem: Problem,
    pub(super) previous: Option<Vec<Option<Shard>>>,
    /// Setups that only some atoms need.
    pub(super) shared: Vec<SharedSetup>,
}

impl Alternatives<'_> {
    fn options(&self) -> Options<'_> {
        Options {
            split: self.planner.split,
            algorithm: self.planner.algorithm,
            previous: self.previous.as_deref(),
            workers: self.planner.workers,
            groups: Some(&self.grouped.groups),
            shared: &self.shared,
            // Sizes and alternatives are compared as if all times were known.
            untimed: &[],
        }
    }

    /// Returns the cost of every shard before its first test.
    fn startup(&self) -> Micros {
        self.suite.session.startup
    }

    /// Returns a target of which the session's setup is a part of what every job takes.
    fn after_startup(&self, target: &Target) -> Target {
        Target {
            overhead: target.overhead + self.startup(),
            ..*target
        }
    }

    /// Returns the packing that a plan for so many shards has.
    pub fn pack(&self, shards: NonZeroU32) -> Packing {
        let atoms = (0..).zip(&self.grouped.atoms);
        let untimed = atoms.filter(|(_, tests)| !self.suite.tests[tests.start].known);
        let untimed: Vec<u32> = untimed.map(|(atom, _)| atom).collect();
        let options = Options {
            untimed: &untimed,
            ..self.options()
        };
        pack::balance(&self.problem, shards, &options).with_startup(self.startup())
    }

    /// Returns the smallest number of shards that meets a target, with room for builds that take
    /// longer than predicted.
    ///
    /// # Errors
    /// The obstacle, where no number does.
    pub fn smallest(&self, target: &Target, room: Option<Room>) -> Result<Sized, Obstacle> {
        let target = room.map_or(*target, |room| room.within(target));
        let target = self.after_startup(&target);
        let mut sized = pack::smallest_shards(&self.problem, &target, &self.options())?;
        sized.packing = sized.packing.with_startup(self.startup());
        Ok(sized)
    }

    /// Returns the error for a target that cannot be met.
    pub fn unmet(&self, target: &Target, room: Option<Room>, obstacle: &Obstacle) -> Error {
        sizing::Unmet {
            target: &self.after_startup(target),
            room,
            split: self.planner.split,
            suite: self.suite,
            atoms: &self.grouped.atoms,
        }
        .error(obstacle)
    }
}

#[cfg(feature = "internals")]
impl<'s> Alternatives<'s> {
    /// Prepares a suite for packing by a planner; the planner's own number of shards is ignored.
    ///
    /// # Errors
    /// [`MalformedProblem`](crate::pack::Error::MalformedProblem) for more than
    /// `u32::MAX` tests.
    pub fn new(planner: &'s Planner, suite: &'s Suite<'s>) -> Result<Self, Error> {
        planner.prepare(suite)
    }

    /// Returns the suite.
    pub fn suite(&self) -> &'s Suite<'s> {
        self.suite
    }

    /// Plans for this number of shards.
    ///
    /// # Errors
    /// Those of [`Planner::plan`].
    pub fn plan(&self, shards: NonZeroU32) -> Result<Plan, Error> {
        self.planner.for_shards(shards).plan(self.suite)
    }

    /// Returns the time that no number of shards can beat, and what sets it, by name.
    pub fn floor(&self) -> (Micros, String) {
        let (atoms, time) = longest_unit(&self.problem, &self.options());
        let tests: Vec<usize> = atoms
            .iter()
            .flat_map(|&atom| self.grouped.atoms[atom].clone())
            .collect();
        let name = sizing::name(self.suite, &tests);
        (time + self.startup(), name)
    }

    /// Iterates over the files: the dotted name of each, and what a shard pays once for it and all of its classes.
    pub fn files(&self) -> impl ExactSizeIterator<Item = (&'s str, Micros)> {
        let (files, classes) = (self.problem.files(), self.problem.classes());
        let mut rest = classes.iter().peekable();
        let names = self.suite.files.iter().enumerate();
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
        self.planner.split != Split::File
    }

    /// Returns the makespan if one test (an index into the suite's estimates) were two of half its time.
    pub fn halved(&self, test: usize, shards: NonZeroU32) -> Option<Micros> {
        let atoms = &self.grouped.atoms;
        let at = atoms.partition_point(|range| range.end <= test);
        let half = Micros::new(self.suite.tests[test].estimate.get() / 2);
        let mut halved: Vec<Atom> = self.problem.atoms().to_vec();
        let whole = halved.get_mut(at)?;
        whole.duration = whole.duration.saturating_sub(half);
        let class = whole.class;
        let duration = half;
        // Behind the other half, so that numbers before it stay.
        halved.insert(at + 1, Atom { duration, class });
        let (classes, files) = (self.problem.classes(), self.problem.files());
        let problem = Problem::new(halved, classes.to_vec(), files.to_vec()).ok()?;
        let moved = |atom: &u32| *atom + u32::from(*atom as usize > at);
        let groups = Groups {
            together: (self.grouped.groups.together.iter())
                .map(|group| group.iter().map(moved).collect())
                .collect(),
            everywhere: self.grouped.groups.everywhere.iter().map(moved).collect(),
        };
        let shared: Vec<SharedSetup> = { self.shared.iter() }
            .map(|setup| SharedSetup {
                cost: setup.cost,
                users: setup.users.iter().map(moved).collect(),
            })
            .collect();
        let options = Options {
            groups: Some(&groups),
            shared: &shared,
            ..self.options()
        };
        Some(self.makespan(&problem, options, shards))
    }

    /// Returns the makespan if one file had to stay whole.
    pub fn whole(&self, file: usize, shards: NonZeroU32) -> Micros {
        self.with_whole([file], self.planner.split, shards)
    }

    /// Returns the makespan if one file could be cut and all others had to stay whole.
    pub fn freed(&self, file: usize, shards: NonZeroU32) -> Micros {
        let files = (0..self.problem.files().len()).filter(|&other| other != file);
        self.with_whole(files, Split::Auto, shards)
    }

    fn with_whole(
        &self,
        files: impl IntoIterator<Item = usize>,
        split: Split,
        shards: NonZeroU32,
    ) -> Micros {
        let mut groups = self.grouped.groups.clone();
        let whole = files.into_iter();
        groups
            .together
            .extend(whole.map(|file| self.atoms_of_file(file).collect()));
        let options = Options {
            split,
            groups: Some(&groups),
            ..self.options()
        };
        self.makespan(&self.problem, options, shards)
    }

    fn atoms_of_file(&self, file: usize) -> Range<u32> {
        let atoms = self.problem.atoms();
        let file_of = |atom: &Atom| self.problem.classes()[atom.class as usize].file as usize;
        let from = atoms.partition_point(|atom| file_of(atom) < file);
        let to = atoms.partition_point(|atom| file_of(atom) <= file);
        count(from)..count(to)
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
