//! The results of one job, by the tests that it selected.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::Address;
use crate::outcome::Outcome;
use crate::record::State;
use crate::verify::evidence::{Evidence, TestResult};

/// The results of one job, by the tests that it selected.
pub(super) struct Job<'s> {
    evidence: &'s Evidence,
    /// The address under which each selected test has its result.
    found: BTreeMap<&'s str, (&'s Address, &'s TestResult)>,
    shared: BTreeMap<&'s Address, Shared<'s>>,
}

/// The tests that share an address, and what ran under it.
#[derive(Default)]
struct Shared<'s> {
    /// The ids, each as often as it was selected.
    ids: Vec<&'s str>,
    /// The number of repeats, as far as plugins record them.
    again: u32,
    /// The cases in all files.
    cases: u32,
    /// The cases in files where all of them passed, and how many such files there are.
    passed: u32,
    files: u32,
    /// Some case did not pass.
    stumbled: bool,
}

impl<'s> Job<'s> {
    pub(super) fn new(evidence: &'s Evidence) -> Self {
        let mut found = BTreeMap::new();
        let mut shared: BTreeMap<&Address, Shared<'_>> = BTreeMap::new();
        for id in &evidence.record.selected {
            if let Some((address, result)) = evidence.find(id) {
                found.insert(id.as_str(), (address, result));
                let again = evidence.record.retried.get(id).copied().unwrap_or(0);
                let shared = shared.entry(address).or_default();
                shared.ids.push(id);
                shared.again = shared.again.saturating_add(again);
            }
        }
        for (address, shared) in &mut shared {
            for result in evidence
                .results
                .iter()
                .filter_map(|r| r.tests.get(*address))
            {
                shared.cases += result.cases;
                match result.worst {
                    Outcome::Passed => {
                        shared.passed += result.cases;
                        shared.files += 1;
                    }
                    Outcome::Failed | Outcome::Errored | Outcome::NotRun => shared.stumbled = true,
                    // They neither passed twice nor failed.
                    Outcome::Skipped | Outcome::XFailed => {}
                }
            }
        }
        Self {
            evidence,
            found,
            shared,
        }
    }

    fn shared(&self, id: &str) -> Option<&Shared<'s>> {
        let (address, _) = self.found.get(id)?;
        self.shared.get(address)
    }

    /// The result of a test and how it ended. Of attempts the last counts; of several tests
    /// that share an address, the worst.
    pub(super) fn result(&self, id: &str) -> Option<(&'s TestResult, Outcome)> {
        let (_, result) = self.found.get(id)?;
        let alone = self.shared(id).is_none_or(|shared| shared.ids.len() == 1);
        let outcome = if alone || self.evidence.record.retried.contains_key(id) {
            result.outcome
        } else {
            result.worst
        };
        Some((result, outcome))
    }

    /// Returns true if fewer results than tests have the address of this test: one of them may have
    /// none.
    pub(super) fn lacks(&self, id: &str) -> bool {
        let shared = self.shared(id);
        shared.is_some_and(|shared| (shared.cases as usize) < shared.ids.len())
    }

    /// The tests that passed more often than they were selected and ran again. One that
    /// failed, or did not end, may have been run again by what no record knows.
    pub(super) fn repeated(&self) -> impl Iterator<Item = &'s str> {
        // A job that was killed may have been started again by hand.
        let whole = self.evidence.record.state == State::Finished;
        let too_often = |s: &&Shared<'_>| {
            // Several sessions each add a test to the list that each of them selects.
            let selected = if s.files > 1 {
                s.ids.iter().collect::<BTreeSet<_>>().len()
            } else {
                s.ids.len()
            };
            !s.stumbled && u64::from(s.passed) > selected as u64 + u64::from(s.again)
        };
        let shared = self.shared.values().filter(move |_| whole);
        shared.filter(too_often).flat_map(|s| s.ids.iter().copied())
    }

    /// Results of tests that it did not select.
    pub(super) fn unlisted(&self) -> impl Iterator<Item = (&'s Address, &'s TestResult)> {
        let results = self.evidence.results.iter().flat_map(|r| &r.tests);
        // What has no classname is no test: a file that failed or skipped itself as a whole.
        results.filter(|(address, _)| {
            !address.classname.is_empty() && !self.shared.contains_key(address)
        })
    }
}
