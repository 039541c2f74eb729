//! Tests that stay with their file, class or function, whatever a plan lists.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::suite_of;
use evenshard::estimate::Estimates;
use evenshard::history::{CaseSeen, History, Origin, ReportFacts};
use evenshard::pack::Split;
use evenshard::plan::{Kept, Reason, Rules};
use evenshard::record::{Home, HomeLevel, RunRecord};
use evenshard::suite::{Collected, Suite};
use evenshard::{Micros, NodeId, Plan, Shard};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::Reports;
use super::laws::{kept_runs_in, node_id, planner, report, split};

fn kept() -> impl Strategy<Value = Kept> {
    select(vec![
        Kept::No,
        Kept::WithFunction,
        Kept::WithClass,
        Kept::WithFile,
    ])
}

fn shard(plan: &Plan, id: &str, kept: Kept) -> u32 {
    let on = plan.place(&NodeId::parse(id), kept).on;
    on.shard().unwrap().index()
}

proptest! {
    #[test]
    fn every_test_runs_in_exactly_one_shard_whatever_it_is_kept_with(
        reports in vec(report(), 0..4),
        others in vec(node_id(), 0..40),
        shards in 1_u32..9,
        split in split(),
        kept in kept(),
    ) {
        let ids: Vec<String> = reports.iter().flatten().map(|(id, _)| id.clone()).chain(others).collect();
        let built = reports.into_iter().fold(Reports::default(), Reports::with_all);
        let planner = planner(shards, split);
        for plan in [built.plan(&planner), planner.plan_without_timings().unwrap()] {
            for id in &ids {
                prop_assert_eq!(kept_runs_in(&plan, id, kept).len(), 1, "{}", id);
            }
        }
    }

    #[test]
    fn what_is_kept_with_one_file_or_class_shares_a_shard(
        reports in vec(report(), 0..4),
        others in vec(node_id(), 0..40),
        shards in 1_u32..9,
        split in split(),
    ) {
        let ids: Vec<String> = reports.iter().flatten().map(|(id, _)| id.clone()).chain(others).collect();
        let built = reports.into_iter().fold(Reports::default(), Reports::with_all);
        let planner = planner(shards, split);
        for plan in [built.plan(&planner), planner.plan_without_timings().unwrap()] {
            let mut homes: BTreeMap<(Kept, String), BTreeSet<u32>> = BTreeMap::new();
            for text in &ids {
                let id = NodeId::parse(text);
                for (kept, unit) in [
                    (Kept::WithFile, id.dotted_file()),
                    (Kept::WithClass, format!("{} in {}", id.classname(), id.dotted_file())),
                ] {
                    homes.entry((kept, unit)).or_default().insert(shard(&plan, text, kept));
                }
            }
            prop_assert!(homes.values().all(|s| s.len() == 1), "{:?}", homes);
        }
    }
}

/// One value of a list of parameters: what pytest has for a name of each argument, if anything.
type Value = Vec<Option<&'static str>>;

/// One `parametrize`: its arguments, and a list of values, which has another order for each shard.
#[derive(Clone, Debug)]
struct Parameters {
    arguments: Vec<&'static str>,
    values: Vec<Value>,
    orders: Vec<Vec<usize>>,
}

fn parameters(arguments: &'static [&'static str]) -> impl Strategy<Value = Parameters> {
    let names = vec![
        "x", "y", "p0", "p1", "1.0", "1.1", "a-b", "u-p1", "os12", "os13", "1",
    ];
    let name = prop_oneof![2 => Just(None), 1 => select(names).prop_map(Some)];
    let values = vec(vec(name, arguments.len()), 1..5);
    values.prop_flat_map(move |values| {
        let order = Just((0..values.len()).collect::<Vec<_>>()).prop_shuffle();
        (Just(values), vec(order, 4)).prop_map(|(values, orders)| Parameters {
            arguments: arguments.to_vec(),
            values,
            orders,
        })
    })
}

