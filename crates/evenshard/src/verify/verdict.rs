//! The verdict: what `verify` found, as it stands in JSON.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Micros;
use crate::outcome::{Outcome, Outcomes};
use crate::verify::evidence::FailureText;
use crate::verify::problem::Problem;

/// Whether every test of a build ran exactly once, and how the build went. In JSON verbatim;
/// the reference is `docs/json-output.md`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Verdict {
    /// 1.
    pub version: u64,
    /// True where there is no problem.
    pub proved: bool,
    /// The build, where records name one.
    pub build: Option<String>,
    /// Which of several separate suites; empty for the one without a name.
    pub scope: String,
    /// The plan that was to be held: the expected one, else that of most shards.
    pub plan_digest: Option<String>,
    /// How many shards there were to be.
    pub shard_count: u32,
    /// The numbers of tests.
    pub totals: Totals,
    /// The list of tests, where the jobs had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<ListVerdict>,
    /// What keeps it from being proved.
    pub problems: Vec<Problem>,
    /// What should be known beside the proof.
    pub warnings: Vec<Problem>,
    /// Every shard, missing ones included.
    pub shards: Vec<ShardVerdict>,
    /// How evenly the shards took their time; `None` where nothing was measured.
    pub balance: Option<Balance>,
    /// Tests that failed and passed when they ran again.
    pub flaky: Vec<RanAgain>,
    /// Other tests that ran again because they had failed.
    pub retried: Vec<RanAgain>,
    /// Tests that failed while they were quarantined, by shard and name; their jobs did not
    /// fail for them.
    #[serde(default)]
    pub quarantined: Vec<QuarantinedTest>,
    /// Tests that failed in the end, by shard and name, with what they say.
    pub failures: Vec<FailedTest>,
}

/// The numbers of tests of a build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Totals {
    /// Different tests that were selected.
    pub tests: u64,
    /// How those with a result ended.
    pub outcomes: Outcomes,
    /// Tests that were to run and did not, or of which nobody can tell.
    pub lost: u64,
    /// Tests of an earlier build that are gone or newly skipped.
    #[serde(default)]
    pub missing: u64,
    /// Tests that ran in two shards.
    pub ran_twice: u64,
    /// Tests that did not run because their shard stopped on request.
    pub not_run: u64,
}

/// The list that the jobs selected their lines from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListVerdict {
    /// The digest of the list that most shards had.
    pub digest: String,
    /// How many different lines it has.
    pub lines: u64,
    /// How many of them have cases in the reports of their shard; `None` where no report tells.
    pub with_cases: Option<u64>,
}

/// One shard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ShardVerdict {
    /// Its number, counted from 1.
    pub shard: u32,
    /// What became of it.
    pub state: ShardState,
    /// The job of its last attempt.
    pub job: Option<String>,
    /// The attempts of which there are records, ascending.
    pub attempts: Vec<u32>,
    /// How its last attempt exited.
    pub exit_status: Option<u8>,
    /// How many tests it was to run.
    pub tests: u64,
    /// How those with a result ended.
    pub outcomes: Outcomes,
    /// What the plan expected.
    pub predicted_us: Micros,
    /// What was measured of that: the sum of its tests, or the whole session where the plan
    /// counts workers.
    pub measured_us: Option<Micros>,
    /// The files of its records.
    pub records: Vec<String>,
}

/// What became of a shard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ShardState {
    /// It came to its end.
    Finished,
    /// It stopped early because it was asked to.
    Stopped,
    /// It was killed, is still running, or broke off.
    CutShort,
    /// It left no record.
    #[default]
    Missing,
}

impl fmt::Display for ShardState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Finished => "finished",
            Self::Stopped => "stopped",
            Self::CutShort => "cut short",
            Self::Missing => "missing",
        })
    }
}

/// How evenly shards took their time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Balance {
    /// The slowest shard, counted from 1.
    pub slowest: u32,
    /// Its time.
    pub slowest_us: Micros,
    /// The mean time, rounded down.
    pub mean_us: Micros,
    /// Slowest over mean, less 1, in millionths, rounded up.
    pub imbalance_ppm: u64,
    /// How much later the build ended than with an even balance: slowest - mean.
    pub waited_us: Micros,
    /// How long the agents of all shards together waited: the sum over shards of the
    /// slowest's time less their own.
    pub idle_us: Micros,
}

/// A test that ran again because it had failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RanAgain {
    /// Its node id.
    pub test: String,
    /// Its shard, counted from 1.
    pub shard: u32,
    /// How often it ran, within attempts and over them, as far as plugins tell: pytest-retry
    /// tells of the first time only.
    pub runs: u32,
    /// How it ended.
    pub outcome: Outcome,
}

/// A test that failed while it was quarantined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QuarantinedTest {
    /// Its node id.
    pub test: String,
    /// Its shard, counted from 1.
    pub shard: u32,
}

/// A test that failed in the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FailedTest {
    /// Its node id, or the name of what failed outside of tests.
    pub test: String,
    /// Its shard, counted from 1.
    pub shard: u32,
    /// The job that ran it.
    pub job: Option<String>,
    /// `failed` or `errored`.
    pub outcome: Outcome,
    /// What it says; left out where it says nothing or too many others say more.
    #[serde(default, flatten)]
    pub text: FailureText,
}

impl Verdict {
    /// The JSON output, with a final newline.
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).unwrap_or_default();
        json.push('\n');
        json
    }
}
