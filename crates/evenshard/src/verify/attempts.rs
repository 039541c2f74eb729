//! The attempts of each shard: which of them count, and whether they came to their end.

use std::collections::BTreeMap;

use crate::Micros;
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::record::{ShardRecord, State};
use crate::verify::evidence::{Evidence, is_failure};
use crate::verify::problem::{Problem, ProblemKind, counted};
use crate::verify::verdict::ShardState;

/// One shard with all of its attempts.
#[derive(Debug)]
pub(super) struct Standing<'e> {
    /// Its number, counted from 1.
    pub(super) number: u32,
    /// How many shards it says there are.
    pub(super) count: u32,
    /// Its attempts in order.
    pub(super) all: Vec<&'e Evidence>,
    /// Where in `all` those begin that count.
    from: usize,
}

/// The shards that left records, in order.
pub(super) fn standings<'e>(own: &[&'e Evidence]) -> Vec<Standing<'e>> {
    let mut by_shard: BTreeMap<(u32, u32), Vec<&Evidence>> = BTreeMap::new();
    for evidence in own {
        let shard = evidence.record.shard;
        let of_shard = by_shard.entry((shard.number(), shard.count().get()));
        of_shard.or_default().push(evidence);
    }
    by_shard
        .into_iter()
        .map(|((number, count), mut all)| {
            all.sort_by_key(|e| (e.record.attempt, &e.record.job, &e.name));
            // One file that was given twice, or copied, is one.
            all.dedup_by(|a, b| a.record == b.record && same_results(a, b));
            let last = all.last().map(|e| e.record.attempt);
            let full = all.iter().rposition(|e| !e.record.failed_only);
            // Several records of the attempt that counts from count together.
            let begin = full.map(|at| all[at].record.attempt).or(last);
            let from = all.iter().position(|e| Some(e.record.attempt) >= begin);
            let from = if full.is_none() { 0 } else { from.unwrap_or(0) };
            Standing {
                number,
                count,
                all,
                from,
            }
        })
        .collect()
}

fn same_results(a: &Evidence, b: &Evidence) -> bool {
    let digests = |e: &Evidence| -> Vec<String> {
        let results = e.results.iter();
        results.map(|r| r.digest.clone()).collect()
    };
    digests(a) == digests(b)
}

