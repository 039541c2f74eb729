//! Tests that fail at times and pass at others.

use crate::history::{Build, History, builds};
use crate::outcome::Outcome;

/// A test that failed in some attempts or builds and passed in others.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlakyTest<'h> {
    /// Its classname.
    pub classname: &'h str,
    /// Its name, with its parameters.
    pub name: &'h str,
    /// The number of builds in which it passed or failed.
    pub builds: u32,
    /// The number of them in which it failed, at one attempt at least.
    pub failed: u32,
    /// The number of them in which it passed, at one attempt at least.
    pub passed: u32,
    /// The newest build in which it failed.
    #[doc(hidden)]
    pub last_failure: Build,
}

/// The results of a test in one build.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    failed: bool,
    passed: bool,
}

impl History {
    /// Returns the tests whose outcomes differ between attempts or builds: first those that failed
    /// in the most builds, then by classname and name.
    ///
    /// A sample that passed while other attempts did not ([`flaky`](super::Sample::flaky))
    /// counts as both. One that failed counts as a failure alone: pytest writes a failure with
    /// an error in its teardown as two. Skipped tests and those that failed as expected are
    /// neither.
    ///
    /// ```
    /// use evenshard::history::{CaseSeen, History, Origin, ReportFacts};
    /// use evenshard::{Micros, Outcome};
    ///
    /// let mut history = History::new();
    /// for (build, outcome) in [("1", Outcome::Passed), ("2", Outcome::Failed)] {
    ///     let mut report = history.report();
    ///     report.case(&CaseSeen {
    ///         classname: "tests.test_api",
    ///         name: "test_get",
    ///         sample: Some(Micros::from_millis(20)),
    ///         outcome,
    ///         ..CaseSeen::default()
    ///     });
    ///     let origin = Origin { build: Some(build.to_owned()), ..Origin::default() };
    ///     report.finish(ReportFacts::default(), origin);
    /// }
    /// let flaky = history.flaky();
    /// assert_eq!((flaky[0].name, flaky[0].failed, flaky[0].builds), ("test_get", 1, 2));
    /// assert_eq!(flaky[0].last_failure.id.as_deref(), Some("2"));
    /// ```
    pub fn flaky(&self) -> Vec<FlakyTest<'_>> {
        let builds = self.builds();
        let build_of = builds::ranks_of(self, &builds);
        let samples = self.samples();
        let mut found = Vec::new();
        // One buffer for all tests: most suites have far more tests than builds.
        let mut seen = vec![Seen::default(); builds.len()];
        for test in self.tests() {
            seen.fill(Seen::default());
            for (report, sample) in samples.of(test) {
                let seen = &mut seen[build_of[report]];
                match sample.outcome {
                    Outcome::Passed => {
                        seen.passed = true;
                        seen.failed |= sample.flaky;
                    }
                    Outcome::Failed | Outcome::Errored => seen.failed = true,
                    Outcome::XFailed | Outcome::Skipped | Outcome::NotRun => {}
                }
            }
            let count = |what: fn(&Seen) -> bool| {
                crate::intern::count(seen.iter().filter(|s| what(s)).count())
            };
            let last = seen.iter().rposition(|s| s.failed);
            if let Some(last) = last
                && seen.iter().any(|s| s.passed)
            {
                found.push(FlakyTest {
                    classname: self.classname(test),
                    name: self.name(test),
                    builds: count(|s| s.failed || s.passed),
                    failed: count(|s| s.failed),
                    passed: count(|s| s.passed),
                    last_failure: builds[last].clone(),
                });
            }
        }
        // Falling by failures: subtracted, since one key sorts all.
        found.sort_by_key(|t| (u32::MAX - t.failed, t.classname, t.name));
        found
    }
}
