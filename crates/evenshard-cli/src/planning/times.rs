//! The planned time of each test of a shard.

use std::collections::BTreeMap;

use evenshard::suite::Suite;
use evenshard::{Micros, NodeId, Plan, Shard};
use serde::Serialize;

/// The planned time of each test of one shard, by classname and name.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Times(BTreeMap<String, BTreeMap<String, Micros>>);

impl Times {
    /// Takes the estimates of the tests that a plan has in a shard.
    pub(super) fn of_suite(plan: &Plan, shard: Shard, suite: &Suite<'_>) -> Self {
        let mut times = Self::of_plan(plan, shard);
        for test in suite.estimates() {
            let of_class = times.0.get_mut(test.classname);
            if let Some(time) = of_class.and_then(|tests| tests.get_mut(test.name)) {
                *time = test.estimate;
            }
        }
        times
    }

    /// Takes the times from a plan alone: the tests of a unit share its time.
    pub(super) fn of_plan(plan: &Plan, shard: Shard) -> Self {
        let mut times = Self::default();
        // Its figures are numbers of tests, not times.
        if plan.content().counted {
            return times;
        }
        let planned = plan.content().shards.get(shard.index() as usize);
        let units = planned.into_iter().flat_map(|planned| &planned.units);
        for unit in units.chain(&plan.content().everywhere) {
            let tests = unit.tests.iter().flat_map(|(_, names)| names).count();
            let each = unit.predicted_us.get().checked_div(tests as u64);
            for (classname, names) in &unit.tests {
                let of_class = times.0.entry(classname.clone()).or_default();
                let each = Micros::new(each.unwrap_or_default());
                of_class.extend(names.iter().map(|name| (name.clone(), each)));
            }
        }
        times
    }

    /// Sums the times of all tests, and of those that are none of these node ids.
    pub(crate) fn not_among<'i>(&self, ids: impl Iterator<Item = &'i str>) -> (Micros, Micros) {
        let sum = |times: &BTreeMap<String, Micros>| times.values().copied().sum::<Micros>();
        let all: Micros = self.0.values().map(sum).sum();
        let mut left = self.0.clone();
        for id in ids {
            let id = NodeId::parse(id);
            if let Some(tests) = left.get_mut(&id.classname()) {
                // Timings may be from another version of pytest, which escapes names differently.
                for name in id.names_in_reports() {
                    tests.remove(&name);
                }
            }
        }
        (all, left.values().map(sum).sum())
    }
}
