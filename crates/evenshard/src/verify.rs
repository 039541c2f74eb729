//! Proves, from the results of all jobs of a build, that every test ran exactly once.
//!
//! [`verify`] takes the run records and JUnit results of all shards ([`Gathered`]) and returns a
//! [`Verdict`]. A build is proved if the records are of one build and scope, every shard finished
//! under the same plan and collected the same files, each selected test has a result in its shard
//! and in no other, and each test that the plan knew was selected. Everything else is a
//! [`Problem`] of some [`ProblemKind`].
//!
//! A failing test is no problem here: its job fails.
//!
//! ```
//! use evenshard::history::History;
//! use evenshard::record::{RunRecord, State};
//! use evenshard::verify::{Evidence, Expectations, Gathered, ProblemKind, Results, verify};
//! use evenshard::{Outcome, Shard};
//!
//! // What shard 1 of 2 left; shard 2 left nothing.
//! let mut record = RunRecord::started("5f0c", Shard::new(0, 2)?);
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

mod agreement;
mod asked;
mod attempts;
mod earlier;
mod evidence;
mod job;
mod kept;
mod ledger;
mod lists;
mod missing;
mod planned;
mod problem;
mod summary;
mod verdict;

pub use evidence::{Evidence, Gathered, Results};
pub use problem::{Problem, ProblemKind};
pub use verdict::Verdict;

internal!(earlier::{Earlier, NoEarlier});
internal!(evidence::{TestResult, TextBudget});
internal!(missing::{Baseline, MostMissing});
internal!(verdict::{Balance, FailedTest, Gate, ListVerdict, QuarantinedTest, RanAgain, ShardState});
internal!(verdict::{ShardVerdict, Totals});

use crate::outcome::Outcome;
use crate::plan::Plan;
use attempts::Attempts;
use ledger::Ledger;
use problem::{Findings, counted};

/// The expected build, where something is known about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expectations {
    /// The digest of the plan; not needed where the plan itself is given.
    pub digest: Option<String>,
    /// The name of the build.
    pub build: Option<String>,
    /// The scope; records of other scopes are left out. `None`: all records have to be of one.
    pub scope: Option<String>,
    /// An earlier build whose tests have to be in this one.
    #[doc(hidden)]
    pub baseline: Option<Baseline>,
    /// The most tests of the baseline that may be missing; `None`: any number.
    #[doc(hidden)]
    pub max_missing: Option<MostMissing>,
}

/// Judges the results of a build. The order of the evidence does not matter.
///
/// Of several attempts at a shard the last one counts. One that ran only failed tests counts
/// together with the attempts before it, back to the last full one.
#[must_use]
pub fn verify(gathered: &Gathered, plan: Option<&Plan>, expected: &Expectations) -> Verdict {
    let mut found = Findings::default();
    unreadable(gathered, &mut found);
    // Scope first: each suite has builds, plans and shards of its own.
    let own = agreement::scope(&gathered.evidence, plan, expected, &mut found);
    let own = agreement::build(own, expected, &mut found);
    asked::of_one_build(&own, expected, &mut found);
    let (digest, count) = agreement::plan_and_count(&own, plan, expected);
    let build = Build {
        attempts: attempts::by_shard(&own),
        digest,
        count,
        plan,
        gathered,
        expected,
    };
    build.same_plan(&mut found);
    build.same_count(&mut found);
    build.all_reported(&mut found);
    for of_shard in &build.attempts {
        of_shard.finished(&mut found);
    }
    // One list is enough: the jobs without one are then a problem.
    let judged = if lists::are_there(&build) {
        lists::judge(&build, &mut found)
    } else {
        tests(&build, &mut found)
    };
    unclaimed(gathered, &mut found);

    let first = own.first().map(|e| &e.record);
    Verdict {
        version: 1,
        // Nothing at all proves nothing.
        proved: found.problems.is_empty() && !own.is_empty(),
        build: expected.build.clone().or_else(|| first?.build.clone()),
        scope: first.map(|r| r.scope.clone()).unwrap_or_default(),
        balance: summary::balance(&build),
        plan_digest: build.digest,
        shard_count: count,
        problems: found.problems,
        warnings: found.warnings,
        ..judged
    }
}

/// The jobs of one build, and what they are compared with.
#[derive(Debug)]
struct Build<'b> {
    /// The shards that left records, in order.
    attempts: Vec<Attempts<'b>>,
    /// The digest of the plan that was to be used.
    digest: Option<String>,
    /// The number of shards.
    count: u32,
    plan: Option<&'b Plan>,
    gathered: &'b Gathered,
    expected: &'b Expectations,
}

/// Judges jobs of pytest, test by test: the parts of a verdict that are others for other runners.
fn tests(build: &Build<'_>, found: &mut Findings) -> Verdict {
    build.same_selection(found);
    build.dropped(found);
    build.same_files(found);
    build.same_parameters(found);
    build.same_homes(found);

    let ledger = Ledger::new(build);
    // The plan is asked first: what ran in a wrong shard explains most of what follows.
    planned::in_their_shards(&ledger, found);
    planned::parameters_recorded(&ledger, found);
    ledger.in_one_shard(found);
    ledger.in_every_shard(found);
    ledger.have_results(found);
    ledger.without_repeats(found);
    ledger.are_listed(found);
    planned::all_selected(&ledger, found);
    // A shard without a record would make all of its tests missing.
    if !found.has(ProblemKind::MissingShard) {
        missing::report(&ledger, found);
    }
    // Without any record, the missing shards are the problem.
    if !build.attempts.is_empty() && ledger.results() == 0 {
        found.problem(ProblemKind::NothingRan, "no shard ran any test");
    }
    Verdict {
        totals: summary::totals(&ledger, found),
        shards: summary::shards(build, ledger.outcomes()),
        flaky: summary::ran_again(&ledger, |outcome| outcome == Outcome::Passed),
        retried: summary::ran_again(&ledger, |outcome| outcome != Outcome::Passed),
        quarantined: summary::quarantined(&ledger),
        failures: summary::failures(&ledger),
        ..Verdict::default()
    }
}

fn unreadable(gathered: &Gathered, found: &mut Findings) {
    for warning in &gathered.unreadable {
        let problem = found.problem(ProblemKind::UnreadableRecord, warning.to_string());
        problem.files([&warning.location.file]);
    }
    // Files come in the order of a folder, which differs from machine to machine.
    let key = |problem: &Problem| (problem.files.clone(), problem.message.clone());
    found.problems.sort_by_cached_key(key);
}

fn unclaimed(gathered: &Gathered, found: &mut Findings) {
    if gathered.unclaimed.is_empty() {
        return;
    }
    let n = gathered.unclaimed.len();
    let verb = if n == 1 { "is" } else { "are" };
    let message = format!("{} {verb} named by no record", counted(n, "JUnit file"));
    let warning = found.warning(ProblemKind::UnclaimedJunit, message);
    warning.files(&gathered.unclaimed);
}
