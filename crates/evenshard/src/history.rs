//! The timings of earlier builds: samples, by test and build.

pub(crate) mod builds;
mod changed;
mod files;
mod flaky;
mod gone;
mod groups;
mod index;
mod measured;
mod merge;
mod origin;
mod recorder;
pub(crate) mod reported;
mod store;

internal!(builds::Build);
internal!(changed::Changed);
pub(crate) use files::{FileNumbers, Files};
pub use flaky::FlakyTest;
internal!(gone::Missing);
pub(crate) use measured::{Cost, MeasuredCosts, What};
internal!(merge::{KEPT_BUILDS, KEPT_SAMPLES});
pub use origin::{Origin, ReportFacts};
pub use recorder::{CaseSeen, ReportRecorder};
pub use store::Histories;

use rustc_hash::FxHashMap;

use groups::Groups;
use index::Index;
use reported::Reported;

use crate::Micros;
use crate::address::{self, Address, NodeId};
use crate::intern::{Interner, count};
use crate::outcome::Outcome;

/// The samples of earlier builds. Histories of the same reports lead to the same decisions, in
/// whatever order the reports were added.
///
/// ```
/// use evenshard::history::{CaseSeen, History, Origin, ReportFacts};
/// use evenshard::{Address, Micros};
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
/// let address = Address { classname: "tests.test_api".into(), name: "test_get".into() };
/// assert!(history.knows(&address));
/// ```
#[derive(Clone, Debug, Default)]
pub struct History {
    classes: Interner,
    last_class: Option<u32>,
    /// The file in the name of each class, if a `file` attribute or a node id shows it.
    file_hints: Vec<Option<FileHint>>,
    names: Interner,
    tests: Vec<TestKey>,
    index: Index,
    reports: Vec<KnownReport>,
    /// The first report with each digest.
    by_digest: FxHashMap<String, u32>,
    observations: Vec<Observation>,
    measured: MeasuredCosts,
    groups: Groups,
    reported: Reported,
}

/// A report of a history: its facts and its origin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[doc(hidden)]
pub struct KnownReport {
    /// The facts in the report itself.
    pub facts: ReportFacts,
    /// The facts from a run record or from the caller.
    pub origin: Origin,
    /// The sum of its samples.
    pub cases: Micros,
    /// The number of its tests.
    pub tests: u32,
    /// True if the session is known to have ended before its last test. A test that is missing from
    /// such a report may still exist.
    pub broke_off: bool,
}

impl KnownReport {
    /// Returns true if its tests ran in parallel, as under xdist. Then the order of the tests and
    /// the time between them mean nothing.
    pub fn is_parallel(&self) -> bool {
        self.facts.wall.is_some_and(|wall| self.cases > wall)
    }
}

/// The key of a test within a history: the numbers of its classname and its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct TestKey {
    class: u32,
    name: u32,
}

/// The sample of one test in one suite element of one report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Observation {
    test: u32,
    report: u32,
    sample: Sample,
}

/// The result of one test in one suite element of one report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Sample {
    /// The time of the test, all attempts within one suite element together; `None` if it was
    /// skipped or had no usable time.
    pub duration: Option<Micros>,
    /// The time that skipping it took, if any.
    #[doc(hidden)]
    pub skip_time: Option<Micros>,
    /// The outcome of its last attempt.
    pub outcome: Outcome,
    /// True if other attempts within the suite element had another outcome.
    pub flaky: bool,
    /// The largest set of tests in which this test ran first.
    #[doc(hidden)]
    pub first: First,
}

/// The largest set of tests in which a test ran first within its report. The first test of a class
/// or file pays for the setup of that set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(hidden)]
pub enum First {
    /// None: it was skipped, or another test of its class ran before it.
    #[default]
    No,
    /// Its class.
    Class,
    /// Its file (and its class).
    File,
    /// The whole report.
    Report,
}

/// The length of the file in a classname; `whole` is true if the runner always runs that file as a
/// whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileHint {
    length: u32,
    whole: bool,
}

/// The number of a test within one [`History`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TestId(u32);

impl TestId {
    pub(crate) fn number(self) -> u32 {
        self.0
    }

    /// Returns the number as an index into slices with one entry per test.
    #[doc(hidden)]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The number of a classname within one [`History`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ClassId(u32);

impl ClassId {
    pub(crate) fn number(self) -> u32 {
        self.0
    }

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

impl History {
    /// Makes a history without samples.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts recording a report. Its cases count after [`ReportRecorder::finish`] is called.
    pub fn report(&mut self) -> ReportRecorder<'_> {
        ReportRecorder::new(self)
    }

