//! The plan's function is written twice, in Rust and in the pytest plugin: they agree.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use evenshard::estimate::Estimates;
use evenshard::history::{CaseSeen, History, Origin, ReportFacts};
use evenshard::pack::Split;
use evenshard::plan::{Kept, Rules};
use evenshard::suite::Suite;
use evenshard::{Micros, NodeId, Pattern, Plan, Planner, Shard};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::pytest::python::Python;

const PLANS: usize = 300;

/// In the order of their numbers in the plugin.
const KEPT: [Kept; 4] = [
    Kept::No,
    Kept::WithFunction,
    Kept::WithClass,
    Kept::WithFile,
];

fn node_id() -> impl Strategy<Value = String> {
    let file = select(vec![
        "a.py",
        "t/a.py",
        "t/a/b.py",
        "t/a.b.py",
        "t/test_c.py",
        "t/a[1].py",
        "x.rst",
        "t/é.py",
        "t-1/a.py",
    ]);
    let class = select(vec!["", "::TestX", "::TestX::TestIn", "::b", "::TestX-1"]);
    let function = select(vec![
        "test_1",
        "test_2",
        "test_1a",
        "t.a.doctest",
        "use case",
        "use@case",
        "test_1@g",
        "test_é@a b",
        "1@g",
        "",
    ]);
    let parameters = select(vec![
        "",
        "[1]",
        "[2]",
        "[a::b]",
        "[x[y]",
        "[\u{1F600}]",
        "[\x7f\x1b\n]",
        "[open",
        "[\u{ffff}é]",
        "[u@v]",
        "[1]@g",
        "[a0-b1]",
        "[a1-b0]",
        "[a1-x-é2]",
        "[q]@z]@g@h",
        "[open@g",
        "@b::c",
        "@b::c[d]",
        "[1]@b::c",
        "@",
    ]);
    (file, class, function, parameters).prop_map(|(f, c, t, p)| format!("{f}{c}::{t}{p}"))
}

/// All parameters of a function that stand with each position, but for a few.
fn with_positions() -> impl Strategy<Value = Vec<String>> {
    let prefixes = select(vec!["p", "<lambda>", "\u{e9}_", "v ", "x0", "1_", "2."]);
    let values = vec![
        "x",
        "os12",
        "os13",
        "1.0a0",
        "1.0a1",
        "2.0",
        "a-b",
        "a-v 0",
        "r0",
        "r1",
        "p7",
        "1e3",
        "\u{e9}9",
        "q00000000000000000000000000012",
    ];
    let values = prop::collection::vec(select(values), 0..5);
    (
        prefixes,
        0..4,
        values,
        prop::collection::vec(any::<prop::sample::Index>(), 0..2),
    )
        .prop_map(|(prefix, positions, values, dropped)| {
            let mut ids = Vec::new();
            for value in values {
                let of_value =
                    (0..positions).map(|p| format!("t/a.py::test_p[{prefix}{p}-{value}]"));
                ids.extend(of_value);
            }
            for index in dropped.into_iter().filter(|index| index.index(4) == 0) {
                if !ids.is_empty() {
                    ids.remove(index.index(ids.len()));
                }
            }
            ids
        })
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let written = select(vec![
        "a.py",
        "t",
        "t/a.py",
        "t/a/b.py::test_1",
        "*a.py::TestX",
        "t/a.py::b",
        "t/*::TestX::TestIn",
        "?/a*::*::test_1",
        "*::test_1",
        "*::test_?[1]",
        "*[[]*",
        "t/a[1].py",
        "*::*[\u{1F600}]",
        "*::*#x7F*",
        "*::*[open",
        "x.rst::use case",
        "t/é.py",
        "*é*",
        "*::t.a",
        "nowhere",
        "*::*[a::?]",
    ]);
    written.prop_map(|text| text.parse().unwrap())
}

fn rules() -> impl Strategy<Value = Rules> {
    let patterns = || prop::collection::vec(pattern(), 0..3);
    let rarely = prop_oneof![2 => Just(Vec::new()), 1 => patterns()];
    let together = prop::collection::vec(patterns(), 0..3);
    (together, patterns(), rarely, patterns()).prop_map(
        |(together, never_split, everywhere, may_split)| Rules {
            together,
            never_split,
            everywhere,
            may_split,
            ..Rules::default()
        },
    )
}

