//! Plans that stay near the one before.

use std::num::NonZeroU32;

use evenshard::Micros;
use evenshard::pack::{Atom, Options, Packing, Problem, Shard, Split, balance};
use proptest::prelude::*;

use super::brute::{on, previous, problems};

fn near(problem: &Problem, shards: u32, split: Split, previous: &[Option<Shard>]) -> Packing {
    let options = Options {
        split,
        previous: Some(previous),
        ..Options::default()
    };
    balance(
        problem,
        NonZeroU32::new(shards).expect("not zero"),
        &options,
    )
}

fn fresh(problem: &Problem, shards: u32, split: Split) -> Packing {
    let options = Options {
        split,
        ..Options::default()
    };
    balance(
        problem,
        NonZeroU32::new(shards).expect("not zero"),
        &options,
    )
}

/// At most a hundredth above the time, rounded up.
fn within(makespan: Micros, time: Micros) -> bool {
    makespan.get() <= time.get() + time.get().div_ceil(100)
}

/// The same problem with every duration changed by up to a tenth, either way.
fn noisy(problem: &Problem, noise: &[u64]) -> Problem {
    let atoms = problem.atoms().iter().zip(noise.iter().cycle());
    let atoms = atoms.map(|(atom, percent)| Atom {
        duration: Micros::new(atom.duration.get() * (90 + percent % 21) / 100),
        ..*atom
    });
    let (classes, files) = (problem.classes().to_vec(), problem.files().to_vec());
    Problem::new(atoms.collect(), classes, files).expect("as before")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn an_unchanged_problem_keeps_its_plan(problem in problems(50, false), shards in 1..8u32) {
        for split in [Split::Auto, Split::File, Split::Class, Split::Test] {
            let first = fresh(&problem, shards, split);
            if first.certificate.gap_ppm > 10_000 {
                continue;
            }
            let previous = previous(&first);
            prop_assert_eq!(near(&problem, shards, split, &previous).shard_of, first.shard_of);
        }
    }

    #[test]
    fn any_previous_plan_at_all_costs_a_hundredth_at_most(
        problem in problems(40, false),
        shards in 1..8u32,
        previous in prop::collection::vec(prop::option::of(0..10u32), 0..50),
    ) {
        let shard = |index: Option<u32>| index.map(|index| Shard::new(index, 10).expect("below"));
        let previous: Vec<Option<Shard>> = previous.into_iter().map(shard).collect();
        for split in [Split::Auto, Split::File, Split::Class, Split::Test] {
            let first = fresh(&problem, shards, split).certificate;
            let then = near(&problem, shards, split, &previous).certificate;
            prop_assert!(
                within(then.makespan, first.makespan.max(first.lower_bound)),
                "{split}: {then:?} after {first:?}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn a_tenth_of_noise_moves_few_of_many_tests(
        sizes in prop::collection::vec(1_000..400_000u64, 2_000),
        noise in prop::collection::vec(0..=20u64, 2_000),
        shards in 2..12u32,
    ) {
        let problem = Problem::flat(sizes.into_iter().map(Micros::new));
        let first = fresh(&problem, shards, Split::Auto);
        let previous = previous(&first);
        let then = near(&noisy(&problem, &noise), shards, Split::Auto, &previous);
        prop_assert!(then.certificate.gap_ppm <= 10_000);
        let moved = then.shard_of.iter().zip(&first.shard_of).filter(|(a, b)| a != b).count();
        prop_assert!(moved * 50 <= 2_000, "{moved} moved");
    }
}

#[test]
fn a_new_test_joins_its_file() {
    use evenshard::pack::{Class, File};
    let ms = Micros::from_millis;
    let classes = |files: u32| {
        let class = |file| Class {
            file,
            setup: Micros::ZERO,
        };
        (0..files).map(class).collect::<Vec<_>>()
    };
    // Two files of a hundred tests; the second one has got a test that is not known.
    let atom = |class| Atom {
        duration: ms(10),
        class,
    };
    let mut atoms = vec![atom(0); 100];
    atoms.extend(vec![atom(1); 101]);
    let problem = Problem::new(atoms, classes(2), vec![File { setup: ms(50) }; 2]).expect("valid");
    let [first, second] = [0, 1].map(|index| Shard::new(index, 2).ok());
    let mut previous = vec![second; 100];
    previous.extend(vec![first; 100]);
    previous.push(None);
    let then = near(&problem, 2, Split::Auto, &previous);
    assert_eq!(then.shard_of[200], on(&[0], 2)[0]);
    assert_eq!(then.shard_of[0], on(&[1], 2)[0]);
}

#[test]
fn a_fresh_plan_keeps_the_old_numbers_where_it_can() {
    // All was on shards 2 and 1, badly: a fresh plan for three is needed.
    let problem = Problem::flat([90, 80, 70, 10, 10].map(Micros::new));
    let previous = [2, 1, 1, 1, 1].map(|index| Shard::new(index, 3).ok());
    let then = near(&problem, 3, Split::Auto, &previous);
    assert_eq!(then.shard_of[0], on(&[2], 3)[0]);
    assert!(then.shard_of[1..].contains(&on(&[1], 3)[0]));
    assert!(within(then.certificate.makespan, Micros::new(90)));
}
