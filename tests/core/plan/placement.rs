//! Where tests go, known and unknown.

use std::collections::BTreeSet;

use crate::plan::index;
use crate::support::suite_of;
use evenshard::pack::Split;
use evenshard::plan::{Kept, Reason};
use evenshard::{Micros, NodeId, Plan, Planner};

use super::Reports;

fn planner(shards: u32, split: Split) -> Planner {
    Planner::new(shards)
        .unwrap()
        .split(split)
        .setup_cost(Micros::ZERO)
}

fn shard(plan: &Plan, id: &str) -> u32 {
    index(plan, &NodeId::parse(id))
}

#[test]
fn a_new_test_joins_the_shard_of_its_file() {
    let reports = Reports::default().with(&[
        ("tests/test_a.py::test_1", 30),
        ("tests/test_b.py::TestX::test_1", 20),
        ("tests/test_c.py::test_1", 10),
    ]);
    let plan = reports.plan(&planner(3, Split::Auto));
    for (known, new) in [
        ("tests/test_a.py::test_1", "tests/test_a.py::test_new[x::y]"),
        (
            "tests/test_b.py::TestX::test_1",
            "tests/test_b.py::TestX::TestInner::test_new",
        ),
        (
            "tests/test_b.py::TestX::test_1",
            "tests/test_b.py::test_new",
        ),
    ] {
        assert_eq!(shard(&plan, known), shard(&plan, new), "{new}");
    }
}

#[test]
fn a_test_new_to_a_cut_file_joins_the_lowest_shard_that_holds_its_nearest_prefix() {
    let reports = Reports::default().with(&[
        ("t/test_a.py::TestX::test_1", 50),
        ("t/test_a.py::TestX::test_2", 40),
        ("t/test_a.py::TestY::test_1", 30),
        ("t/test_a.py::test_1", 20),
    ]);
    let plan = reports.plan(&planner(4, Split::Test));
    let x =
        shard(&plan, "t/test_a.py::TestX::test_1").min(shard(&plan, "t/test_a.py::TestX::test_2"));
    assert_eq!(shard(&plan, "t/test_a.py::TestX::test_new"), x);
    assert_eq!(shard(&plan, "t/test_a.py::TestNew::test_1"), 0);
    assert!(
        plan.shards_of_file("t/test_a.py")
            .into_iter()
            .eq(plan.shards())
    );
    let placed = plan.place(&NodeId::parse("t/test_a.py::TestNew::test_1"), Kept::No);
    assert_eq!(placed.reason, Reason::Prefix("t.test_a".to_owned()));
}

#[test]
fn unlisted_parameters_of_one_function_stay_together() {
    let cases: Vec<(String, Option<u64>)> = (0..8)
        .map(|p| (format!("t/test_a.py::test_p[{p}]"), Some(10 + p)))
        .collect();
    let reports = Reports::default().with_all(cases.clone()).with_all(cases);
    let plan = reports.plan(&planner(4, Split::Test));
    let known: Vec<u32> = (0..8)
        .map(|p| shard(&plan, &format!("t/test_a.py::test_p[{p}]")))
        .collect();
    assert!(
        known.iter().any(|&s| s != known[0]),
        "the same ids in two builds may be cut"
    );
    let new: Vec<u32> = (8..40)
        .map(|p| shard(&plan, &format!("t/test_a.py::test_p[{p}]")))
        .collect();
    assert!(new.iter().all(|s| Some(s) == known.iter().min()), "{new:?}");
}

#[test]
fn a_function_whose_ids_change_from_build_to_build_is_never_cut() {
    let build = |from: u64| {
        (from..from + 8)
            .map(|p| (format!("t/test_a.py::test_p[{p}]"), Some(10)))
            .collect()
    };
    let reports = Reports::default().with_all(build(0)).with_all(build(4));
    let plan = reports.plan(&planner(4, Split::Test));
    let shards: Vec<u32> = (0..20)
        .map(|p| shard(&plan, &format!("t/test_a.py::test_p[{p}]")))
        .collect();
    assert!(shards.iter().all(|s| *s == shards[0]), "{shards:?}");
}

#[test]
fn a_function_whose_ids_changed_once_may_be_cut_and_one_whose_ids_changed_twice_not() {
    let ids = |from: u64| (from..from + 8).map(|p| format!("t/test_a.py::test_p[{p}]"));
    let build = |from| ids(from).map(|id| (id, Some(10))).collect();
    let builds = |first: [u64; 3]| {
        let reports = first.into_iter().map(build);
        reports.fold(Reports::default(), Reports::with_all)
    };
    let (once, twice) = (builds([0, 0, 4]), builds([0, 4, 8]));
    let shards = |reports: &Reports, from| {
        let plan = reports.plan(&planner(4, Split::Test));
        ids(from)
            .map(|id| shard(&plan, &id))
            .collect::<BTreeSet<u32>>()
    };
    assert_eq!(shards(&once, 4).len(), 4);
    assert_eq!(shards(&twice, 8).len(), 1);

    // A list of tests counts as a build.
    let history = once.history();
    let listed: Vec<String> = ids(8).collect();
    let suite = suite_of(listed.iter().map(String::as_str), &history);
    let plan = planner(4, Split::Test).plan(&suite).unwrap();
    let shards: BTreeSet<u32> = ids(8).map(|id| shard(&plan, &id)).collect();
    assert_eq!(shards.len(), 1);
}

