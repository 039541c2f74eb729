//! The attempts at each shard: which of them count, and whether they finished.

use std::collections::BTreeMap;

use crate::Shard;
use crate::outcome::Outcome;
use crate::plan::PlannedShard;
use crate::record::{RunRecord, State};
use crate::verify::Build;
use crate::verify::evidence::Evidence;
use crate::verify::problem::{Findings, ProblemKind, counted};
use crate::verify::verdict::ShardState;

/// One shard with all of its attempts.
#[derive(Debug)]
pub(super) struct Attempts<'e> {
    pub(super) shard: Shard,
    /// All attempts, in order.
    pub(super) all: Vec<&'e Evidence>,
    /// The index in `all` of the first attempt that counts.
    from: usize,
}

/// Returns the shards that left records, in order.
pub(super) fn by_shard<'e>(own: &[&'e Evidence]) -> Vec<Attempts<'e>> {
    let mut by_shard: BTreeMap<(u32, u32), Vec<&Evidence>> = BTreeMap::new();
    for evidence in own {
        let shard = evidence.record.shard;
        let of_shard = by_shard.entry((shard.number(), shard.count().get()));
        of_shard.or_default().push(evidence);
    }
    by_shard.into_values().map(Attempts::new).collect()
}

impl Build<'_> {
    /// Iterates over the numbers of the shards that left no record.
    pub(super) fn missing(&self) -> impl Iterator<Item = u32> {
        let is = |s: &Attempts<'_>, number| (s.number(), s.count()) == (number, self.count);
        (1..=self.count).filter(move |&number| !self.attempts.iter().any(|s| is(s, number)))
    }

    /// Returns the part of the plan for the shard of this number.
    pub(super) fn planned(&self, number: u32) -> Option<&PlannedShard> {
        self.plan?.content().shards.get(number as usize - 1)
    }

    /// Checks that every shard 1 to N left a record.
    pub(super) fn all_reported(&self, found: &mut Findings) {
        for number in self.missing() {
            let message = format!("shard {number} of {} left no record", self.count);
            let planned = self.planned(number).into_iter().flat_map(|s| &s.units);
            let classes = planned.flat_map(|unit| &unit.tests);
            let tests = classes.flat_map(|(class, names)| {
                let names = names.iter();
                names.map(move |name| format!("{class}::{name}"))
            });
            let problem = found.problem(ProblemKind::MissingShard, message);
            problem.shards([number]).tests(tests);
        }
    }
}

impl<'e> Attempts<'e> {
    /// Sorts the attempts at one shard, of which there is one at least.
    fn new(mut all: Vec<&'e Evidence>) -> Self {
        all.sort_by_key(|e| (e.record.attempt, &e.record.job, &e.name));
        let digests = |e: &'e Evidence| e.results.iter().map(|r| &r.digest);
        // A file that was given twice, or copied, counts once.
        all.dedup_by(|a, b| a.record == b.record && digests(a).eq(digests(b)));
        let full = all.iter().rposition(|e| !e.record.failed_only);
        // Several records of the last full attempt count together.
        let from = full.and_then(|full| {
            let begin = all[full].record.attempt;
            all.iter().position(|e| e.record.attempt >= begin)
        });
        Self {
            shard: all[0].record.shard,
            from: from.unwrap_or(0),
            all,
        }
    }

    /// Returns the number of the shard, counted from 1.
    pub(super) fn number(&self) -> u32 {
        self.shard.number()
    }

    /// Returns the number of shards that the records name.
    pub(super) fn count(&self) -> u32 {
        self.shard.count().get()
    }

    /// Returns the attempts that count, in order.
    pub(super) fn counting(&self) -> &[&'e Evidence] {
        &self.all[self.from..]
    }

