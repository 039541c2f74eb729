//! Atoms that share a shard or run everywhere: the same laws.

use std::num::NonZeroU32;

use evenshard::Micros;
use evenshard::pack::{
    Algorithm, Atom, Bonds, BoundKind, Class, Distribution, EVERYWHERE, File, Obstacle, Options,
    Packing, Problem, Split, Target, Workers, balance, smallest_shards,
};
use proptest::collection::vec;
use proptest::prelude::*;

use super::brute::{problems, units};

const SPLITS: [Split; 4] = [Split::Auto, Split::File, Split::Class, Split::Test];

/// Bonds of at most so many atoms, some of which do not exist; groups overlap.
fn bonds(atoms: u32) -> impl Strategy<Value = Bonds> {
    let group = || vec(0..=atoms, 0..4);
    let everywhere = prop_oneof![3 => Just(Vec::new()), 2 => vec(0..=atoms, 1..3)];
    (vec(group(), 0..4), everywhere).prop_map(|(together, everywhere)| Bonds {
        together,
        everywhere,
    })
}

fn runs_everywhere(bonds: &Bonds, atom: usize) -> bool {
    bonds.everywhere.iter().any(|&a| a as usize == atom)
}

fn workers() -> impl Strategy<Value = Option<Workers>> {
    let distribution = prop_oneof![
        Just(Distribution::Load),
        Just(Distribution::LoadScope),
        Just(Distribution::LoadFile),
    ];
    let several = (2..4_u32, distribution).prop_map(|(count, distribution)| Workers {
        count: NonZeroU32::new(count).expect("not zero"),
        distribution,
    });
    prop_oneof![3 => Just(None), 1 => several.prop_map(Some)]
}

fn number(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).expect("not zero")
}

fn loads(problem: &Problem, shard_of: &[u32], shards: u32, options: &Options<'_>) -> Vec<Micros> {
    match options.workers {
        Some(workers) => workers.loads(problem, shard_of, shards),
        None => problem.loads(shard_of, shards),
    }
}

/// Whether a plan keeps every bond, and the units of its split whole.
fn keeps(problem: &Problem, bonds: &Bonds, split: Split, shard_of: &[u32]) -> bool {
    let units = units(problem, split);
    let shard = |&atom: &u32| shard_of.get(atom as usize).filter(|&&s| s != EVERYWHERE);
    let one_shard = |atoms: &[u32]| {
        let mut shards = atoms.iter().filter_map(shard);
        let first = shards.next();
        shards.all(|shard| Some(shard) == first)
    };
    let of_unit = |unit: u32| {
        let atoms = (0..).zip(&units).filter(|(_, of)| **of == unit);
        atoms.map(|(atom, _)| atom).collect::<Vec<u32>>()
    };
    bonds.together.iter().all(|group| one_shard(group))
        && units.iter().all(|&unit| one_shard(&of_unit(unit)))
}

/// The least makespan of all plans that keep every bond.
fn optimum(problem: &Problem, bonds: &Bonds, shards: u32, options: &Options<'_>) -> Micros {
    let start = |atom| {
        if runs_everywhere(bonds, atom) {
            EVERYWHERE
        } else {
            0
        }
    };
    let mut shard_of: Vec<u32> = (0..problem.atoms().len()).map(start).collect();
    let mut best = Micros::new(u64::MAX);
    loop {
        if keeps(problem, bonds, options.split, &shard_of) {
            let slowest = loads(problem, &shard_of, shards, options).into_iter().max();
            best = best.min(slowest.unwrap_or_default());
        }
        let next = shard_of.iter_mut().filter(|shard| **shard != EVERYWHERE);
        let mut carry = true;
        for shard in next {
            *shard = (*shard + 1) % shards;
            carry = *shard == 0;
            if !carry {
                break;
            }
        }
        if carry {
            return best;
        }
    }
}

