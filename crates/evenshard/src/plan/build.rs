//! From a suite to a plan: atoms, packing, units.

use std::borrow::Borrow;
use std::num::NonZeroU32;

use crate::Micros;
use crate::Shard;
use crate::address::Pattern;
use crate::error::Error;
use crate::estimate::DEFAULT_IMPORT;
use crate::history::History;
use crate::pack::{self, Algorithm, Problem, Split, Target, Workers};
use crate::plan::groups::Grouped;
use crate::plan::{
    Alternatives, Level, Match, MetTarget, Names, Percentile, Plan, PlanContent, PlannedShard,
    Room, Rules, TooFewBuilds, Unit, Unknown,
};
use crate::suite::Suite;

/// The version of the algorithm, raised when it may place the same input differently.
const ALGORITHM_VERSION: u32 = 3;

/// Makes plans. Two planners with the same settings make equal plans of equal suites.
#[derive(Clone, Debug)]
pub struct Planner {
    size: Size,
    pub(super) split: Split,
    pub(super) algorithm: Algorithm,
    setup_cost: Micros,
    pub(super) workers: Option<Workers>,
    previous: Option<Plan>,
    rules: Rules,
    scope: String,
    room: Option<Room>,
}

/// The number of shards of a plan.
#[derive(Clone, Copy, Debug)]
enum Size {
    Fixed(NonZeroU32),
    Smallest(Target),
}

impl Planner {
    /// The default cost of importing and collecting a file, where it was not measured.
    pub const DEFAULT_SETUP_COST: Micros = DEFAULT_IMPORT;

    /// Makes a planner for a number of shards.
    ///
    /// # Errors
    /// [`ShardOutOfRange`](pack::Error::ShardOutOfRange) for 0 or more than [`Shard::MAX_COUNT`] shards.
    pub fn new(shards: u32) -> Result<Self, Error> {
        Ok(Self::of(Size::Fixed(Shard::new(0, shards)?.count())))
    }

    /// Makes a planner for the smallest number of shards that meets a target.
    pub fn for_target(target: Target) -> Self {
        Self::of(Size::Smallest(target))
    }

    fn of(size: Size) -> Self {
        Self {
            size,
            split: Split::Auto,
            algorithm: Algorithm::Auto,
            setup_cost: Self::DEFAULT_SETUP_COST,
            workers: None,
            previous: None,
            rules: Rules::default(),
            scope: String::new(),
            room: None,
        }
    }

    /// Sets the finest unit that may be cut apart.
    #[must_use]
    pub fn split(mut self, split: Split) -> Self {
        self.split = split;
        self
    }

    /// Sets the packing algorithm.
    #[must_use]
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Sets the cost that every shard pays once for a file whose import was not measured; less if
    /// the wall times of reports leave no room for so much.
    #[must_use]
    pub fn setup_cost(mut self, setup_cost: Micros) -> Self {
        self.setup_cost = setup_cost;
        self
    }

    /// Sets the workers of every shard, as of xdist.
    #[must_use]
    pub fn workers(mut self, workers: Option<Workers>) -> Self {
        self.workers = workers;
        self
    }

    /// Sets the plan to stay near: tests move only where it would be more than a hundredth above
    /// the bound or a fresh plan.
    #[must_use]
    pub fn previous(mut self, previous: Option<Plan>) -> Self {
        self.previous = previous;
        self
    }

