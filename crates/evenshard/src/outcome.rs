//! Outcomes of tests.

use serde::{Deserialize, Serialize};

/// The outcome of a test case.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It ran and passed, perhaps not at the first attempt.
    #[default]
    Passed,
    /// It ran and failed.
    Failed,
    /// It, or the setup around it, had an error.
    Errored,
    /// It ran and failed as expected (`<skipped type="pytest.xfail">`).
    XFailed,
    /// It was skipped.
    Skipped,
    /// It was disabled, or never started.
    NotRun,
}

impl Outcome {
    /// Returns true if a case with this outcome ran, so that its time is a measurement.
    pub const fn ran(self) -> bool {
        !matches!(self, Self::Skipped | Self::NotRun)
    }

    /// Returns true if the test did not do what it should: it failed, or had an error.
    pub const fn failed(self) -> bool {
        matches!(self, Self::Failed | Self::Errored)
    }
}

/// The texts of a case. One that was longer than its limits has a line between its beginning and
/// its end that says how many bytes were left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// The message of its first failure or error.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The text of its failures and errors, which for pytest are tracebacks.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Its output on stdout.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub system_out: String,
    /// Its output on stderr.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub system_err: String,
}

/// The number of cases with each outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes {
    /// Cases that passed.
    pub passed: u64,
    /// Cases that failed.
    pub failed: u64,
    /// Cases with an error.
    pub errored: u64,
    /// Cases that failed as expected.
    pub xfailed: u64,
    /// Cases that were skipped.
    pub skipped: u64,
    /// Cases that were disabled or never started.
    pub notrun: u64,
}

impl Outcomes {
    /// Counts a case with this outcome.
    pub fn count(&mut self, outcome: Outcome) {
        *match outcome {
            Outcome::Passed => &mut self.passed,
            Outcome::Failed => &mut self.failed,
            Outcome::Errored => &mut self.errored,
            Outcome::XFailed => &mut self.xfailed,
            Outcome::Skipped => &mut self.skipped,
            Outcome::NotRun => &mut self.notrun,
        } += 1;
    }
}

impl std::ops::AddAssign for Outcomes {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.errored += other.errored;
        self.xfailed += other.xfailed;
        self.skipped += other.skipped;
        self.notrun += other.notrun;
    }
}