fn history(tests: &[String]) -> History {
    let mut history = History::new();
    for report in 0..2 {
        let mut recorder = history.report();
        for (at, id) in tests.iter().enumerate() {
            let id = NodeId::parse(id);
            // Each spelling that some version of pytest would have written.
            let names = id.names_in_reports();
            recorder.case(&CaseSeen {
                classname: &id.classname(),
                name: &names[at % names.len()],
                sample: Some(Micros::from_millis(at as u64 * 7)),
                ..CaseSeen::default()
            });
        }
        recorder.finish(
            ReportFacts {
                digest: report.to_string(),
                ..ReportFacts::default()
            },
            Origin::default(),
        );
    }
    history
}

fn indices(shards: impl IntoIterator<Item = Shard>) -> Vec<u32> {
    shards.into_iter().map(Shard::index).collect()
}

fn case(plan: &Plan, ids: &[String]) -> Value {
    let shard = plan.shard(plan.shard_count() - 1).unwrap();
    let tests = ids.iter().map(|text| {
        let id = NodeId::parse(text);
        json!({
            "id": text,
            "file": id.dotted_file(),
            "names": id.names_in_reports(),
            "runs_on": KEPT.map(|kept| {
                let placed = plan.place(&id, kept);
                indices(plan.shards().filter(|shard| placed.runs_on(*shard)))
            }),
            "shards_of_file": indices(plan.shards_of_file(id.path())),
        })
    });
    json!({"slice": plan.slice(shard), "tests": tests.collect::<Vec<_>>()})
}

fn cases() -> Vec<Value> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let lists = || prop::collection::vec(node_id(), 0..40);
    let splits = select(vec![Split::Auto, Split::File, Split::Class, Split::Test]);
    let known = (lists(), with_positions()).prop_map(|(some, others)| [some, others].concat());
    let new = (lists(), with_positions()).prop_map(|(some, others)| [some, others].concat());
    let inputs = (known, new, 1_u32..9, splits, rules());
    let mut draw = || inputs.new_tree(&mut runner).unwrap().current();
    let mut cases = Vec::new();
    for number in 0..PLANS {
        let (known, new, shards, split, rules) = draw();
        let rules = if number % 3 == 0 {
            Rules::default()
        } else {
            rules
        };
        let planner = Planner::new(shards).unwrap().split(split).rules(rules);
        let plan = match number % 10 {
            0 | 5 => planner.plan_without_timings().unwrap(),
            _ => planner
                .plan(&Suite::from_history(&Estimates::new(&history(&known))))
                .unwrap(),
        };
        cases.push(case(&plan, &[known, new].concat()));
    }
    cases
}

/// What `agreement.py` prints for some input.
fn ask(python: &Python, options: &[&str], input: &Value) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut child = Command::new(python.program())
        .arg(folder.join("../../tests/cli/agreement.py"))
        .arg(folder.join("src/pytest/plugin"))
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(&serde_json::to_vec(input).unwrap())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn agrees(python: &Python) {
    let cases = cases();
    let asked: usize = cases
        .iter()
        .map(|c| c["tests"].as_array().map_or(0, Vec::len))
        .sum();
    assert!(asked > 1_000);
    let answer = ask(python, &[], &Value::Array(cases));
    assert_eq!(answer, format!("asked {asked}\n"));
}

#[test]
fn rust_and_the_plugin_place_every_test_alike() {
    Python::with("pytest-9.2", agrees);
    Python::with("pytest-7.4-py3.9", agrees);
}

/// A function of so many parameters, cut over shards.
fn cut_function(parameters: usize) -> Plan {
    let id = |n: usize| format!("t/test_a.py::test_p[old-{n}]");
    let history = history(&(0..parameters).map(id).collect::<Vec<_>>());
    let planner = Planner::new(4).unwrap().split(Split::Test);
    let plan = planner
        .plan(&Suite::from_history(&Estimates::new(&history)))
        .unwrap();
    assert!(plan.shards_of_file("t/test_a.py").len() > 1, "it is cut");
    plan
}

/// Where ids are made anew, none of many is listed: a walk through all of them for each one
/// took 27 s for 16,000.
#[test]
fn the_plugin_places_renamed_parameters_in_steps_that_grow_as_their_number() {
    Python::with_newest(|python| {
        let steps = |parameters: usize| -> f64 {
            let plan = cut_function(parameters);
            let slice = json!({"count": parameters, "slice": plan.slice(plan.shard(0).unwrap())});
            let output = ask(python, &["--steps"], &slice);
            output.trim().parse().expect("a number of steps")
        };
        let (few, many) = (steps(200), steps(800));
        assert!(few > 200.0, "they were counted: {few}");
        assert!(many < 5.0 * few, "{few} steps for 200, {many} for 800");
    });
}