#[test]
fn a_file_beside_a_folder_of_its_name_is_unknown_when_it_is_new() {
    let reports =
        Reports::default().with(&[("tests/a.py::test_1", 30), ("tests/b.py::test_1", 20)]);
    let plan = reports.plan(&planner(7, Split::Auto));
    let placed = plan.place(&NodeId::parse("tests/a/test_new.py::test_1"), Kept::No);
    assert_eq!(
        placed.reason,
        Reason::FileHash("tests.a.test_new".to_owned())
    );
    let of_file = plan.shards_of_file("tests/a/test_new.py");
    assert_eq!(of_file, [placed.on.shard().unwrap()]);
}

#[test]
fn addresses_that_meet_share_one_shard() {
    // The dotted form of both files is tests.a.b.
    let reports =
        Reports::default().with(&[("tests/a.b.py::test_1", 30), ("tests/c.py::test_1", 20)]);
    let plan = reports.plan(&planner(2, Split::Auto));
    assert_eq!(
        shard(&plan, "tests/a.b.py::test_1"),
        shard(&plan, "tests/a/b.py::test_1")
    );
}

#[test]
fn without_timings_files_stay_whole_and_with_split_test_functions_do() {
    let by_file = planner(20, Split::Auto).plan_without_timings().unwrap();
    assert_eq!(
        shard(&by_file, "a.py::test_1"),
        shard(&by_file, "a.py::T::test_2[x]")
    );
    assert_eq!(by_file.shards_of_file("a.py").len(), 1);
    let by_function = planner(20, Split::Test).plan_without_timings().unwrap();
    let shards: BTreeSet<u32> = (0..50)
        .map(|n| shard(&by_function, &format!("a.py::test_{n}")))
        .collect();
    assert!(shards.len() > 5, "functions spread over shards: {shards:?}");
    assert_eq!(
        shard(&by_function, "a.py::test_1[x]"),
        shard(&by_function, "a.py::test_1[y]")
    );
    assert_eq!(by_function.shards_of_file("a.py").len(), 20);
}

#[test]
fn spellings_of_all_pytest_versions_find_the_test() {
    let mut history = evenshard::history::History::new();
    let mut recorder = history.report();
    for name in ["test_e[#x1F600]", "test_d[\x7f]", "test_o[open"] {
        recorder.case(&evenshard::history::CaseSeen {
            classname: "t.test_a",
            name,
            sample: Some(Micros::from_millis(5)),
            ..Default::default()
        });
    }
    recorder.finish(
        evenshard::history::ReportFacts::default(),
        evenshard::history::Origin::default(),
    );
    for id in [
        "t/test_a.py::test_e[\u{1F600}]",
        "t/test_a.py::test_d[\x7f]",
        "t/test_a.py::test_o[open",
    ] {
        assert!(history.find_id(&NodeId::parse(id)).is_some(), "{id:?}");
    }
}

/// docs/stability.md: what happens when jobs of one build have different versions.
#[test]
fn a_plan_of_another_planner_has_another_digest_and_places_alike() {
    let reports = Reports::default().with(&[
        ("t/test_a.py::test_1", 50),
        ("t/test_b.py::test_1", 40),
        ("t/test_c.py::test_1", 30),
    ]);
    let plan = reports.plan(&planner(2, Split::Test));
    let version = format!(
        "\"algorithm_version\": {}",
        plan.content().algorithm_version
    );
    let json = plan.to_json();
    let other = json.replace(&version, "\"algorithm_version\": 999");
    assert_ne!(json, other);
    assert!(Plan::from_json(&other, "plan.json").is_err());
    let other = Plan::from_json_unchecked(&other).unwrap();
    assert_ne!(plan.digest(), other.digest());
    let read = Plan::from_json(&other.to_json(), "plan.json").unwrap();
    for id in [
        "t/test_a.py::test_1",
        "t/test_b.py::test_2",
        "t/test_new.py::test_1",
    ] {
        assert_eq!(shard(&plan, id), shard(&read, id));
    }
}

/// A key that this version does not know may say where tests go.
#[test]
fn a_plan_that_says_more_than_is_understood_is_refused() {
    let plan = Reports::default()
        .with(&[("t/test_a.py::test_1", 50)])
        .plan(&planner(2, Split::Test));
    let content = serde_json::to_string(plan.content()).unwrap();
    let content = content.replacen('{', "{\"more\":1,", 1);
    let digest = blake3::hash(format!("evenshard plan 1\n{content}").as_bytes());
    let json = content.replacen('{', &format!("{{\"version\":1,\"digest\":\"{digest}\","), 1);
    let error = Plan::from_json(&json, "plan.json").unwrap_err().to_string();
    assert!(error.contains("does not match its digest"), "{error}");
    // Not so without that key, by which the digest here is made as a plan's is.
    let content = content.replacen("\"more\":1,", "", 1);
    let digest = blake3::hash(format!("evenshard plan 1\n{content}").as_bytes());
    assert_eq!(plan.digest(), digest.to_hex().as_str());
}
