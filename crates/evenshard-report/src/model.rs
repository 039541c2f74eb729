//! The report as it is in JSON. The reference is `docs/json-output.md`.

mod changes;
mod jobs;

use serde::{Deserialize, Serialize};

use evenshard::Micros;
use evenshard::Outcome;
use evenshard::address::likely_node_id;
use evenshard::pack::{Certificate, Split, Workers};
use evenshard::plan::{Level, Match, Room};
use evenshard::verify::{Balance, ListVerdict, ShardVerdict, Totals};

pub use changes::{
    BuildName, ChangeFacts, FailedFacts, FlakyFacts, NamedTest, SlowerFile, SlowerTest, SlowerTimes,
};
pub use jobs::{JobFacts, PriceFacts, ShardTest, ShardTests, TimeFacts};

/// A report on a test suite: its balance, the shards that it needs, a finished build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// The version of the format: 1.
    pub version: u64,
    /// The source of its figures.
    pub basis: Basis,
    /// The name of the suite, among several; empty for the one without a name.
    pub scope: String,
    /// The suite as a whole.
    pub suite: SuiteFacts,
    /// The builds that the timings are from, oldest first.
    pub builds: Vec<BuildFacts>,
    /// The figures of each number of shards.
    pub sizing: Sizing,
    /// The shards of one number of them.
    pub plan: PlanFacts,
    /// The tests with the largest estimates, longest first.
    pub slowest_tests: Top<SlowTest>,
    /// The files that take longest with their set-up, longest first.
    pub slowest_files: Top<SlowFile>,
    /// Listed tests without timings, by file and name.
    pub unknown: Top<NewTest>,
    /// Tests that failed at times and passed at others.
    pub flaky: Top<FlakyTest>,
    /// Tests whose times differ most from build to build.
    pub noisy: Top<NoisyTest>,
    /// The results of a finished build, if they were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub results: Option<ResultFacts>,
    /// The tests of the newest build that a reader asks for by name; `None` without builds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<ChangeFacts>,
    /// The project and the commit, for a title.
    #[serde(default, skip_serializing_if = "TitleFacts::is_empty")]
    pub title: TitleFacts,
    /// Where the time of all jobs goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeFacts>,
    /// The jobs of a finished build, by start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jobs: Vec<JobFacts>,
    /// What each shard of a finished build ran.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shard_tests: Vec<ShardTests>,
}

/// The project and the commit that a report is of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TitleFacts {
    /// The name of the project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The commit of the build.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

impl TitleFacts {
    /// A title with what is known.
    pub fn new(project: Option<String>, commit: Option<String>) -> Self {
        Self { project, commit }
    }

    /// Returns true if nothing is known.
    pub fn is_empty(&self) -> bool {
        self.project.is_none() && self.commit.is_none()
    }
}

/// The source of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Basis {
    /// Timings of earlier builds.
    Timings,
    /// A plan alone: the time of each test is the mean of its file, class or function.
    Plan,
    /// The results of one build, which are the timings as well.
    Results,
}

/// The most entries of a list: a screen of them.
const SHOWN: usize = 20;
/// The most entries of a list that people read to its end, such as that of failed tests. Chosen: a build
/// with more is broken as a whole.
pub(crate) const NAMED: usize = 500;

/// The first entries of a list, and the sum of the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Top<T> {
    /// The entries.
    pub shown: Vec<T>,
    /// The number of all others.
    pub more: u64,
    /// The time of all others together, if that has a meaning.
    #[serde(default)]
    pub more_us: Micros,
}

impl<T> Default for Top<T> {
    fn default() -> Self {
        Self {
            shown: Vec::new(),
            more: 0,
            more_us: Micros::ZERO,
        }
    }
}

impl<T> Top<T> {
    /// The first [`SHOWN`] entries, and the number and the time of all others.
    pub(crate) fn new<S>(
        of: Vec<S>,
        time: impl Fn(&S) -> Micros,
        entry: impl FnMut((usize, S)) -> T,
    ) -> Self {
        Self::most(SHOWN, of, time, entry)
    }

    fn most<S>(
        most: usize,
        mut of: Vec<S>,
        time: impl Fn(&S) -> Micros,
        entry: impl FnMut((usize, S)) -> T,
    ) -> Self {
        let rest = of.split_off(of.len().min(most));
        Self {
            shown: of.into_iter().enumerate().map(entry).collect(),
            more: rest.len() as u64,
            more_us: rest.iter().map(time).sum(),
        }
    }

    /// The first entries, and the number of all others, whose time has no meaning.
    pub(crate) fn first<S>(of: Vec<S>, mut entry: impl FnMut(S) -> T) -> Self {
        Self::new(of, |_| Micros::ZERO, |(_, one)| entry(one))
    }

    /// The first [`NAMED`] entries, and the number of all others.
    pub(crate) fn named<S>(of: Vec<S>, mut entry: impl FnMut(S) -> T) -> Self {
        Self::most(NAMED, of, |_| Micros::ZERO, |(_, one)| entry(one))
    }

