//! Proves, from what the jobs of a build left, that every test ran exactly once.
//!
//! [`verify`] takes the shard records and the JUnit results of all shards ([`Gathered`]) and
//! gives a [`Verdict`]. A build is proved when the records are of one build and scope, every
//! shard 1 to N came to its end under the same plan and was offered the same files, each test
//! that a shard selected has a result in that shard and in no other, and each test that the
//! plan knew was selected. What is in the way has a name: [`ProblemKind`].
//!
//! Failing tests are no problem here: their jobs fail by themselves.
//!
//! ```
//! use evenshard::history::History;
//! use evenshard::record::{ShardRecord, State};
//! use evenshard::verify::{Evidence, Expectations, Gathered, ProblemKind, Results, verify};
//! use evenshard::{Outcome, Shard};
//!
//! // What shard 1 of 2 left; shard 2 left nothing.
//! let mut record = ShardRecord::started("5f0c", Shard::new(0, 2)?);
//! record.state = State::Finished;
//! record.exit_status = Some(0);
//! record.selected = vec!["tests/test_a.py::test_x".to_owned()];
//! record.junit = Some("junit-1.xml".to_owned());
//! let mut results = Results { complete: true, ..Results::default() };
//! results.add("tests.test_a", "test_x", "", Outcome::Passed, None);
//! let evidence = vec![Evidence { record, name: "junit-1.shard.json".to_owned(), results: vec![results], cases: History::new() }];
//!
//! let verdict = verify(&Gathered { evidence, ..Gathered::default() }, None, &Expectations::default());
//! assert!(!verdict.proved);
//! assert_eq!(verdict.problems[0].kind, ProblemKind::MissingShard);
//! assert_eq!(verdict.problems[0].message, "shard 2 of 2 left no record");
//! # Ok::<(), evenshard::Error>(())
//! ```

mod asked;
mod attempts;
mod earlier;
mod evidence;
mod held;
mod job;
mod kept;
mod ledger;
mod lists;
mod missing;
mod planned;
mod problem;
mod summary;
mod verdict;

pub use earlier::{Earlier, NoEarlier};
pub use evidence::{Evidence, FailureText, Gathered, Results, TestResult, TextBudget};
pub use missing::{Baseline, MostMissing};
pub use problem::{Problem, ProblemKind};
pub use verdict::{
    Balance, FailedTest, ListVerdict, QuarantinedTest, RanAgain, ShardState, ShardVerdict, Totals,
    Verdict,
};

use crate::plan::Plan;
use attempts::Standing;
use ledger::Ledger;
use problem::counted;

/// What the evidence has to be of, where that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expectations {
    /// The digest of the plan; the plan's own where a plan is at hand.
    pub digest: Option<String>,
    /// The build.
    pub build: Option<String>,
    /// The scope; records of others are left out. Without it there has to be one only.
    pub scope: Option<String>,
    /// An earlier build, whose tests are to be here as well.
    pub baseline: Option<Baseline>,
    /// How many of them may be missing; `None`: any number.
    pub max_missing: Option<MostMissing>,
}

/// Judges what the jobs of a build left. The order of the evidence does not matter.
///
/// Of the attempts of a shard the last one stands; where it ran only what had not passed
/// before, it counts together with those before it, back to the last full one.
#[must_use]
pub fn verify(gathered: &Gathered, plan: Option<&Plan>, expected: &Expectations) -> Verdict {
    let mut problems = unreadable(gathered);
    let mut warnings = Vec::new();
    let own = held::scope(
        &gathered.evidence,
        plan,
        expected,
        &mut problems,
        &mut warnings,
    );
    let own = held::build(own, expected, &mut problems);
    asked::of_one_build(&own, expected, &mut warnings);
    let (digest, count) = held::plan_and_count(&own, plan, expected);

    let standings = attempts::standings(&own);
    held::same_plan(&standings, digest.as_deref(), expected, plan, &mut problems);
    held::same_count(&standings, count, plan, &mut problems);
    attempts::all_reported(&standings, count, plan, &mut problems);
    for standing in &standings {
        standing.came_to_its_end(&mut problems);
    }
    let build = Build {
        standings: &standings,
        count,
        plan,
        gathered,
        expected,
    };
    let judged = if lists::are_there(&standings) {
        lists::judge(&build, &mut problems, &mut warnings)
    } else {
        tests(&build, &mut problems, &mut warnings)
    };
    unclaimed(gathered, &mut warnings);

    let first = own.first().map(|e| &e.record);
    Verdict {
        version: 1,
        proved: problems.is_empty() && !own.is_empty(),
        build: expected.build.clone().or_else(|| first?.build.clone()),
        scope: first.map(|r| r.scope.clone()).unwrap_or_default(),
        plan_digest: digest,
        shard_count: count,
        totals: judged.totals,
        list: judged.list,
        shards: judged.shards,
        balance: summary::balance(&standings, plan),
        flaky: judged.flaky,
        retried: judged.retried,
        quarantined: judged.quarantined,
        failures: judged.failures,
        problems,
        warnings,
    }
}

