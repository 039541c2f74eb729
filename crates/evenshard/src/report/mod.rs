//! How balanced a suite is, how many shards it deserves, and how a build went: a model that
//! is JSON verbatim, of which text, Markdown and HTML are but views.
//!
//! A report comes from timings ([`Report::of_suite`]), from a plan ([`Report::of_plan`]), or
//! from the results of a finished build, which add what was measured
//! ([`Report::with_results`]). It needs no network, no clock and no pytest.
//!
//! ```
//! use evenshard::Planner;
//! use evenshard::history::{CaseSeen, History, Origin, ReportFacts};
//! use evenshard::report::{Report, Settings};
//! use evenshard::suite::Suite;
//! use evenshard::Micros;
//!
//! let mut history = History::new();
//! let mut report = history.report();
//! for (file, name, seconds) in [
//!     ("tests.test_api", "test_get", 8),
//!     ("tests.test_api", "test_put", 5),
//!     ("tests.test_cli", "test_help", 4),
//!     ("tests.test_cli", "test_version", 3),
//! ] {
//!     report.case(&CaseSeen {
//!         classname: file,
//!         name,
//!         sample: Some(Micros::from_millis(seconds * 1_000)),
//!         ..CaseSeen::default()
//!     });
//! }
//! report.finish(ReportFacts::default(), Origin::default());
//!
//! let suite = Suite::from_history(&history);
//! let report = Report::of_suite(&suite, Some(&history), &Planner::new(1)?, &Settings::default())?;
//! // No number of shards is faster than the longest test with its file's set-up.
//! assert_eq!(report.sizing.floor.what, "tests.test_api::test_get");
//! assert_eq!(report.sizing.largest_useful, Some(3));
//! assert!(report.to_json().starts_with("{\n  \"version\": 1,"));
//! # Ok::<(), evenshard::Error>(())
//! ```

mod builds;
mod model;
mod noise;
mod planned;
mod results;
mod shards;
mod sizing;
mod slowest;

pub use model::{
    Basis, BuildFacts, ChosenBy, FlakyTest, Floor, Miss, NewTest, NoisyTest, PlanFacts, Point,
    Report, ResultFacts, Sampled, ShardFacts, Sizing, SlowFile, SlowTest, SuiteFacts, TargetFacts,
    TestName, Top, UnitFacts,
};

use std::num::NonZeroU32;

use crate::Micros;
use crate::error::Error;
use crate::history::History;
use crate::pack::Target;
use crate::plan::{Plan, Planner, Prepared};
use crate::suite::Suite;
use crate::verify::Verdict;

/// How many entries each list of a report has at most; what follows them is summed.
const SHOWN: usize = 20;

/// What a report is to show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The number of shards to show in detail; chosen where there is none.
    pub shards: Option<NonZeroU32>,
    /// The number that a build usually has: shown where no other is asked for. The newest
    /// build of the timings tells where this does not.
    pub usual: Option<NonZeroU32>,
    /// When the slowest shard is to be through: the smallest number that meets it is shown.
    pub target: Option<Micros>,
    /// The most shards that are tried.
    pub max_shards: Option<NonZeroU32>,
    /// What a job takes beside its tests: start, checkout, install.
    pub job_overhead: Micros,
}

impl Report {
    /// The report of a suite. `history` is what its estimates come from; `planner` says how
    /// each number of shards is planned, whatever its own number is.
    ///
    /// # Errors
    /// [`MalformedProblem`](crate::pack::Error::MalformedProblem) for more than
    /// `u32::MAX` tests.
    pub fn of_suite(
        suite: &Suite<'_>,
        history: Option<&History>,
        planner: &Planner,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let prepared = planner.prepare(suite)?;
        let asked = sizing::asked(&prepared, settings);
        let told = || NonZeroU32::new(builds::usual_shards(history?)?);
        let usual = settings.usual.or_else(told);
        let (sizing, shards) = sizing::sizing(&prepared, settings, asked, usual);
        let plan = planner.for_shards(shards).plan(suite, false)?;
        Ok(report(&prepared, history, &plan, sizing))
    }

    /// The report of a plan: its shards, and what other numbers of them would come to. A plan
    /// has no times of single tests, so each counts the mean of its unit, and each file the
    /// mean set-up that the plan pays.
    ///
    /// # Errors
    /// Those of [`of_suite`](Self::of_suite).
    pub fn of_plan(plan: &Plan, settings: &Settings) -> Result<Self, Error> {
        let suite = planned::suite_of(plan);
        let planner = Planner::like(plan);
        let mut made = Self::of_suite_as_planned(&suite, None, &planner, plan, settings)?;
        made.basis = Basis::Plan;
        // Means of their units: nothing that could be told apart.
        made.slowest_tests = Top::default();
        Ok(made)
    }

    /// The report of a suite whose plan is at hand.
    ///
    /// # Errors
    /// Those of [`of_suite`](Self::of_suite).
    pub fn of_suite_as_planned(
        suite: &Suite<'_>,
        history: Option<&History>,
        planner: &Planner,
        plan: &Plan,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let prepared = planner.prepare(suite)?;
        let asked = sizing::Asked::planned(plan);
        let (sizing, _) = sizing::sizing(&prepared, settings, asked, None);
        Ok(report(&prepared, history, plan, sizing))
    }

    /// The same, made from the results of one build, which are its only timings.
    #[must_use]
    pub fn of_results(mut self) -> Self {
        self.basis = Basis::Results;
        self
    }

    /// Adds how a finished build went. `measured` holds what its reports measured; where the
    /// suite's estimates come from elsewhere, the two are compared.
    #[must_use]
    pub fn with_results(
        mut self,
        verdict: &Verdict,
        compared: Option<(&Suite<'_>, &History)>,
    ) -> Self {
        self.results = Some(results::facts(verdict, compared));
        self
    }

    /// The JSON output, with a final newline.
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).unwrap_or_default();
        json.push('\n');
        json
    }
}

fn report(
    prepared: &Prepared<'_>,
    history: Option<&History>,
    plan: &Plan,
    sizing: Sizing,
) -> Report {
    let suite = prepared.suite();
    let builds = history.map(History::builds).unwrap_or_default();
    let weigh = slowest::Weigh::new(prepared, plan);
    Report {
        version: 1,
        basis: Basis::Timings,
        scope: plan.content().scope.clone(),
        suite: slowest::suite_facts(prepared),
        builds: history.map_or_else(Vec::new, |history| builds::facts(history, &builds)),
        plan: shards::facts(plan),
        slowest_tests: slowest::tests(&weigh, history.map(|h| (h, builds.as_slice()))),
        slowest_files: slowest::files(&weigh, plan),
        unknown: slowest::unknown(suite),
        flaky: history.map(noise::flaky).unwrap_or_default(),
        noisy: history.map(noise::noisy).unwrap_or_default(),
        results: None,
        sizing,
    }
}

/// The target that these settings name.
fn target(settings: &Settings, most: NonZeroU32) -> Option<Target> {
    Some(Target {
        time: settings.target?,
        max_shards: most,
        overhead: settings.job_overhead,
    })
}

/// A share in millionths, rounded down; 0 of nothing.
fn ppm(part: u128, whole: u128) -> u64 {
    let share = (part * 1_000_000).checked_div(whole).unwrap_or(0);
    u64::try_from(share).unwrap_or(u64::MAX)
}
