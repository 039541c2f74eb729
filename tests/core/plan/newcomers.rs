//! Plans with tests that no build has timed.

use std::collections::BTreeMap;

use crate::plan::index;
use crate::support::suite_of;
use evenshard::pack::{Algorithm, Split};
use evenshard::{Micros, NodeId, Plan, Planner};

use super::Reports;

/// 42 known files of 10 tests each, and `new` files of 8 that only the list knows.
fn ids(new: usize) -> Vec<String> {
    let known = (0..42).flat_map(|f| (0..10).map(move |n| format!("t/test_{f}.py::test_{n}")));
    let new = (0..new).flat_map(|f| (0..8).map(move |n| format!("n/test_{f}.py::test_{n}")));
    known.chain(new).collect()
}

fn plan(ids: &[String], planner: &Planner) -> Plan {
    let cases = ids.iter().filter(|id| id.starts_with("t/"));
    let reports = Reports::default().with_all(cases.map(|id| (id.clone(), Some(200))).collect());
    let history = reports.history();
    let suite = suite_of(ids.iter().map(String::as_str), &history);
    planner.plan(&suite).unwrap()
}

/// By shard, how many tests it has of all new files, and of each.
fn new_tests(plan: &Plan, ids: &[String]) -> Vec<BTreeMap<String, usize>> {
    let mut counts = vec![BTreeMap::new(); plan.shard_count() as usize];
    for id in ids.iter().filter(|id| id.starts_with("n/")) {
        let id = NodeId::parse(id);
        let shard = index(plan, &id) as usize;
        *counts[shard].entry(id.path().to_owned()).or_default() += 1;
    }
    counts
}

#[test]
fn many_new_files_are_spread_over_all_shards() {
    let ids = ids(12);
    for planner in [
        Planner::new(6).unwrap(),
        Planner::new(6).unwrap().split(Split::Test),
    ] {
        let counts = new_tests(&plan(&ids, &planner), &ids);
        for of_shard in &counts {
            let all: usize = of_shard.values().sum();
            assert!((12..=20).contains(&all), "96 on six shards: {counts:?}");
            assert!(of_shard.values().all(|&of_file| of_file <= 4), "{counts:?}");
        }
    }
}

#[test]
fn a_few_new_tests_stay_together() {
    let ids = ids(1);
    let counts = new_tests(&plan(&ids, &Planner::new(43).unwrap()), &ids);
    assert_eq!(
        counts
            .iter()
            .filter(|of_shard| !of_shard.is_empty())
            .count(),
        1
    );
}

#[test]
fn new_files_stay_whole_where_files_are_not_cut() {
    let ids = ids(12);
    let counts = new_tests(
        &plan(&ids, &Planner::new(6).unwrap().split(Split::File)),
        &ids,
    );
    assert!(
        counts
            .iter()
            .flat_map(BTreeMap::values)
            .all(|&of_file| of_file == 8)
    );
}

#[test]
fn a_plan_with_many_new_tests_is_no_worse_than_greedy_and_keeps_its_bound() {
    for (new, shards) in [(3, 2), (12, 3), (12, 7), (30, 20), (30, 64)] {
        let ids = ids(new);
        let planner = Planner::new(shards)
            .unwrap()
            .setup_cost(Micros::from_millis(50));
        let auto = plan(&ids, &planner).content().certificate;
        let lpt = plan(&ids, &planner.algorithm(Algorithm::Lpt))
            .content()
            .certificate;
        assert!(auto.makespan <= lpt.makespan, "{auto:?} {lpt:?}");
        assert!(auto.lower_bound <= auto.makespan && auto.lower_bound == lpt.lower_bound);
    }
}
