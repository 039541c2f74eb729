//! Golden plans: small generated suites whose plans are known, digest and proof.
//!
//! A shard's job and its neighbour's may run on different machines and be built on different
//! days: whatever changes a plan for the same input must raise `ALGORITHM_VERSION` in
//! `plan/build.rs`, which is part of the digest. So these lines change only together with
//! it (or with what an estimate or a set-up cost is, which changes the input of the planner);
//! a change in a digest alone is a change in the plan's file. After such a change
//! `EVENSHARD_GOLDEN=write cargo test -p evenshard --all-features golden` writes them anew.

use std::fmt::Write as _;
use std::path::Path;

use crate::support::suite_of;
use evenshard::estimate::Estimates;
use evenshard::pack::Split;
use evenshard::suite::Suite;
use evenshard::{Micros, Plan, Planner};
use proptest::prelude::*;

use super::Reports;

/// Numbers from a seed (`SplitMix64`, by Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }

    /// Milliseconds with a heavy tail.
    fn time(&mut self) -> u64 {
        5 + 3_000 / (1 + self.below(100))
    }
}

/// What the tests of a suite are called, and what their set-up takes.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// Functions in files.
    Flat,
    /// Classes, the first tests of which build a fixture of 300 ms.
    Fixtures,
    /// Classes and parameters with names from many scripts.
    Unicode,
}

/// Three builds of 24 files of 1 to 24 tests.
fn builds(shape: Shape) -> Vec<Vec<(String, Option<u64>)>> {
    let mut random = Random(7);
    let mut cases: Vec<(String, u64)> = Vec::new();
    for file in 0..24 {
        for test in 0..=random.below(24) {
            let class = test / 8;
            let id = match shape {
                Shape::Flat => format!("tests/test_{file}.py::test_{test}"),
                Shape::Fixtures => format!("tests/test_{file}.py::Test{class}::test_{test}"),
                Shape::Unicode => {
                    format!("tests/prüfung_{file}.py::TestÄ{class}::test_é[{test}-日本 🚀]")
                }
            };
            let fixture = matches!(shape, Shape::Fixtures) && test % 8 == 0;
            cases.push((id, random.time() + if fixture { 300 } else { 0 }));
        }
    }
    let mut build = |_| {
        let noisy = |(id, ms): &(String, u64)| (id.clone(), Some(ms + random.below(1 + ms / 10)));
        cases.iter().map(noisy).collect()
    };
    (0..3).map(&mut build).collect()
}

fn reports(shape: Shape) -> Reports {
    builds(shape)
        .into_iter()
        .fold(Reports::default(), Reports::with_all)
}

/// One line: digest and certificate.
fn line(plan: &Plan) -> String {
    let content = plan.content();
    let proof = &content.certificate;
    format!(
        "{} {:?} of {} ({:?}), gap {} ppm{}",
        plan.digest().get(..16).unwrap_or_default(),
        proof.makespan.get(),
        proof.lower_bound.get(),
        proof.bound,
        proof.gap_ppm,
        if proof.proved_optimal {
            ", optimal"
        } else {
            ""
        },
    )
}

fn golden(shape: Shape) -> String {
    let reports = reports(shape);
    let mut lines = String::new();
    for split in [Split::Auto, Split::File, Split::Class, Split::Test] {
        for shards in [2, 7] {
            let planner = Planner::new(shards).unwrap().split(split);
            let _ = writeln!(lines, "{split} {shards}: {}", line(&reports.plan(&planner)));
        }
    }
    lines
}

#[test]
fn known_suites_are_planned_as_ever() {
    let shapes = [Shape::Flat, Shape::Fixtures, Shape::Unicode];
    let found = shapes
        .map(|shape| format!("{shape:?}\n{}", golden(shape)))
        .join("\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/core/plan/golden.txt");
    if std::env::var_os("EVENSHARD_GOLDEN").is_some_and(|how| how == "write") {
        std::fs::write(&path, &found).unwrap();
    }
    let kept = std::fs::read_to_string(&path)
        .unwrap()
        .replace("\r\n", "\n");
    assert_eq!(
        found, kept,
        "see the head of this file before you write new ones"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_plan_has_the_same_bytes_again_in_any_order_and_on_any_thread(
        order in Just([0, 1, 2]).prop_shuffle(),
        seed in any::<u64>(),
        shards in 1_u32..9,
        split in prop::sample::select(vec![Split::Auto, Split::File, Split::Class, Split::Test]),
    ) {
        let planner = Planner::new(shards).unwrap().split(split).setup_cost(Micros::from_millis(20));
        let built = reports(Shape::Fixtures);
        let first = built.plan(&planner).to_json();
        prop_assert_eq!(&first, &built.plan(&planner).to_json());

        let shuffled = reports_shuffled(seed);
        let history = shuffled.history_in(order.into_iter());
        let plan = || planner.plan(&Suite::from_history(&Estimates::new(&history))).unwrap().to_json();
        let on_threads: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(plan)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for json in on_threads {
            prop_assert_eq!(&json, &first);
        }
    }

    #[test]
    fn a_list_in_any_order_makes_the_same_plan(seed in any::<u64>(), shards in 1_u32..9) {
        let built = reports(Shape::Unicode);
        let history = built.history();
        let mut ids: Vec<String> = builds(Shape::Unicode).swap_remove(0).into_iter().map(|(id, _)| id).collect();
        let planner = Planner::new(shards).unwrap();
        let plan = |ids: &[String]| {
            let suite = suite_of(ids.iter().map(String::as_str), &history);
            planner.plan(&suite).unwrap().to_json()
        };
        let first = plan(&ids);
        shuffle(&mut ids, seed);
        prop_assert_eq!(first, plan(&ids));
    }
}

/// The builds with the cases of each in another order. Which test is the first of its class
/// stays: that is what a report says by its order.
fn reports_shuffled(seed: u64) -> Reports {
    let shuffled = builds(Shape::Fixtures).into_iter().map(|cases| {
        let mut classes: Vec<Vec<(String, Option<u64>)>> = Vec::new();
        for case in cases {
            let class = |id: &str| id.rsplit_once("::").map(|(class, _)| class.to_owned());
            match classes.last_mut() {
                Some(of_class) if class(&of_class[0].0) == class(&case.0) => of_class.push(case),
                _ => classes.push(vec![case]),
            }
        }
        for of_class in &mut classes {
            shuffle(&mut of_class[1..], seed);
        }
        classes.concat()
    });
    shuffled.fold(Reports::default(), Reports::with_all)
}

/// A shuffle from a seed (R. Durstenfeld, 1964).
fn shuffle<T>(list: &mut [T], seed: u64) {
    let mut random = Random(seed);
    for at in (1..list.len()).rev() {
        let with = random.below(at as u64 + 1);
        list.swap(at, usize::try_from(with).unwrap_or(0));
    }
}
