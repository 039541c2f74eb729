//! Shards of several workers: the same laws, under the time that xdist makes of them.

use evenshard::Micros;
use evenshard::pack::{
    Algorithm, Atom, BoundKind, Class, Distribution, File, Obstacle, Options, Packing, Problem,
    Split, Target, Workers, balance, smallest_shards,
};
use proptest::prelude::*;

use super::brute::{number, on, on_one_shard, optimum_by, previous, problems, units};

const SPLITS: [Split; 4] = [Split::Auto, Split::File, Split::Class, Split::Test];
const DISTRIBUTIONS: [Distribution; 3] = [
    Distribution::Load,
    Distribution::LoadScope,
    Distribution::LoadFile,
];

fn workers(count: u32, distribution: Distribution) -> Workers {
    Workers {
        count: number(count),
        distribution,
    }
}

fn options(split: Split, workers: Workers) -> Options<'static> {
    Options {
        split,
        workers: Some(workers),
        ..Options::default()
    }
}

/// Files of tests in seconds, with import and class set-up, one class a file.
fn suite(files: &[&[u64]], import: u64, class: u64) -> Problem {
    let seconds = |s: u64| Micros::new(s * 1_000_000);
    let (mut atoms, mut classes, mut all) = (Vec::new(), Vec::new(), Vec::new());
    for (index, tests) in (0..).zip(files) {
        all.push(File {
            setup: seconds(import),
        });
        classes.push(Class {
            file: index,
            setup: seconds(class),
        });
        let atom = |&test: &u64| Atom {
            duration: seconds(test),
            class: index,
        };
        atoms.extend(tests.iter().map(atom));
    }
    Problem::new(atoms, classes, all).expect("indices rise")
}

fn seconds(packing: &Packing) -> Vec<u64> {
    let mut loads: Vec<u64> = packing.loads.iter().map(|l| l.get() / 1_000_000).collect();
    loads.sort_unstable();
    loads
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn every_atom_is_on_one_shard_and_no_unit_is_cut(
        problem in problems(30, true),
        shards in 1..6u32,
        count in 1..5u32,
    ) {
        for split in SPLITS {
            for distribution in DISTRIBUTIONS {
                let workers = workers(count, distribution);
                let packing = balance(&problem, number(shards), &options(split, workers));
                prop_assert_eq!(packing.shard_of.len(), problem.atoms().len());
                prop_assert!(on_one_shard(&packing, shards));
                if count > 1 {
                    let loads = workers.loads(&problem, &packing.shard_of, number(shards));
                    prop_assert_eq!(&packing.loads, &loads);
                }
                prop_assert_eq!(packing.loads.iter().max(), Some(&packing.certificate.makespan));
                for (pair, shards) in
                    units(&problem, split).windows(2).zip(packing.shard_of.windows(2))
                {
                    prop_assert!(pair[0] != pair[1] || shards[0] == shards[1]);
                }
                let again = balance(&problem, number(shards), &options(split, workers));
                prop_assert_eq!(again, packing);
            }
        }
    }

    #[test]
    fn the_bound_is_never_above_the_optimum_and_plain_lpt_never_better(
        problem in problems(7, false),
        shards in 1..4u32,
        count in 2..4u32,
    ) {
        for split in SPLITS {
            for distribution in DISTRIBUTIONS {
                let workers = workers(count, distribution);
                let best = optimum_by(&problem, split, shards, |shard_of| {
                    workers.loads(&problem, &on(shard_of, shards), number(shards))
                });
                let found = balance(&problem, number(shards), &options(split, workers));
                prop_assert!(found.certificate.lower_bound <= best);
                prop_assert!(found.certificate.makespan >= best);
                let lpt = Options { algorithm: Algorithm::Lpt, ..options(split, workers) };
                let lpt = balance(&problem, number(shards), &lpt);
                prop_assert!(found.certificate.makespan <= lpt.certificate.makespan);
            }
        }
    }

    #[test]
    fn one_worker_is_the_plain_problem(problem in problems(30, false), shards in 1..6u32) {
        for split in SPLITS {
            let plain = balance(&problem, number(shards), &Options { split, ..Options::default() });
            let one = options(split, workers(1, Distribution::LoadFile));
            prop_assert_eq!(balance(&problem, number(shards), &one), plain);
        }
    }

    #[test]
    fn a_plan_near_the_previous_one_is_at_most_a_hundredth_worse(
        problem in problems(30, false),
        shards in 1..6u32,
        count in 2..4u32,
    ) {
        let fresh_options = options(Split::Auto, workers(count, Distribution::LoadFile));
        let fresh = balance(&problem, number(shards), &fresh_options);
        let previous = previous(&fresh);
        let near = Options { previous: Some(&previous), ..fresh_options };
        let near = balance(&problem, number(shards), &near).certificate.makespan.get();
        let fresh = fresh.certificate.makespan.get();
        prop_assert!(near <= fresh + fresh / 100);
    }
}

