//! How many shards a target takes.

use std::num::NonZeroU32;

use evenshard::Micros;
use evenshard::pack::{Obstacle, Options, Problem, Split, Target, smallest_shards};
use proptest::prelude::*;

use super::brute::{optimum, problems};

fn target(time: u64, max_shards: u32, overhead: u64) -> Target {
    Target {
        time: Micros::new(time),
        max_shards: NonZeroU32::new(max_shards).expect("not zero"),
        overhead: Micros::new(overhead),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_number_proved_smallest_is_smallest_and_an_obstacle_is_real(
        problem in problems(7, false),
        time in 0..60u64,
        max_shards in 1..6u32,
        overhead in 0..10u64,
    ) {
        for split in [Split::Auto, Split::File, Split::Class, Split::Test] {
            let options = Options { split, ..Options::default() };
            let met = |shards: u32| {
                optimum(&problem, split, shards) + Micros::new(overhead) <= Micros::new(time)
            };
            match smallest_shards(&problem, &target(time, max_shards, overhead), &options) {
                Ok(sized) => {
                    let shards = sized.shards.get();
                    prop_assert!(shards <= max_shards && met(shards));
                    let reached = sized.packing.certificate.makespan + Micros::new(overhead);
                    prop_assert!(reached <= Micros::new(time));
                    if sized.proved_smallest && shards > 1 {
                        prop_assert!(!met(shards - 1));
                    }
                }
                Err(Obstacle::Overhead) => prop_assert!(overhead > time),
                Err(Obstacle::Unit { atoms, floor }) => {
                    prop_assert!(floor > Micros::new(time));
                    prop_assert!(atoms.last().is_some_and(|&last| last < problem.atoms().len()));
                    prop_assert!(!met(7));
                }
                Err(Obstacle::Shards { at_least, floor, reached }) => {
                    prop_assert!(reached > Micros::new(time) && floor <= reached);
                    let best = optimum(&problem, split, max_shards) + Micros::new(overhead);
                    prop_assert!(floor <= best && best <= reached);
                    prop_assert!(at_least.get() == 1 || !met((at_least.get() - 1).min(7)));
                }
            }
        }
    }
}

#[test]
fn nothing_to_do_takes_one_shard() {
    let sized = smallest_shards(&Problem::flat([]), &target(0, 9, 0), &Options::default());
    assert_eq!(sized.map(|sized| sized.shards.get()), Ok(1));
}

#[test]
fn too_few_shards_are_named_with_the_number_that_is_needed() {
    let problem = Problem::flat([10; 12].map(Micros::new));
    let found = smallest_shards(&problem, &target(25, 4, 5), &Options::default());
    let obstacle = Obstacle::Shards {
        at_least: NonZeroU32::new(6).expect("not zero"),
        floor: Micros::new(35),
        reached: Micros::new(35),
    };
    assert_eq!(found, Err(obstacle));
}

#[test]
fn after_many_misses_the_number_is_the_smallest_all_the_same() {
    // In 100, a 60 goes with nothing and a 45 with one other: 150 shards, of which the work
    // alone would need 105. Every number between is tried in vain.
    let items = [60, 45].map(|time| [time; 100]).concat();
    let problem = Problem::flat(items.into_iter().map(Micros::new));
    let found = smallest_shards(&problem, &target(100, 500, 0), &Options::default());
    let found = found.map(|sized| (sized.shards.get(), sized.proved_smallest));
    assert_eq!(found, Ok((150, true)));
}

#[test]
fn an_absurd_target_ends_quickly_even_with_shards_without_limit() {
    let problem = Problem::flat((1..200).map(Micros::new));
    let found = smallest_shards(&problem, &target(199, u32::MAX, 0), &Options::default());
    assert!(found.is_ok_and(|sized| sized.shards.get() >= 100));
}
