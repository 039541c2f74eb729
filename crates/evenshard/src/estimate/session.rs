//! Fixtures that tests of several files share: what each costs, and which tests use it.
//!
//! What a fixture costs is the median over the reports that measured it. Which tests use it
//! says the newest report of each test whose record tells. Where no record tells, only what the
//! very first tests of reports have in common can be learnt (`setup`).

use crate::estimate::means::median;
use crate::estimate::speed::Speeds;
use crate::history::{History, TestId};
use crate::micros::Micros;

/// What the session as a whole costs, beside its tests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Session {
    /// The fixtures that all tests use: every shard pays for them.
    pub(crate) startup: Micros,
    /// Those that only some use.
    pub(crate) fixtures: Vec<Fixture>,
}

/// A fixture that only some tests use.
#[derive(Clone, Debug)]
pub(crate) struct Fixture {
    pub(crate) cost: Micros,
    pub(crate) users: Vec<TestId>,
}

impl Session {
    /// `learnt` is what reports alone tell of fixtures that all tests use, `there` which tests
    /// are not gone.
    pub(super) fn learn(
        history: &History,
        speeds: &Speeds,
        learnt: Micros,
        there: impl Fn(TestId) -> bool,
    ) -> Self {
        let newest = history.newest_told();
        let there: Vec<TestId> = history.tests().filter(|&test| there(test)).collect();
        let told: Vec<(TestId, u32)> = { there.iter() }
            .filter_map(|&test| Some((test, newest[test.index()]?)))
            .collect();
        if told.is_empty() {
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
            let users = told.iter().filter(|of| uses_it(of)).map(|of| of.0);
            let users: Vec<TestId> = users.collect();
            if users.len() == told.len() {
                session.startup += cost;
            } else if !users.is_empty() {
                session.fixtures.push(Fixture { cost, users });
            }
        }
        session
    }
}
