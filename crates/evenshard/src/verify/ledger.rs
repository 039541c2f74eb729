//! The tests of a build: each has to be selected in one shard, and to have its result there only.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::{Address, NodeId};
use crate::outcome::Outcome;
use crate::pack::{RunsOn, Shard};
use crate::plan::{Kept, Plan};
use crate::record::RunRecord;
use crate::verify::attempts::Attempts;
use crate::verify::evidence::{Evidence, TestResult};
use crate::verify::job::Job;
use crate::verify::problem::{Findings, ProblemKind, counted, shards_in_words};

/// Every test of a build.
#[derive(Debug)]
pub(super) struct Ledger<'s> {
    pub(super) plan: Option<&'s Plan>,
    attempts: &'s [Attempts<'s>],
    /// One for each shard, in their order.
    pub(super) shards: Vec<ShardTests<'s>>,
    /// Tests that more than one shard may run.
    everywhere: BTreeSet<&'s str>,
}

/// The selected tests and the results of one shard.
#[derive(Debug)]
pub(super) struct ShardTests<'s> {
    pub(super) shard: Shard,
    /// The selected tests, each once.
    pub(super) tests: Vec<Test<'s>>,
    /// The results of tests that were not selected.
    unlisted: Vec<(&'s Address, &'s TestResult)>,
    /// The tests that ran more than once in a job without a failure.
    repeated: BTreeSet<&'s str>,
}

/// One test that a shard selected.
#[derive(Debug)]
pub(super) struct Test<'s> {
    pub(super) id: &'s str,
    /// The file through which it was collected, if its id begins with another.
    pub(super) from: Option<&'s str>,
    /// The job that counts: the last one with a result of the test, else the last one that
    /// selected it.
    pub(super) evidence: &'s Evidence,
    pub(super) result: Option<&'s TestResult>,
    /// The outcome; `None` without a result.
    pub(super) outcome: Option<Outcome>,
    /// It shares its name in reports with others, and one of these has no result.
    in_doubt: bool,
}

