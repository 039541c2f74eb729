//! What the jobs of a build did, and what it cost.

use evenshard::{Micros, Outcome};
use serde::{Deserialize, Serialize};

/// One job of a finished build, by its run record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JobFacts {
    /// Its shard, counted from 1.
    pub shard: u32,
    /// Its attempt at the shard, counted from 1.
    pub attempt: u32,
    /// The CI's name for it, if the record has it.
    pub job: Option<String>,
    /// Its start, in milliseconds since 1970.
    pub begun_ms: Option<i64>,
    /// The time from the first start of all jobs to its own.
    pub start_us: Option<Micros>,
    /// The command from its start to its end; `None` if it did not finish.
    pub took_us: Option<Micros>,
    /// The part of it in tests, without the fixtures that they set up for others too.
    pub tests_us: Micros,
    /// The part of it in imports, collection and those fixtures.
    pub setup_us: Micros,
    /// All else: starting Python and pytest, the plan, reports.
    pub startup_us: Micros,
    /// The number of tests that it was to run.
    pub tests: u64,
    /// The exit status; `None` if it did not finish.
    pub exit_status: Option<u8>,
}

/// Where the time of all jobs goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TimeFacts {
    /// True if run records measured it; otherwise it is what the shown shards are predicted to take.
    pub measured: bool,
    /// The number of jobs.
    pub jobs: u64,
    /// Tests.
    pub tests_us: Micros,
    /// Setup: imports, collection, fixtures of files and classes.
    pub setup_us: Micros,
    /// Startup of the command as measured, or the job overhead.
    pub startup_us: Micros,
    /// The time that jobs which are done wait for the last one.
    pub idle_us: Micros,
    /// The time of all jobs: tests, setup and startup.
    pub machine_us: Micros,
    /// The price, if a minute has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<PriceFacts>,
}

/// The price of a build, in millionths of the unit in which the price of a minute was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PriceFacts {
    /// The price of one minute of one job.
    pub minute_millionths: u64,
    /// The price of tests, setup and startup; waiting is not paid where each job ends by itself.
    pub build_millionths: u64,
}

/// The tests of one shard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ShardTests {
    /// The shard, counted from 1.
    pub shard: u32,
    /// The number of all its tests.
    pub count: u64,
    /// The tests in the order in which they ran; of too many, those that failed and the slowest.
    pub tests: Vec<ShardTest>,
}

/// One test of a shard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ShardTest {
    /// The test, a node id where it looks like one, or a line of the list.
    pub test: String,
    /// Its time with the setup that it ran, if a report has it.
    pub duration_us: Option<Micros>,
    /// Its outcome, if a report has it.
    pub outcome: Option<Outcome>,
}

impl ShardTest {
    /// Returns true if a report says that it failed.
    pub(crate) fn failed(&self) -> bool {
        self.outcome.is_some_and(Outcome::failed)
    }
}

impl JobFacts {
    /// Returns its end, from the first start of all jobs.
    pub(crate) fn end(&self) -> Micros {
        self.start_us.unwrap_or_default() + self.took_us.unwrap_or_default()
    }
}
