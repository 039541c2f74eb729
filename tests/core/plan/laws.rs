//! Laws that hold for every suite, every shard count and every order of input.

use std::collections::BTreeMap;

use crate::support::suite_of;
use evenshard::estimate::Estimates;
use evenshard::history::History;
use evenshard::pack::{Algorithm, Split};
use evenshard::plan::Kept;
use evenshard::suite::Suite;
use evenshard::{Micros, NodeId, Plan, Planner, Shard};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::Reports;

/// Node ids whose files, classes and functions meet often, with awkward parameters.
pub(super) fn node_id() -> impl Strategy<Value = String> {
    let file = select(vec![
        "a.py",
        "t/a.py",
        "t/a/b.py",
        "t/a.b.py",
        "t/test_c.py",
        "t/a[1].py",
        "docs/x.rst",
    ]);
    let class = select(vec!["", "::TestX", "::TestX::TestIn", "::b", "::TestY"]);
    let function = select(vec![
        "test_1",
        "test_2",
        "test_1a",
        "t.a.doctest",
        "use case",
    ]);
    let parameters = select(vec![
        "",
        "[1]",
        "[2]",
        "[a::b]",
        "[x[y]",
        "[\u{1F600}]",
        "[\x7f\x1b]",
        "[open",
        "[c/d e]",
    ]);
    (file, class, function, parameters).prop_map(|(f, c, t, p)| format!("{f}{c}::{t}{p}"))
}

pub(super) fn report() -> impl Strategy<Value = Vec<(String, Option<u64>)>> {
    vec(
        (node_id(), prop::option::weighted(0.9, 0_u64..5_000)),
        0..40,
    )
}

pub(super) fn split() -> impl Strategy<Value = Split> {
    select(vec![Split::Auto, Split::File, Split::Class, Split::Test])
}

pub(super) fn planner(shards: u32, split: Split) -> Planner {
    Planner::new(shards)
        .unwrap()
        .split(split)
        .setup_cost(Micros::from_millis(5))
}

/// What a runner does with a plan: prune the file, else ask for the test.
pub(super) fn runs_in(plan: &Plan, id: &str) -> Vec<u32> {
    kept_runs_in(plan, id, Kept::No)
}

/// The same for a test that is kept with something.
pub(super) fn kept_runs_in(plan: &Plan, id: &str, kept: Kept) -> Vec<u32> {
    let id = NodeId::parse(id);
    let reads = plan.shards_of_file(id.path());
    let placed = plan.place(&id, kept);
    let runs = plan
        .shards()
        .filter(|shard| reads.contains(shard) && placed.runs_on(*shard));
    runs.map(Shard::index).collect()
}

proptest! {
    #[test]
    fn every_test_known_or_not_runs_in_exactly_one_shard(
        reports in vec(report(), 0..4),
        others in vec(node_id(), 0..40),
        shards in 1_u32..9,
        split in split(),
    ) {
        let ids: Vec<String> = reports.iter().flatten().map(|(id, _)| id.clone()).chain(others).collect();
        let built = reports.into_iter().fold(Reports::default(), Reports::with_all);
        let planner = planner(shards, split);
        let history = built.history();
        let listed = suite_of(ids.iter().map(String::as_str), &history);
        for plan in [built.plan(&planner), planner.plan(&listed).unwrap(), planner.plan_without_timings().unwrap()] {
            for id in &ids {
                prop_assert_eq!(runs_in(&plan, id).len(), 1, "{}", id);
            }
        }
    }

    #[test]
    fn a_plan_does_not_depend_on_the_order_of_its_input(
        reports in vec(report(), 1..4),
        shards in 1_u32..9,
        split in split(),
    ) {
        let n = reports.len();
        let built = reports.into_iter().fold(Reports::default(), Reports::with_all);
        let plan = |history: &History| {
            planner(shards, split).plan(&Suite::from_history(&Estimates::new(history))).unwrap().to_json()
        };
        let first = plan(&built.history());
        prop_assert_eq!(&first, &plan(&built.history_in((0..n).rev())));
    }

    #[test]
    fn known_tests_are_listed_once_and_go_where_they_are_listed(
        reports in vec(report(), 1..4),
        shards in 1_u32..9,
        split in split(),
    ) {
        let ids: Vec<String> = reports.iter().flatten().map(|(id, _)| id.clone()).collect();
        let built = reports.into_iter().fold(Reports::default(), Reports::with_all);
        let plan = built.plan(&planner(shards, split));
        let mut listed = BTreeMap::new();
        for shard in plan.shards() {
            for address in plan.tests(shard) {
                prop_assert!(listed.insert(address, shard).is_none());
            }
        }
        prop_assert_eq!(listed.len(), built.history().len());
        for id in ids.iter().map(|id| NodeId::parse(id)) {
            prop_assert!(plan.selects(listed[&id.address()], &id), "{:?}", id);
        }
    }

    #[test]
    fn the_makespan_keeps_to_the_bound_and_to_the_guarantee_of_lpt(
        durations in vec(0_u64..5_000, 1..60),
        shards in 1_u32..9,
    ) {
        let cases = durations.iter().enumerate().map(|(n, &ms)| (format!("t/test_{n}.py::test_1"), Some(ms)));
        let reports = Reports::default().with_all(cases.collect());
        let planner = Planner::new(shards).unwrap().split(Split::File).setup_cost(Micros::ZERO);
        let plan = reports.plan(&planner);
        let lpt = reports.plan(&planner.clone().algorithm(Algorithm::Lpt));
        let certificate = &plan.content().certificate;
        let (makespan, bound) = (u128::from(certificate.makespan.get()), u128::from(certificate.lower_bound.get()));
        let m = u128::from(shards);
        let work: u128 = durations.iter().map(|d| u128::from(d + 1) * 1_000).sum();
        prop_assert!(makespan >= bound && bound * m >= work);
        prop_assert!(certificate.makespan <= lpt.content().certificate.makespan);
        // Graham 1966: greedy placement ends within work/m + (1 - 1/m) * longest.
        let longest = durations.iter().max().map_or(0, |d| u128::from(d + 1) * 1_000);
        prop_assert!(makespan * m <= work + (m - 1) * longest);
        let slowest = plan.content().shards.iter().map(|s| s.predicted_us).max();
        prop_assert_eq!(slowest, Some(certificate.makespan));
    }

    #[test]
    fn a_plan_file_reads_back_as_the_same_plan(
        reports in vec(report(), 0..3),
        shards in 1_u32..9,
        split in split(),
    ) {
        let built = reports.into_iter().fold(Reports::default(), Reports::with_all);
        let plan = built.plan(&planner(shards, split));
        let read = Plan::from_json(&plan.to_json(), "plan.json").unwrap();
        prop_assert_eq!(read.digest(), plan.digest());
        prop_assert_eq!(read.content(), plan.content());
    }
}
