//! The tests of a build: each has to be selected in one shard, and to have its result there only.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::address::{Address, NodeId};
use crate::outcome::Outcome;
use crate::pack::RunsOn;
use crate::plan::{Kept, Plan};
use crate::record::RunRecord;
use crate::verify::Build;
use crate::verify::attempts::Attempts;
use crate::verify::evidence::{Evidence, TestResult};
use crate::verify::job::Job;
use crate::verify::problem::{Findings, ProblemKind, Weight, counted, shards_in_words};

/// Every test of a build.
#[derive(Debug)]
pub(super) struct Ledger<'s> {
    pub(super) build: &'s Build<'s>,
    /// One for each shard that left a record, in their order.
    pub(super) shards: Vec<ShardTests<'s>>,
    /// Tests that more than one shard may run.
    everywhere: BTreeSet<&'s str>,
}

/// The selected tests and the results of one shard.
#[derive(Debug)]
pub(super) struct ShardTests<'s> {
    pub(super) attempts: &'s Attempts<'s>,
    /// The selected tests, each once.
    pub(super) tests: Vec<Test<'s>>,
    /// The results of tests that were not selected.
    pub(super) unlisted: BTreeMap<&'s Address, &'s TestResult>,
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
    pub(super) fn new(build: &'s Build<'s>) -> Self {
        let shards: Vec<ShardTests<'s>> = build.attempts.iter().map(ShardTests::new).collect();
        let tests = shards.iter().flat_map(|shard| &shard.tests);
        // Where there is a plan, it decides and not the records.
        let everywhere = if let Some(plan) = build.plan {
            let everywhere = tests.filter(|t| t.runs_everywhere(plan));
            everywhere.map(|t| t.id).collect()
        } else {
            let evidence = build.attempts.iter().flat_map(Attempts::counting);
            let recorded = evidence.flat_map(|e| &e.record.everywhere);
            recorded.map(String::as_str).collect()
        };
        Self {
            build,
            shards,
            everywhere,
        }
    }

    /// Iterates over the tests, each with its shard.
    pub(super) fn tests(&self) -> impl Iterator<Item = (&ShardTests<'s>, &Test<'s>)> {
        let shards = self.shards.iter();
        shards.flat_map(|shard| shard.tests.iter().map(move |test| (shard, test)))
    }

    /// Iterates over the outcomes of the tests, each with the index of its shard.
    pub(super) fn outcomes(&self) -> impl Iterator<Item = (usize, Option<Outcome>)> {
        let shards = self.shards.iter().enumerate();
        shards.flat_map(|(at, shard)| shard.tests.iter().map(move |test| (at, test.outcome)))
    }

    /// Iterates over the results of tests that were not selected, and of failures outside of
    /// tests, each with its shard.
    pub(super) fn unlisted(
        &self,
    ) -> impl Iterator<Item = (&ShardTests<'s>, &'s Address, &'s TestResult)> {
        let shards = self.shards.iter();
        shards.flat_map(|shard| shard.unlisted.iter().map(move |(a, r)| (shard, *a, *r)))
    }

    /// Returns the number of selected tests with a result.
    pub(super) fn results(&self) -> usize {
        self.outcomes()
            .filter(|(_, outcome)| outcome.is_some())
            .count()
    }

    /// Returns the number of different tests that were selected. Several tests can have one id,
    /// each collected through another file.
    pub(super) fn distinct(&self) -> usize {
        let ids: BTreeSet<_> = self.tests().map(|(_, test)| (test.id, test.from)).collect();
        ids.len()
    }

    /// Checks that no test was selected or has a result in two shards, or in two jobs of one
    /// attempt.
    pub(super) fn in_one_shard(&self, found: &mut Findings) {
        /// An id, and the numbers of the shards that have it.
        type Shards<'t> = (&'t str, BTreeSet<u32>);
        let mut selected: BTreeMap<(Address, Option<&str>), Shards<'_>> = BTreeMap::new();
        let mut by_address: BTreeMap<Address, Shards<'_>> = BTreeMap::new();
        for (shard, test) in self
            .tests()
            .filter(|(_, t)| !self.everywhere.contains(t.id))
        {
            let address = NodeId::with_group(test.id).address();
            let new = || (test.id, BTreeSet::new());
            let (_, shards) = by_address.entry(address.clone()).or_insert_with(new);
            shards.insert(shard.number());
            let (_, shards) = selected.entry((address, test.from)).or_insert_with(new);
            shards.insert(shard.number());
        }
        let mut twice: BTreeMap<BTreeSet<u32>, Vec<&str>> = BTreeMap::new();
        for (shard, address, _) in self.unlisted() {
            // It has a result here, though another shard selected it.
            if let Some((id, shards)) = by_address.get(address)
                && !shards.contains(&shard.number())
            {
                let mut shards = shards.clone();
                shards.insert(shard.number());
                twice.entry(shards).or_default().push(id);
            }
        }
        for (id, shards) in selected
            .into_values()
            .filter(|(_, shards)| shards.len() > 1)
        {
            twice.entry(shards).or_default().push(id);
        }
        for (shards, tests) in twice {
            let words = shards_in_words(&shards);
            found.about(Weight::Problem, ProblemKind::RanTwice, shards, tests, |n| {
                format!("{} in {words} at once", counted(n, "test"))
            });
        }
        for shard in &self.shards {
            let (number, tests) = (shard.number(), ran_in_two_jobs(shard.attempts));
            found.about(
                Weight::Problem,
                ProblemKind::RanTwice,
                [number],
                tests,
                |n| format!("{} in two jobs of shard {number}", counted(n, "test")),
            );
        }
    }

    /// Checks that every shard selected the tests that run everywhere.
    pub(super) fn in_every_shard(&self, found: &mut Findings) {
        for shard in &self.shards {
            let own: BTreeSet<&str> = shard.tests.iter().map(|test| test.id).collect();
            let (number, absent) = (shard.number(), &self.everywhere - &own);
            found.about(
                Weight::Problem,
                ProblemKind::Vanished,
                [number],
                absent,
                |n| {
                    let n = counted(n, "test");
                    format!("shard {number} did not select {n} of those that run everywhere")
                },
            );
        }
    }

    /// Checks that each selected test has a result, unless its shard was asked to stop.
    pub(super) fn have_results(&self, found: &mut Findings) {
        for shard in &self.shards {
            let number = shard.number();
            let mut report = |wanted: fn(&&Test<'_>) -> bool, lost: &dyn Fn(usize) -> String| {
                let tests = shard.tests.iter().filter(wanted).map(|test| test.id);
                let tests: Vec<&str> = tests.collect();
                // What was asked for is no problem.
                let (weight, kind) = match shard.attempts.last().record.stopped {
                    Some(_) => (Weight::Warning, ProblemKind::StoppedOnRequest),
                    None => (Weight::Problem, ProblemKind::NoResult),
                };
                found.about(weight, kind, [number], tests, |n| {
                    match &shard.attempts.last().record.stopped {
                        Some(why) => {
                            let n = counted(n, "test");
                            format!("shard {number} stopped on request ({why}): {n} not run")
                        }
                        None => lost(n),
                    }
                });
            };
            report(|test| test.outcome.is_none(), &|n| {
                let verb = if n == 1 { "has" } else { "have" };
                format!("{} of shard {number} {verb} no result", counted(n, "test"))
            });
            report(|test| test.in_doubt, &|n| {
                let n = counted(n, "test");
                format!(
                    "shard {number} has fewer results than tests of one name in reports: {n} in doubt"
                )
            });
        }
    }

    /// Warns of tests that passed several times in one job without a retry. It is no problem, as
    /// retries that no record knows, and one job for several Pythons, look the same.
    pub(super) fn without_repeats(&self, found: &mut Findings) {
        for shard in &self.shards {
            let (number, tests) = (shard.number(), shard.repeated.iter().copied());
            let kind = ProblemKind::Repeated;
            found.about(Weight::Warning, kind, [number], tests, |n| {
                let n = counted(n, "test");
                format!("{n} of shard {number} ran more than once, and no failure tells why")
            });
        }
    }

    /// Checks that each result is of a test that was selected.
    pub(super) fn are_listed(&self, found: &mut Findings) {
        for shard in &self.shards {
            let (number, tests) = (shard.number(), shard.unlisted.keys());
            let tests = tests.map(ToString::to_string);
            found.about(
                Weight::Problem,
                ProblemKind::Unlisted,
                [number],
                tests,
                |n| {
                    let n = counted(n, "result");
                    format!("{n} of shard {number} of tests that its record does not list")
                },
            );
        }
    }
}

