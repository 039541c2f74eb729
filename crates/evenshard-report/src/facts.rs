//! Makes a report of a suite, a plan or a build.

mod builds;
mod changes;
mod jobs;
mod noise;
mod results;
mod shards;
mod sizing;
mod slowest;

use std::num::NonZeroU32;

use evenshard::RunRecord;
use evenshard::history::History;
use evenshard::plan::{Alternatives, Room};
use evenshard::suite::Suite;
use evenshard::verify::Verdict;
use evenshard::{Error, Micros, Plan, Planner};

use crate::model::{Basis, PlanFacts, Report, Sizing, TimeFacts, TitleFacts, Top};

pub(crate) use jobs::{failed_and_slowest, price_of};

/// Settings of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The number of shards to show in detail; chosen if there is none.
    pub shards: Option<NonZeroU32>,
    /// The number that a build usually has, shown if no other is asked for; by default that
    /// of the newest build of the timings.
    pub usual: Option<NonZeroU32>,
    /// The time that the slowest shard may take: the smallest number that meets it is shown.
    pub target: Option<Micros>,
    /// The room that the target leaves for builds that take longer than predicted.
    #[doc(hidden)]
    pub room: Option<Room>,
    /// The most shards that are tried.
    pub max_shards: Option<NonZeroU32>,
    /// The time of a job beside its tests: start, checkout, install.
    pub job_overhead: Micros,
    /// The overhead that the recommended number counts instead, where nobody gave one.
    pub assumed: Option<Assumed>,
    /// The price of a minute of one job, in millionths of any unit.
    pub minute_millionths: Option<u64>,
}

/// A job overhead that nobody gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assumed {
    /// The part that is assumed.
    pub assumed: Micros,
    /// The part that run records measured.
    pub measured: Micros,
}

/// What checkout and install take, where nobody says. Chosen, not measured: a minute is usual for a Python project.
const CHECKOUT: Micros = Micros::from_millis(60_000);

impl Assumed {
    /// Assumes a minute for checkout and install, which no run record measures, and adds the usual startup of these jobs.
    pub fn of_jobs(records: &[&RunRecord]) -> Self {
        Self {
            assumed: CHECKOUT,
            measured: jobs::usual_startup(&jobs::jobs(records)).unwrap_or_default(),
        }
    }
}

impl Report {
    /// Reports on a suite. Its estimates come from `history`; each number of shards is planned
    /// with the settings of `planner`, whose own number does not matter.
    ///
    /// # Errors
    /// [`MalformedProblem`](evenshard::pack::Error::MalformedProblem) for more than
    /// `u32::MAX` tests.
    pub fn of_suite(
        suite: &Suite<'_>,
        history: Option<&History>,
        planner: &Planner,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let prepared = Alternatives::new(planner, suite)?;
        let asked = sizing::asked(&prepared, settings);
        let told = || NonZeroU32::new(builds::usual_shards(history?)?);
        let usual = settings.usual.or_else(told);
        let (sizing, shards) = sizing::sizing(&prepared, settings, asked, usual);
        let plan = prepared.plan(shards)?;
        Ok(report(&prepared, history, &plan, sizing, settings))
    }

    /// Reports on a plan: its shards, and other numbers of them. A plan has no times of single
    /// tests, so each counts the mean of its file, class or function, and each file the mean
    /// setup of the plan.
    ///
    /// # Errors
    /// The errors of [`of_suite`](Self::of_suite).
    pub fn of_plan(plan: &Plan, settings: &Settings) -> Result<Self, Error> {
        let suite = plan.as_suite();
        let planner = Planner::like(plan);
        let mut made = Self::of_suite_as_planned(&suite, None, &planner, plan, settings)?;
        // Set afterwards: the figures are made as for timings.
        made.basis = Basis::Plan;
        // All tests of a file or class have the same mean: none is the slowest.
        made.slowest_tests = Top::default();
        made.sizing.floor.is_mean = true;
        Ok(made)
    }