impl<'s> Ledger<'s> {
    pub(super) fn new(attempts: &'s [Attempts<'s>], plan: Option<&'s Plan>) -> Self {
        let evidence = || attempts.iter().flat_map(Attempts::counting);
        let recorded = evidence().flat_map(|e| &e.record.everywhere);
        let shards: Vec<ShardTests<'s>> = attempts.iter().map(ShardTests::new).collect();
        let tests = shards.iter().flat_map(|shard| &shard.tests);
        // Where there is a plan, it decides and not the records.
        let everywhere = match plan {
            Some(plan) => tests
                .filter(|t| t.runs_everywhere(plan))
                .map(|t| t.id)
                .collect(),
            None => recorded.map(String::as_str).collect(),
        };
        Self {
            plan,
            attempts,
            shards,
            everywhere,
        }
    }

    /// Iterates over the tests, each with the index of its shard.
    pub(super) fn tests(&self) -> impl Iterator<Item = (usize, &Test<'s>)> {
        let shards = self.shards.iter().enumerate();
        shards.flat_map(|(at, shard)| shard.tests.iter().map(move |test| (at, test)))
    }

    /// Iterates over the outcomes of the tests, each with the index of its shard.
    pub(super) fn outcomes(&self) -> impl Iterator<Item = (usize, Option<Outcome>)> {
        self.tests().map(|(at, test)| (at, test.outcome))
    }

    /// Returns the number of the shard with this index.
    pub(super) fn number(&self, at: usize) -> u32 {
        self.shards.get(at).map_or(0, ShardTests::number)
    }

    /// Iterates over the results of tests that were not selected, and of failures outside of
    /// tests, each with the index of its shard.
    pub(super) fn unlisted(&self) -> impl Iterator<Item = (usize, &'s Address, &'s TestResult)> {
        let shards = self.shards.iter().enumerate();
        shards.flat_map(|(at, shard)| shard.unlisted.iter().map(move |(a, r)| (at, *a, *r)))
    }

    /// Returns the number of selected tests with a result.
    pub(super) fn results(&self) -> usize {
        self.tests()
            .filter(|(_, test)| test.result.is_some())
            .count()
    }

    /// Returns the number of different tests that were selected. Several tests can have one id,
    /// each collected through another file.
    pub(super) fn distinct(&self) -> usize {
        let ids: BTreeSet<_> = self.tests().map(|(_, test)| (test.id, test.from)).collect();
        ids.len()
    }

    fn runs_everywhere(&self, id: &str) -> bool {
        self.everywhere.contains(id)
    }

    /// Checks that no test was selected or has a result in two shards, or in two jobs of one
    /// attempt.
    pub(super) fn in_one_shard(&self, found: &mut Findings) {
        /// An id, and the shards where it is.
        type Places<'t> = (&'t str, BTreeSet<usize>);
        let mut at: BTreeMap<(Address, Option<&str>), Places<'_>> = BTreeMap::new();
        let mut by_address: BTreeMap<Address, Places<'_>> = BTreeMap::new();
        for (shard, test) in self.tests().filter(|(_, t)| !self.runs_everywhere(t.id)) {
            let address = NodeId::with_group(test.id).address();
            let entry = by_address.entry(address.clone());
            entry.or_insert((test.id, BTreeSet::new())).1.insert(shard);
            let entry = at.entry((address, test.from));
            entry.or_insert((test.id, BTreeSet::new())).1.insert(shard);
        }
        let mut twice: BTreeMap<BTreeSet<u32>, Vec<&str>> = BTreeMap::new();
        let numbers = |places: &BTreeSet<usize>| places.iter().map(|&at| self.number(at)).collect();
        for (shard, address, _) in self.unlisted() {
            let shards = by_address.get(address).map(|(id, shards)| (*id, shards));
            if let Some((id, shards)) = shards.filter(|(_, shards)| !shards.contains(&shard)) {
                let mut shards = shards.clone();
                shards.insert(shard);
                twice.entry(numbers(&shards)).or_default().push(id);
            }
        }
        for (id, shards) in at.into_values().filter(|(_, shards)| shards.len() > 1) {
            twice.entry(numbers(&shards)).or_default().push(id);
        }
        for (shards, tests) in twice {
            let ran = counted(tests.len(), "test");
            let message = format!("{ran} in {} at once", shards_in_words(&shards));
            let problem = found.problem(ProblemKind::RanTwice, message);
            problem.shards(shards).tests(tests);
        }
        for of_shard in self.attempts {
            let tests = ran_in_two_jobs(of_shard);
            if !tests.is_empty() {
                let n = counted(tests.len(), "test");
                let message = format!("{n} in two jobs of shard {}", of_shard.number());
                found
                    .problem(ProblemKind::RanTwice, message)
                    .shards([of_shard.number()])
                    .tests(tests);
            }
        }
    }

    /// Checks that every shard selected the tests that run everywhere.
    pub(super) fn in_every_shard(&self, found: &mut Findings) {
        for shard in &self.shards {
            let own: BTreeSet<&str> = shard.tests.iter().map(|test| test.id).collect();
            let absent: Vec<&str> = self.everywhere.difference(&own).copied().collect();
            if !absent.is_empty() {
                let n = counted(absent.len(), "test");
                let message = format!(
                    "shard {} did not select {n} of those that run everywhere",
                    shard.number()
                );
                found
                    .problem(ProblemKind::Vanished, message)
                    .shards([shard.number()])
                    .tests(absent);
            }
        }
    }

    /// Checks that each selected test has a result, unless its shard was asked to stop.
    pub(super) fn have_results(&self, found: &mut Findings) {
        for (shard, of_shard) in self.shards.iter().zip(self.attempts) {
            let ids = |wanted: fn(&&Test<'_>) -> bool| -> Vec<&str> {
                let wanted = shard.tests.iter().filter(wanted);
                wanted.map(|test| test.id).collect()
            };
            let number = shard.number();
            let without = ids(|test| test.result.is_none());
            let n = counted(without.len(), "test");
            let verb = if without.len() == 1 { "has" } else { "have" };
            let lost = format!("{n} of shard {number} {verb} no result");
            let in_doubt = ids(|test| test.in_doubt);
            let one_of = format!(
                "shard {number} has fewer results than tests of one name in reports: {} in doubt",
                counted(in_doubt.len(), "test")
            );
            for (tests, lost) in [(without, lost), (in_doubt, one_of)] {
                if tests.is_empty() {
                    continue;
                }
                if let Some(why) = &of_shard.last().record.stopped {
                    let n = counted(tests.len(), "test");
                    let message = format!("shard {number} stopped on request ({why}): {n} not run");
                    found
                        .warning(ProblemKind::StoppedOnRequest, message)
                        .shards([number])
                        .tests(tests);
                } else {
                    found
                        .problem(ProblemKind::NoResult, lost)
                        .shards([number])
                        .tests(tests);
                }
            }
        }
    }

    /// Warns of tests that passed several times in one job without a retry. It is no problem, as
    /// retries that no record knows, and one job for several Pythons, look the same.
    pub(super) fn without_repeats(&self, found: &mut Findings) {
        for shard in self.shards.iter().filter(|s| !s.repeated.is_empty()) {
            let n = counted(shard.repeated.len(), "test");
            let message = format!(
                "{n} of shard {} ran more than once, and no failure tells why",
                shard.number()
            );
            let warning = found.warning(ProblemKind::Repeated, message);
            let repeated = shard.repeated.iter().copied();
            warning.shards([shard.number()]).tests(repeated);
        }
    }

    /// Checks that each result is of a test that was selected.
    pub(super) fn are_listed(&self, found: &mut Findings) {
        for shard in self.shards.iter().filter(|s| !s.unlisted.is_empty()) {
            let n = counted(shard.unlisted.len(), "result");
            let message = format!(
                "{n} of shard {} of tests that its record does not list",
                shard.number()
            );
            let problem = found.problem(ProblemKind::Unlisted, message);
            let tests = shard.unlisted.iter();
            let tests = tests.map(|(address, _)| address.to_string());
            problem.shards([shard.number()]).tests(tests);
        }
    }
}

