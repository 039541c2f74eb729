//! What earlier builds measured: every kept sample of every address, by build.

mod builds;
mod recorder;

pub use builds::Build;
pub use recorder::{CaseSeen, ReportInfo, ReportRecorder};

use rustc_hash::FxHashMap;

use crate::address::{Address, canonical};
use crate::intern::Interner;
use crate::micros::Micros;

/// All samples that are kept, in the order that makes their source irrelevant: two
/// histories of the same reports are equal in every decision, however the reports came in.
///
/// ```
/// use evenshard::history::{CaseSeen, History, ReportInfo};
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
/// report.finish(ReportInfo::default());
/// let address = Address { classname: "tests.test_api".into(), name: "test_get".into() };
/// assert!(history.knows(&address));
/// ```
#[derive(Clone, Debug, Default)]
pub struct History {
    classes: Interner,
    /// Per class, the `file` attribute's dotted form where it is a prefix of the classname.
    file_hints: Vec<Option<u32>>,
    names: Interner,
    tests: Vec<TestKey>,
    index: FxHashMap<TestKey, u32>,
    reports: Vec<ReportInfo>,
    observations: Vec<Observation>,
}

/// A test within a history, by the numbers of its classname and its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct TestKey {
    class: u32,
    name: u32,
}

/// One test in one report (and one suite element of it).
#[derive(Clone, Copy, Debug)]
struct Observation {
    test: u32,
    report: u32,
    /// `None`: seen, but skipped or without a usable time.
    sample: Option<Micros>,
}

/// One measured duration of one test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The report it is from, as an index into [`History::reports`].
    pub report: usize,
    /// How long the test took, all attempts within one suite element together; `None` where
    /// the test was seen but skipped or had no usable time.
    pub duration: Option<Micros>,
}

/// The number of a test within one [`History`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TestId(u32);

impl TestId {
    /// The number as an index into slices with one entry a test.
    pub fn index(self) -> usize {
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
    pub fn reports(&self) -> &[ReportInfo] {
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
        let key = TestKey {
            class: self.classes.find(classname)?,
            name: self.names.find(name)?,
        };
        self.index.get(&key).copied().map(TestId)
    }

    /// All tests, in the order of first sight.
    pub fn tests(&self) -> impl Iterator<Item = TestId> + use<> {
        (0..u32::try_from(self.tests.len()).unwrap_or(u32::MAX)).map(TestId)
    }

    /// The classname of a test.
    pub fn classname(&self, test: TestId) -> &str {
        self.classes.get(self.tests[test.index()].class)
    }

    /// The name of a test, with its parameters.
    pub fn name(&self, test: TestId) -> &str {
        self.names.get(self.tests[test.index()].name)
    }

    /// The dotted file of a class where a `file` attribute told it.
    pub(crate) fn file_hint(&self, classname: &str) -> Option<&str> {
        let class = self.classes.find(classname)?;
        let length = self.file_hints.get(class as usize).copied().flatten()?;
        self.classes.get(class).get(..length as usize)
    }

    /// What was seen of each test: samples grouped by test, each group in the order of the
    /// builds (oldest first) and, within one, by duration.
    pub fn samples(&self) -> Samples {
        let rank = builds::ranks(self);
        let mut all: Vec<(u32, u32, Option<Micros>, u32)> = self
            .observations
            .iter()
            .map(|o| (o.test, rank[o.report as usize], o.sample, o.report))
            .collect();
        all.sort_unstable();
        let mut starts = Vec::with_capacity(self.tests.len() + 1);
        for test in self.tests() {
            starts.push(all.partition_point(|o| o.0 < test.0));
        }
        starts.push(all.len());
        let samples = all
            .iter()
            .map(|o| Sample {
                report: o.3 as usize,
                duration: o.2,
            })
            .collect();
        Samples { starts, samples }
    }

    /// The builds that the reports are from, oldest first.
    pub fn builds(&self) -> Vec<Build> {
        builds::group(self)
    }

    fn test_id(&mut self, classname: &str, name: &str) -> u32 {
        let (classname, name) = canonical(classname, name);
        let key = TestKey {
            class: self.classes.intern(&classname),
            name: self.names.intern(&name),
        };
        let next = u32::try_from(self.tests.len()).unwrap_or(u32::MAX);
        let id = *self.index.entry(key).or_insert(next);
        if id == next {
            self.tests.push(key);
        }
        id
    }
}

/// The samples of all tests of a history; see [`History::samples`].
#[derive(Clone, Debug)]
pub struct Samples {
    starts: Vec<usize>,
    samples: Vec<Sample>,
}

impl Samples {
    /// The samples of one test, oldest build first.
    pub fn of(&self, test: TestId) -> &[Sample] {
        &self.samples[self.starts[test.index()]..self.starts[test.index() + 1]]
    }
}
