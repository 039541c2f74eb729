//! What a history says that a test will take next time.
//!
//! Samples of all builds are brought to one speed (`speed`), what a test paid for the set-up
//! of its class or file is taken off it (`measured`, `setup`), a wild sample is clamped, newer
//! builds weigh more, and what no report shows is added (`floor`). All sums are of
//! integers, so the order in which reports were read does not matter.
//!
//! A test that is skipped weighs what skipping costs, and one that is gone weighs nothing
//! (`skips`, `History::gone`).

mod floor;
mod machines;
mod measured;
#[cfg(feature = "internals")]
mod noise;
mod session;
mod setup;
mod shrink;
mod skips;
mod speed;

use std::fmt;

use rustc_hash::FxHashMap;

pub(crate) use floor::DEFAULT_IMPORT;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub use noise::{Noisy, noisy};
pub(crate) use session::Session;

use crate::address::function_of;
use crate::history::{ClassId, History, Sample, Samples, TestId};
use crate::micros::Micros;
use crate::suite::files::{FileNumbers, Files};
use floor::Outside;
use setup::Setup;
use skips::Skips;
use speed::Speeds;

/// Estimates for every test of a history, and for tests that it does not know.
#[derive(Clone, Debug)]
#[must_use]
pub struct Estimates<'h> {
    /// One a test of the history; `None` where it was seen, and neither sampled nor skipped.
    measured: Vec<Option<Micros>>,
    /// What is expected of each test.
    expected: Vec<Expected>,
    /// By class, its functions with parameters.
    by_function: FxHashMap<ClassId, FxHashMap<Box<str>, Means>>,
    by_class: Vec<Means>,
    files: FileNumbers<'h>,
    by_file: Vec<Means>,
    /// What a file takes on average; `None` where none takes anything.
    mean_file: Option<Micros>,
    /// What the classes of a file pay for set-up, beside one that is the file itself.
    class_setups: FxHashMap<u32, Micros>,
    suite: Means,
    setup: Setup,
    floor: Micros,
    import: Option<Micros>,
    session: Session,
}

/// What will become of a test next time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// It runs.
    Runs,
    /// It is skipped.
    Skipped,
    /// It is not there any more.
    Gone,
}

/// The means of tests that are alike, by what is expected of them.
#[derive(Clone, Debug, Default)]
struct Means {
    runs: Mean,
    /// Few have any.
    others: Option<Box<Others>>,
}

/// The means of tests that do not run.
#[derive(Clone, Copy, Debug, Default)]
struct Others {
    skipped: Mean,
    gone: Mean,
}

impl Means {
    fn of(&mut self, expected: Expected) -> &mut Mean {
        match expected {
            Expected::Runs => &mut self.runs,
            Expected::Skipped => &mut self.others.get_or_insert_default().skipped,
            Expected::Gone => &mut self.others.get_or_insert_default().gone,
        }
    }

    fn others(&self) -> Others {
        self.others.as_deref().copied().unwrap_or_default()
    }

    /// What one more test of them takes: those that run tell it, else those that are skipped,
    /// else those that were there.
    fn value(&self) -> Option<Micros> {
        let Others { skipped, gone } = self.others();
        let value = self.runs.value().or_else(|| skipped.value());
        value.or_else(|| gone.value())
    }

    /// What those that are there take together.
    fn sum(&self) -> u128 {
        self.runs.sum() + self.others().skipped.sum()
    }

    /// True when none runs, and it is known of some that they are skipped.
    fn all_skipped(&self) -> bool {
        self.runs.count == 0 && self.others().skipped.count > 0
    }

    fn is_empty(&self) -> bool {
        let Others { skipped, gone } = self.others();
        [self.runs, skipped, gone]
            .iter()
            .all(|mean| mean.count == 0)
    }
}

/// A mean in the making.
#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    /// High and low: a `u128` would take a fourth more in each of a million means.
    sum: [u64; 2],
    count: u64,
}

impl Mean {
    fn add(&mut self, duration: Micros) {
        self.add_weighted(duration, 1);
    }

