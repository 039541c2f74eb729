//! Setups that atoms of several files share: the same laws.

use evenshard::Micros;
use evenshard::pack::{
    Algorithm, Distribution, Obstacle, Options, Packing, Problem, RunsOn, Shard, SharedSetup,
    Target, Workers, balance, smallest_shards,
};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use super::brute::{number, on, on_one_shard, problems};

fn setup(cost: u64, users: &[u32]) -> SharedSetup {
    SharedSetup {
        cost: Micros::new(cost),
        users: users.to_vec(),
    }
}

/// Setups of at most so many atoms, some of which do not exist.
fn shared(atoms: u32) -> impl Strategy<Value = Vec<SharedSetup>> {
    let one = (0..60_u64, btree_set(0..=atoms, 1..6));
    let one = one.prop_map(|(cost, users)| SharedSetup {
        cost: Micros::new(cost),
        users: users.into_iter().collect(),
    });
    vec(one, 1..4)
}

/// What each shard takes, counted one by one.
fn loads(
    problem: &Problem,
    shared: &[SharedSetup],
    shard_of: &[RunsOn],
    shards: u32,
) -> Vec<Micros> {
    let mut loads = problem.loads(shard_of, number(shards));
    for (shard, load) in Shard::all(number(shards)).zip(&mut loads) {
        for setup in shared {
            if setup.users.iter().any(|&user| uses(shard_of, user, shard)) {
                *load += setup.cost;
            }
        }
    }
    loads
}

/// Reports whether `shard` runs this atom.
fn uses(shard_of: &[RunsOn], user: u32, shard: Shard) -> bool {
    let on = shard_of.get(user as usize);
    on.is_some_and(|on| on.includes(shard))
}

fn slowest(loads: &[Micros]) -> Micros {
    loads.iter().copied().max().unwrap_or_default()
}

/// The least makespan of all plans.
fn optimum(problem: &Problem, shared: &[SharedSetup], shards: u32) -> Micros {
    let mut shard_of = vec![0; problem.atoms().len()];
    let mut best = Micros::new(u64::MAX);
    loop {
        best = best.min(slowest(&loads(
            problem,
            shared,
            &on(&shard_of, shards),
            shards,
        )));
        let mut carry = true;
        for shard in &mut shard_of {
            *shard += 1;
            if *shard < shards {
                carry = false;
                break;
            }
            *shard = 0;
        }
        if carry {
            return best;
        }
    }
}

fn packed(problem: &Problem, shared: &[SharedSetup], shards: u32) -> Packing {
    let options = Options {
        shared,
        ..Options::default()
    };
    balance(problem, number(shards), &options)
}

proptest! {
    #[test]
    fn a_plan_counts_each_setup_once_a_shard_and_its_bound_holds(
        (problem, shared) in problems(6, false).prop_flat_map(|p| {
            let atoms = u32::try_from(p.atoms().len()).expect("a few");
            (Just(p), shared(atoms))
        }),
        shards in 1..4_u32,
    ) {
        let packing = packed(&problem, &shared, shards);
        prop_assert!(on_one_shard(&packing, shards));
        prop_assert_eq!(&packing.loads, &loads(&problem, &shared, &packing.shard_of, shards));
        let certificate = packing.certificate;
        prop_assert_eq!(certificate.makespan, slowest(&packing.loads));
        let best = optimum(&problem, &shared, shards);
        prop_assert!(certificate.lower_bound <= best, "{certificate} {best}");
        let lpt = Options { algorithm: Algorithm::Lpt, shared: &shared, ..Options::default() };
        let lpt = balance(&problem, number(shards), &lpt);
        prop_assert!(certificate.makespan <= lpt.certificate.makespan);
    }

    #[test]
    fn with_workers_a_shard_takes_as_long_as_one_that_pays_and_runs_its_longest_user(
        (problem, shared) in problems(6, false).prop_flat_map(|p| {
            let atoms = u32::try_from(p.atoms().len()).expect("a few");
            (Just(p), shared(atoms))
        }),
        shards in 1..4_u32,
        count in 2..4_u32,
    ) {
        let workers = Workers { count: number(count), distribution: Distribution::Load };
        let options = Options { shared: &shared, workers: Some(workers), ..Options::default() };
        let packing = balance(&problem, number(shards), &options);
        let bare = workers.loads(&problem, &packing.shard_of, number(shards));
        for (shard, (load, bare)) in Shard::all(number(shards)).zip(packing.loads.iter().zip(bare)) {
            prop_assert!(*load >= bare);
            for setup in &shared {
                let here = |user: &&u32| uses(&packing.shard_of, **user, shard);
                let users = setup.users.iter().filter(here);
                let times = users.map(|&user| problem.atoms()[user as usize].duration);
                if let Some(longest) = times.max() {
                    prop_assert!(*load >= setup.cost + longest);
                }
            }
        }
        prop_assert!(packing.certificate.lower_bound <= packing.certificate.makespan);
    }

    #[test]
    fn a_target_is_met_with_its_setups(
        (problem, shared) in problems(6, false).prop_flat_map(|p| {
            let atoms = u32::try_from(p.atoms().len()).expect("a few");
            (Just(p), shared(atoms))
        }),
        time in 1..200_u64,
    ) {
        let options = Options { shared: &shared, ..Options::default() };
        let target = Target {
            time: Micros::new(time),
            max_shards: number(6),
            overhead: Micros::ZERO,
        };
        match smallest_shards(&problem, &target, &options) {
            Ok(sized) => {
                let shards = sized.shards.get();
                let loads = loads(&problem, &shared, &sized.packing.shard_of, shards);
                prop_assert!(slowest(&loads) <= target.time);
            }
            Err(Obstacle::Unit { atoms, floor }) => {
                let alone: Vec<u32> = (0..problem.atoms().len())
                    .map(|atom| u32::from(!atoms.contains(&atom)))
                    .collect();
                prop_assert_eq!(loads(&problem, &shared, &on(&alone, 2), 2)[0], floor);
                prop_assert!(floor > target.time);
            }
            Err(Obstacle::Shards { floor, reached, .. }) => {
                prop_assert!(floor <= reached && reached > target.time);
            }
            Err(other) => prop_assert!(false, "{other:?}"),
        }
    }
}

#[test]
fn the_example_of_the_documentation_packs_as_it_says() {
    let problem = Problem::flat([1, 1, 4, 4].map(Micros::new));
    let packing = packed(&problem, &[setup(4, &[0, 1])], 2);
    assert_eq!(packing.loads, [Micros::new(6), Micros::new(8)]);
}

#[test]
fn users_go_to_one_shard_where_nobody_waits_for_it() {
    // Four of sixteen need 800; the rest is enough for the other shards.
    let users = [0, 4, 8, 12];
    let time = |atom: u32| if users.contains(&atom) { 25 } else { 150 };
    let problem = Problem::flat((0..16).map(|atom| Micros::new(time(atom))));
    let packing = packed(&problem, &[setup(800, &users)], 4);
    assert!(
        packing.certificate.makespan <= Micros::new(900),
        "{packing:?}"
    );
}

#[test]
fn users_of_more_than_a_shard_get_as_few_shards_as_hold_them() {
    // On all ten shards a setup of 30 makes 130; on seven, 1000 + 7 * 30 are shared by ten.
    let problem = Problem::flat((0..1_000).map(|_| Micros::new(1)));
    let users: Vec<u32> = (0..600).collect();
    let packing = packed(&problem, &[setup(30, &users)], 10);
    assert!(
        packing.certificate.makespan <= Micros::new(123),
        "{:?}",
        packing.loads
    );
}
