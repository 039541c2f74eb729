//! Rules about where tests run: the laws hold under all of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::index;
use crate::support::suite_of;
use evenshard::estimate::Estimates;
use evenshard::pack::Split;
use evenshard::plan::{Kept, Reason, Rules};
use evenshard::suite::Suite;
use evenshard::{Micros, NodeId, Pattern, Plan, Planner, RunsOn};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::Reports;
use super::laws::{node_id, planner, report, runs_in, split};

pub(super) const WRITTEN: [&str; 19] = [
    "a.py",
    "t",
    "./t/a.py",
    "t/a/b.py::test_1",
    "*a.py::TestX",
    "t/a.py::b",
    "t/*::TestX::TestIn",
    "?/a*::*::test_1",
    "*::test_1",
    "*::test_?[1]",
    "t/a[1].py",
    "*[[]*",
    "*::*[\u{1F600}]",
    "*::*[open",
    "docs/",
    "docs/x.rst::use case",
    "*::t.a",
    "nowhere",
    "*::*[a::?]",
];

fn patterns() -> impl Strategy<Value = Vec<Pattern>> {
    let pattern = select(WRITTEN.to_vec()).prop_map(|text| text.parse().unwrap());
    vec(pattern, 0..3)
}

fn rules() -> impl Strategy<Value = Rules> {
    let rarely = prop_oneof![2 => Just(Vec::new()), 1 => patterns()];
    let rules = (vec(patterns(), 0..3), patterns(), rarely, patterns());
    rules.prop_map(|(together, never_split, everywhere, may_split)| Rules {
        together,
        never_split,
        everywhere,
        may_split,
        ..Rules::default()
    })
}

/// The plans of a history, of a list, and of neither.
fn plans(built: &Reports, ids: &[String], planner: &Planner) -> [Plan; 3] {
    let history = built.history();
    let listed = suite_of(ids.iter().map(String::as_str), &history);
    [
        built.plan(planner),
        planner.plan(&listed).unwrap(),
        planner.plan_without_timings().unwrap(),
    ]
}

fn covers(patterns: &[Pattern], id: &str) -> bool {
    patterns.iter().any(|p| p.covers(&NodeId::parse(id)))
}

fn all_ids(reports: &[Vec<(String, Option<u64>)>], others: Vec<String>) -> Vec<String> {
    let known = reports.iter().flatten().map(|(id, _)| id.clone());
    known.chain(others).collect()
}