impl Parameters {
    /// The ids that pytest gives the values of one order, each with the value.
    fn ids(&self, order: &[usize]) -> BTreeMap<String, usize> {
        let id = |place: usize, value: &Value| {
            let names = value.iter().zip(&self.arguments);
            let names = names.map(|(name, argument)| match name {
                Some(name) => (*name).to_owned(),
                None => format!("{argument}{place}"),
            });
            names.collect::<Vec<_>>().join("-")
        };
        let all: Vec<String> = (0..)
            .zip(order)
            .map(|(place, &value)| id(place, &self.values[value]))
            .collect();
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let mut ids = BTreeMap::new();
        for (text, &value) in all.iter().zip(order) {
            let mut unique = text.clone();
            if all.iter().filter(|other| *other == text).count() > 1 {
                let number = numbers.entry(text).or_default();
                let blank = if text.ends_with(|c: char| c.is_ascii_digit()) {
                    "_"
                } else {
                    ""
                };
                while unique == *text || all.contains(&unique) {
                    unique = format!("{text}{blank}{number}");
                    *number += 1;
                }
            }
            ids.insert(unique, value);
        }
        ids
    }
}

/// The ids of a function that has all of these, in the order of a shard, with their values.
fn ids_of(
    all: &[Parameters],
    order: impl Fn(&Parameters) -> Vec<usize>,
) -> BTreeMap<String, Vec<usize>> {
    let mut ids = BTreeMap::from([(String::new(), Vec::new())]);
    for parameters in all {
        let own = parameters.ids(&order(parameters));
        let joined = ids
            .iter()
            .flat_map(|(text, values): (&String, &Vec<usize>)| {
                own.iter().map(move |(id, &value)| {
                    let text = if text.is_empty() {
                        id.clone()
                    } else {
                        format!("{text}-{id}")
                    };
                    (text, [&values[..], &[value]].concat())
                })
            });
        ids = joined.collect();
    }
    ids
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// The law for which positions share a shard: whatever order the values have in which job,
    /// each is tested once, if the ids are the same.
    #[test]
    fn each_value_is_tested_once_in_any_order_of_what_has_no_name(
        one in parameters(&["p"]),
        pairs in parameters(&["q", "x0"]),
        third in parameters(&["r"]),
        which in 1_usize..8,
    ) {
        let all: Vec<Parameters> = [one, pairs, third].into_iter().enumerate()
            .filter(|(at, _)| which >> at & 1 == 1).map(|(_, parameters)| parameters).collect();
        let first = ids_of(&all, |parameters| (0..parameters.values.len()).collect());
        let id = |text: &str| format!("t/test_a.py::test_p[{text}]");
        let names: Vec<String> = first.keys().map(|text| id(text)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let plan = four(&history(&names, &[], Some(&["t.test_a::test_p"])), Rules::default());
        let mut tested: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
        for number in 0..4 {
            // What has other ids in another order is told by these.
            let mut ids = ids_of(&all, |parameters| parameters.orders[number as usize].clone());
            if !ids.keys().eq(first.keys()) {
                ids = first.clone();
            }
            let own = ids.into_iter().filter(|(text, _)| shard(&plan, &id(text), Kept::WithFunction) == number);
            for (_, values) in own {
                *tested.entry(values).or_default() += 1;
            }
        }
        let expected = first.into_values().map(|values| (values, 1)).collect::<BTreeMap<_, _>>();
        prop_assert_eq!(tested, expected, "{:?}", names);
    }
}

#[test]
fn a_home_is_the_lowest_shard_with_something_of_the_file_or_class() {
    let reports = Reports::default().with(&[
        ("t/test_a.py::TestX::test_1", 50),
        ("t/test_a.py::TestX::test_2", 40),
        ("t/test_a.py::test_1", 60),
    ]);
    let plan = reports.plan(&planner(3, Split::Test));
    let (x1, x2, one) = (
        "t/test_a.py::TestX::test_1",
        "t/test_a.py::TestX::test_2",
        "t/test_a.py::test_1",
    );
    let listed = |id| shard(&plan, id, Kept::No);
    assert!(
        plan.shards_of_file("t/test_a.py")
            .into_iter()
            .eq(plan.shards())
    );
    for id in [x1, x2, one, "t/test_a.py::TestNew::test_new"] {
        assert_eq!(shard(&plan, id, Kept::WithFile), 0);
    }
    assert_eq!(
        shard(&plan, x1, Kept::WithClass),
        listed(x1).min(listed(x2))
    );
    let placed = plan.place(&NodeId::parse(x2), Kept::WithClass);
    assert_eq!(placed.reason, Reason::Home("t.test_a.TestX".to_owned()));
}

/// Three builds of a file whose tests take a second each, with what a record tells of them.
fn history(ids: &[&str], home: &[Home], positional: Option<&[&str]>) -> History {
    let mut history = History::new();
    for build in 0..3 {
        let mut recorder = history.report();
        let mut record = RunRecord::started("", Shard::new(0, 1).unwrap());
        record.home = home.to_vec();
        record.positional = positional.map(|all| all.iter().map(|&f| f.to_owned()).collect());
        recorder.record(&record);
        for id in ids.iter().map(|id| NodeId::parse(id)) {
            recorder.case(&CaseSeen {
                classname: &id.classname(),
                name: &id.name(),
                sample: Some(Micros::from_millis(1_000)),
                ..CaseSeen::default()
            });
        }
        let facts = ReportFacts {
            digest: build.to_string(),
            begun_ms: Some(build * 86_400_000),
            ..ReportFacts::default()
        };
        recorder.finish(facts, Origin::default());
    }
    history
}

/// How many shards of four have some of these, by the list of the plan.
fn shards_of(plan: &Plan, ids: &[&str]) -> usize {
    let shards = ids.iter().map(|id| shard(plan, id, Kept::No));
    shards.collect::<BTreeSet<u32>>().len()
}

fn four(history: &History, rules: Rules) -> Plan {
    let planner = planner(4, Split::Test).rules(rules);
    planner
        .plan(&Suite::from_history(&Estimates::new(history)))
        .unwrap()
}

fn home(level: HomeLevel, of: &str, why: &str, tests: &[&str]) -> Home {
    Home {
        level,
        of: of.to_owned(),
        why: why.to_owned(),
        tests: tests.iter().map(|&id| id.to_owned()).collect(),
    }
}

const STEPS: [&str; 8] = [
    "t/test_a.py::TestX::test_1",
    "t/test_a.py::TestX::test_2",
    "t/test_a.py::TestX::test_3",
    "t/test_a.py::TestX::test_4",
    "t/test_a.py::test_1",
    "t/test_a.py::test_2",
    "t/test_a.py::test_3",
    "t/test_a.py::test_4",
];

#[test]
fn a_plan_keeps_whole_what_records_told_of() {
    let plan = |home: &[Home]| four(&history(&STEPS, home, Some(&[])), Rules::default());
    assert!(shards_of(&plan(&[]), &STEPS) > 1);
    let file = home(HomeLevel::File, "t.test_a", "dependency", &STEPS[..1]);
    assert_eq!(shards_of(&plan(&[file]), &STEPS), 1);
    let class = home(
        HomeLevel::Class,
        "t.test_a.TestX",
        "incremental",
        &STEPS[..4],
    );
    let plan = plan(&[class]);
    assert_eq!(shards_of(&plan, &STEPS[..4]), 1);
    assert!(shards_of(&plan, &STEPS) > 1, "the rest may be cut");
}

#[test]
fn a_lone_item_of_another_collector_binds_nothing() {
    let collector = |tests| home(HomeLevel::File, "t.test_a", "collector:Lint", tests);
    let plan = |tests| {
        four(
            &history(&STEPS, &[collector(tests)], Some(&[])),
            Rules::default(),
        )
    };
    assert!(shards_of(&plan(&STEPS[..1]), &STEPS) > 1);
    assert_eq!(shards_of(&plan(&STEPS[..2]), &STEPS), 1);
}

#[test]
fn the_newest_build_that_tells_decides_what_stays_whole() {
    let file = home(HomeLevel::File, "t.test_a", "order", &STEPS);
    let mut known = history(&STEPS, &[file], Some(&[]));
    let mut recorder = known.report();
    let mut record = RunRecord::started("", Shard::new(0, 1).unwrap());
    record.positional = Some(Vec::new());
    recorder.record(&record);
    for id in STEPS.map(NodeId::parse) {
        recorder.case(&CaseSeen {
            classname: &id.classname(),
            name: &id.name(),
            sample: Some(Micros::from_millis(1_000)),
            ..CaseSeen::default()
        });
    }
    let facts = ReportFacts {
        digest: "the marks are gone".to_owned(),
        begun_ms: Some(9 * 86_400_000),
        ..ReportFacts::default()
    };
    recorder.finish(facts, Origin::default());
    assert!(shards_of(&four(&known, Rules::default()), &STEPS) > 1);
}

#[test]
fn may_split_takes_back_what_stays_together() {
    let file = home(HomeLevel::File, "t.test_a", "order", &STEPS);
    let rules = Rules {
        may_split: vec!["t/test_a.py".parse().unwrap()],
        ..Rules::default()
    };
    let plan = four(&history(&STEPS, &[file], Some(&[])), rules);
    assert!(shards_of(&plan, &STEPS) > 1);
    for id in STEPS {
        let (own, kept) = (shard(&plan, id, Kept::No), shard(&plan, id, Kept::WithFile));
        assert_eq!(own, kept, "{id}");
    }
}

const NUMBERED: [&str; 6] = [
    "t/test_a.py::test_p[path0-x]",
    "t/test_a.py::test_p[path0-y]",
    "t/test_a.py::test_p[path1-x]",
    "t/test_a.py::test_p[path1-y]",
    "t/test_a.py::test_p[path2-x]",
    "t/test_a.py::test_p[path2-y]",
];

const NAMED: [&str; 4] = [
    "t/test_a.py::test_p[fast]",
    "t/test_a.py::test_p[path1]",
    "t/test_a.py::test_p[path2]",
    "t/test_a.py::test_p[slow]",
];

#[test]
fn ids_that_differ_in_positions_only_share_a_shard_unless_records_say_that_they_are_none() {
    let positional = ["t.test_a::test_p"];
    let shards = |ids: &[&str], told, of: &[&str]| {
        let plan = four(&history(ids, &[], told), Rules::default());
        shards_of(&plan, of)
    };
    // Whatever the order of the paths, `x` goes with all of them.
    assert_eq!(shards(&NUMBERED, None, &NUMBERED), 2);
    assert_eq!(shards(&NUMBERED, None, &with_end(&NUMBERED, "x]")), 1);
    assert_eq!(shards(&NUMBERED, None, &with_end(&NUMBERED, "y]")), 1);
    assert!(shards(&NUMBERED, Some(&[]), &NUMBERED) > 2);
    assert_eq!(shards(&NAMED, None, &NAMED), 4);
    // Where not every other value comes with every position, they may depend on each other.
    assert_eq!(shards(&NAMED, Some(&positional), &NAMED), 1);
    let zipped = [
        "t/test_a.py::test_p[True-path0]",
        "t/test_a.py::test_p[False-path1]",
    ];
    assert_eq!(shards(&zipped, None, &zipped), 1);
}

fn with_end<'i>(ids: &[&'i str], end: &str) -> Vec<&'i str> {
    let ids = ids.iter().copied();
    ids.filter(|id| id.ends_with(end)).collect()
}