    /// The number of all entries.
    pub fn count(&self) -> u64 {
        self.shown.len() as u64 + self.more
    }
}

/// The address of a test in reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestName {
    /// Its file and classes, dotted.
    pub classname: String,
    /// Its name, with parameters.
    pub name: String,
}

impl TestName {
    pub(crate) fn new(classname: &str, name: &str) -> Self {
        Self {
            classname: classname.to_owned(),
            name: name.to_owned(),
        }
    }
}

impl std::fmt::Display for TestName {
    /// A node id if it looks like one of pytest, otherwise `classname::name`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.classname.is_empty() {
            return f.write_str(&self.name);
        }
        f.write_str(&likely_node_id(&format!(
            "{}::{}",
            self.classname, self.name
        )))
    }
}

/// A suite as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SuiteFacts {
    /// The number of its files.
    pub files: u64,
    /// The number of classes; functions outside of classes count as one a file.
    pub classes: u64,
    /// The number of tests, and of those that the timings know.
    #[serde(flatten)]
    pub matched: Match,
    /// The sum of all estimates.
    pub work_us: Micros,
    /// The setup of every file and class, once.
    pub setup_us: Micros,
}

/// One build that timings are from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BuildFacts {
    /// Its name, if it has one.
    pub id: Option<String>,
    /// Its start, in milliseconds since 1970.
    pub begun_ms: Option<i64>,
    /// The number of its shards, if run records have it.
    pub shards: Option<u32>,
    /// The number of tests in its reports.
    pub tests: u64,
    /// The sum of its tests.
    pub cases_us: Micros,
    /// The wall time of its reports together, if they have one.
    pub wall_us: Option<Micros>,
    /// The wall time beyond the sum of its tests: start, imports, collection, the runner's own
    /// work. `None` if tests ran side by side.
    pub outside_us: Option<Micros>,
}

/// The figures of each number of shards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sizing {
    /// The time of every job beside its tests.
    pub job_overhead_us: Micros,
    /// Numbers of shards, ascending from 1.
    pub points: Vec<Point>,
    /// The time that no number of shards can beat.
    pub floor: Floor,
    /// The smallest number of shards within a thousandth of the floor: more gain nothing.
    /// `None` if it is beyond the numbers that were tried.
    pub largest_useful: Option<u32>,
    /// The recommended number: the highest efficiency over wall time, that is the lowest
    /// number × wall time² (Eager, Zahorjan and Lazowska 1989).
    pub knee: u32,
    /// The number that is shown in detail.
    pub chosen: u32,
    /// The reason for this number.
    pub chosen_by: ChosenBy,
    /// The target and the number that meets it, if there was a target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetFacts>,
    /// What the recommended number costs, and the job overhead that it is for.
    pub recommended: Recommended,
}

impl Sizing {
    /// Returns true if more shards than the recommended number would take less time.
    pub(crate) fn more_are_faster(&self) -> bool {
        self.largest_useful.is_none_or(|useful| self.knee < useful)
    }
}

/// The recommended number of shards: without a job overhead, more would always look better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recommended {
    /// The job overhead: asked for, or assumed and measured.
    pub overhead_us: Micros,
    /// The part of it that was assumed for checkout and install.
    pub assumed_us: Micros,
    /// The part of it that run records measured.
    pub measured_us: Micros,
    /// The end of the slowest job, with the overhead.
    pub wall_us: Micros,
    /// The time of all jobs together, with the overhead.
    pub machine_us: Micros,
}

/// The reason for showing a number of shards in detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ChosenBy {
    /// It was asked for.
    Asked,
    /// It is the smallest that meets the target.
    Target,
    /// The plan has it.
    Plan,
    /// The newest build had it.
    Builds,
    /// It is the recommended one.
    Knee,
}

/// One number of shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Point {
    /// The number.
    pub shards: u32,
    /// The certificate of its plan.
    #[serde(flatten)]
    pub certificate: Certificate,
    /// The end of the slowest job, overhead included.
    pub wall_us: Micros,
    /// The time of all jobs together, overhead included.
    pub agents_us: Micros,
    /// The part of the machine time that one job for everything would not take: overhead of
    /// further jobs, and repeated setup. In millionths.
    pub overhead_ppm: u64,
    /// The part of the machine time that a perfect split without overhead would need: wall time
    /// of one job over (number of shards times wall time). In millionths.
    pub efficiency_ppm: u64,
    /// The time that the last shard saves: the difference to the number before, over the
    /// shards between; 0 for the first.
    pub saved_us: Micros,
}

/// A time that no number of shards can beat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Floor {
    /// The time, job overhead included.
    pub wall_us: Micros,
    /// The name of the test, class or file that sets it.
    pub what: String,
    /// True if the time is a mean of other tests, because no timings know this one: it may take longer.
    #[serde(default)]
    pub is_mean: bool,
}