    /// Returns the reports in the order in which they were added.
    #[doc(hidden)]
    pub fn reports(&self) -> &[KnownReport] {
        &self.reports
    }

    /// Returns the number of tests.
    pub fn len(&self) -> usize {
        self.tests.len()
    }

    /// Returns true if the history has no test.
    pub fn is_empty(&self) -> bool {
        self.tests.is_empty()
    }

    /// Returns true if the history has the test, even without a time.
    #[doc(hidden)]
    pub fn knows(&self, address: &Address) -> bool {
        self.find(&address.classname, &address.name).is_some()
    }

    /// Finds the test with this classname and name.
    #[doc(hidden)]
    pub fn find(&self, classname: &str, name: &str) -> Option<TestId> {
        self.find_in(self.find_class(classname)?, name)
    }

    /// Finds the test of this class with this name.
    pub(crate) fn find_in(&self, class: ClassId, name: &str) -> Option<TestId> {
        let key = TestKey {
            class: class.0,
            name: self.names.find(name)?,
        };
        self.index.find(&self.tests, key).map(TestId)
    }

    /// Finds the test with this node id, under any name that a version of pytest reports for it.
    pub fn find_id(&self, id: &NodeId<'_>) -> Option<TestId> {
        self.find_id_in(self.find_class(&id.classname())?, id)
    }

    /// Finds the test of this class with this node id.
    pub(crate) fn find_id_in(&self, class: ClassId, id: &NodeId<'_>) -> Option<TestId> {
        let names = id.names_in_reports();
        names.iter().find_map(|name| self.find_in(class, name))
    }

    /// Returns all tests, in the order in which they were first seen.
    pub fn tests(&self) -> impl ExactSizeIterator<Item = TestId> + use<> {
        (0..count(self.tests.len())).map(TestId)
    }

    /// Returns the tests of each class.
    pub(crate) fn tests_by_class(&self) -> Vec<Vec<TestId>> {
        let mut tests = vec![Vec::new(); self.classes.len()];
        for test in self.tests() {
            tests[self.class_of(test).index()].push(test);
        }
        tests
    }

    /// Returns the classname of a test.
    pub fn classname(&self, test: TestId) -> &str {
        self.classes.get(self.tests[test.index()].class)
    }

    /// Returns the name of a test, with its parameters.
    pub fn name(&self, test: TestId) -> &str {
        self.names.get(self.tests[test.index()].name)
    }

    /// Returns all classnames, in the order in which they were first seen.
    pub(crate) fn class_ids(&self) -> impl ExactSizeIterator<Item = ClassId> + use<> {
        (0..count(self.classes.len())).map(ClassId)
    }

    pub(crate) fn class_of(&self, test: TestId) -> ClassId {
        ClassId(self.tests[test.index()].class)
    }

    pub(crate) fn class_name(&self, class: ClassId) -> &str {
        self.classes.get(class.0)
    }

    pub(crate) fn find_class(&self, classname: &str) -> Option<ClassId> {
        self.classes.find(classname).map(ClassId)
    }

    /// Finds a class by name. Most lists have their classes in the order of the history, so this
    /// first tries the class after `last`, the previous result.
    pub(crate) fn find_class_after(
        &self,
        last: Option<ClassId>,
        classname: &str,
    ) -> Option<ClassId> {
        let next = ClassId(last.map_or(0, |last| last.0 + 1));
        if next.index() < self.classes.len() && self.class_name(next) == classname {
            return Some(next);
        }
        self.find_class(classname)
    }

    /// Returns the dotted file of a class, if a report or a list showed it.
    pub(crate) fn file_hint(&self, class: ClassId) -> Option<&str> {
        let hint = self.file_hints.get(class.index()).copied().flatten()?;
        self.class_name(class).get(..hint.length as usize)
    }

    /// Returns true if the runner of a class always runs its file as a whole.
    pub(crate) fn runs_whole(&self, class: ClassId) -> bool {
        let hint = self.file_hints.get(class.index()).copied().flatten();
        hint.is_some_and(|hint| hint.whole)
    }

    /// Formats a test for messages, from its classname and name in reports.
    pub(crate) fn shown(&self, test: TestId) -> String {
        address::shown(self.classname(test), self.name(test))
    }