    /// Returns the last attempt.
    pub(super) fn last(&self) -> &'e Evidence {
        // There is one: `new` takes at least one record.
        self.all[self.all.len() - 1]
    }

    /// Checks that the attempts that count are finished and distinct, with whole results.
    pub(super) fn finished(&self, found: &mut Findings) {
        self.distinct(found);
        let number = self.number();
        if self.counting().iter().all(|e| e.record.failed_only) {
            let message = format!(
                "shard {number} ran only what had not passed before, and the attempt before is not here"
            );
            let problem = found.problem(ProblemKind::MissingAttempt, message);
            problem.shards([number]);
        }
        // An attempt that was cut short is why there is a later one; only the last has to be whole.
        let attempt = self.last().record.attempt;
        let counting = self.counting().iter();
        for evidence in counting.filter(|e| e.record.attempt == attempt) {
            if let Some(why) = why_cut_short(&evidence.record) {
                let message = format!("shard {number} of {} {why}", self.count());
                let problem = found.problem(ProblemKind::CutShort, message);
                problem.shards([number]).files([&evidence.name]);
            }
            self.has_results(evidence, found);
        }
    }

    /// Checks that no attempt has two different records.
    fn distinct(&self, found: &mut Findings) {
        let same = |a: &&Evidence, b: &&Evidence| a.record.attempt == b.record.attempt;
        for pair in self.all.chunk_by(same) {
            let [first, .., last] = pair else { continue };
            let job = |e: &Evidence| e.record.job.clone().unwrap_or_else(|| e.name.clone());
            let (n, number) = (counted(pair.len(), "record"), self.number());
            let (attempt, jobs) = (first.record.attempt, [job(first), job(last)]);
            let jobs = jobs.join(" and ");
            let message = format!("{n} of shard {number}, attempt {attempt}: by {jobs}");
            let problem = found.problem(ProblemKind::DuplicateShard, message);
            let files = pair.iter().map(|e| &e.name);
            problem.shards([number]).files(files);
        }
    }

    /// Checks that the JUnit files of an attempt are here and whole.
    fn has_results(&self, evidence: &Evidence, found: &mut Findings) {
        let (record, number) = (&evidence.record, self.number());
        if let Some(cut) = evidence.results.iter().find(|r| !r.complete) {
            let message = format!("the JUnit file of shard {number} is cut short");
            let problem = found.problem(ProblemKind::JunitCutShort, message);
            problem.shards([number]).files([&cut.name]);
            return;
        }
        let no_reports = record.list.as_ref().is_some_and(|list| !list.reports);
        // A job that did not end has a problem of its own, and some runners write no reports.
        if evidence.has_all_results() || record.state == State::Started || no_reports {
            return;
        }
        let named: Vec<&String> = record.junit.iter().chain(&record.further_junit).collect();
        let message = if named.is_empty() {
            format!("shard {number} wrote no JUnit file")
        } else {
            format!("the JUnit file of shard {number} is not here")
        };
        let problem = found.problem(ProblemKind::MissingJunit, message);
        problem.shards([number]).files(named);
    }

    /// Returns the state of the shard after its last attempt.
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

    /// Returns how often a test ran over all attempts, and whether it failed in any of them.
    pub(super) fn runs(&self, id: &str) -> (u32, bool) {
        let (mut runs, mut failed) = (0, false);
        for evidence in &self.all {
            // Plugins that retry within a session record it; others show in the report.
            let again = evidence.record.retried.get(id).copied().unwrap_or(0);
            let Some(result) = evidence.result(id) else {
                continue;
            };
            // A test that fails and passes later in one file was run again by something that
            // the record does not know.
            let seen = u32::from(result.worst.failed() && result.outcome == Outcome::Passed);
            runs += 1 + again.max(seen);
            failed |= again > 0 || result.worst.failed();
        }
        (runs, failed)
    }
}

/// Returns the reason why a job did not finish, or `None` if it did.
fn why_cut_short(record: &RunRecord) -> Option<String> {
    if record.state == State::Started {
        return Some("was killed or is still running".to_owned());
    }
    // Other runners end with what they like, such as the number of failed tests.
    if record.list.is_some() {
        return None;
    }
    let stopped = record.stopped.is_some();
    let exit = record.exit_status?;
    // The command around pytest, such as `make`, can have a status of its own.
    let pytest = record.pytest_status.unwrap_or(exit);
    if exit >= 128 {
        return Some(format!("was ended by signal {}", exit - 128));
    }
    match pytest {
        // Where `--stepwise` stops it, pytest ends with 2 as well.
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
    // From 64 on no runner of tests means failures: sysexits.h begins there.
    (exit >= 64).then(|| format!("broke off with exit status {exit}"))
}