proptest! {
    #[test]
    fn every_test_runs_in_one_shard_or_where_it_is_to_run_everywhere_in_all(
        reports in vec(report(), 0..4),
        others in vec(node_id(), 0..40),
        shards in 1_u32..9,
        split in split(),
        rules in rules(),
    ) {
        let ids = all_ids(&reports, others);
        let built = reports.into_iter().fold(Reports::default(), Reports::with_all);
        let planner = planner(shards, split).rules(rules.clone());
        for plan in plans(&built, &ids, &planner) {
            for id in &ids {
                let expected = if covers(&rules.everywhere, id) { shards as usize } else { 1 };
                prop_assert_eq!(runs_in(&plan, id).len(), expected, "{}", id);
            }
        }
    }

    #[test]
    fn all_tests_of_a_group_known_or_not_share_its_shard(
        reports in vec(report(), 0..4),
        others in vec(node_id(), 0..40),
        shards in 1_u32..9,
        split in split(),
        rules in rules(),
    ) {
        let ids = all_ids(&reports, others);
        let built = reports.into_iter().fold(Reports::default(), Reports::with_all);
        let planner = planner(shards, split).rules(rules.clone());
        for plan in plans(&built, &ids, &planner) {
            let mut shard_of: BTreeMap<usize, BTreeSet<u32>> = BTreeMap::new();
            for id in ids.iter().filter(|id| !covers(&rules.everywhere, id)) {
                if let Some(group) = rules.together.iter().position(|g| covers(g, id)) {
                    shard_of.entry(group).or_default().extend(runs_in(&plan, id));
                }
            }
            prop_assert!(shard_of.values().all(|of_group| of_group.len() == 1), "{shard_of:?}");
        }
    }

    #[test]
    fn tests_go_where_the_plan_lists_them_and_count_where_they_run(
        reports in vec(report(), 1..4),
        shards in 1_u32..9,
        split in split(),
        rules in rules(),
    ) {
        let ids = all_ids(&reports, Vec::new());
        let built = reports.into_iter().fold(Reports::default(), Reports::with_all);
        let plan = built.plan(&planner(shards, split).rules(rules));
        let content = plan.content();
        let mut listed = BTreeMap::new();
        let own = plan.shards().zip(&content.shards).flat_map(|(shard, planned)| {
            planned.units.iter().map(move |unit| (RunsOn::Shard(shard), unit))
        });
        let everywhere = content.everywhere.iter().map(|unit| (RunsOn::Everywhere, unit));
        for (on, unit) in own.chain(everywhere) {
            for (classname, names) in &unit.tests {
                for name in names {
                    let address = evenshard::Address { classname: classname.clone(), name: name.clone() };
                    prop_assert!(listed.insert(address, (on, unit.file())).is_none());
                }
            }
        }
        prop_assert_eq!(listed.len(), built.history().len());
        for id in ids.iter().map(|id| NodeId::parse(id)) {
            let (on, file) = listed[&id.address()];
            // Files whose addresses meet are one file of the plan.
            if file == id.dotted_file() {
                prop_assert_eq!(plan.place(&id, Kept::No).on, on, "{:?}", id);
            }
        }
        let slowest = content.shards.iter().map(|s| s.predicted_us).max();
        prop_assert_eq!(slowest, Some(content.certificate.makespan));
        prop_assert!(content.certificate.lower_bound <= content.certificate.makespan);
        for shard in &content.shards {
            let own: Micros = shard.units.iter().chain(&content.everywhere).map(|u| u.predicted_us).sum();
            prop_assert!(shard.predicted_us >= own);
        }
    }

    #[test]
    fn what_is_never_split_stays_whole_with_all_that_is_new_in_it(
        reports in vec(report(), 0..4),
        others in vec(node_id(), 0..40),
        shards in 1_u32..9,
        split in split(),
        never_split in patterns(),
    ) {
        // Files and classes whose addresses meet those of others are left out.
        let meets = |id: &str| id.contains("::b") || id.contains("a/b") || id.contains("a.b");
        let reports: Vec<Vec<_>> = reports
            .into_iter()
            .map(|report| report.into_iter().filter(|(id, _)| !meets(id)).collect())
            .collect();
        let others = others.into_iter().filter(|id| !meets(id)).collect();
        let ids = all_ids(&reports, others);
        let built = reports.into_iter().fold(Reports::default(), Reports::with_all);
        let rules = Rules { never_split: never_split.clone(), ..Rules::default() };
        for plan in plans(&built, &ids, &planner(shards, split).rules(rules)) {
            for pattern in &never_split {
                let mut shards_of: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
                for id in ids.iter().map(|id| NodeId::parse(id)).filter(|id| pattern.covers(id)) {
                    if let Some(unit) = unit(pattern, &id) {
                        shards_of.entry(unit).or_default().insert(index(&plan, &id));
                    }
                }
                prop_assert!(shards_of.values().all(|s| s.len() == 1), "{pattern}: {shards_of:?}");
            }
        }
    }

    #[test]
    fn a_plan_with_rules_reads_back_as_the_same_plan(
        reports in vec(report(), 0..3),
        shards in 1_u32..9,
        split in split(),
        rules in rules(),
    ) {
        let built = reports.into_iter().fold(Reports::default(), Reports::with_all);
        let plan = built.plan(&planner(shards, split).rules(rules));
        let read = Plan::from_json(&plan.to_json(), "plan.json").unwrap();
        prop_assert_eq!(read.digest(), plan.digest());
        prop_assert_eq!(read.content(), plan.content());
    }
}

/// What a pattern keeps whole around a test: its file, its outer class, its function; nothing
/// where it names parameters.
fn unit(pattern: &Pattern, id: &NodeId<'_>) -> Option<String> {
    let path = id.path();
    match pattern.as_str().split_once("::") {
        None => Some(path.to_owned()),
        Some((_, names)) if names.contains('[') => None,
        Some((_, "TestX")) => Some(format!("{path} {}", id.classes()[0])),
        Some(_) => Some(format!("{path} {:?} {}", id.classes(), id.function())),
    }
}

fn parsed(texts: &[&str]) -> Vec<Pattern> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn shop() -> Reports {
    Reports::default().with(&[
        ("t/test_a.py::TestX::test_1", 40),
        ("t/test_a.py::TestX::test_2", 30),
        ("t/test_a.py::test_1", 20),
        ("t/test_b.py::test_1", 50),
        ("t/test_c.py::test_1", 10),
        ("t/test_smoke.py::test_1", 5),
    ])
}

#[test]
fn a_group_brings_together_what_would_be_apart_and_takes_new_tests_along() {
    let rules = Rules {
        together: vec![parsed(&["t/test_b.py", "*::TestX"])],
        ..Rules::default()
    };
    let plan = shop().plan(&planner(3, Split::Test).rules(rules));
    let placed = |id: &str| plan.place(&NodeId::parse(id), Kept::No);
    let shard = plan.shard(plan.content().rules.together[0].shard).unwrap();
    for id in [
        "t/test_b.py::test_1",
        "t/test_b.py::test_new",
        "t/test_a.py::TestX::test_2",
        "new/test_n.py::TestX::test_new[1]",
    ] {
        assert_eq!(placed(id).on, RunsOn::Shard(shard), "{id}");
        assert!(matches!(placed(id).reason, Reason::Group(_)));
    }
    assert!(!placed("t/test_c.py::test_1").runs_on(shard));
    assert!(plan.shards_of_file("new/test_n.py").contains(&shard));
    // 40 + 30 + 50, each with the millisecond that no report shows, and two files' set-up.
    assert_eq!(
        plan.predicted(shard),
        Micros::from_millis(41 + 31 + 51 + 2 * 5)
    );
}

