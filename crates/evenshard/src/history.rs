//! What earlier builds measured: every kept sample of every address, by build.

mod builds;
mod files;
mod flaky;
mod gone;
mod groups;
mod index;
mod measured;
mod merge;
mod recorder;
mod store;
pub(crate) mod told;

pub use builds::Build;
pub(crate) use files::{FileNumbers, Files};
pub use flaky::FlakyTest;
pub use gone::Missing;
pub(crate) use measured::{Cost, Measured, What};
pub use merge::{KEPT_BUILDS, KEPT_SAMPLES};
pub use recorder::{CaseSeen, Origin, ReportFacts, ReportRecorder};
pub use store::Histories;

use rustc_hash::FxHashMap;

use groups::Groups;
use index::Index;
use told::Told;

use crate::address::{self, Address, NodeId, canonical};
use crate::intern::Interner;
use crate::micros::Micros;
use crate::outcome::Outcome;

/// All samples that are kept, in the order that makes their source irrelevant: two
/// histories of the same reports are equal in every decision, however the reports came in.
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
    /// Per class, how many bytes of its name are the file, where a `file` attribute or a
    /// node id told.
    file_hints: Vec<Option<FileHint>>,
    names: Interner,
    tests: Vec<TestKey>,
    index: Index,
    reports: Vec<Report>,
    /// The first report of each digest.
    by_digest: FxHashMap<String, u32>,
    observations: Vec<Observation>,
    measured: Measured,
    groups: Groups,
    told: Told,
}

/// What is known of a report, and where it is from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// What the report itself says.
    pub facts: ReportFacts,
    /// What something beside it says.
    pub origin: Origin,
    /// The sum of its samples.
    pub cases: Micros,
    /// How many tests it has.
    pub tests: u32,
    /// Whether its session ended before its last test, as far as something tells: tests that
    /// are not in such a report may be there all the same.
    pub broke_off: bool,
}

impl Report {
    /// True when its tests ran side by side (as under xdist): then their order and the time
    /// between them say nothing.
    pub fn is_parallel(&self) -> bool {
        self.facts.wall.is_some_and(|wall| self.cases > wall)
    }
}

/// A test within a history, by the numbers of its classname and its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct TestKey {
    class: u32,
    name: u32,
}

/// One test in one report (and one suite element of it).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Observation {
    test: u32,
    report: u32,
    sample: Sample,
}

/// What was seen of one test in one suite element of one report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Sample {
    /// How long the test took, all attempts within one suite element together; `None` where
    /// it was skipped or had no usable time.
    pub duration: Option<Micros>,
    /// What skipping it took, where it was skipped and that took any time.
    pub skip_time: Option<Micros>,
    /// How its last attempt ended.
    pub outcome: Outcome,
    /// Whether other attempts within the suite element ended otherwise.
    pub flaky: bool,
    /// Whether it was the first of a set that may pay for set-up.
    pub first: First,
}

/// Of what a test was the first to run in its report: who is first pays for set-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum First {
    /// Of nothing.
    #[default]
    No,
    /// Of its class.
    Class,
    /// Of its file (and its class).
    File,
    /// Of the whole report.
    Report,
}

