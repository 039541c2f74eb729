//! What holds for every packing of every problem.

use evenshard::Micros;
use evenshard::pack::{
    Algorithm, Atom, Certificate, Options, Packing, Problem, Split, balance, lower_bound,
};
use proptest::prelude::*;

use super::brute::{number, on_one_shard, optimum, problems, units};

const SPLITS: [Split; 4] = [Split::Auto, Split::File, Split::Class, Split::Test];

fn pack(problem: &Problem, shards: u32, split: Split, algorithm: Algorithm) -> Packing {
    let options = Options {
        split,
        algorithm,
        ..Options::default()
    };
    balance(problem, number(shards), &options)
}

/// Whatever else it is, it is a plan, and its certificate tells the truth about it.
fn assert_sound(problem: &Problem, shards: u32, split: Split, packing: &Packing) {
    assert_eq!(packing.shard_of.len(), problem.atoms().len());
    assert!(on_one_shard(packing, shards));
    assert_eq!(
        packing.loads,
        problem.loads(&packing.shard_of, number(shards))
    );
    let Certificate {
        makespan,
        lower_bound,
        gap_ppm,
        proved_optimal,
        ..
    } = packing.certificate;
    assert_eq!(packing.loads.iter().max(), Some(&makespan));
    assert!(lower_bound <= makespan);
    assert_eq!(proved_optimal, lower_bound == makespan);
    assert_eq!(gap_ppm == 0, proved_optimal);
    let units = units(problem, split);
    for (pair, shards) in units.windows(2).zip(packing.shard_of.windows(2)) {
        assert!(
            pair[0] != pair[1] || shards[0] == shards[1],
            "a unit was cut"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_atom_is_on_one_shard_and_the_certificate_is_true(
        problem in problems(40, true),
        shards in 1..12u32,
    ) {
        for split in SPLITS {
            for algorithm in [Algorithm::Auto, Algorithm::Lpt] {
                let packing = pack(&problem, shards, split, algorithm);
                assert_sound(&problem, shards, split, &packing);
                prop_assert_eq!(&packing, &pack(&problem, shards, split, algorithm));
            }
        }
    }

    #[test]
    fn the_bound_is_never_above_the_optimum(problem in problems(9, false), shards in 1..5u32) {
        for split in SPLITS {
            let best = optimum(&problem, split, shards);
            let packing = pack(&problem, shards, split, Algorithm::Auto);
            prop_assert!(packing.certificate.lower_bound <= best, "{split}: {packing:?} {best:?}");
            prop_assert!(packing.certificate.makespan >= best);
            prop_assert!(lower_bound(&problem, split, number(shards)).time <= best);
        }
    }

    #[test]
    fn the_pipeline_is_never_worse_than_greedy(problem in problems(60, false), shards in 1..9u32) {
        for split in SPLITS {
            let auto = pack(&problem, shards, split, Algorithm::Auto).certificate.makespan;
            let lpt = pack(&problem, shards, split, Algorithm::Lpt).certificate.makespan;
            prop_assert!(auto <= lpt, "{split}: {auto:?} > {lpt:?}");
        }
    }

    #[test]
    fn the_order_of_flat_items_changes_no_load(
        mut sizes in prop::collection::vec(0..500u64, 0..40),
        shards in 1..9u32,
    ) {
        let loads = |sizes: &[u64]| {
            let problem = Problem::flat(sizes.iter().copied().map(Micros::new));
            pack(&problem, shards, Split::Auto, Algorithm::Auto).loads
        };
        let before = loads(&sizes);
        sizes.sort_unstable();
        prop_assert_eq!(before, loads(&sizes));
    }
}

#[test]
fn nothing_at_all_is_packed_and_proved_optimal() {
    let empty = Problem::flat([]);
    for split in SPLITS {
        let packing = pack(&empty, 3, split, Algorithm::Auto);
        assert_eq!(packing.loads, [Micros::ZERO; 3]);
        assert!(packing.certificate.proved_optimal);
        assert_eq!(packing.certificate.gap_ppm, 0);
    }
}

#[test]
fn more_shards_than_atoms_leave_shards_empty() {
    let problem = Problem::flat([5, 3].map(Micros::new));
    let packing = pack(&problem, 4, Split::Auto, Algorithm::Auto);
    assert_eq!(
        packing
            .loads
            .iter()
            .filter(|load| **load == Micros::ZERO)
            .count(),
        2
    );
    assert!(packing.certificate.proved_optimal);
}

#[test]
fn a_problem_out_of_order_is_refused() {
    let atom = |class| Atom {
        duration: Micros::new(1),
        class,
    };
    assert!(Problem::new(vec![atom(1), atom(0)], vec![], vec![]).is_err());
    assert!(Problem::new(vec![atom(0)], vec![], vec![]).is_err());
}
