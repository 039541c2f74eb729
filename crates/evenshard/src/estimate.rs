//! Estimates how long each test of a history will take in the next build.
//!
//! - All samples are normalised to one machine speed (`speed`, `machines`).
//! - Setup that a test paid for its class or file is subtracted (`measured`, `setup`).
//! - Outliers are clamped, and newer builds have more weight.
//! - An estimate from few samples is drawn towards the mean of similar tests (`shrink`).
//! - The cost that no report shows is added (`floor`).
//! - A skipped test counts with the cost of skipping it (`skips`), a test that is gone with zero.

mod basis;
mod floor;
mod machines;
mod means;
mod measured;
#[cfg(feature = "internals")]
mod noise;
mod session;
mod setup;
mod shrink;
mod skips;
#[cfg(feature = "internals")]
mod slower;
mod speed;

use rustc_hash::FxHashMap;

pub use basis::Basis;
internal!(basis::{KnownCost, SetupCost});
pub(crate) use floor::DEFAULT_IMPORT;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub use noise::{Noisy, noisy};
pub(crate) use session::Session;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub use slower::{Slowdown, Slower, slower};

use crate::Micros;
use crate::address::{NodeId, function_of};
use crate::history::{ClassId, FileNumbers, Files, History, Sample, Samples, TestId};
use floor::Outside;
use means::{Expected, Mean, Means};
use setup::Setup;
use skips::Skips;
use speed::Speeds;

/// Estimates for every test of a history, and for tests that it does not know.
///
/// ```
/// use evenshard::estimate::{Basis, Estimates};
/// use evenshard::history::{CaseSeen, History, Origin, ReportFacts};
/// use evenshard::{Micros, NodeId};
///
/// let mut history = History::new();
/// let mut report = history.report();
/// report.case(&CaseSeen {
///     classname: "tests.test_api",
///     name: "test_get",
///     sample: Some(Micros::from_millis(20)),
///     ..CaseSeen::default()
/// });
/// report.finish(ReportFacts::default(), Origin::default());
///
/// let estimates = Estimates::new(&history);
/// let (_, basis) = estimates.of_test(&NodeId::parse("tests/test_api.py::test_get"));
/// assert_eq!(basis, Basis::Samples);
/// let (_, basis) = estimates.of_test(&NodeId::parse("tests/test_api.py::test_new"));
/// assert_eq!(basis, Basis::Class);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Estimates<'h> {
    pub(crate) history: &'h History,
    /// The files of the classnames.
    pub(crate) files: Files,
    numbers: FileNumbers<'h>,
    /// The estimate of each test; `None` for a test that was neither measured nor skipped.
    measured: Vec<Option<Micros>>,
    expected: Vec<Expected>,
    /// The means of parametrised functions, by class and function.
    by_function: FxHashMap<ClassId, FxHashMap<Box<str>, Means>>,
    by_class: Vec<Means>,
    by_file: Vec<Means>,
    /// The mean time of a file; `None` if no file takes any time.
    mean_file: Option<Micros>,
    /// The total setup cost of the classes in each file, without a class that is the file itself.
    class_setups: FxHashMap<u32, Micros>,
    suite: Means,
    setup: Setup,
    floor: Micros,
    /// An upper limit for the mean import time of a file, from the wall times of reports.
    pub(crate) import: Option<Micros>,
    /// The fixtures that tests of several files share.
    pub(crate) session: Session,
}

impl<'h> Estimates<'h> {
    /// Makes estimates from all samples of `history`.
    pub fn new(history: &'h History) -> Self {
        Self::with_files(history, Files::of_history(history))
    }

