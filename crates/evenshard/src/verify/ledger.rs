//! Test by test: where each was selected, whether it has a result there and nowhere else.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::{Address, NodeId};
use crate::outcome::Outcome;
use crate::plan::{Kept, Plan, Reason};
use crate::record::ShardRecord;
use crate::verify::attempts::Standing;
use crate::verify::evidence::{Evidence, TestResult};
use crate::verify::job::Job;
use crate::verify::problem::{Problem, ProblemKind, counted, shards_in_words};

/// Every test of a build.
#[derive(Debug)]
pub(super) struct Ledger<'s> {
    pub(super) plan: Option<&'s Plan>,
    standings: &'s [Standing<'s>],
    /// One for each shard, in their order.
    pub(super) shards: Vec<Shard<'s>>,
    /// Tests that more than one shard may run.
    everywhere: BTreeSet<&'s str>,
}

/// The tests of one shard.
#[derive(Debug)]
pub(super) struct Shard<'s> {
    pub(super) number: u32,
    /// Each test that was selected, once, with its place in the record.
    pub(super) tests: Vec<Test<'s>>,
    /// Results of tests that were not selected.
    unlisted: Vec<(&'s Address, &'s TestResult)>,
    /// Tests that ran more than once within a job, with no failure to explain it.
    repeated: BTreeSet<&'s str>,
}

/// One test that a shard selected.
#[derive(Debug)]
pub(super) struct Test<'s> {
    pub(super) id: &'s str,
    /// The file through which it was collected, where its id begins with another.
    pub(super) from: Option<&'s str>,
    /// The job whose word counts on it: the last that has a result of it, else the last that
    /// was to run it.
    pub(super) evidence: &'s Evidence,
    pub(super) result: Option<&'s TestResult>,
    /// How it ended, where it has a result.
    pub(super) outcome: Option<Outcome>,
    /// Whether it shares its name in reports with others, and one of them has no result.
    in_doubt: bool,
}