#[test]
fn what_runs_everywhere_counts_in_every_shard() {
    let rules = Rules {
        everywhere: parsed(&["t/test_smoke.py"]),
        ..Rules::default()
    };
    let plan = shop().plan(&planner(3, Split::Auto).rules(rules));
    let content = plan.content();
    assert_eq!(content.everywhere.len(), 1);
    for (shard, planned) in (0..).zip(&content.shards) {
        let slice = plan.slice(plan.shard(shard).unwrap());
        assert_eq!(slice.expected["t.test_smoke"], ["test_1"]);
        let own: Micros = planned.units.iter().map(|u| u.predicted_us).sum();
        assert!(planned.predicted_us >= own + Micros::from_millis(6 + 5));
    }
    assert!(
        plan.shards_of_file("t/test_smoke.py")
            .into_iter()
            .eq(plan.shards())
    );
    let new = NodeId::parse("t/test_smoke.py::test_new");
    assert!(plan.shards().all(|shard| plan.selects(shard, &new)));
}

#[test]
fn rules_that_say_nothing_leave_no_trace_in_the_plan() {
    let plain = shop().plan(&planner(3, Split::Auto));
    let rules = Rules {
        together: vec![Vec::new()],
        ..Rules::default()
    };
    let empty = shop().plan(&planner(3, Split::Auto).rules(rules));
    assert_eq!(empty.to_json(), plain.to_json());
    assert!(!plain.to_json().contains("rules") && !plain.to_json().contains("everywhere"));
}

#[test]
fn groups_with_a_known_test_in_common_share_a_shard() {
    let rules = Rules {
        together: vec![
            parsed(&["t/test_b.py", "t/test_c.py"]),
            parsed(&["t/test_c.py::test_1", "t/test_a.py"]),
        ],
        ..Rules::default()
    };
    let plan = shop().plan(&planner(4, Split::Auto).rules(rules));
    let groups = &plan.content().rules.together;
    assert_eq!(groups[0].shard, groups[1].shard);
}

#[test]
fn a_whole_file_follows_its_rules_by_its_path() {
    let rules = Rules {
        together: vec![parsed(&["spec/a_spec.rb::logs in", "spec/b_spec.rb"])],
        everywhere: parsed(&["spec/smoke*"]),
        ..Rules::default()
    };
    let plan = planner(9, Split::Auto)
        .rules(rules)
        .plan_without_timings()
        .unwrap();
    let [a, b, smoke] =
        ["spec/a_spec.rb", "spec/b_spec.rb", "./spec/smoke_spec.rb"].map(NodeId::parse);
    assert_eq!(index(&plan, &a), index(&plan, &b));
    assert!(plan.shards().all(|shard| plan.selects(shard, &smoke)));
}

#[test]
fn a_plan_file_with_a_group_on_no_shard_is_refused() {
    let rules = Rules {
        together: vec![parsed(&["t/test_b.py"])],
        ..Rules::default()
    };
    let plan = shop().plan(&planner(2, Split::Auto).rules(rules));
    let broken = plan.to_json().replace(
        "\"rules\": {\n    \"together\": [\n      {\n        \"shard\": ",
        "\"rules\": {\n    \"together\": [\n      {\n        \"shard\": 7",
    );
    assert_ne!(broken, plan.to_json());
    let error = Plan::from_json_unchecked(&broken).unwrap_err().to_string();
    assert!(error.contains("group"), "{error}");
}

#[test]
fn tests_of_one_xdist_group_share_a_shard_whether_listed_or_remembered() {
    let cases = [
        ("t/test_a.py::test_1@db", 40),
        ("t/test_a.py::test_2", 30),
        ("t/test_b.py::TestX::test_1[u@v]@db", 20),
        ("t/test_c.py::test_1", 50),
    ];
    let mut history = evenshard::history::History::new();
    let mut recorder = history.report();
    for (id, ms) in cases {
        let (_, name) = id.rsplit_once("::").unwrap();
        recorder.case(&evenshard::history::CaseSeen {
            classname: &NodeId::parse(id).classname(),
            // As pytest 8.4 writes it.
            name,
            sample: Some(Micros::from_millis(ms)),
            ..Default::default()
        });
    }
    recorder.finish(
        evenshard::history::ReportFacts::default(),
        evenshard::history::Origin::default(),
    );
    let unmarked = Reports::default().with(&cases).history();
    let bare = cases.map(|(id, _)| id.strip_suffix("@db").unwrap_or(id));
    let marked = cases.map(|(id, _)| id);
    for suite in [
        Suite::from_history(&Estimates::new(&history)),
        suite_of(bare, &history),
        suite_of(marked, &unmarked),
        suite_of(marked, &evenshard::history::History::new()),
    ] {
        assert_eq!(suite.len(), 4);
        let plan = planner(4, Split::Test).plan(&suite).unwrap();
        let shard = |at: usize| index(&plan, &NodeId::parse(bare[at]));
        assert_eq!(shard(0), shard(2));
        assert_ne!(shard(0), shard(1));
        assert_eq!(shard(0), index(&plan, &NodeId::parse(marked[0])));
    }
    assert_eq!(suite_of(marked, &history).known(), 4);
}
