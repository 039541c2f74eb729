//! Atoms that share a shard or run everywhere: the same laws.

use std::num::NonZeroU32;

use evenshard::Micros;
use evenshard::pack::{
    Algorithm, Atom, BoundKind, Class, Distribution, File, Groups, Obstacle, Options, Packing,
    Problem, RunsOn, Shard, Split, Target, Workers, balance, smallest_shards,
};
use proptest::collection::vec;
use proptest::prelude::*;

use super::brute::{number, problems, units};

const SPLITS: [Split; 4] = [Split::Auto, Split::File, Split::Class, Split::Test];

/// Groups of at most so many atoms, some of which do not exist; groups overlap.
fn groups(atoms: u32) -> impl Strategy<Value = Groups> {
    let group = || vec(0..=atoms, 0..4);
    let everywhere = prop_oneof![3 => Just(Vec::new()), 2 => vec(0..=atoms, 1..3)];
    (vec(group(), 0..4), everywhere).prop_map(|(together, everywhere)| Groups {
        together,
        everywhere,
    })
}

fn runs_everywhere(groups: &Groups, atom: usize) -> bool {
    groups.everywhere.iter().any(|&a| a as usize == atom)
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

fn loads(
    problem: &Problem,
    shard_of: &[RunsOn],
    shards: u32,
    options: &Options<'_>,
) -> Vec<Micros> {
    match options.workers {
        Some(workers) => workers.loads(problem, shard_of, number(shards)),
        None => problem.loads(shard_of, number(shards)),
    }
}

/// Whether a plan keeps every group, and the units of its split whole.
fn keeps(problem: &Problem, groups: &Groups, split: Split, shard_of: &[RunsOn]) -> bool {
    let units = units(problem, split);
    let shard = |&atom: &u32| shard_of.get(atom as usize).and_then(|on| on.shard());
    let one_shard = |atoms: &[u32]| {
        let mut shards = atoms.iter().filter_map(shard);
        let first = shards.next();
        shards.all(|shard| Some(shard) == first)
    };
    let of_unit = |unit: u32| {
        let atoms = (0..).zip(&units).filter(|(_, of)| **of == unit);
        atoms.map(|(atom, _)| atom).collect::<Vec<u32>>()
    };
    groups.together.iter().all(|group| one_shard(group))
        && units.iter().all(|&unit| one_shard(&of_unit(unit)))
}

/// The least makespan of all plans that keep every group.
fn optimum(problem: &Problem, groups: &Groups, shards: u32, options: &Options<'_>) -> Micros {
    let all: Vec<RunsOn> = Shard::all(number(shards)).map(RunsOn::Shard).collect();
    let start = |atom| {
        if runs_everywhere(groups, atom) {
            RunsOn::Everywhere
        } else {
            all[0]
        }
    };
    let mut shard_of: Vec<RunsOn> = (0..problem.atoms().len()).map(start).collect();
    let mut best = Micros::new(u64::MAX);
    loop {
        if keeps(problem, groups, options.split, &shard_of) {
            let slowest = loads(problem, &shard_of, shards, options).into_iter().max();
            best = best.min(slowest.unwrap_or_default());
        }
        let mut carry = true;
        for on in &mut shard_of {
            let Some(shard) = on.shard() else { continue };
            let next = (shard.index() + 1) % shards;
            *on = all[next as usize];
            carry = next == 0;
            if !carry {
                break;
            }
        }
        if carry {
            return best;
        }
    }
}

fn check(problem: &Problem, groups: &Groups, shards: u32, options: &Options<'_>) -> Packing {
    let packing = balance(problem, number(shards), options);
    for (atom, on) in packing.shard_of.iter().enumerate() {
        assert_eq!(runs_everywhere(groups, atom), *on == RunsOn::Everywhere);
        assert!(on.shard().is_none_or(|shard| shard.count().get() == shards));
    }
    assert!(keeps(problem, groups, options.split, &packing.shard_of));
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
    fn groups_are_kept_and_no_bound_is_above_the_optimum(
        problem in problems(7, false),
        groups in groups(7),
        shards in 1..4_u32,
        workers in workers(),
    ) {
        for split in SPLITS {
            let options = Options { split, workers, groups: Some(&groups), ..Options::default() };
            let packing = check(&problem, &groups, shards, &options);
            let best = optimum(&problem, &groups, shards, &options);
            prop_assert!(packing.certificate.lower_bound <= best, "{packing:?} {best}");
            prop_assert!(packing.certificate.makespan >= best);
            let lpt = Options { algorithm: Algorithm::Lpt, ..options };
            let lpt = check(&problem, &groups, shards, &lpt);
            prop_assert!(lpt.certificate.lower_bound <= best);
            prop_assert!(packing.certificate.makespan <= lpt.certificate.makespan);
        }
    }

    #[test]
    fn groups_of_one_atom_change_nothing(
        problem in problems(9, true),
        shards in 1..5_u32,
        workers in workers(),
    ) {
        let one_each = Groups { together: (0..9).map(|atom| vec![atom]).collect(), ..Groups::default() };
        let with_itself = Groups { together: (0..9).map(|atom| vec![atom; 2]).collect(), ..Groups::default() };
        for split in SPLITS {
            let plain = Options { split, workers, ..Options::default() };
            let free = Options { groups: Some(&one_each), ..plain };
            let each = Options { groups: Some(&with_itself), ..plain };
            let expected = balance(&problem, number(shards), &plain);
            prop_assert_eq!(&balance(&problem, number(shards), &free), &expected);
            let found = balance(&problem, number(shards), &each);
            prop_assert!(found.certificate.makespan <= expected.certificate.makespan || workers.is_some());
        }
    }

    #[test]
    fn near_a_previous_plan_groups_are_kept_as_well(
        problem in problems(9, true),
        groups in groups(9),
        shards in 1..5_u32,
        previous in vec(prop::option::of(0..6_u32), 0..9),
    ) {
        let shard = |index: Option<u32>| index.map(|index| Shard::new(index, 6).expect("below"));
        let previous: Vec<Option<Shard>> = previous.into_iter().map(shard).collect();
        for split in SPLITS {
            let options = Options {
                split,
                groups: Some(&groups),
                previous: Some(&previous),
                ..Options::default()
            };
            let near = check(&problem, &groups, shards, &options).certificate;
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
    fn a_target_is_met_with_groups_or_what_stands_in_its_way_is_real(
        problem in problems(6, false),
        groups in groups(6),
        time in 0..60_u64,
        max_shards in 1..4_u32,
    ) {
        for split in SPLITS {
            let options = Options { split, groups: Some(&groups), ..Options::default() };
            let met = |shards: u32| optimum(&problem, &groups, shards, &options) <= Micros::new(time);
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
                    let best = optimum(&problem, &groups, max_shards, &options);
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
    let groups = Groups {
        together: vec![vec![1, 3]],
        ..Groups::default()
    };
    let options = Options {
        groups: Some(&groups),
        ..Options::default()
    };
    let packing = check(&two_files(), &groups, 3, &options);
    // 20 + 20, both classes and both files; the others 30 + 10 each.
    let certificate = packing.certificate;
    assert_eq!(certificate.makespan, Micros::new(62));
    assert_eq!(certificate.bound, BoundKind::Longest);
    assert!(certificate.proved_optimal);
}

#[test]
fn the_set_up_of_what_runs_everywhere_is_free_for_the_rest() {
    let groups = Groups {
        everywhere: vec![0],
        ..Groups::default()
    };
    let options = Options {
        groups: Some(&groups),
        ..Options::default()
    };
    let packing = check(&two_files(), &groups, 2, &options);
    // 30 + 10 on both. The other class of that file takes 20 + 1 and is best off beside a class
    // of the second file, which costs 10 + 20 + 1 there and 10 + 30 on the other shard.
    let mut loads = packing.loads.clone();
    loads.sort_unstable();
    assert_eq!(loads, [Micros::new(40 + 40), Micros::new(40 + 21 + 31)]);
    assert_eq!(packing.shard_of[0], RunsOn::Everywhere);
}