/// How much of a classname is the file, and whether its runner runs that as a whole.
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

    /// The number as an index into slices with one entry a test.
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
    /// A history without any sample.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a report; its cases count once [`ReportRecorder::finish`] is called.
    pub fn report(&mut self) -> ReportRecorder<'_> {
        ReportRecorder::new(self)
    }

    /// The reports that were added, in the order of adding.
    pub fn reports(&self) -> &[Report] {
        &self.reports
    }

    /// How many tests were seen.
    pub fn len(&self) -> usize {
        self.tests.len()
    }

    /// True when no test was seen.
    pub fn is_empty(&self) -> bool {
        self.tests.is_empty()
    }

    /// True when the test was seen, sampled or not.
    pub fn knows(&self, address: &Address) -> bool {
        self.find(&address.classname, &address.name).is_some()
    }

    /// The test with this classname and name.
    pub fn find(&self, classname: &str, name: &str) -> Option<TestId> {
        self.find_in(self.find_class(classname)?, name)
    }

    /// The test of this class with this name.
    pub(crate) fn find_in(&self, class: ClassId, name: &str) -> Option<TestId> {
        let key = TestKey {
            class: class.0,
            name: self.names.find(name)?,
        };
        self.index.find(&self.tests, key).map(TestId)
    }

    /// Returns the test with this node id, by any name that a version of pytest reports for it.
    pub fn find_id(&self, id: &NodeId<'_>) -> Option<TestId> {
        self.find_id_in(self.find_class(&id.classname())?, id)
    }

    /// Returns the test of this class with this node id.
    pub(crate) fn find_id_in(&self, class: ClassId, id: &NodeId<'_>) -> Option<TestId> {
        let names = id.names_in_reports();
        names.iter().find_map(|name| self.find_in(class, name))
    }

    /// All tests, in the order of first sight.
    pub fn tests(&self) -> impl ExactSizeIterator<Item = TestId> + use<> {
        (0..count(self.tests.len())).map(TestId)
    }

    /// The classname of a test.
    pub fn classname(&self, test: TestId) -> &str {
        self.classes.get(self.tests[test.index()].class)
    }

    /// The name of a test, with its parameters.
    pub fn name(&self, test: TestId) -> &str {
        self.names.get(self.tests[test.index()].name)
    }

    /// All classnames, in the order of first sight.
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

    /// The same for the names of a list, most of which stand in the order of the history: `last`
    /// is the class that was found before.
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

    /// The dotted file of a class where something told it.
    pub(crate) fn file_hint(&self, class: ClassId) -> Option<&str> {
        let hint = self.file_hints.get(class.index()).copied().flatten()?;
        self.class_name(class).get(..hint.length as usize)
    }

    /// Whether the runner of a class runs its file as a whole.
    pub(crate) fn runs_whole(&self, class: ClassId) -> bool {
        let hint = self.file_hints.get(class.index()).copied().flatten();
        hint.is_some_and(|hint| hint.whole)
    }

    /// A test for people, by its names in reports.
    pub(crate) fn shown(&self, test: TestId) -> String {
        address::shown(self.classname(test), self.name(test))
    }

    /// What was seen of each test, by test; of each the oldest build first.
    pub fn samples(&self) -> Samples {
        let rank = builds::ranks(self);
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
            samples[range[0]..range[1]].sort_unstable_by_key(|&(r, s)| (rank[r as usize], s));
        }
        Samples { starts, samples }
    }

    #[cfg(feature = "junit")]
    /// What was seen of all tests, in no order that means anything.
    pub(crate) fn all_samples(&self) -> impl Iterator<Item = Sample> {
        self.observations.iter().map(|o| o.sample)
    }

    /// The builds that the reports are from, oldest first.
    pub fn builds(&self) -> Vec<Build> {
        builds::group(self)
    }

    /// What the newest build alone knows: the newest complete one, or the newest where none is.
    #[must_use]
    pub fn newest_build(&self) -> Self {
        builds::newest(self)
    }

    /// The number of the report with this digest; one without a digest is never known.
    fn find_report(&self, digest: &str) -> Option<u32> {
        let known = self.by_digest.get(digest).copied();
        known.filter(|_| !digest.is_empty())
    }

    /// Adds a report, and gives its number.
    fn add_report(&mut self, report: Report) -> u32 {
        let number = count(self.reports.len());
        let digest = report.facts.digest.clone();
        self.by_digest.entry(digest).or_insert(number);
        self.reports.push(report);
        number
    }

    fn test_id(&mut self, classname: &str, name: &str) -> u32 {
        let (classname, name) = canonical(classname, name);
        // Cases of one class stand together: most often it is the class of the case before.
        let class = match self.last_class {
            Some(class) if self.classes.get(class) == classname => class,
            _ => self.classes.intern(&classname),
        };
        self.last_class = Some(class);
        let key = TestKey {
            class,
            name: self.names.intern(&name),
        };
        self.file_hints.resize(self.classes.len(), None);
        self.index.add(&mut self.tests, key)
    }
}

/// A length as the number that comes next.
fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// The samples of all tests of a history; see [`History::samples`].
#[derive(Clone, Debug)]
pub struct Samples {
    starts: Vec<usize>,
    samples: Vec<(u32, Sample)>,
}

impl Samples {
    /// The same without what tests were measured to have paid for fixtures of others.
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

    /// The samples of one test, oldest build first, each with the report it is from (an
    /// index into [`History::reports`]).
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