    /// Sets the rules of the user.
    #[must_use]
    pub fn rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// Sets the suite that the plans are for, of several separate ones.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = scope.into();
        self
    }

    /// Sets the room that a target leaves for builds that take longer than predicted.
    #[doc(hidden)]
    #[must_use]
    pub fn room(mut self, room: Option<Room>) -> Self {
        self.room = room;
        self
    }

    /// Learns the room that a target needs, from builds that took longer than this planner would
    /// have predicted.
    ///
    /// # Errors
    /// [`TooFewBuilds`], if fewer than five can be compared with their predictions.
    #[doc(hidden)]
    pub fn learn_room(
        &self,
        history: &History,
        percentile: Percentile,
    ) -> Result<Room, TooFewBuilds> {
        Room::learn(history, percentile, self.setup_cost)
    }

    /// Makes the plan of a suite.
    ///
    /// # Errors
    /// [`MalformedProblem`](pack::Error::MalformedProblem) for more than `u32::MAX` tests;
    /// [`ErrorKind::TargetUnmet`](crate::ErrorKind::TargetUnmet) when no number of shards meets the target.
    pub fn plan(&self, suite: &Suite<'_>) -> Result<Plan, Error> {
        let prepared = self.prepare(suite)?;
        let (packing, target) = match self.size {
            Size::Fixed(shards) => (prepared.pack(shards), None),
            Size::Smallest(target) => {
                let sized = prepared
                    .smallest(&target, self.room)
                    .map_err(|obstacle| prepared.unmet(&target, self.room, &obstacle))?;
                let met = MetTarget {
                    time: target.time,
                    overhead: target.overhead,
                    proved_smallest: sized.proved_smallest,
                    room: self.room,
                };
                (sized.packing, Some(met))
            }
        };

        // All but the groups is dropped: the names of a plan take memory enough.
        let grouped = prepared.grouped;
        let (tests_of_shard, everywhere) =
            grouped.tests_of_shards(&packing.shard_of, packing.loads.len());
        let sizes = Sizes::of(suite, tests_of_shard.iter().flatten());
        let shards = tests_of_shard
            .iter()
            .zip(&packing.loads)
            .map(|(tests, &predicted_us)| PlannedShard {
                predicted_us,
                units: sizes.units(tests),
            })
            .collect();
        Ok(Plan::new(PlanContent {
            algorithm_version: ALGORITHM_VERSION,
            scope: self.scope.clone(),
            algorithm: self.algorithm,
            split: self.split,
            // One worker is none: the plan is the same, and so should be its digest.
            workers: self.workers.filter(|workers| workers.count.get() > 1),
            target,
            certificate: packing.certificate,
            matched: Match {
                tests: suite.len() as u64,
                known: suite.known() as u64,
            },
            unknown: Unknown::FileHash,
            collected: suite.listed,
            counted: false,
            rules: grouped.planned(&packing.shard_of, packing.loads.len()),
            everywhere: Sizes::of(suite, 0..suite.len()).units(&everywhere),
            shards,
        }))
    }

    /// A suite made ready to be packed, onto any number of shards.
    pub(super) fn prepare<'s>(&'s self, suite: &'s Suite<'s>) -> Result<Alternatives<'s>, Error> {
        let grouped = Grouped::new(&self.rules, suite);
        Ok(Alternatives {
            problem: self.problem(suite, &grouped.atoms)?,
            previous: self.previous_of(suite, &grouped.atoms),
            shared: suite.session.of_atoms(&grouped.atoms),
            planner: self,
            suite,
            grouped,
        })
    }

    /// Returns a planner for another number of shards.
    pub(super) fn for_shards(&self, shards: NonZeroU32) -> Self {
        Self {
            size: Size::Fixed(shards),
            ..self.clone()
        }
    }

    /// Makes a planner with the settings of a plan, as far as the plan has them: its number of
    /// shards, split, algorithm, workers, rules and scope.
    pub fn like(plan: &Plan) -> Self {
        let content = plan.content();
        let shards = NonZeroU32::new(plan.shard_count()).unwrap_or(NonZeroU32::MIN);
        Self {
            split: content.split,
            algorithm: content.algorithm,
            workers: content.workers,
            rules: content.rules.with_groups(|groups| {
                let groups = groups.iter();
                groups.map(|group| group.patterns.clone()).collect()
            }),
            scope: content.scope.clone(),
            ..Self::of(Size::Fixed(shards))
        }
    }

    /// Makes a plan without any timings: every file (with [`Split::Test`] every function) goes by a
    /// fixed hash.
    ///
    /// # Errors
    /// Those of [`plan`](Self::plan).
    pub fn plan_without_timings(&self) -> Result<Plan, Error> {
        let mut content = self.plan(&Suite::default())?.content().clone();
        if self.split == Split::Test {
            content.unknown = Unknown::FunctionHash;
        }
        Ok(Plan::new(content))
    }

    /// Makes the plan of a first build without timings: the collected tests (pytest node ids),
    /// balanced by their number. Files stay whole, except those with more tests than the fair share
    /// of a shard; the parameters of a function stay together. The plan does not depend on the ids
    /// of parameters, which may differ between machines.
    ///
    /// ```
    /// use evenshard::{NodeId, Planner};
    /// let ids = ["tests/a.py::test_1", "tests/b.py::test_2", "tests/c.py::test_3[x]", "tests/c.py::test_3[y]"];
    /// let plan = Planner::new(2)?.plan_by_count(ids)?;
    /// for shard in plan.shards() {
    ///     let selects = |id| plan.selects(shard, &NodeId::parse(id));
    ///     assert_eq!(selects("tests/a.py::test_1"), selects("tests/b.py::test_2"));
    ///     assert_ne!(selects("tests/a.py::test_1"), selects("tests/c.py::test_3[z]"));
    /// }
    /// # Ok::<(), evenshard::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`plan`](Self::plan).
    pub fn plan_by_count<'l>(&self, ids: impl IntoIterator<Item = &'l str>) -> Result<Plan, Error> {
        let shards = match self.size {
            Size::Fixed(shards) => shards,
            Size::Smallest(target) => target.max_shards,
        };
        let rules = &self.rules;
        let together = rules.together.iter().flatten();
        // Files that a rule can name in parts must not be one entry.
        let named: Vec<&Pattern> = together
            .chain(&rules.never_split)
            .chain(&rules.everywhere)
            .collect();
        let suite = Suite::by_count(ids, shards, &named);
        let tests = suite.tests.iter().map(|test| test.estimate.get()).sum();
        let planner = Self {
            // Times of workers and of setup mean nothing beside numbers of tests.
            setup_cost: Micros::ZERO,
            workers: None,
            previous: None,
            ..self.for_shards(shards)
        };
        let mut content = planner.plan(&suite)?.content().clone();
        content.counted = true;
        // The entries are files and classes; people want numbers of tests.
        content.matched = Match { tests, known: 0 };
        Ok(Plan::new(content))
    }

    /// The shard of each atom in the previous plan.
    fn previous_of(
        &self,
        suite: &Suite<'_>,
        atoms: &[std::ops::Range<usize>],
    ) -> Option<Vec<Option<Shard>>> {
        let previous = self.previous.as_ref()?;
        let shard = |atom: &std::ops::Range<usize>| {
            let test = suite.tests.get(atom.start)?;
            let class = &suite.classes[test.class as usize];
            previous.placement().listed(&class.classname, &test.name)
        };
        Some(atoms.iter().map(shard).collect())
    }

    fn problem(
        &self,
        suite: &Suite<'_>,
        atoms: &[std::ops::Range<usize>],
    ) -> Result<Problem, Error> {
        let atoms = atoms.iter().map(|range| pack::Atom {
            duration: suite.tests[range.clone()].iter().map(|t| t.estimate).sum(),
            class: suite.tests[range.start].class,
        });
        let classes = suite.classes.iter().map(|c| pack::Class {
            file: c.file,
            setup: c.setup,
        });
        // What all files together did not take, one cannot take on average.
        let setup_cost = suite
            .import
            .map_or(self.setup_cost, |most| self.setup_cost.min(most));
        let files = suite.files.iter().map(|f| pack::File {
            setup: f.import.unwrap_or(setup_cost) + f.setup,
        });
        let problem = Problem::new(atoms.collect(), classes.collect(), files.collect())?;
        Ok(problem)
    }
}

