//! Plans of a first build: tests balanced by their number alone.

use std::collections::BTreeSet;

use crate::plan::index;
use evenshard::plan::{Level, Rules};
use evenshard::{NodeId, Plan, Planner};
use proptest::collection::vec;
use proptest::prelude::*;

use super::laws::{node_id, runs_in};

fn counted(ids: &[String], shards: u32) -> Plan {
    let planner = Planner::new(shards).unwrap();
    planner
        .plan_by_count(ids.iter().map(String::as_str))
        .unwrap()
}

/// How many of these tests each shard runs.
fn loads(plan: &Plan, ids: &[String]) -> Vec<usize> {
    let mut loads = vec![0; plan.shard_count() as usize];
    for id in ids {
        loads[index(plan, &NodeId::parse(id)) as usize] += 1;
    }
    loads
}

/// Node ids of a file with so many functions.
fn file(name: &str, tests: usize) -> Vec<String> {
    (0..tests).map(|n| format!("{name}::test_{n}")).collect()
}

proptest! {
    #[test]
    fn every_test_collected_or_not_runs_in_exactly_one_shard(
        ids in vec(node_id(), 0..60),
        others in vec(node_id(), 0..40),
        shards in 1_u32..9,
    ) {
        let plan = counted(&ids, shards);
        for id in ids.iter().chain(&others) {
            prop_assert_eq!(runs_in(&plan, id).len(), 1, "{}", id);
        }
    }

    #[test]
    fn the_digest_depends_on_neither_order_nor_parameters(
        ids in vec(node_id(), 1..60),
        shards in 1_u32..9,
    ) {
        let ids: Vec<String> = ids.into_iter().filter(|id| !id.contains("[open")).collect();
        let renamed = ids.iter().rev().map(|id| {
            let tail = id.rfind("::").unwrap_or(0);
            match id[tail..].find('[') {
                Some(at) if !id.contains("[a::b]") => format!("{}[other]", &id[..tail + at]),
                _ => id.clone(),
            }
        });
        let renamed: Vec<String> = renamed.collect();
        let (one, other) = (counted(&ids, shards), counted(&renamed, shards));
        prop_assert_eq!(one.digest(), other.digest());
    }

    #[test]
    fn shards_run_what_was_counted_for_them(
        ids in vec(node_id(), 1..60),
        shards in 1_u32..9,
    ) {
        // Classnames of a folder's files and of a file's classes can meet, and share an entry.
        let meet = |id: &String| id.contains("t/a/b.py") || id.contains("t/a.b.py");
        let unique: BTreeSet<String> = ids.into_iter().filter(|id| !meet(id)).collect();
        let ids: Vec<String> = unique.into_iter().collect();
        let plan = counted(&ids, shards);
        let planned: Vec<usize> = plan.content().shards.iter()
            .map(|shard| usize::try_from(shard.predicted_us.get()).unwrap())
            .collect();
        prop_assert_eq!(loads(&plan, &ids), planned);
    }
}

#[test]
fn a_hundred_files_of_one_test_make_twenty_shards_of_five() {
    let ids: Vec<String> = (0..100)
        .flat_map(|n| file(&format!("t/test_{n}.py"), 1))
        .collect();
    assert_eq!(loads(&counted(&ids, 20), &ids), [5; 20]);
}

#[test]
fn files_up_to_the_fair_share_stay_whole() {
    let ids: Vec<String> = [7, 6, 5, 4, 3, 2, 1, 8]
        .into_iter()
        .flat_map(|tests| file(&format!("t/test_{tests}.py"), tests))
        .collect();
    let plan = counted(&ids, 4);
    assert_eq!(loads(&plan, &ids), [9; 4]);
    let mut units = plan.content().shards.iter().flat_map(|shard| &shard.units);
    assert!(units.all(|unit| unit.level == Level::File));
}

#[test]
fn a_file_above_the_fair_share_is_cut_at_classes_then_functions_and_never_parameters() {
    let mut ids: Vec<String> = Vec::new();
    for class in ["TestA", "TestB"] {
        ids.extend(file(&format!("t/test_large.py::{class}"), 5));
    }
    ids.extend((0..20).map(|n| format!("t/test_large.py::TestC::test_parameters[{n}]")));
    ids.extend(file("t/test_large.py::TestC", 10));
    let plan = counted(&ids, 4);
    let shards_of = |prefix: &str| {
        let of = ids.iter().filter(|id| id.starts_with(prefix));
        let shards = of.map(|id| index(&plan, &NodeId::parse(id)));
        shards.collect::<BTreeSet<u32>>().len()
    };
    assert_eq!(shards_of("t/test_large.py::TestA"), 1);
    assert_eq!(shards_of("t/test_large.py::TestB"), 1);
    assert_eq!(shards_of("t/test_large.py::TestC::test_parameters"), 1);
    assert!(shards_of("t/test_large.py::TestC") > 1);
    assert_eq!(
        loads(&plan, &ids).iter().max(),
        Some(&20),
        "the function that stays whole"
    );
}

#[test]
fn rules_and_groups_find_their_tests() {
    let mut ids = file("t/test_a.py", 6);
    ids.extend(file("t/test_b.py::TestB", 6));
    ids.push("t/test_c.py::test_first@db".to_owned());
    ids.push("t/test_d.py::test_second@db".to_owned());
    ids.extend(file("t/test_d.py", 5));
    let rules = Rules {
        together: vec![vec![
            "t/test_a.py::test_1".parse().unwrap(),
            "t/test_b.py::TestB::test_2".parse().unwrap(),
        ]],
        ..Rules::default()
    };
    let planner = Planner::new(3).unwrap().rules(rules);
    let plan = planner
        .plan_by_count(ids.iter().map(String::as_str))
        .unwrap();
    let shard = |id: &str| index(&plan, &NodeId::parse(id));
    assert_eq!(
        shard("t/test_a.py::test_1"),
        shard("t/test_b.py::TestB::test_2")
    );
    assert_eq!(
        shard("t/test_c.py::test_first"),
        shard("t/test_d.py::test_second")
    );
}

#[test]
fn a_plan_by_number_says_so_and_expects_no_test_by_name() {
    let ids = file("t/test_a.py", 3);
    let plan = counted(&ids, 1);
    assert!(plan.content().counted);
    assert!(plan.slice(plan.shard(0).unwrap()).expected.is_empty());
    let read = Plan::from_json(&plan.to_json(), "plan.json").unwrap();
    assert!(read.content().counted);
    assert_eq!(read.digest(), plan.digest());
}