    /// Reports on a suite and its plan.
    ///
    /// # Errors
    /// The errors of [`of_suite`](Self::of_suite).
    pub fn of_suite_as_planned(
        suite: &Suite<'_>,
        history: Option<&History>,
        planner: &Planner,
        plan: &Plan,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let prepared = Alternatives::new(planner, suite)?;
        let asked = sizing::Asked::planned(plan);
        let (sizing, _) = sizing::sizing(&prepared, settings, asked, None);
        Ok(report(&prepared, history, plan, sizing, settings))
    }

    /// Marks the report as made from the results of one build, its only timings.
    #[must_use]
    pub fn of_results(mut self) -> Self {
        self.basis = Basis::Results;
        self
    }

    /// Adds the results of a finished build. A suite with other timings is compared with what
    /// the reports of this build measured.
    #[must_use]
    pub fn with_results(
        mut self,
        verdict: &Verdict,
        compared: Option<(&Suite<'_>, &History)>,
    ) -> Self {
        self.results = Some(results::facts(verdict, compared));
        let changes = self.changes.get_or_insert_default();
        changes::judge(changes, verdict, compared.map(|(_, results)| results));
        self
    }

    /// Compares the build that left `results` with the builds before it: `history` has the timings and the
    /// results. Comes before [`with_results`](Self::with_results), whose verdict knows more.
    #[must_use]
    pub fn compared_with(mut self, history: &History, results: &History) -> Self {
        self.changes = changes::of_results(history, results).or(self.changes);
        self
    }

    /// Names the project and the commit.
    #[must_use]
    pub fn titled(mut self, title: TitleFacts) -> Self {
        self.title = title;
        self
    }

    /// Adds what the jobs of the build did, by their run records and the reports that they left.
    #[must_use]
    pub fn with_jobs(
        mut self,
        records: &[&RunRecord],
        results: &History,
        settings: &Settings,
    ) -> Self {
        self.jobs = jobs::jobs(records);
        self.time = jobs::measured(&self.jobs, settings.minute_millionths).or(self.time);
        self.shard_tests = jobs::ran(records, results);
        self
    }

    /// Renders the report as JSON, with a final newline.
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).unwrap_or_default();
        json.push('\n');
        json
    }
}

fn report(
    prepared: &Alternatives<'_>,
    history: Option<&History>,
    plan: &Plan,
    sizing: Sizing,
    settings: &Settings,
) -> Report {
    let suite = prepared.suite();
    let builds = history.map(History::builds).unwrap_or_default();
    let weigh = slowest::Weigh::new(prepared, plan);
    let planned = shards::facts(plan);
    Report {
        version: 1,
        basis: Basis::Timings,
        scope: plan.content().scope.clone(),
        suite: slowest::suite_facts(prepared),
        // A plan has no history.
        builds: history.map_or_else(Vec::new, |history| builds::facts(history, &builds)),
        time: Some(time(&planned, &sizing, settings)),
        plan: planned,
        slowest_tests: slowest::tests(&weigh, history.map(|h| (h, builds.as_slice()))),
        slowest_files: slowest::files(&weigh, plan),
        unknown: slowest::unknown(suite),
        flaky: history.map(noise::flaky).unwrap_or_default(),
        noisy: history.map(noise::noisy).unwrap_or_default(),
        results: None,
        changes: history.and_then(|history| changes::newest(history, &builds)),
        title: TitleFacts::default(),
        jobs: Vec::new(),
        shard_tests: Vec::new(),
        sizing,
    }
}

/// Where the time of the shown shards will go.
fn time(plan: &PlanFacts, sizing: &Sizing, settings: &Settings) -> TimeFacts {
    let overhead = sizing.recommended.overhead_us;
    jobs::predicted(plan, overhead, settings.minute_millionths)
}

/// A share in millionths, rounded down; 0 of nothing.
fn ppm(part: u128, whole: u128) -> u64 {
    let share = (part * 1_000_000).checked_div(whole).unwrap_or(0);
    u64::try_from(share).unwrap_or(u64::MAX)
}