/// The number of tests of each file and class, to tell whole ones from parts.
struct Sizes<'a> {
    suite: &'a Suite<'a>,
    files: Vec<usize>,
    classes: Vec<usize>,
}

impl<'a> Sizes<'a> {
    /// Counts these tests (indices).
    fn of(suite: &'a Suite<'a>, tests: impl IntoIterator<Item: Borrow<usize>>) -> Self {
        let mut sizes = Self {
            suite,
            files: vec![0; suite.files.len()],
            classes: vec![0; suite.classes.len()],
        };
        for test in tests {
            let (file, class) = (sizes.file(*test.borrow()), sizes.class(*test.borrow()));
            sizes.files[file] += 1;
            sizes.classes[class] += 1;
        }
        sizes
    }

    fn class(&self, test: usize) -> usize {
        self.suite.tests[test].class as usize
    }

    fn file(&self, test: usize) -> usize {
        self.suite.classes[self.class(test)].file as usize
    }

    /// The units that these tests (indices, ascending) of one shard form.
    fn units(&self, tests: &[usize]) -> Vec<Unit> {
        let mut units = Vec::new();
        for of_file in tests.chunk_by(|&a, &b| self.file(a) == self.file(b)) {
            // All of it is here: its classes need not be named one by one.
            if of_file.len() == self.files[self.file(of_file[0])] {
                units.push(unit(self.suite, Level::File, of_file));
                continue;
            }
            for of_class in of_file.chunk_by(|&a, &b| self.class(a) == self.class(b)) {
                let whole = of_class.len() == self.classes[self.class(of_class[0])];
                let level = if whole { Level::Class } else { Level::Test };
                units.push(unit(self.suite, level, of_class));
            }
        }
        units
    }
}

fn unit(suite: &Suite<'_>, level: Level, tests: &[usize]) -> Unit {
    let file = suite.classes[suite.tests[tests[0]].class as usize].file;
    let predicted_us = tests.iter().map(|&t| suite.tests[t].estimate).sum();
    let name = &suite.files[file as usize].name;
    Unit::new(level, name, predicted_us, by_class(suite, tests))
}

/// The names of these tests, by classname.
fn by_class(suite: &Suite<'_>, tests: &[usize]) -> Names {
    let class = |test: usize| suite.tests[test].class;
    let name = |&test: &usize| suite.tests[test].name.clone().into_owned();
    tests
        .chunk_by(|&a, &b| class(a) == class(b))
        .map(|of_class| {
            let classname = &suite.classes[class(of_class[0]) as usize].classname;
            (
                classname.clone().into_owned(),
                of_class.iter().map(name).collect(),
            )
        })
        .collect()
}