    /// Makes estimates from all samples of `history`, for the tests of a list. The node ids of the
    /// list show which part of a classname is the file. Other classnames are split by their form.
    pub fn for_list<'l>(history: &'h History, lines: impl IntoIterator<Item = &'l str>) -> Self {
        let lines: Vec<&str> = lines.into_iter().collect();
        Self::with_files(history, Files::of_list(history, &lines))
    }

    fn with_files(history: &'h History, files: Files) -> Self {
        let samples = history.samples();
        // Only the first user of a fixture pays its setup, so setup times cannot compare machines.
        let speeds = if history.measured().is_empty() {
            machines::speeds(history, &samples)
        } else {
            machines::speeds(history, &samples.without_paid(history))
        };
        // Speeds first: on a slow machine the excess of a first test is larger than the setup cost.
        let setup = Setup::learn(history, &samples, &speeds, &files);
        let numbers = FileNumbers::new(history, &files);
        let Outside { floor, import } = Outside::fit(history, &samples, &numbers);
        let mut estimates = Self {
            history,
            files,
            measured: Vec::with_capacity(history.len()),
            expected: Vec::with_capacity(history.len()),
            by_function: FxHashMap::default(),
            by_class: vec![Means::default(); history.class_ids().len()],
            by_file: vec![Means::default(); numbers.len()],
            numbers,
            mean_file: None,
            class_setups: FxHashMap::default(),
            suite: Means::default(),
            setup,
            floor,
            import,
            session: Session::default(),
        };
        estimates.measure(&samples, &speeds);
        // Frees memory before the next steps, for suites of a million tests.
        drop(samples);
        estimates.sum_up();
        estimates.note_class_setups();
        let learnt = estimates.setup.of_session();
        let there = |test| !estimates.is_gone(test);
        estimates.session = Session::learn(history, &speeds, learnt, there);
        estimates
    }

    /// Estimates each test by its own samples, without the floor.
    fn measure(&mut self, samples: &Samples, speeds: &Speeds) {
        let history = self.history;
        let mut costs = Vec::new();
        let mut counts = Vec::with_capacity(history.len());
        let mut skips = Vec::with_capacity(history.len());
        let gone = history.gone();
        for test in history.tests() {
            let own = self.own(test, samples, speeds, &mut costs);
            let skip = Skips::of(samples.of(test), speeds);
            let expected = match (gone[test.index()], skip.ends_it(own.is_some())) {
                (true, _) => Expected::Gone,
                (false, true) => Expected::Skipped,
                (false, false) => Expected::Runs,
            };
            // A test that is always skipped must not lower the estimates of similar tests that run.
            let runs = |_: &Micros| !skip.ends_it(true);
            self.measured.push(own.filter(runs));
            self.expected.push(expected);
            skips.push(skip);
            counts.push(u8::try_from(costs.len()).unwrap_or(u8::MAX));
        }
        // Before skips lower the estimates: they say nothing about how noisy a test is.
        shrink::shrink(history, &mut self.measured, &counts);
        for (own, skip) in self.measured.iter_mut().zip(skips) {
            *own = skip.faded(*own);
        }
    }

    /// Adds the floor to every estimate, and computes the means.
    fn sum_up(&mut self) {
        for test in self.history.tests() {
            let Some(own) = self.measured[test.index()] else {
                continue;
            };
            let estimate = own + self.floor;
            self.measured[test.index()] = Some(estimate);
            let expected = self.expected[test.index()];
            let class = self.history.class_of(test);
            let name = self.history.name(test);
            if name.contains('[') {
                let functions = self.by_function.entry(class).or_default();
                let means = match functions.get_mut(function_of(name)) {
                    Some(means) => means,
                    None => functions.entry(function_of(name).into()).or_default(),
                };
                means.of(expected).add(estimate);
            }
            self.by_class[class.index()].of(expected).add(estimate);
            let file = self.numbers.of(class);
            self.by_file[file as usize].of(expected).add(estimate);
            self.suite.of(expected).add(estimate);
        }
        // Files whose tests are all gone would lower the mean.
        let sums = self.by_file.iter().map(Means::sum);
        let there = sums.filter(|&sum| sum > Micros::ZERO).count() as u64;
        let mean = self.suite.sum().get().checked_div(there);
        self.mean_file = mean.map(Micros::new);
    }

    fn note_class_setups(&mut self) {
        for class in self.history.class_ids() {
            let own = self.class_setup(Some(class));
            // A class that is the file has the setup of the file.
            if own > Micros::ZERO && self.file_of(class) != self.history.class_name(class) {
                let of_file = self.class_setups.entry(self.numbers.of(class));
                *of_file.or_default() += own;
            }
        }
    }

    /// Returns the weighted, clamped mean of a test's own samples, without setup and floor.
    /// Afterwards `costs`, a reused buffer, has the cost of each sample.
    fn own(
        &self,
        test: TestId,
        samples: &Samples,
        speeds: &Speeds,
        costs: &mut Vec<(usize, Micros)>,
    ) -> Option<Micros> {
        let class = self.history.class_of(test);
        let of = (test, class, self.file_of(class));
        let cost = |(report, sample): (usize, Sample)| {
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

    /// Returns the history that the estimates were made from.
    #[doc(hidden)]
    pub fn history(&self) -> &'h History {
        self.history
    }

    fn file_of(&self, class: ClassId) -> &'h str {
        self.files.of(self.history, class)
    }

    /// Returns true if the newest builds no longer have the test.
    pub(crate) fn is_gone(&self, test: TestId) -> bool {
        self.expected.get(test.index()) == Some(&Expected::Gone)
    }

    /// Returns the estimate for a node id, and what it is based on; zero for a test that is gone.
    pub fn of_test(&self, id: &NodeId<'_>) -> (Micros, Basis) {
        let test = self.history.find_id(id);
        if test.is_some_and(|test| self.is_gone(test)) {
            return (Micros::ZERO, Basis::Gone);
        }
        let class = self.history.find_class(&id.classname());
        self.of(test, class, &id.dotted_file(), &id.name())
    }

    /// Returns the estimate for a test that is not gone, from its class, dotted file and name, and
    /// what it is based on. `test` and `class` are `None` if the history does not know them.
    pub(crate) fn of(
        &self,
        test: Option<TestId>,
        class: Option<ClassId>,
        file: &str,
        name: &str,
    ) -> (Micros, Basis) {
        let own = || {
            let test = test?.index();
            let own = self.measured.get(test).copied().flatten()?;
            let basis = match self.expected[test] {
                Expected::Skipped => Basis::Skipped,
                Expected::Runs | Expected::Gone => Basis::Samples,
            };
            Some((own, basis))
        };
        let functions = || self.by_function.get(&class?);
        let function_mean = || functions()?.get(function_of(name))?.value();
        let class_mean = || self.by_class.get(class?.index())?.value();
        let file_mean = || self.means_of(file)?.1.value();
        // From the test itself to larger and larger sets that contain it.
        own()
            .or_else(|| Some((function_mean()?, Basis::Function)))
            .or_else(|| Some((class_mean()?, Basis::Class)))
            .or_else(|| Some((file_mean()?, Basis::File)))
            .or_else(|| Some((self.suite.value()?, Basis::Suite)))
            .unwrap_or((self.floor, Basis::Floor))
    }

    /// Returns the estimate for all tests of a dotted file together, with the setup of its classes,
    /// and true if the file is known. An unknown file gets the mean of the known ones.
    pub(crate) fn of_file(&self, file: &str) -> (Micros, bool) {
        if let Some((number, means)) = self.means_of(file) {
            let setups = self.class_setups.get(&number).copied();
            // A list names the file, so it exists again, even if all of its tests were gone.
            let sum = match means.sum() {
                Micros::ZERO => means.sum_of_gone(),
                sum => sum,
            };
            return (sum + setups.unwrap_or_default(), true);
        }
        (self.mean_file.unwrap_or(self.floor), false)
    }

    /// Returns the number of a dotted file and the means of its tests.
    fn means_of(&self, file: &str) -> Option<(u32, &Means)> {
        let number = self.numbers.find(file)?;
        let means = self.by_file.get(number as usize)?;
        (!means.is_empty()).then_some((number, means))
    }

    /// Returns the setup cost that a shard pays once for a class, beyond the setup of its file. It
    /// is zero if all tests of the class are skipped, since a skipped test builds no fixture.
    pub(crate) fn class_setup(&self, class: Option<ClassId>) -> Micros {
        let class = class.filter(|class| {
            let means = self.by_class.get(class.index());
            !means.is_some_and(Means::all_skipped)
        });
        class.map_or(Micros::ZERO, |class| self.setup.of_class(class))
    }

    /// Returns the setup cost that a shard pays once for a file, in its first test of that file.
    pub(crate) fn file_setup(&self, file: &str) -> Micros {
        let means = self.means_of(file);
        if means.is_some_and(|(_, means)| means.all_skipped()) {
            return Micros::ZERO;
        }
        self.setup.of_file(file)
    }

    /// Returns the measured cost of importing and collecting a file.
    pub(crate) fn file_import(&self, file: &str) -> Option<Micros> {
        self.setup.measured().import(file)
    }

    /// Returns the setup cost of the file and class of a node id.
    #[doc(hidden)]
    pub fn setup_of_test(&self, id: &NodeId<'_>) -> SetupCost {
        let class = self.history.find_class(&id.classname());
        let file = &id.dotted_file();
        let measured = self.setup.measured();
        SetupCost {
            import: measured.import(file),
            modules: KnownCost {
                cost: self.file_setup(file),
                measured: measured.modules(file).is_some(),
            },
            class: KnownCost {
                cost: self.class_setup(class),
                measured: class.is_some_and(|class| measured.class(class).is_some()),
            },
        }
    }

    /// Returns the floor: the cost of a test beyond its reported time.
    #[doc(hidden)]
    pub fn floor(&self) -> Micros {
        self.floor
    }
}

/// Returns the limit that samples are clamped to: three times the second largest, plus 10 ms for
/// times that are mostly rounding. So one outlier does not decide, and two large samples that agree
/// are trusted. Fewer than three samples have no limit, since either of two can be the outlier.
/// Both constants are chosen, not measured.
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