#[test]
fn may_split_lets_a_function_with_positions_be_cut() {
    let rules = Rules {
        may_split: vec!["*::test_p".parse().unwrap()],
        ..Rules::default()
    };
    let plan = four(&history(&NUMBERED, &[], None), rules);
    assert!(shards_of(&plan, &NUMBERED) > 2);
}

#[test]
fn what_pytest_collected_decides_for_a_plan_of_it() {
    let known = history(&NUMBERED, &[], None);
    let mut collected = Collected::default();
    let planner = planner(4, Split::Test);
    let plan = |collected: &Collected| {
        let suite =
            Suite::from_collected(NUMBERED, collected, &Estimates::for_list(&known, NUMBERED));
        planner.plan(&suite).unwrap()
    };
    assert!(shards_of(&plan(&collected), &NUMBERED) > 2);
    collected.positional.insert("t.test_a::test_p".to_owned());
    assert_eq!(shards_of(&plan(&collected), &NUMBERED), 2);
    let listed = planner.plan(&suite_of(NUMBERED, &known));
    assert_eq!(shards_of(&listed.unwrap(), &NUMBERED), 2);

    let known = history(&STEPS, &[], None);
    collected.homes.insert("t.test_a".to_owned());
    let suite = Suite::from_collected(STEPS, &collected, &Estimates::for_list(&known, STEPS));
    assert_eq!(shards_of(&planner.plan(&suite).unwrap(), &STEPS), 1);
}