    fn add_weighted(&mut self, duration: Micros, weight: u64) {
        let sum = self.sum() + u128::from(duration.get()) * u128::from(weight);
        let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(u64::MAX);
        self.sum = [half(sum >> 64), half(sum)];
        self.count += weight;
    }

    fn sum(self) -> u128 {
        let [high, low] = self.sum.map(u128::from);
        high << 64 | low
    }

    /// The mean, rounded to the nearest microsecond.
    fn value(self) -> Option<Micros> {
        let count = u128::from(self.count);
        let rounded = (self.sum() + count / 2).checked_div(count)?;
        Some(Micros::new(u64::try_from(rounded).unwrap_or(u64::MAX)))
    }
}

/// What every shard pays once for a test's file and class, as far as that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SetupCost {
    /// Importing and collecting the file, where that was measured.
    pub import: Option<Micros>,
    /// The fixtures of its module.
    pub modules: KnownCost,
    /// The fixtures of its class.
    pub class: KnownCost,
}

/// What fixtures cost, and how that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownCost {
    /// Zero where nothing is known.
    pub cost: Micros,
    /// True where runs measured it, false where it was learnt from first tests.
    pub measured: bool,
}

/// Where an estimate comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Basis {
    /// The test's own samples.
    Samples,
    /// It was skipped in the newest builds: what skipping costs.
    Skipped,
    /// It was in none of the newest builds: nothing, until it comes back.
    Gone,
    /// The mean of the parameters of its function.
    Function,
    /// The mean of the tests of its class.
    Class,
    /// The mean of the tests of its file.
    File,
    /// The mean of all tests.
    Suite,
    /// Nothing was measured at all: the floor alone.
    Floor,
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Samples => "from its samples, builds brought to one speed, set-up taken off",
            Self::Skipped => "skipped in the newest builds: what skipping costs",
            Self::Gone => "in none of the newest complete builds",
            Self::Function => "never measured: the mean of its function",
            Self::Class => "never measured: the mean of its class",
            Self::File => "never measured: the mean of its file",
            Self::Suite => "never measured: the mean of all tests",
            Self::Floor => "nothing was measured",
        })
    }
}

impl<'h> Estimates<'h> {
    /// Estimates from all samples of `history`.
    pub fn new(history: &'h History) -> Self {
        Self::with_files(history, &Files::of_history(history))
    }

    /// The same where the files of some classnames are known for certain.
    pub(crate) fn with_files(history: &'h History, files: &Files) -> Self {
        let samples = history.samples();
        // What only the first user of a fixture pays says nothing of a machine.
        let speeds = if history.measured().is_empty() {
            Speeds::of(history, &samples)
        } else {
            Speeds::of(history, &samples.without_paid(history))
        };
        let setup = Setup::learn(history, &samples, &speeds, files);
        let numbers = FileNumbers::new(history, files);
        let Outside { floor, import } = Outside::fit(history, &samples, &numbers);
        let mut estimates = Self {
            measured: Vec::with_capacity(history.len()),
            expected: Vec::with_capacity(history.len()),
            by_function: FxHashMap::default(),
            by_class: vec![Means::default(); history.class_ids().len()],
            by_file: vec![Means::default(); numbers.len()],
            files: numbers,
            mean_file: None,
            class_setups: FxHashMap::default(),
            suite: Means::default(),
            setup,
            floor,
            import,
            session: Session::default(),
        };
        let mut costs = Vec::new();
        let mut counts = Vec::with_capacity(history.len());
        let mut skips = Vec::with_capacity(history.len());
        let gone = history.gone();
        for test in history.tests() {
            let class = history.class_of(test);
            let file = files.of(history, class);
            let own = estimates.own((test, class, file), &samples, &speeds, &mut costs);
            let skip = Skips::of(samples.of(test), &speeds);
            let expected = match (gone[test.index()], skip.ends_it(own.is_some())) {
                (true, _) => Expected::Gone,
                (false, true) => Expected::Skipped,
                (false, false) => Expected::Runs,
            };
            // What is skipped for good is no like of those that run.
            let runs = |_: &Micros| !skip.ends_it(true);
            estimates.measured.push(own.filter(runs));
            estimates.expected.push(expected);
            skips.push(skip);
            counts.push(u8::try_from(costs.len()).unwrap_or(u8::MAX));
        }
        shrink::shrink(history, &mut estimates.measured, &counts);
        for (own, skip) in estimates.measured.iter_mut().zip(skips) {
            *own = skip.faded(*own);
        }
        drop((samples, counts));
        estimates.sum_up(history);
        estimates.note_class_setups(history, files);
        let (learnt, there) = (estimates.setup.of_session(), |test| {
            !estimates.is_gone(test)
        });
        estimates.session = Session::learn(history, &speeds, learnt, there);
        estimates
    }