impl<'s> ShardTests<'s> {
    /// Returns the number of the shard, counted from 1.
    pub(super) fn number(&self) -> u32 {
        self.shard.number()
    }

    fn new(of_shard: &'s Attempts<'s>) -> Self {
        // From the last attempt back, so that the newest result of each test comes first.
        let mut places: BTreeMap<(&str, Option<&str>), usize> = BTreeMap::new();
        let mut tests: Vec<Test<'s>> = Vec::new();
        let mut unlisted: BTreeMap<&Address, &TestResult> = BTreeMap::new();
        let mut repeated: BTreeSet<&str> = BTreeSet::new();
        for &evidence in of_shard.counting().iter().rev() {
            let job = Job::new(evidence);
            for (id, from) in sources(&evidence.record) {
                let found = job.result(id);
                let at = *places.entry((id, from)).or_insert_with(|| {
                    tests.push(Test::without_result(id, from, evidence));
                    tests.len() - 1
                });
                if let (None, Some((result, outcome))) = (tests[at].result, found) {
                    tests[at] = Test {
                        id,
                        from,
                        evidence,
                        result: Some(result),
                        outcome: Some(outcome),
                        in_doubt: job.lacks(id),
                    };
                }
            }
            for (address, result) in job.unlisted() {
                unlisted.entry(address).or_insert(result);
            }
            repeated.extend(job.repeated());
        }
        Self {
            shard: of_shard.shard,
            tests,
            unlisted: unlisted.into_iter().collect(),
            repeated,
        }
    }
}

impl<'s> Test<'s> {
    fn runs_everywhere(&self, plan: &Plan) -> bool {
        if plan.content().rules.everywhere.is_empty() {
            return false;
        }
        let id = self.placed_id();
        plan.place(&id, Kept::No).on == RunsOn::Everywhere
    }

    /// Returns the node id that the plugin placed the test by: its names in the file through
    /// which it was collected.
    pub(super) fn placed_id(&self) -> NodeId<'s> {
        let own = NodeId::parse(self.id);
        match self.from {
            Some(file) => own.in_file(file),
            None => own,
        }
    }

    fn without_result(id: &'s str, from: Option<&'s str>, evidence: &'s Evidence) -> Self {
        Self {
            id,
            from,
            evidence,
            result: None,
            outcome: None,
            in_doubt: false,
        }
    }
}

/// Iterates over the selected tests, each with the file through which it was collected if its id
/// begins with another.
pub(super) fn sources(record: &RunRecord) -> impl Iterator<Item = (&str, Option<&str>)> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    record.selected.iter().map(move |id| {
        let Some(files) = record.collected_from.get(id) else {
            return (id.as_str(), None);
        };
        let at = seen.entry(id).or_default();
        let from = files.get(*at).or(files.last());
        *at += 1;
        (id.as_str(), from.map(String::as_str))
    })
}

/// Returns the tests with results in several jobs of one attempt.
fn ran_in_two_jobs(of_shard: &Attempts<'_>) -> Vec<String> {
    let mut twice = Vec::new();
    let same_attempt = |a: &&Evidence, b: &&Evidence| a.record.attempt == b.record.attempt;
    for jobs in of_shard.counting().chunk_by(same_attempt) {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for job in jobs.iter().filter(|_| jobs.len() > 1) {
            let ids: BTreeSet<&str> = job.record.selected.iter().map(String::as_str).collect();
            for id in ids.into_iter().filter(|id| job.find(id).is_some()) {
                if !seen.insert(id) {
                    twice.push(id.to_owned());
                }
            }
        }
    }
    twice
}
