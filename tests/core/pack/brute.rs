//! The brute-force twin: every plan of a small problem, and arbitrary small problems.

use std::num::NonZeroU32;

use evenshard::Micros;
use evenshard::pack::{Atom, Class, File, Packing, Problem, RunsOn, Shard, Split};
use proptest::prelude::*;

pub(super) fn number(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).expect("not zero")
}

/// Shard indices as what they stand for.
pub(super) fn on(indices: &[u32], shards: u32) -> Vec<RunsOn> {
    let shard = |&index| RunsOn::Shard(Shard::new(index, shards).expect("in range"));
    indices.iter().map(shard).collect()
}

/// The load of each shard where one worker runs the atoms.
pub(super) fn loads(problem: &Problem, indices: &[u32], shards: u32) -> Vec<Micros> {
    problem.loads(&on(indices, shards), number(shards))
}

/// Reports whether every atom is on exactly one of so many shards.
pub(super) fn on_one_shard(packing: &Packing, shards: u32) -> bool {
    let one = |on: &RunsOn| {
        on.shard()
            .is_some_and(|shard| shard.count().get() == shards)
    };
    packing.shard_of.iter().all(one)
}

/// The shard of each atom, for a plan that is to stay near.
pub(super) fn previous(packing: &Packing) -> Vec<Option<Shard>> {
    packing.shard_of.iter().map(|on| on.shard()).collect()
}

/// The least makespan of all plans that keep the units of `split` whole.
pub(super) fn optimum(problem: &Problem, split: Split, shards: u32) -> Micros {
    optimum_by(problem, split, shards, |shard_of| {
        loads(problem, shard_of, shards)
    })
}

/// The same where `loads` says what the shards of a plan take.
pub(super) fn optimum_by(
    problem: &Problem,
    split: Split,
    shards: u32,
    loads: impl Fn(&[u32]) -> Vec<Micros>,
) -> Micros {
    let units = units(problem, split);
    let mut shard_of = vec![0; problem.atoms().len()];
    let mut best = Micros::new(u64::MAX);
    try_all(&loads, &units, shards, 0, &mut shard_of, &mut best);
    best
}

/// The unit that each atom belongs to: its file, its class or itself.
pub(super) fn units(problem: &Problem, split: Split) -> Vec<u32> {
    let unit = |(index, atom): (u32, &Atom)| match split {
        Split::File => problem.classes()[atom.class as usize].file,
        Split::Class => atom.class,
        Split::Auto | Split::Test => index,
    };
    (0..).zip(problem.atoms()).map(unit).collect()
}

fn try_all(
    loads: &impl Fn(&[u32]) -> Vec<Micros>,
    units: &[u32],
    shards: u32,
    atom: usize,
    shard_of: &mut Vec<u32>,
    best: &mut Micros,
) {
    if atom == units.len() {
        let longest = loads(shard_of).into_iter().max();
        *best = (*best).min(longest.unwrap_or_default());
        return;
    }
    if atom > 0 && units[atom] == units[atom - 1] {
        shard_of[atom] = shard_of[atom - 1];
        return try_all(loads, units, shards, atom + 1, shard_of, best);
    }
    // Shards are alike: a new one is opened in order only.
    let open = shard_of[..atom].iter().max().map_or(0, |&last| last + 1);
    for shard in 0..=open.min(shards - 1) {
        shard_of[atom] = shard;
        try_all(loads, units, shards, atom + 1, shard_of, best);
    }
}

/// Problems of at most `atoms` atoms in classes in files, with durations and set-up costs of
/// every kind: none at all, small with many ties, wide, and (if asked for) absurd.
pub(super) fn problems(atoms: usize, absurd: bool) -> impl Strategy<Value = Problem> {
    let most = if absurd { u64::MAX } else { 1_000_000 };
    let size = move || {
        prop_oneof![
            2 => Just(0),
            6 => 1..12u64,
            3 => 0..1_000u64,
            1 => (0..1_000u64).prop_map(|n| n * 50),
            1 => 0..=most,
        ]
    };
    let setup = move || prop_oneof![1 => Just(0), 1 => size()];
    let atom = (size(), any::<bool>(), prop::bool::weighted(0.3));
    let costs = prop::collection::vec((setup(), setup()), atoms.max(1));
    let flat = prop::bool::weighted(0.25);
    (prop::collection::vec(atom, 0..=atoms), costs, flat).prop_map(|(atoms, costs, flat)| {
        let (mut list, mut classes, mut files) = (Vec::new(), Vec::new(), Vec::new());
        let free = |cost| Micros::new(if flat { 0 } else { cost });
        for (index, (duration, new_class, new_file)) in atoms.into_iter().enumerate() {
            let new_file = new_file || index == 0;
            if new_file {
                files.push(File {
                    setup: free(costs[files.len()].0),
                });
            }
            if new_class || new_file {
                let file = last(&files);
                let setup = free(costs[classes.len()].1);
                classes.push(Class { file, setup });
            }
            let class = last(&classes);
            list.push(Atom {
                duration: Micros::new(duration),
                class,
            });
        }
        Problem::new(list, classes, files).expect("indices rise")
    })
}

/// The index of the last element.
fn last<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).expect("a small problem") - 1
}