fn check(problem: &Problem, bonds: &Bonds, shards: u32, options: &Options<'_>) -> Packing {
    let packing = balance(problem, number(shards), options);
    for (atom, &shard) in packing.shard_of.iter().enumerate() {
        assert_eq!(runs_everywhere(bonds, atom), shard == EVERYWHERE);
        assert!(shard < shards || shard == EVERYWHERE);
    }
    assert!(keeps(problem, bonds, options.split, &packing.shard_of));
    assert_eq!(
        packing.loads,
        loads(problem, &packing.shard_of, shards, options)
    );
    let makespan = packing.certificate.makespan;
    assert_eq!(Some(makespan), packing.loads.iter().copied().max());
    packing
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn bonds_are_kept_and_no_bound_is_above_the_optimum(
        problem in problems(7, false),
        bonds in bonds(7),
        shards in 1..4_u32,
        workers in workers(),
    ) {
        for split in SPLITS {
            let options = Options { split, workers, bonds: Some(&bonds), ..Options::default() };
            let packing = check(&problem, &bonds, shards, &options);
            let best = optimum(&problem, &bonds, shards, &options);
            prop_assert!(packing.certificate.lower_bound <= best, "{packing:?} {best}");
            prop_assert!(packing.certificate.makespan >= best);
            let lpt = Options { algorithm: Algorithm::Lpt, ..options };
            let lpt = check(&problem, &bonds, shards, &lpt);
            prop_assert!(lpt.certificate.lower_bound <= best);
            prop_assert!(packing.certificate.makespan <= lpt.certificate.makespan);
        }
    }

    #[test]
    fn bonds_that_bind_nothing_change_nothing(
        problem in problems(9, true),
        shards in 1..5_u32,
        workers in workers(),
    ) {
        let one_each = Bonds { together: (0..9).map(|atom| vec![atom]).collect(), ..Bonds::default() };
        let with_itself = Bonds { together: (0..9).map(|atom| vec![atom; 2]).collect(), ..Bonds::default() };
        for split in SPLITS {
            let plain = Options { split, workers, ..Options::default() };
            let free = Options { bonds: Some(&one_each), ..plain };
            let each = Options { bonds: Some(&with_itself), ..plain };
            let expected = balance(&problem, number(shards), &plain);
            prop_assert_eq!(&balance(&problem, number(shards), &free), &expected);
            let found = balance(&problem, number(shards), &each);
            prop_assert!(found.certificate.makespan <= expected.certificate.makespan || workers.is_some());
        }
    }

    #[test]
    fn near_a_previous_plan_bonds_are_kept_as_well(
        problem in problems(9, true),
        bonds in bonds(9),
        shards in 1..5_u32,
        previous in vec(prop::option::of(0..6_u32), 0..9),
    ) {
        for split in SPLITS {
            let options = Options {
                split,
                bonds: Some(&bonds),
                previous: Some(&previous),
                ..Options::default()
            };
            let near = check(&problem, &bonds, shards, &options).certificate;
            let fresh = Options { previous: None, ..options };
            let fresh = balance(&problem, number(shards), &fresh).certificate;
            let most = fresh.makespan.max(near.lower_bound).get();
            prop_assert!(
                near.makespan.get() <= most.saturating_add(most.div_ceil(100)),
                "{split}: {near:?} after {fresh:?}"
            );
        }
    }

    #[test]
    fn a_target_is_met_with_bonds_or_what_stands_in_its_way_is_real(
        problem in problems(6, false),
        bonds in bonds(6),
        time in 0..60_u64,
        max_shards in 1..4_u32,
    ) {
        for split in SPLITS {
            let options = Options { split, bonds: Some(&bonds), ..Options::default() };
            let met = |shards: u32| optimum(&problem, &bonds, shards, &options) <= Micros::new(time);
            let target = Target {
                time: Micros::new(time),
                max_shards: number(max_shards),
                overhead: Micros::ZERO,
            };
            match smallest_shards(&problem, &target, &options) {
                Ok(sized) => {
                    let shards = sized.shards.get();
                    prop_assert!(shards <= max_shards && met(shards));
                    prop_assert!(sized.packing.certificate.makespan <= Micros::new(time));
                    prop_assert!(!sized.proved_smallest || shards == 1 || !met(shards - 1));
                }
                Err(Obstacle::Unit { atoms, floor }) => {
                    prop_assert!(floor > Micros::new(time) && !atoms.is_empty());
                    prop_assert!(!met(4));
                }
                Err(Obstacle::Shards { floor, reached, .. }) => {
                    let best = optimum(&problem, &bonds, max_shards, &options);
                    prop_assert!(floor <= best && best <= reached && reached > Micros::new(time));
                }
                Err(other) => prop_assert!(false, "no other is there: {other:?}"),
            }
        }
    }
}

/// Two files with set-up 10, in each of which one class has set-up 1.
fn two_files() -> Problem {
    let micros = Micros::new;
    let atom = |duration, class| Atom {
        duration: micros(duration),
        class,
    };
    let class = |file, setup| Class {
        file,
        setup: micros(setup),
    };
    Problem::new(
        vec![atom(30, 0), atom(20, 1), atom(30, 2), atom(20, 3)],
        vec![class(0, 0), class(0, 1), class(1, 0), class(1, 1)],
        vec![File { setup: micros(10) }; 2],
    )
    .expect("indices rise")
}

#[test]
fn a_group_over_two_files_pays_each_set_up_once() {
    let bonds = Bonds {
        together: vec![vec![1, 3]],
        ..Bonds::default()
    };
    let options = Options {
        bonds: Some(&bonds),
        ..Options::default()
    };
    let packing = check(&two_files(), &bonds, 3, &options);
    // 20 + 20, both classes and both files; the others 30 + 10 each.
    let certificate = packing.certificate;
    assert_eq!(certificate.makespan, Micros::new(62));
    assert_eq!(certificate.bound, BoundKind::Longest);
    assert!(certificate.proved_optimal);
}

#[test]
fn the_set_up_of_what_runs_everywhere_is_free_for_the_rest() {
    let bonds = Bonds {
        everywhere: vec![0],
        ..Bonds::default()
    };
    let options = Options {
        bonds: Some(&bonds),
        ..Options::default()
    };
    let packing = check(&two_files(), &bonds, 2, &options);
    // 30 + 10 on both. The other class of that file takes 20 + 1 and is best off beside a class
    // of the second file, which costs 10 + 20 + 1 there and 10 + 30 on the other shard.
    let mut loads = packing.loads.clone();
    loads.sort_unstable();
    assert_eq!(loads, [Micros::new(40 + 40), Micros::new(40 + 21 + 31)]);
    assert_eq!(packing.shard_of[0], EVERYWHERE);
}
