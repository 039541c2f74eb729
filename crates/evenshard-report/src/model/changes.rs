//! The tests of a build that a reader asks for by name.

use evenshard::Micros;
use serde::{Deserialize, Serialize};

use super::{TestName, Top};

/// What a build has that the builds before it had not. Tests are node ids where they look like pytest's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChangeFacts {
    /// The build.
    pub build: BuildName,
    /// The number of builds before it that its times are compared with.
    pub builds_before: u32,
    /// The build whose tests it is compared with; `None` if none is whole.
    pub compared: Option<BuildName>,
    /// Tests that failed in the end.
    pub failed: Top<FailedFacts>,
    /// Tests that failed and passed when they ran again.
    pub flaky: Top<FlakyFacts>,
    /// Tests that failed while they were quarantined.
    pub quarantined: Top<NamedTest>,
    /// Tests that ran before and were skipped.
    pub newly_skipped: Top<NamedTest>,
    /// Tests that ran before and are not there.
    pub gone: Top<NamedTest>,
    /// Tests that became slower, those that lost most first.
    pub slower_tests: Top<SlowerTest>,
    /// Files that became slower, by the sums of their tests.
    pub slower_files: Top<SlowerFile>,
}

/// A build in a sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BuildName {
    /// Its name, if it has one.
    pub id: Option<String>,
    /// Its start, in milliseconds since 1970.
    pub begun_ms: Option<i64>,
    /// Its place among the known builds, counted from 1.
    pub number: u32,
}

/// A test and its shard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NamedTest {
    /// The test.
    pub test: String,
    /// Its shard, if records have it.
    pub shard: Option<u32>,
}

/// A failed test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FailedFacts {
    /// The test.
    pub test: String,
    /// Its shard, if records have it.
    pub shard: Option<u32>,
    /// The first line of its failure.
    pub message: String,
}

/// A test that passed after it had failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FlakyFacts {
    /// The test.
    pub test: String,
    /// Its shard, if records have it.
    pub shard: Option<u32>,
    /// The number of its runs, if records have it.
    pub runs: Option<u32>,
}

/// A test that became slower.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SlowerTest {
    /// The test.
    #[serde(flatten)]
    pub test: TestName,
    /// The times.
    #[serde(flatten)]
    pub times: SlowerTimes,
}

/// A file that became slower.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SlowerFile {
    /// The dotted file.
    pub file: String,
    /// The sums of the times of its tests.
    #[serde(flatten)]
    pub times: SlowerTimes,
}

/// Times before and since a slowdown, builds brought to one speed, without setup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SlowerTimes {
    /// The median time before.
    pub before_us: Micros,
    /// The median time since.
    pub now_us: Micros,
    /// The first slow build.
    pub began: BuildName,
    /// The number of builds before it that measured the time.
    pub builds: u32,
}