    /// Returns the samples of each test, the oldest build first.
    pub fn samples(&self) -> Samples {
        let rank = builds::ranks(self);
        // A counting sort: one allocation instead of one per test.
        let mut starts = vec![0_usize; self.tests.len() + 1];
        for o in &self.observations {
            starts[o.test as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let blank = (
            0,
            Sample {
                duration: None,
                skip_time: None,
                outcome: Outcome::Passed,
                flaky: false,
                first: First::No,
            },
        );
        let mut samples = vec![blank; self.observations.len()];
        for o in &self.observations {
            let at = &mut next[o.test as usize];
            samples[*at] = (o.report, o.sample);
            *at += 1;
        }
        for range in starts.windows(2) {
            // By age, then by value: the order in which reports were added must not matter.
            samples[range[0]..range[1]].sort_unstable_by_key(|&(r, s)| (rank[r as usize], s));
        }
        Samples { starts, samples }
    }

    #[cfg(feature = "junit")]
    /// Returns the samples of all tests, in no particular order.
    pub(crate) fn all_samples(&self) -> impl Iterator<Item = Sample> {
        self.observations.iter().map(|o| o.sample)
    }

    /// Groups the reports into builds, the oldest first.
    #[doc(hidden)]
    pub fn builds(&self) -> Vec<Build> {
        builds::group(self)
    }

    /// Returns a history of only the newest complete build, or of the newest build if none is
    /// complete.
    #[doc(hidden)]
    #[must_use]
    pub fn newest_build(&self) -> Self {
        let builds = self.builds();
        // A build that is still running lacks the tests of other shards.
        let complete = builds.iter().rfind(|build| build.is_complete(self));
        let newest = complete.or(builds.last());
        newest.map_or_else(Self::new, |newest| newest.alone(self))
    }

    /// Finds the report with this digest; a report without a digest is never found.
    fn find_report(&self, digest: &str) -> Option<u32> {
        // A caller may give no digest; nothing shows that two such reports are the same.
        let known = self.by_digest.get(digest).copied();
        known.filter(|_| !digest.is_empty())
    }

    /// Adds a report and returns its number.
    fn add_report(&mut self, report: KnownReport) -> u32 {
        let number = count(self.reports.len());
        let digest = report.facts.digest.clone();
        self.by_digest.entry(digest).or_insert(number);
        self.reports.push(report);
        number
    }

    /// Returns the number of the test with this canonical classname and name, and adds the test if
    /// it is new.
    fn test_id(&mut self, classname: &str, name: &str) -> u32 {
        // Most cases have the class of the case before them, so that class is tried first.
        let class = match self.last_class {
            Some(class) if self.classes.get(class) == classname => class,
            _ => self.classes.intern(classname),
        };
        self.last_class = Some(class);
        let key = TestKey {
            class,
            name: self.names.intern(name),
        };
        // A new class has no hint yet.
        self.file_hints.resize(self.classes.len(), None);
        self.index.add(&mut self.tests, key)
    }
}

/// The samples of all tests of a history; see [`History::samples`].
#[derive(Clone, Debug)]
pub struct Samples {
    starts: Vec<usize>,
    samples: Vec<(u32, Sample)>,
}

impl Samples {
    /// Subtracts the measured cost of fixtures from the samples of the tests that set them up for
    /// others too.
    pub(crate) fn without_paid(&self, history: &History) -> Self {
        let paid = history.measured.paid();
        let paid: FxHashMap<(u32, u32), Micros> = paid.map(|(r, t, us)| ((r, t), us)).collect();
        let mut net = self.clone();
        for test in history.tests() {
            let range = self.starts[test.index()]..self.starts[test.index() + 1];
            for (report, sample) in &mut net.samples[range] {
                if let (Some(time), Some(&paid)) =
                    (&mut sample.duration, paid.get(&(*report, test.0)))
                {
                    *time = time.saturating_sub(paid);
                }
            }
        }
        net
    }

    /// Returns the samples of one test, the oldest build first, each with its report (an index into
    /// [`History::reports`]).
    pub fn of(
        &self,
        test: TestId,
    ) -> impl ExactSizeIterator<Item = (usize, Sample)> + DoubleEndedIterator + '_ {
        let range = self.starts[test.index()]..self.starts[test.index() + 1];
        self.samples[range]
            .iter()
            .map(|&(report, sample)| (report as usize, sample))
    }
}