/// The jobs of one build, and what they are compared with.
struct Build<'b> {
    standings: &'b [Standing<'b>],
    count: u32,
    plan: Option<&'b Plan>,
    gathered: &'b Gathered,
    expected: &'b Expectations,
}

/// What a verdict says beyond the problems.
#[derive(Default)]
struct Judged {
    totals: Totals,
    list: Option<ListVerdict>,
    shards: Vec<ShardVerdict>,
    flaky: Vec<RanAgain>,
    retried: Vec<RanAgain>,
    quarantined: Vec<QuarantinedTest>,
    failures: Vec<FailedTest>,
}

/// Judges jobs of pytest, test by test.
fn tests(build: &Build<'_>, problems: &mut Vec<Problem>, warnings: &mut Vec<Problem>) -> Judged {
    let &Build {
        standings,
        count,
        plan,
        expected,
        ..
    } = build;
    asked::same_selection(standings, problems);
    asked::dropped(standings, plan, warnings);
    held::same_files(standings, problems);
    held::same_parameters(standings, problems);
    held::same_homes(standings, problems);

    let ledger = Ledger::new(standings, plan);
    ledger.placed(problems);
    ledger.told_of_cut(problems);
    ledger.ran_once(problems);
    ledger.ran_everywhere(problems);
    ledger.have_results(problems, warnings);
    ledger.ran_once_each(warnings);
    ledger.are_listed(problems);
    ledger.vanished(count, problems, warnings);
    // Of a shard without a record, all would be missing.
    if !problems.iter().any(|p| p.kind == ProblemKind::MissingShard) {
        missing::report(standings, &ledger, expected, problems, warnings);
    }
    if !standings.is_empty() && ledger.results() == 0 {
        let message = "no shard ran any test";
        problems.push(Problem::new(ProblemKind::NothingRan, message));
    }
    Judged {
        totals: summary::totals(standings, &ledger, problems, warnings),
        list: None,
        shards: summary::shards(standings, count, ledger.outcomes(), plan),
        flaky: summary::flaky(&ledger, standings),
        retried: summary::retried(&ledger, standings),
        quarantined: summary::quarantined(&ledger),
        failures: summary::failures(standings, &ledger),
    }
}

fn unreadable(gathered: &Gathered) -> Vec<Problem> {
    let mut problems: Vec<Problem> = gathered
        .unreadable
        .iter()
        .map(|warning| {
            Problem::new(ProblemKind::UnreadableRecord, warning.to_string())
                .files([&warning.location.file])
        })
        .collect();
    problems.sort_by(|a, b| (&a.files, &a.message).cmp(&(&b.files, &b.message)));
    problems
}

fn unclaimed(gathered: &Gathered, warnings: &mut Vec<Problem>) {
    if gathered.unclaimed.is_empty() {
        return;
    }
    let n = gathered.unclaimed.len();
    let verb = if n == 1 { "is" } else { "are" };
    let message = format!("{} {verb} named by no record", counted(n, "JUnit file"));
    let warning = Problem::new(ProblemKind::UnclaimedJunit, message);
    warnings.push(warning.files(&gathered.unclaimed));
}
