//! Fixtures that tests of several files share: their costs and their users.
//!
//! The cost of a fixture is the median of the reports that measured it. The users are the tests
//! that use it by the newest run record with each test. Without run records, only the setup that
//! the very first tests of all reports pay is known (`setup`).

use crate::Micros;
use crate::estimate::means::median;
use crate::estimate::speed::Speeds;
use crate::history::{History, TestId};

/// The setup cost of a session as a whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct Session {
    /// The cost of the fixtures that all tests use, in every shard.
    pub(crate) startup: Micros,
    /// The fixtures that only some tests use.
    pub(crate) fixtures: Vec<Fixture>,
}

/// A fixture that only some tests use.
#[derive(Clone, Debug)]
pub(crate) struct Fixture {
    pub(crate) cost: Micros,
    pub(crate) users: Vec<TestId>,
}

impl Session {
    /// Finds the fixtures. `learnt` is the cost of fixtures that all tests use, from reports
    /// without run records; `there` is true for tests that are not gone.
    pub(super) fn learn(
        history: &History,
        speeds: &Speeds,
        learnt: Micros,
        there: impl Fn(TestId) -> bool,
    ) -> Self {
        let newest = history.newest_reported();
        let there: Vec<TestId> = history.tests().filter(|&test| there(test)).collect();
        let reported: Vec<(TestId, u32)> = { there.iter() }
            .filter_map(|&test| Some((test, newest[test.index()]?)))
            .collect();
        if reported.is_empty() {
            return Self {
                startup: learnt,
                fixtures: Vec::new(),
            };
        }
        let mut session = Self::default();
        for uses in history.shared_fixtures().values() {
            let costs = uses.iter();
            let costs =
                costs.map(|(&report, found)| speeds.normalised(report as usize, found.cost));
            let cost = median(&mut costs.collect::<Vec<_>>());
            let uses_it = |&(test, report): &(TestId, u32)| {
                let of_report = uses.get(&report);
                of_report.is_some_and(|found| match &found.users {
                    None => true,
                    Some(users) => users.contains(&test.number()),
                })
            };
            let users = reported.iter().filter(|of| uses_it(of)).map(|of| of.0);
            let users: Vec<TestId> = users.collect();
            // Every shard pays it: it belongs to no test.
            if users.len() == reported.len() {
                session.startup += cost;
            } else if !users.is_empty() {
                session.fixtures.push(Fixture { cost, users });
            }
        }
        session
    }
}