/// Every shard 1 to N left a record.
pub(super) fn all_reported(
    standings: &[Standing<'_>],
    count: u32,
    plan: Option<&Plan>,
    problems: &mut Vec<Problem>,
) {
    for number in 1..=count {
        let reported = |s: &Standing<'_>| (s.number, s.count) == (number, count);
        if standings.iter().any(reported) {
            continue;
        }
        let message = format!("shard {number} of {count} left no record");
        let planned = plan.and_then(|p| p.content().shards.get(number as usize - 1));
        let tests = planned.into_iter().flat_map(|s| &s.units).flat_map(|unit| {
            let classes = unit.tests.iter();
            classes.flat_map(|(class, names)| names.iter().map(move |n| format!("{class}::{n}")))
        });
        let problem = Problem::new(ProblemKind::MissingShard, message);
        problems.push(problem.shards([number]).tests(tests));
    }
}

impl<'e> Standing<'e> {
    /// The attempts that count, in order.
    pub(super) fn counting(&self) -> &[&'e Evidence] {
        &self.all[self.from..]
    }

    /// The last attempt.
    pub(super) fn last(&self) -> &'e Evidence {
        // There is one: a standing is made of at least one record.
        self.all[self.all.len() - 1]
    }

    /// The attempts that count are finished, told apart, and their results are whole.
    pub(super) fn came_to_its_end(&self, problems: &mut Vec<Problem>) {
        self.told_apart(problems);
        if self.counting().iter().all(|e| e.record.failed_only) {
            let message = format!(
                "shard {} ran only what had not passed before, and the attempt before is not here",
                self.number
            );
            let problem = Problem::new(ProblemKind::MissingAttempt, message);
            problems.push(problem.shards([self.number]));
        }
        let last = self.last();
        let attempt = last.record.attempt;
        for evidence in self
            .counting()
            .iter()
            .filter(|e| e.record.attempt == attempt)
        {
            problems.extend(self.broke_off(evidence));
            problems.extend(self.lacks_results(evidence));
        }
    }

    /// Two different records of one attempt.
    fn told_apart(&self, problems: &mut Vec<Problem>) {
        for pair in self
            .all
            .chunk_by(|a, b| a.record.attempt == b.record.attempt)
        {
            let [first, .., last] = pair else { continue };
            let jobs = |e: &Evidence| e.record.job.clone().unwrap_or_else(|| e.name.clone());
            let message = format!(
                "{} of shard {}, attempt {}: by {} and {}",
                counted(pair.len(), "record"),
                self.number,
                first.record.attempt,
                jobs(first),
                jobs(last)
            );
            let problem = Problem::new(ProblemKind::DuplicateShard, message);
            let problem = problem.shards([self.number]);
            problems.push(problem.files(pair.iter().map(|e| e.name.clone())));
        }
    }

    fn broke_off(&self, evidence: &Evidence) -> Option<Problem> {
        let why = why_cut_short(&evidence.record)?;
        let message = format!("shard {} of {} {why}", self.number, self.count);
        let problem = Problem::new(ProblemKind::CutShort, message);
        Some(problem.shards([self.number]).files([&evidence.name]))
    }

    fn lacks_results(&self, evidence: &Evidence) -> Option<Problem> {
        let record = &evidence.record;
        if let Some(cut) = evidence.results.iter().find(|r| !r.complete) {
            let message = format!("the JUnit file of shard {} is cut short", self.number);
            let problem = Problem::new(ProblemKind::JunitCutShort, message);
            return Some(problem.shards([self.number]).files([&cut.name]));
        }
        let unasked = |record: &ShardRecord| record.list.as_ref().is_some_and(|list| !list.reports);
        if evidence.has_all_results() || record.state == State::Started || unasked(record) {
            return None;
        }
        let named: Vec<&String> = record.junit.iter().chain(&record.further_junit).collect();
        let message = if named.is_empty() {
            format!("shard {} wrote no JUnit file", self.number)
        } else {
            format!("the JUnit file of shard {} is not here", self.number)
        };
        let problem = Problem::new(ProblemKind::MissingJunit, message);
        Some(problem.shards([self.number]).files(named))
    }

    /// What became of it.
    pub(super) fn state(&self) -> ShardState {
        let last = &self.last().record;
        if why_cut_short(last).is_some() {
            ShardState::CutShort
        } else if last.stopped.is_some() {
            ShardState::Stopped
        } else {
            ShardState::Finished
        }
    }

    /// What was measured of what the plan predicts, over the attempts that count.
    pub(super) fn measured(&self, wall: bool) -> Option<Micros> {
        let of = |r: &ShardRecord| if wall { r.wall_us } else { r.cases_us };
        let measured: Vec<Micros> = self
            .counting()
            .iter()
            .filter_map(|e| of(&e.record))
            .collect();
        (!measured.is_empty()).then(|| measured.into_iter().sum())
    }

    /// How often this test ran over all attempts, and whether it failed in any of them.
    pub(super) fn runs(&self, id: &str) -> (u32, bool) {
        let (mut runs, mut failed) = (0, false);
        for evidence in &self.all {
            let again = evidence.record.retried.get(id).copied().unwrap_or(0);
            let Some(result) = evidence.result(id) else {
                continue;
            };
            // A test that fails and passes later in one file was run again by something that
            // the record does not know.
            let seen = u32::from(is_failure(result.worst) && result.outcome == Outcome::Passed);
            runs += 1 + again.max(seen);
            failed |= again > 0 || is_failure(result.worst);
        }
        (runs, failed)
    }
}

/// Why a job did not come to its end, if it did not.
fn why_cut_short(record: &ShardRecord) -> Option<String> {
    if record.state == State::Started {
        return Some("was killed or is still running".to_owned());
    }
    // Other runners end with what they like, such as the number of failed tests.
    if record.list.is_some() {
        return None;
    }
    let stopped = record.stopped.is_some();
    let exit = record.exit_status?;
    let pytest = record.pytest_status.unwrap_or(exit);
    if exit >= 128 {
        return Some(format!("was ended by signal {}", exit - 128));
    }
    match pytest {
        2 if !stopped => {
            return Some("was interrupted, or could not collect (pytest: 2)".to_owned());
        }
        3 => return Some("broke off with an internal error of pytest (3)".to_owned()),
        4 => return Some("broke off with a usage error of pytest (4)".to_owned()),
        _ => {}
    }
    // A session that nobody saw may have ended like this; make ends with 2 where tests failed.
    let unexplained = matches!(exit, 2..=4) && exit != pytest && !(exit == 2 && pytest > 0);
    if unexplained {
        return Some(format!(
            "ended with {exit}, though its pytest did with {pytest}"
        ));
    }
    (exit >= 64).then(|| format!("broke off with exit status {exit}"))
}