    /// Adds the floor to every estimate, and notes means.
    fn sum_up(&mut self, history: &History) {
        for test in history.tests() {
            let Some(own) = self.measured[test.index()] else {
                continue;
            };
            let estimate = own + self.floor;
            self.measured[test.index()] = Some(estimate);
            let expected = self.expected[test.index()];
            let class = history.class_of(test);
            let name = history.name(test);
            if name.contains('[') {
                let functions = self.by_function.entry(class).or_default();
                let means = match functions.get_mut(function_of(name)) {
                    Some(means) => means,
                    None => functions.entry(function_of(name).into()).or_default(),
                };
                means.of(expected).add(estimate);
            }
            self.by_class[class.index()].of(expected).add(estimate);
            let file = self.files.of(class);
            self.by_file[file as usize].of(expected).add(estimate);
            self.suite.of(expected).add(estimate);
        }
        let there = self.by_file.iter().filter(|means| means.sum() > 0).count() as u128;
        self.mean_file = self.suite.sum().checked_div(there).map(total);
    }

    fn note_class_setups(&mut self, history: &History, files: &Files) {
        for class in history.class_ids() {
            let (file, own) = (files.of(history, class), self.class_setup(Some(class)));
            if own > Micros::ZERO && file != history.class_name(class) {
                *self.class_setups.entry(self.files.of(class)).or_default() += own;
            }
        }
    }

    /// The weighted, clamped mean of a test's own samples, without set-up and floor. `costs`
    /// is room to work in.
    fn own(
        &self,
        (test, class, file): (TestId, ClassId, &str),
        samples: &Samples,
        speeds: &Speeds,
        costs: &mut Vec<(usize, Micros)>,
    ) -> Option<Micros> {
        let cost = |(report, sample): (usize, Sample)| {
            let of = (test, class, file);
            Some((report, self.setup.net(of, speeds, report, sample)?))
        };
        costs.clear();
        costs.extend(samples.of(test).filter_map(cost));
        let most = clamp(costs);
        let mut mean = Mean::default();
        for &(report, cost) in costs.iter() {
            mean.add_weighted(cost.min(most), speeds.weight(report));
        }
        mean.value()
    }

    /// True when the newest builds do not have the test any more.
    pub(crate) fn is_gone(&self, test: TestId) -> bool {
        self.expected.get(test.index()) == Some(&Expected::Gone)
    }

    /// The estimate for a test of this class, dotted file and name that is there, with what it
    /// rests on. `test` is its number in the history, if it is known there.
    pub(crate) fn of(
        &self,
        test: Option<TestId>,
        class: Option<ClassId>,
        file: &str,
        name: &str,
    ) -> (Micros, Basis) {
        let own = test.and_then(|test| {
            let own = self.measured.get(test.index()).copied().flatten()?;
            let skipped = self.expected[test.index()] == Expected::Skipped;
            Some((
                own,
                if skipped {
                    Basis::Skipped
                } else {
                    Basis::Samples
                },
            ))
        });
        let functions = || self.by_function.get(&class?);
        let function_mean = || functions()?.get(function_of(name))?.value();
        let class_mean = || self.by_class.get(class?.index())?.value();
        let file_mean = || self.means_of(class, file)?.1.value();
        own.or_else(|| Some((function_mean()?, Basis::Function)))
            .or_else(|| Some((class_mean()?, Basis::Class)))
            .or_else(|| Some((file_mean()?, Basis::File)))
            .or_else(|| Some((self.suite.value()?, Basis::Suite)))
            .unwrap_or((self.floor, Basis::Floor))
    }

