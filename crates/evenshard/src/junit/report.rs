//! The facts of a report: its cases, its suites, and the sums over the file.

use serde::Serialize;

pub(super) use crate::outcome::{Outcome, Outcomes};
use crate::{Micros, Warning};

/// A suite of one report: an index into the suites of its report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct SuiteId(pub(super) u32);

impl SuiteId {
    /// Returns the position in [`Report::suites`].
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// One `testcase` element, as it passes by.
///
/// Texts are as the writer meant them: references resolved, blanks normalised as XML asks. A
/// missing text is empty: cases of collection errors or interrupted runs have no class name or no
/// name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Case<'a> {
    /// Its `classname`, or its `class` where only that is there.
    pub classname: &'a str,
    /// Its `name`.
    pub name: &'a str,
    /// Its own `file`, `filepath` or `filename`, else that of the nearest suite, as written;
    /// [`path::normalise`](super::path::normalise) makes it comparable.
    pub file: Option<&'a str>,
    /// The innermost suite around it.
    pub suite: SuiteId,
    /// The name of that suite; empty where it has none.
    pub suite_name: &'a str,
    /// The name of the nearest suite around it that is
    /// [named like a file](super::path::looks_like_file), as written.
    pub suite_like_file: Option<&'a str>,
    /// Its duration, with the attempts that are written as its children (`flakyFailure`,
    /// `rerunFailure` and the like); `None` where there is no usable time or it did not run.
    pub time: Option<Micros>,
    /// The duration of a test that did not run: the cost of skipping it.
    pub skip_time: Option<Micros>,
    /// Its outcome.
    pub outcome: Outcome,
    /// Set when it failed as expected and never ran: pytest's `xfail(run=False)`.
    pub not_run: bool,
    /// Set when its failure counts as expected because `evenshard run` had the test in quarantine.
    pub quarantined: bool,
    /// The line at which it starts, counted from 1.
    pub line: u64,
}

/// One `testsuite` element, or the nameless suite of cases outside of all suites.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Suite {
    /// Its `name`; empty where it has none.
    pub name: String,
    /// Its `file`, `filepath` or `filename` as written. A suite without one has the file of an
    /// empty sibling before it, since Mocha's "Root Suite" carries the file of the suites that
    /// follow; a nested one without its own has `None` (see `parent`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Its own time, as the report has it.
    #[serde(rename = "time_us", skip_serializing_if = "Option::is_none")]
    pub time: Option<Micros>,
    /// When it started, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// Where it ran, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// The suite around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<SuiteId>,
    /// Set when there is no such element: the suite of cases outside of all suites.
    pub implied: bool,
    /// The number of cases directly in it.
    pub cases: u64,
    /// The number of these with a usable time.
    pub samples: u64,
    /// The number of these that ran and have no usable time.
    pub untimed: u64,
    /// The sum of the times of the cases directly in it.
    #[serde(rename = "cases_us")]
    pub cases_time: Micros,
    /// The line at which it starts, counted from 1.
    pub line: u64,
}

/// The facts of one file, as [`read`](super::read) finds them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ReportSummary {
    /// The suites in the order in which they start.
    pub suites: Vec<Suite>,
    /// The number of cases.
    pub cases: u64,
    /// The number of cases with a usable time.
    pub samples: u64,
    /// The sum of the readable `time` attributes of the `testcase` elements, skipped ones
    /// included and nothing else; summed exactly and rounded once.
    #[serde(rename = "total_us")]
    pub total: Micros,
    /// The `time` of the outermost `testsuites` or `testrun` elements, summed.
    #[serde(rename = "root_us", skip_serializing_if = "Option::is_none")]
    pub root_time: Option<Micros>,
    /// The outcomes of the cases.
    pub outcomes: Outcomes,
    /// BLAKE3 of the decompressed bytes, in hexadecimal.
    pub digest: String,
    /// Set when the file ends where a report may end; unset when it is cut short.
    pub complete: bool,
    /// Oddities, by line.
    pub warnings: Vec<Warning>,
}
