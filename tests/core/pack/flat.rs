//! The plain algorithms: all under one suite, against brute force and published guarantees.

use std::num::NonZeroU32;

use evenshard::Micros;
use evenshard::pack::flat::{lpt, multifit};
use evenshard::pack::{Options, Packing, Problem, RunsOn, Split, balance};
use proptest::prelude::*;

use super::brute::{number as count, on_one_shard, optimum};

type Algorithm = fn(&[Micros], NonZeroU32) -> Packing;

/// All algorithms, one after the other.
fn pipeline(sizes: &[Micros], shards: NonZeroU32) -> Packing {
    let options = Options {
        split: Split::Test,
        ..Options::default()
    };
    balance(&Problem::flat(sizes.iter().copied()), shards, &options)
}

const ALL: [(&str, Algorithm); 3] = [("lpt", lpt), ("multifit", multifit), ("pipeline", pipeline)];

fn makespan(packing: &Packing) -> u64 {
    packing.certificate.makespan.get()
}

fn micros(sizes: &[u64]) -> Vec<Micros> {
    sizes.iter().copied().map(Micros::new).collect()
}

/// Bars of one length cut at random: the optimum is that length.
fn bars() -> impl Strategy<Value = (Vec<u64>, u32)> {
    let cuts = prop::collection::vec(1..1_000u64, 0..7);
    prop::collection::vec(cuts, 1..12).prop_map(|bars| {
        let pieces = bars.iter().flat_map(|cuts| {
            let mut at = cuts.clone();
            at.extend([0, 1_000]);
            at.sort_unstable();
            at.windows(2)
                .map(|pair| pair[1] - pair[0])
                .collect::<Vec<_>>()
        });
        (pieces.collect(), u32::try_from(bars.len()).expect("few"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_item_is_on_one_shard_and_its_load_adds_up(
        sizes in prop::collection::vec(prop_oneof![0..40u64, 0..=u64::MAX], 0..60),
        shards in 1..20u32,
    ) {
        let sizes = micros(&sizes);
        for (name, algorithm) in ALL {
            let found = algorithm(&sizes, count(shards));
            prop_assert_eq!(found.shard_of.len(), sizes.len(), "{}", name);
            prop_assert!(on_one_shard(&found, shards));
            let loads = Problem::flat(sizes.iter().copied()).loads(&found.shard_of, count(shards));
            prop_assert_eq!(loads, found.loads);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn guarantees_hold_against_brute_force(
        sizes in prop::collection::vec(0..60u64, 0..=9),
        shards in 1..5u32,
    ) {
        let sizes = micros(&sizes);
        let best = optimum(&Problem::flat(sizes.iter().copied()), Split::Test, shards).get();
        let of = |algorithm: Algorithm| makespan(&algorithm(&sizes, count(shards)));
        let m = u64::from(shards);
        prop_assert!(of(lpt) * 3 * m <= best * (4 * m - 1));
        prop_assert!(of(multifit) * 11 <= best * 13 + 11);
        let found = pipeline(&sizes, count(shards));
        prop_assert!(found.certificate.lower_bound.get() <= best);
        prop_assert_eq!(makespan(&found), best, "small enough to be solved");
        prop_assert!(found.certificate.proved_optimal);
    }

    #[test]
    fn no_algorithm_is_worse_than_greedy((sizes, shards) in bars()) {
        let sizes = micros(&sizes);
        let greedy = makespan(&lpt(&sizes, count(shards)));
        for (name, algorithm) in ALL {
            prop_assert!(makespan(&algorithm(&sizes, count(shards))) <= greedy, "{}", name);
        }
    }

    #[test]
    fn planted_optima_are_never_beaten_and_nearly_reached((sizes, shards) in bars()) {
        let found = pipeline(&micros(&sizes), count(shards));
        prop_assert!(found.certificate.lower_bound.get() <= 1_000);
        prop_assert!((1_000..=1_060).contains(&makespan(&found)), "{found:?}");
    }
}

#[test]
fn grahams_worst_case_is_solved_where_greedy_is_a_third_off() {
    for shards in 2..=40u64 {
        let mut sizes: Vec<u64> = (shards + 1..2 * shards)
            .rev()
            .flat_map(|s| [s, s])
            .collect();
        sizes.extend([shards; 3]);
        let m = count(u32::try_from(shards).expect("small"));
        let sizes = micros(&sizes);
        assert_eq!(makespan(&lpt(&sizes, m)), 4 * shards - 1);
        let found = pipeline(&sizes, m);
        assert_eq!(makespan(&found), 3 * shards);
        assert!(found.certificate.proved_optimal);
    }
}

#[test]
fn items_of_no_size_are_spread_over_all_shards() {
    let found = lpt(&[Micros::ZERO; 12], count(4));
    for shard in 0..4 {
        let here = |on: &&RunsOn| on.shard().is_some_and(|of| of.index() == shard);
        assert_eq!(found.shard_of.iter().filter(here).count(), 3);
    }
}