    /// The estimate for all tests of a dotted file together with the set-up of its classes;
    /// the mean of the known files, and `false`, where it is not known. `class` is one of it.
    pub(crate) fn of_file(&self, class: Option<ClassId>, file: &str) -> (Micros, bool) {
        if let Some((number, means)) = self.means_of(class, file) {
            let setups = self.class_setups.get(&number).copied();
            // A list has it, so a file of which all tests were gone is back.
            let sum = match means.sum() {
                0 => means.others().gone.sum(),
                sum => sum,
            };
            return (total(sum) + setups.unwrap_or_default(), true);
        }
        (self.mean_file.unwrap_or(self.floor), false)
    }

    /// The number of a dotted file, and what is known of its tests.
    fn means_of(&self, class: Option<ClassId>, file: &str) -> Option<(u32, &Means)> {
        let number = self.files.find(class, file)?;
        let means = self.by_file.get(number as usize)?;
        (!means.is_empty()).then_some((number, means))
    }

    /// What every shard that touches the class pays once, beyond what it pays for the file. A
    /// skipped test builds no fixture.
    pub(crate) fn class_setup(&self, class: Option<ClassId>) -> Micros {
        let class = class.filter(|class| {
            let means = self.by_class.get(class.index());
            !means.is_some_and(Means::all_skipped)
        });
        class.map_or(Micros::ZERO, |class| self.setup.of_class(class))
    }

    /// What every shard that touches the file pays once in its first test.
    pub(crate) fn file_setup(&self, class: Option<ClassId>, file: &str) -> Micros {
        let means = self.means_of(class, file);
        if means.is_some_and(|(_, means)| means.all_skipped()) {
            return Micros::ZERO;
        }
        self.setup.of_file(file)
    }

    /// The most that importing a file takes on average, as the wall times of reports tell.
    pub(crate) fn import(&self) -> Option<Micros> {
        self.import
    }

    /// What importing and collecting the file was measured to cost.
    pub(crate) fn file_import(&self, file: &str) -> Option<Micros> {
        self.setup.measured().import(file)
    }

    /// What the session costs beside its tests.
    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// What is known of the set-up of a test of this class and dotted file.
    pub(crate) fn setup_of(&self, class: Option<ClassId>, file: &str) -> SetupCost {
        let measured = self.setup.measured();
        SetupCost {
            import: measured.import(file),
            modules: KnownCost {
                cost: self.file_setup(class, file),
                measured: measured.modules(file).is_some(),
            },
            class: KnownCost {
                cost: self.class_setup(class),
                measured: class.is_some_and(|class| measured.class(class).is_some()),
            },
        }
    }

    /// What every test costs beyond its reported time.
    pub fn floor(&self) -> Micros {
        self.floor
    }
}

/// A sum of times as a time.
fn total(sum: u128) -> Micros {
    Micros::new(u64::try_from(sum).unwrap_or(u64::MAX))
}

/// The most that one of several samples counts: three times the next largest, and a little
/// for times that are mostly rounding. So one wild sample does not rule, and two that agree
/// are believed. Two samples alone say too little of which one is wild.
fn clamp(costs: &[(usize, Micros)]) -> Micros {
    const ROUNDING: Micros = Micros::from_millis(10);
    if costs.len() < 3 {
        return Micros::new(u64::MAX);
    }
    let (mut largest, mut next) = (Micros::ZERO, Micros::ZERO);
    for &(_, cost) in costs {
        next = next.max(largest.min(cost));
        largest = largest.max(cost);
    }
    next + next + next + ROUNDING
}

/// The lower median; zero of nothing.
fn median(durations: &mut [Micros]) -> Micros {
    let Some(middle) = durations.len().checked_sub(1).map(|last| last / 2) else {
        return Micros::ZERO;
    };
    *durations.select_nth_unstable(middle).1
}
