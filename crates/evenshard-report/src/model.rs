//! What a report says, as it stands in JSON. The reference is `docs/json-output.md`.

use serde::{Deserialize, Serialize};

use evenshard::Micros;
use evenshard::Outcome;
use evenshard::pack::{Certificate, Split, Workers};
use evenshard::plan::{Level, Match};
use evenshard::verify::{Balance, ListVerdict, ShardVerdict, Totals};

/// How balanced a suite is, how many shards it deserves, and how a build went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// 1.
    pub version: u64,
    /// What it was made from.
    pub basis: Basis,
    /// Which of several separate suites; empty for the one without a name.
    pub scope: String,
    /// The suite as a whole.
    pub suite: SuiteFacts,
    /// The builds that the timings are from, oldest first.
    pub builds: Vec<BuildFacts>,
    /// What each number of shards would come to.
    pub sizing: Sizing,
    /// The shards of one number of them.
    pub plan: PlanFacts,
    /// The tests with the largest estimates, longest first.
    pub slowest_tests: Top<SlowTest>,
    /// The files that take longest with their set-up, longest first.
    pub slowest_files: Top<SlowFile>,
    /// Listed tests that no timings know, by file and name.
    pub unknown: Top<NewTest>,
    /// Tests that failed at times and passed at others.
    pub flaky: Top<FlakyTest>,
    /// Tests whose times differ most from build to build.
    pub noisy: Top<NoisyTest>,
    /// How a finished build went, where its results were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub results: Option<ResultFacts>,
}

/// What a report was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Basis {
    /// Timings of earlier builds.
    Timings,
    /// A plan alone: times of single tests are means of their units.
    Plan,
    /// The results of one build, which are the timings as well.
    Results,
}

/// The first entries of a list, and the sum of the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Top<T> {
    /// The entries.
    pub shown: Vec<T>,
    /// How many others there are.
    pub more: u64,
    /// What the others take together, where that has a meaning.
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
    /// The first `most` of these, with as many others as there are; what those take has no
    /// meaning here.
    pub(crate) fn first<S>(most: usize, of: Vec<S>, entry: impl FnMut(S) -> T) -> Self {
        Self {
            more: of.len().saturating_sub(most) as u64,
            shown: of.into_iter().take(most).map(entry).collect(),
            more_us: Micros::ZERO,
        }
    }

    /// How many there are in all.
    pub fn count(&self) -> u64 {
        self.shown.len() as u64 + self.more
    }
}

/// The address of a test, as reports have it.
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
    /// `classname::name`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.classname.is_empty() {
            return f.write_str(&self.name);
        }
        write!(f, "{}::{}", self.classname, self.name)
    }
}

/// A suite as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SuiteFacts {
    /// How many files it has.
    pub files: u64,
    /// How many classes, functions outside classes counted as one a file.
    pub classes: u64,
    /// How many tests, and how many of them the timings know.
    #[serde(flatten)]
    pub matched: Match,
    /// The estimates of all tests.
    pub work_us: Micros,
    /// The set-up of every file and class, once.
    pub setup_us: Micros,
}

/// One build that timings are from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BuildFacts {
    /// Its name, where something gave one.
    pub id: Option<String>,
    /// When it began, in milliseconds since 1970.
    pub begun_ms: Option<i64>,
    /// How many shards it had, where shard records tell.
    pub shards: Option<u32>,
    /// How many tests its reports have.
    pub tests: u64,
    /// The sum of its tests.
    pub cases_us: Micros,
    /// The wall time of its reports together, where they give one.
    pub wall_us: Option<Micros>,
    /// What that has beyond the sum of its tests: start, imports, collection, the runner's own
    /// work. `None` where tests ran side by side.
    pub outside_us: Option<Micros>,
}

/// What each number of shards would come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sizing {
    /// What every job takes beside its tests.
    pub job_overhead_us: Micros,
    /// Numbers of shards, ascending from 1.
    pub points: Vec<Point>,
    /// The time that no number of shards can beat.
    pub floor: Floor,
    /// The smallest number of shards that comes within a thousandth of the floor; more are of
    /// no use. `None` where it is beyond the numbers that were tried.
    pub largest_useful: Option<u32>,
    /// The number at which efficiency over wall time is highest, which is where the square
    /// of the wall time times the number is lowest (Eager, Zahorjan and Lazowska 1989).
    pub knee: u32,
    /// Which number is shown in detail.
    pub chosen: u32,
    /// Why that one.
    pub chosen_by: ChosenBy,
    /// What became of the target, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetFacts>,
}

/// Why a number of shards is shown in detail.
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
    /// It is the knee.
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
    /// When the slowest job is through, overhead included.
    pub wall_us: Micros,
    /// What all jobs take together, overhead included.
    pub agents_us: Micros,
    /// The part of that which one job for everything would not take: overhead of further
    /// jobs, and set-up that is paid again. In millionths.
    pub overhead_ppm: u64,
    /// How much of the agents' time a perfect split without overhead would need: wall time
    /// of one job over (number of shards times wall time). In millionths.
    pub efficiency_ppm: u64,
    /// How much sooner the build is through for the last agent added: the difference to the
    /// number before, shared out over the agents between; 0 for the first.
    pub saved_us: Micros,
}

