//! The verdict, as it is in JSON.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Micros;
use crate::outcome::{Outcome, Outcomes, Texts};
use crate::verify::problem::{Findings, Problem, ProblemKind, tests_named};

/// The judgement on a build, and a summary of it. JSON has it verbatim; the reference is
/// `docs/json-output.md`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Verdict {
    /// 1.
    #[doc(hidden)]
    pub version: u64,
    /// There is no problem.
    pub proved: bool,
    /// The build, where records name one.
    pub build: Option<String>,
    /// The name of the suite, of several separate ones; empty for the suite without a name.
    pub scope: String,
    /// The plan that was to be used: the expected one, else that of most shards.
    pub plan_digest: Option<String>,
    /// The number of shards.
    pub shard_count: u32,
    /// The numbers of tests.
    #[doc(hidden)]
    pub totals: Totals,
    /// The list of tests, where the jobs had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[doc(hidden)]
    pub list: Option<ListVerdict>,
    /// The problems that keep it from being proved.
    pub problems: Vec<Problem>,
    /// Oddities that do not keep it from being proved.
    pub warnings: Vec<Problem>,
    /// Every shard, missing ones included.
    #[doc(hidden)]
    pub shards: Vec<ShardVerdict>,
    /// The balance of the shards; `None` if nothing was measured.
    #[doc(hidden)]
    pub balance: Option<Balance>,
    /// Tests that failed and passed when they ran again.
    #[doc(hidden)]
    pub flaky: Vec<RanAgain>,
    /// Other tests that ran again because they had failed.
    #[doc(hidden)]
    pub retried: Vec<RanAgain>,
    /// Tests that failed while they were quarantined, by shard and name; their jobs did not
    /// fail for them.
    #[serde(default)]
    #[doc(hidden)]
    pub quarantined: Vec<QuarantinedTest>,
    /// Tests that failed in the end, by shard and name, with what they say.
    #[doc(hidden)]
    pub failures: Vec<FailedTest>,
}

/// The answer of a required check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gate {
    /// Every test ran once, and none failed.
    Passed,
    /// Every test ran once, and some failed, or a job ended with another status than 0.
    Failed,
    /// It is not proved that every test ran.
    NotProved,
}

/// The numbers of tests of a build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Totals {
    /// Different tests that were selected.
    pub tests: u64,
    /// The outcomes of those with a result.
    pub outcomes: Outcomes,
    /// Tests that were selected and have no certain result.
    pub lost: u64,
    /// Tests of an earlier build that are gone or newly skipped.
    #[serde(default)]
    pub missing: u64,
    /// Tests that ran in two shards.
    pub ran_twice: u64,
    /// Tests that did not run because their shard stopped on request.
    pub not_run: u64,
}

impl Totals {
    /// Counts what findings tell: problems of the kinds in `lost` name tests without a certain
    /// result.
    pub(super) fn of(found: &Findings, lost: &[ProblemKind]) -> Self {
        let missing = &[ProblemKind::Missing];
        Self {
            lost: tests_named(&found.problems, lost),
            missing: tests_named(&found.problems, missing) + tests_named(&found.warnings, missing),
            ran_twice: tests_named(&found.problems, &[ProblemKind::RanTwice]),
            ..Self::default()
        }
    }
}

/// The list that the jobs selected their lines from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListVerdict {
    /// The digest of the list that most shards had.
    pub digest: String,
    /// The number of its different lines.
    pub lines: u64,
    /// The number of lines with cases in the reports of their shard; `None` if no report names
    /// lines.
    pub with_cases: Option<u64>,
}

/// One shard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ShardVerdict {
    /// Its number, counted from 1.
    pub shard: u32,
    /// The state of the shard.
    pub state: ShardState,
    /// The job of its last attempt.
    pub job: Option<String>,
    /// The attempts of which there are records, ascending.
    pub attempts: Vec<u32>,
    /// The exit status of its last attempt.
    pub exit_status: Option<u8>,
    /// The number of selected tests.
    pub tests: u64,
    /// The outcomes of those with a result.
    pub outcomes: Outcomes,
    /// The prediction of the plan.
    pub predicted_us: Micros,
    /// The measured time: the sum of its tests, or the whole session if the plan counts workers.
    pub measured_us: Option<Micros>,
    /// The files of its records.
    pub records: Vec<String>,
}

/// The state of a shard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ShardState {
    /// It finished.
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
        // Padded, since tables line it up.
        f.pad(match self {
            Self::Finished => "finished",
            Self::Stopped => "stopped",
            Self::CutShort => "cut short",
            Self::Missing => "missing",
        })
    }
}

/// The balance of shards.
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
    /// The delay of the build against an even balance: slowest - mean.
    pub waited_us: Micros,
    /// The idle time of all machines: the sum over shards of the slowest time less their own.
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
    /// The number of its runs, within attempts and over them, as far as plugins record it:
    /// pytest-retry records the first one only.
    pub runs: u32,
    /// Its outcome.
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
    /// The text of the failure; empty if there is none, or if others use up the limit.
    #[serde(default, flatten)]
    pub text: Texts,
}

impl Verdict {
    /// Returns the answer of a required check. Unlike `proved` it asks for tests that passed, and
    /// for jobs that ended with 0: a threshold of coverage fails a job without failing a test.
    #[doc(hidden)]
    pub fn gate(&self) -> Gate {
        let outcomes = &self.totals.outcomes;
        let failed_tests = outcomes.failed + outcomes.errored > 0 || !self.failures.is_empty();
        let failed_jobs = self.shards.iter().any(|s| s.exit_status.unwrap_or(0) != 0);
        if !self.proved {
            Gate::NotProved
        } else if failed_tests || failed_jobs {
            Gate::Failed
        } else if self.totals.not_run > 0 {
            Gate::NotProved
        } else {
            Gate::Passed
        }
    }

    /// The JSON output, with a final newline.
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).unwrap_or_default();
        json.push('\n');
        json
    }
}