impl<'s> ShardTests<'s> {
    /// Returns the number of the shard, counted from 1.
    pub(super) fn number(&self) -> u32 {
        self.attempts.number()
    }

    fn new(attempts: &'s Attempts<'s>) -> Self {
        let mut indices: BTreeMap<(&str, Option<&str>), usize> = BTreeMap::new();
        let mut of_shard = Self {
            attempts,
            tests: Vec::new(),
            unlisted: BTreeMap::new(),
            repeated: BTreeSet::new(),
        };
        // From the last attempt back, so that the newest result of each test comes first.
        for &evidence in attempts.counting().iter().rev() {
            let job = Job::new(evidence);
            for (id, from) in sources(&evidence.record) {
                let (result, outcome) = job.result(id).unzip();
                let test = Test {
                    id,
                    from,
                    evidence,
                    result,
                    outcome,
                    in_doubt: job.lacks(id),
                };
                match indices.entry((id, from)) {
                    Entry::Vacant(new) => {
                        new.insert(of_shard.tests.len());
                        of_shard.tests.push(test);
                    }
                    Entry::Occupied(known) => {
                        let newest = &mut of_shard.tests[*known.get()];
                        if newest.result.is_none() && test.result.is_some() {
                            *newest = test;
                        }
                    }
                }
            }
            for (address, result) in job.unlisted() {
                of_shard.unlisted.entry(address).or_insert(result);
            }
            of_shard.repeated.extend(job.repeated());
        }
        of_shard
    }
}

impl<'s> Test<'s> {
    fn runs_everywhere(&self, plan: &Plan) -> bool {
        // Most plans have no such rule: no test needs to be placed.
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
