//! The setup of the session, beside that of files and classes.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::Micros;
use crate::estimate::Session;
use crate::history::{History, TestId};
use crate::intern::count;
use crate::pack::SharedSetup;
use crate::suite::Suite;

/// Setup that is not of one file.
#[derive(Clone, Debug, Default)]
pub(crate) struct SessionSetup {
    /// The cost of every shard before its first test.
    pub(crate) startup: Micros,
    /// Costs that only some tests need, with the indices of these, ascending.
    pub(crate) shared: Vec<(Micros, Vec<usize>)>,
}

impl SessionSetup {
    /// The shared setups of these atoms, which are ranges of tests.
    pub(crate) fn of_atoms(&self, atoms: &[Range<usize>]) -> Vec<SharedSetup> {
        let atom = |&test: &usize| count(atoms.partition_point(|atom| atom.end <= test));
        let shared = self.shared.iter().map(|(cost, tests)| {
            let mut users: Vec<u32> = tests.iter().map(atom).collect();
            users.dedup();
            SharedSetup { cost: *cost, users }
        });
        shared.collect()
    }
}

impl Suite<'_> {
    /// Notes the setup of the session.
    pub(super) fn note_session(&mut self, session: &Session, history: &History) {
        self.session.startup = session.startup;
        if session.fixtures.is_empty() {
            return;
        }
        let places: FxHashMap<(&str, &str), usize> = { self.tests.iter().enumerate() }
            .map(|(at, test)| {
                let class = &self.classes[test.class as usize];
                ((class.classname.as_ref(), test.name.as_ref()), at)
            })
            .collect();
        let place = |&test: &TestId| {
            let key = (history.classname(test), history.name(test));
            places.get(&key).copied()
        };
        let shared = session.fixtures.iter().filter_map(|fixture| {
            let mut users: Vec<usize> = fixture.users.iter().filter_map(place).collect();
            // Packing looks users up by bisection.
            users.sort_unstable();
            (!users.is_empty()).then_some((fixture.cost, users))
        });
        let shared = shared.collect();
        self.session.shared = shared;
    }
}