/// A time that no number of shards can beat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Floor {
    /// The time, job overhead included.
    pub wall_us: Micros,
    /// What sets it, by name.
    pub what: String,
}

/// What became of a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TargetFacts {
    /// The target.
    pub target_us: Micros,
    /// The smallest number of shards that meets it.
    pub shards: Option<u32>,
    /// Whether lower bounds exclude fewer.
    pub proved_smallest: bool,
    /// What is in the way, where none meets it.
    pub obstacle: Option<String>,
}

/// A plan and its shards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlanFacts {
    /// Its digest.
    pub digest: String,
    /// The finest unit that could be cut.
    pub split: Split,
    /// The workers of each shard, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workers: Option<Workers>,
    /// Its proof.
    #[serde(flatten)]
    pub certificate: Certificate,
    /// The mean time of its shards, rounded down.
    pub mean_us: Micros,
    /// Slowest over mean, less 1, in millionths, rounded up.
    pub imbalance_ppm: u64,
    /// How many files are on several shards.
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
    /// What it is expected to take.
    pub predicted_us: Micros,
    /// The part of that which is set-up; `None` where the plan counts workers, since its time
    /// is no sum then.
    pub setup_us: Option<Micros>,
    /// How many tests it has.
    pub tests: u64,
    /// How many files it touches.
    pub files: u64,
    /// Its units, longest first.
    pub units: Top<UnitFacts>,
}

/// A unit of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnitFacts {
    /// Its size.
    pub level: Level,
    /// Its dotted file, its classname, or its only test.
    pub what: String,
    /// How many tests it has.
    pub tests: u64,
    /// What these take, without set-up.
    pub predicted_us: Micros,
}

/// One of the longest tests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SlowTest {
    /// Which.
    #[serde(flatten)]
    pub test: TestName,
    /// What it is expected to take, without set-up of its file and class.
    pub estimate_us: Micros,
    /// The share of all work, in millionths.
    pub share_ppm: u64,
    /// How much sooner the plan's number of shards would be through if it were two tests of
    /// half its time; `None` where that was not worked out.
    pub gain_us: Option<Micros>,
    /// What earlier builds measured.
    pub samples: Vec<Sampled>,
}

/// What one build measured of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sampled {
    /// Which build, as an index into the report's builds.
    pub build: u32,
    /// How long the test took in it, set-up that it paid included.
    pub duration_us: Micros,
    /// How it ended.
    pub outcome: Outcome,
}

/// One of the longest files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SlowFile {
    /// The dotted file.
    pub file: String,
    /// How many tests it has.
    pub tests: u64,
    /// What these take.
    pub work_us: Micros,
    /// What a shard pays for it and all its classes, once.
    pub setup_us: Micros,
    /// Its longest test.
    pub longest_us: Micros,
    /// On how many shards the plan has it.
    pub shards: u64,
    /// How much sooner the plan's number of shards is through when it may be cut, against
    /// when it has to stay whole.
    pub gain_us: Option<Micros>,
}

/// A test that no timings know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NewTest {
    /// Which.
    #[serde(flatten)]
    pub test: TestName,
    /// What it is taken to cost: the mean of its class, file or suite.
    pub estimate_us: Micros,
}

/// A test that failed at times and passed at others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FlakyTest {
    /// Which.
    #[serde(flatten)]
    pub test: TestName,
    /// In how many builds it passed or failed.
    pub builds: u32,
    /// In how many of them it failed, at least at one attempt.
    pub failed: u32,
}

/// A test whose times differ from build to build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NoisyTest {
    /// Which.
    #[serde(flatten)]
    pub test: TestName,
    /// In how many builds it was measured.
    pub builds: u32,
    /// Its shortest time, builds brought to one speed.
    pub lowest_us: Micros,
    /// Its longest time, builds brought to one speed.
    pub highest_us: Micros,
}

/// How a finished build went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ResultFacts {
    /// The build, where records name one.
    pub build: Option<String>,
    /// Whether every test is proved to have run once.
    pub proved: bool,
    /// What keeps it from being proved.
    pub problems: Vec<String>,
    /// The list that the jobs had, where they had one; see the verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<ListVerdict>,
    /// The numbers of tests.
    pub totals: Totals,
    /// Every shard, predicted and measured.
    pub shards: Vec<ShardVerdict>,
    /// How evenly they took their time; `None` where nothing was measured.
    pub balance: Option<Balance>,
    /// Tests whose time is farthest from its estimate, farthest first; empty where the
    /// results are the only timings.
    pub misses: Top<Miss>,
}

/// A test that took another time than expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Miss {
    /// Which.
    #[serde(flatten)]
    pub test: TestName,
    /// What it was expected to take.
    pub predicted_us: Micros,
    /// What it took, set-up that it paid included.
    pub measured_us: Micros,
}