impl<'s> Ledger<'s> {
    pub(super) fn new(standings: &'s [Standing<'s>], plan: Option<&'s Plan>) -> Self {
        let evidence = || standings.iter().flat_map(Standing::counting);
        let told = evidence().flat_map(|e| &e.record.everywhere);
        let told = told.map(String::as_str);
        let shards: Vec<Shard<'s>> = standings.iter().map(Shard::new).collect();
        let tests = shards.iter().flat_map(|shard| &shard.tests);
        // Where there is a plan, it decides and not the records.
        let everywhere = match plan {
            Some(plan) => tests
                .filter(|t| t.runs_everywhere(plan))
                .map(|t| t.id)
                .collect(),
            None => told.collect(),
        };
        Self {
            plan,
            standings,
            shards,
            everywhere,
        }
    }

    /// The tests of each shard, with the shard's place among the standings.
    pub(super) fn tests(&self) -> impl Iterator<Item = (usize, &Test<'s>)> {
        let shards = self.shards.iter().enumerate();
        shards.flat_map(|(at, shard)| shard.tests.iter().map(move |test| (at, test)))
    }

    /// How each test ended, with its shard's place among the standings.
    pub(super) fn outcomes(&self) -> impl Iterator<Item = (usize, Option<Outcome>)> {
        self.tests().map(|(at, test)| (at, test.outcome))
    }

    /// The number of the shard at this place.
    pub(super) fn number(&self, at: usize) -> u32 {
        self.shards.get(at).map_or(0, |shard| shard.number)
    }

    /// Results that belong to no selected test, failures outside of tests included.
    pub(super) fn unlisted(&self) -> impl Iterator<Item = (usize, &'s Address, &'s TestResult)> {
        let shards = self.shards.iter().enumerate();
        shards.flat_map(|(at, shard)| shard.unlisted.iter().map(move |(a, r)| (at, *a, *r)))
    }

    /// How many results of selected tests there are.
    pub(super) fn results(&self) -> usize {
        self.tests()
            .filter(|(_, test)| test.result.is_some())
            .count()
    }

    /// Different tests that were selected. One id can be that of several, each collected
    /// through another file.
    pub(super) fn distinct(&self) -> usize {
        let ids: BTreeSet<_> = self.tests().map(|(_, test)| (test.id, test.from)).collect();
        ids.len()
    }

    fn runs_everywhere(&self, id: &str) -> bool {
        self.everywhere.contains(id)
    }

    /// No test was selected or has a result in two shards, or in two jobs of one attempt.
    pub(super) fn ran_once(&self, problems: &mut Vec<Problem>) {
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
        let mut twice: BTreeMap<Vec<u32>, Vec<String>> = BTreeMap::new();
        let numbers = |places: &BTreeSet<usize>| places.iter().map(|&at| self.number(at)).collect();
        for (shard, address, _) in self.unlisted() {
            let shards = by_address.get(address).map(|(id, shards)| (*id, shards));
            if let Some((id, shards)) = shards.filter(|(_, shards)| !shards.contains(&shard)) {
                let mut shards = shards.clone();
                shards.insert(shard);
                twice
                    .entry(numbers(&shards))
                    .or_default()
                    .push(id.to_owned());
            }
        }
        for (id, shards) in at.into_values().filter(|(_, shards)| shards.len() > 1) {
            twice
                .entry(numbers(&shards))
                .or_default()
                .push(id.to_owned());
        }
        for (shards, tests) in twice {
            let ran = counted(tests.len(), "test");
            let message = format!("{ran} in {} at once", shards_in_words(&shards));
            let problem = Problem::new(ProblemKind::RanTwice, message);
            problems.push(problem.shards(shards).tests(tests));
        }
        for standing in self.standings {
            let tests = ran_in_two_jobs(standing);
            if !tests.is_empty() {
                let n = counted(tests.len(), "test");
                let message = format!("{n} in two jobs of shard {}", standing.number);
                let problem = Problem::new(ProblemKind::RanTwice, message);
                problems.push(problem.shards([standing.number]).tests(tests));
            }
        }
    }

    /// What runs everywhere was selected by every shard.
    pub(super) fn ran_everywhere(&self, problems: &mut Vec<Problem>) {
        for shard in &self.shards {
            let own: BTreeSet<&str> = shard.tests.iter().map(|test| test.id).collect();
            let absent: Vec<&str> = self.everywhere.difference(&own).copied().collect();
            if !absent.is_empty() {
                let n = counted(absent.len(), "test");
                let message = format!(
                    "shard {} did not select {n} of those that run everywhere",
                    shard.number
                );
                let problem = Problem::new(ProblemKind::Vanished, message);
                problems.push(problem.shards([shard.number]).tests(absent));
            }
        }
    }

    /// Each selected test has a result, unless its shard was asked to stop.
    pub(super) fn have_results(&self, problems: &mut Vec<Problem>, warnings: &mut Vec<Problem>) {
        for (shard, standing) in self.shards.iter().zip(self.standings) {
            let ids = |wanted: fn(&&Test<'_>) -> bool| -> Vec<&str> {
                let wanted = shard.tests.iter().filter(wanted);
                wanted.map(|test| test.id).collect()
            };
            let number = shard.number;
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
                if let Some(why) = &standing.last().record.stopped {
                    let n = counted(tests.len(), "test");
                    let message = format!("shard {number} stopped on request ({why}): {n} not run");
                    let warning = Problem::new(ProblemKind::StoppedOnRequest, message);
                    warnings.push(warning.shards([number]).tests(tests));
                } else {
                    let problem = Problem::new(ProblemKind::NoResult, lost);
                    problems.push(problem.shards([number]).tests(tests));
                }
            }
        }
    }

    /// No test passed several times in one job, but for retries. A warning, since retries that
    /// no record knows, and one job for several Pythons, look like that.
    pub(super) fn ran_once_each(&self, warnings: &mut Vec<Problem>) {
        for shard in self.shards.iter().filter(|s| !s.repeated.is_empty()) {
            let n = counted(shard.repeated.len(), "test");
            let message = format!(
                "{n} of shard {} ran more than once, and no failure tells why",
                shard.number
            );
            let warning = Problem::new(ProblemKind::Repeated, message);
            let repeated = shard.repeated.iter().copied();
            warnings.push(warning.shards([shard.number]).tests(repeated));
        }
    }

    /// Each result is of a test that was selected.
    pub(super) fn are_listed(&self, problems: &mut Vec<Problem>) {
        for shard in self.shards.iter().filter(|s| !s.unlisted.is_empty()) {
            let n = counted(shard.unlisted.len(), "result");
            let message = format!(
                "{n} of shard {} of tests that its record does not list",
                shard.number
            );
            let problem = Problem::new(ProblemKind::Unlisted, message);
            let tests = shard
                .unlisted
                .iter()
                .map(|(address, _)| address.to_string());
            problems.push(problem.shards([shard.number]).tests(tests));
        }
    }
}

impl<'s> Shard<'s> {
    fn new(standing: &'s Standing<'s>) -> Self {
        // From the last attempt back, so that the latest word on each test comes first.
        let mut place: BTreeMap<(&str, Option<&str>), usize> = BTreeMap::new();
        let mut tests: Vec<Test<'s>> = Vec::new();
        let mut unlisted: BTreeMap<&Address, &TestResult> = BTreeMap::new();
        let mut repeated: BTreeSet<&str> = BTreeSet::new();
        for &evidence in standing.counting().iter().rev() {
            let job = Job::new(evidence);
            for (id, from) in sources(&evidence.record) {
                let found = job.result(id);
                let at = *place.entry((id, from)).or_insert_with(|| {
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
            number: standing.number,
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
        matches!(plan.place(&id, Kept::No).reason, Reason::Everywhere(_))
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

/// The selected tests, each with the file through which it was collected where its id begins
/// with another.
pub(super) fn sources(record: &ShardRecord) -> impl Iterator<Item = (&str, Option<&str>)> {
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

/// Tests that have results in several jobs of one attempt.
fn ran_in_two_jobs(standing: &Standing<'_>) -> Vec<String> {
    let mut twice = Vec::new();
    let same_attempt = |a: &&Evidence, b: &&Evidence| a.record.attempt == b.record.attempt;
    for jobs in standing.counting().chunk_by(same_attempt) {
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
