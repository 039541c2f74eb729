//! Shards beside a few long items.

use std::num::NonZeroU32;

use evenshard::Micros;
use evenshard::pack::{Algorithm, Atom, Class, File, Options, Problem, Split, balance};
use proptest::prelude::*;

use super::brute::problems;

fn loads(problem: &Problem, shards: u32, split: Split) -> Vec<u64> {
    let options = Options {
        split,
        ..Options::default()
    };
    let count = NonZeroU32::new(shards).expect("not zero");
    let mut loads: Vec<u64> = balance(problem, count, &options)
        .loads
        .iter()
        .map(|load| load.get())
        .collect();
    loads.sort_unstable();
    loads
}

#[test]
fn what_a_long_test_leaves_is_shared_evenly() {
    let problem = Problem::flat([9, 3, 3, 2, 1].map(Micros::new));
    assert_eq!(loads(&problem, 3, Split::Auto), [4, 5, 9]);
    assert_eq!(loads(&problem, 3, Split::Test), [4, 5, 9]);
    let two_long = Problem::flat([90, 40, 10, 10, 10, 10].map(Micros::new));
    assert_eq!(loads(&two_long, 4, Split::Auto), [20, 20, 40, 90]);
}

#[test]
fn tests_stay_with_a_long_one_where_its_fixture_would_cost_more_again() {
    // A fixture of 80 for a test of 10 and five of 1, and another file.
    let atom = |duration, class| Atom {
        duration: Micros::new(duration),
        class,
    };
    let mut atoms = vec![atom(1, 0); 5];
    atoms.push(atom(10, 0));
    atoms.extend(vec![atom(10, 1); 12]);
    let class = |file, setup| Class {
        file,
        setup: Micros::new(setup),
    };
    let files = vec![
        File {
            setup: Micros::ZERO
        };
        2
    ];
    let problem = Problem::new(atoms, vec![class(0, 80), class(1, 0)], files).expect("valid");
    assert_eq!(loads(&problem, 3, Split::Auto), [60, 60, 95]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn levelling_never_raises_the_makespan(problem in problems(40, false), shards in 1..9u32) {
        for split in [Split::Auto, Split::File, Split::Class, Split::Test] {
            let count = NonZeroU32::new(shards).expect("not zero");
            let found = |algorithm| balance(&problem, count, &Options { split, algorithm, ..Options::default() });
            let (auto, lpt) = (found(Algorithm::Auto), found(Algorithm::Lpt));
            prop_assert!(auto.certificate.makespan <= lpt.certificate.makespan);
            prop_assert_eq!(problem.loads(&auto.shard_of, count), auto.loads);
        }
    }

    #[test]
    fn beside_one_long_test_all_shards_are_within_a_test_of_each_other(
        sizes in prop::collection::vec(1_000..2_000u64, 60..200),
        shards in 3..9u32,
    ) {
        let total: u64 = sizes.iter().sum();
        let longest = sizes.iter().max().copied().unwrap_or(0);
        let all = sizes.into_iter().chain([total]).map(Micros::new);
        let loads = loads(&Problem::flat(all), shards, Split::Auto);
        let others = &loads[..loads.len() - 1];
        prop_assert_eq!(loads.last(), Some(&total));
        prop_assert!(others.last().zip(others.first()).is_some_and(|(most, least)| most - least <= longest));
    }
}