/// A target, and the number of shards that meets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TargetFacts {
    /// The target.
    pub target_us: Micros,
    /// The smallest number of shards that meets it.
    pub shards: Option<u32>,
    /// True if lower bounds exclude fewer.
    pub proved_smallest: bool,
    /// The room that it leaves for builds that take longer than predicted.
    #[doc(hidden)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<Room>,
    /// The limiting factor, if none meets it.
    pub obstacle: Option<String>,
}

/// A plan and its shards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlanFacts {
    /// Its digest.
    pub digest: String,
    /// The finest parts that files could be cut into.
    pub split: Split,
    /// The workers of each shard, if there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workers: Option<Workers>,
    /// Its proof.
    #[serde(flatten)]
    pub certificate: Certificate,
    /// The mean time of its shards, rounded down.
    pub mean_us: Micros,
    /// Slowest over mean, less 1, in millionths, rounded up.
    pub imbalance_ppm: u64,
    /// The number of files on several shards.
    pub cut_files: u64,
    /// Its shards.
    pub shards: Vec<ShardFacts>,
}

/// One shard of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ShardFacts {
    /// Its number, counted from 1.
    pub shard: u32,
    /// Its predicted time.
    pub predicted_us: Micros,
    /// The setup in it; `None` if the plan counts workers, whose time is no sum.
    pub setup_us: Option<Micros>,
    /// The number of its tests.
    pub tests: u64,
    /// The number of files that it touches.
    pub files: u64,
    /// Its files, classes, functions and tests, longest first.
    pub units: Top<UnitFacts>,
}

/// A file, class, function or test that a plan keeps whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnitFacts {
    /// Its size.
    pub level: Level,
    /// Its dotted file, its classname, or its only test.
    pub what: String,
    /// The number of its tests.
    pub tests: u64,
    /// The time of these, without setup.
    pub predicted_us: Micros,
}

/// One of the longest tests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SlowTest {
    /// The test.
    #[serde(flatten)]
    pub test: TestName,
    /// Its estimate, without the setup of its file and class.
    pub estimate_us: Micros,
    /// The share of all work, in millionths.
    pub share_ppm: u64,
    /// The time that the build would save if it were two tests of half its time; `None` if
    /// that was not worked out.
    pub gain_us: Option<Micros>,
    /// The times in earlier builds.
    pub samples: Vec<Sampled>,
}

/// The time of a test in one build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sampled {
    /// The build, as an index into the report's builds.
    pub build: u32,
    /// The time of the test, with the setup that it ran.
    pub duration_us: Micros,
    /// Its outcome.
    pub outcome: Outcome,
}

/// One of the longest files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SlowFile {
    /// The dotted file.
    pub file: String,
    /// The number of its tests.
    pub tests: u64,
    /// The time of these.
    pub work_us: Micros,
    /// The setup of it and all its classes, once.
    pub setup_us: Micros,
    /// Its longest test.
    pub longest_us: Micros,
    /// The number of shards that the plan has it on.
    pub shards: u64,
    /// The time that the build saves if the file may be cut, against keeping it whole.
    pub gain_us: Option<Micros>,
}

/// A test without timings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NewTest {
    /// The test.
    #[serde(flatten)]
    pub test: TestName,
    /// Its estimate: the mean of its class, file or suite.
    pub estimate_us: Micros,
}

/// A test that failed at times and passed at others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FlakyTest {
    /// The test.
    #[serde(flatten)]
    pub test: TestName,
    /// The number of builds in which it passed or failed.
    pub builds: u32,
    /// The number of these in which at least one attempt failed.
    pub failed: u32,
}

/// A test whose times differ from build to build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NoisyTest {
    /// The test.
    #[serde(flatten)]
    pub test: TestName,
    /// The number of builds that measured it.
    pub builds: u32,
    /// Its shortest time, builds brought to one speed.
    pub lowest_us: Micros,
    /// Its longest time, builds brought to one speed.
    pub highest_us: Micros,
}

/// The results of a finished build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ResultFacts {
    /// The name of the build, if records have it.
    pub build: Option<String>,
    /// True if every test is proved to have run once.
    pub proved: bool,
    /// The problems, if it is not proved.
    pub problems: Vec<String>,
    /// The list of tests that the jobs had, if they had one; see the verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<ListVerdict>,
    /// The numbers of tests.
    pub totals: Totals,
    /// Every shard, predicted and measured.
    pub shards: Vec<ShardVerdict>,
    /// The balance of their times; `None` if nothing was measured.
    pub balance: Option<Balance>,
    /// Tests whose time is farthest from its estimate, farthest first; empty if the results
    /// are the only timings.
    pub misses: Top<Miss>,
}

/// A test whose time was not as predicted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Miss {
    /// The test.
    #[serde(flatten)]
    pub test: TestName,
    /// Its predicted time.
    pub predicted_us: Micros,
    /// Its time, with the setup that it ran.
    pub measured_us: Micros,
}