#[test]
fn one_long_file_under_loadfile_binds() {
    // 60 s in one file, 60 in six others, on two shards of two workers.
    let long: &[u64] = &[10; 6];
    let files = [long, &[10], &[10], &[10], &[10], &[10], &[10]];
    let problem = suite(&files, 0, 0);
    let whole = options(Split::File, workers(2, Distribution::LoadFile));
    let packing = balance(&problem, number(2), &whole);
    assert_eq!(packing.certificate.bound, BoundKind::Longest);
    assert_eq!(seconds(&packing)[1], 60);
    // Where it may be cut, one half on each shard keeps one worker of each busy.
    let cut = options(Split::Auto, workers(2, Distribution::LoadFile));
    let packing = balance(&problem, number(2), &cut);
    assert_eq!(seconds(&packing), [30, 30]);
    // Under `load` its tests go to both workers of their shard.
    let load = options(Split::File, workers(2, Distribution::Load));
    assert_eq!(seconds(&balance(&problem, number(2), &load)), [30, 30]);
}

#[test]
fn set_up_is_paid_by_each_worker() {
    // One file of four tests of 10 s on two workers: both import it (3 s), and both build
    // the class fixture (2 s) unless the file stays on one worker.
    let problem = suite(&[&[10, 10, 10, 10]], 3, 2);
    let time = |distribution| {
        let packing = balance(
            &problem,
            number(1),
            &options(Split::Auto, workers(2, distribution)),
        );
        seconds(&packing)[0]
    };
    assert_eq!(time(Distribution::Load), 3 + 2 + 20);
    assert_eq!(time(Distribution::LoadFile), 3 + 2 + 40);
}

#[test]
fn a_large_suite_is_balanced_close_to_the_bound() {
    let files: Vec<Vec<u64>> = (0..300_u64)
        .map(|file| {
            (0..=(file * 7) % 23)
                .map(|test| 1 + (test * file) % 5)
                .collect()
        })
        .collect();
    let files: Vec<&[u64]> = files.iter().map(Vec::as_slice).collect();
    let problem = suite(&files, 1, 0);
    for distribution in DISTRIBUTIONS {
        let options = options(Split::Auto, workers(4, distribution));
        let packing = balance(&problem, number(8), &options);
        assert!(
            packing.certificate.gap_ppm < 20_000,
            "{distribution}: {}",
            packing.certificate
        );
    }
}

#[test]
fn workers_count_when_a_target_is_to_be_met() {
    let problem = suite(&[&[10; 8], &[10; 8]], 0, 0);
    let target = |time: u64| Target {
        time: Micros::new(time * 1_000_000),
        max_shards: number(50),
        overhead: Micros::ZERO,
    };
    let load = options(Split::Auto, workers(4, Distribution::Load));
    let sized = smallest_shards(&problem, &target(20), &load).expect("it can be met");
    assert_eq!((sized.shards.get(), sized.proved_smallest), (2, true));
    let file = options(Split::File, workers(4, Distribution::LoadFile));
    let obstacle = smallest_shards(&problem, &target(20), &file).expect_err("a file is 80 s");
    assert!(
        matches!(obstacle, Obstacle::Unit { atoms, .. } if atoms == (0..8).collect::<Vec<_>>())
    );
}
