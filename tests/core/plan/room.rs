//! Targets with room: laws over histories whose builds took longer than predicted or not.

use std::num::NonZeroU32;

use evenshard::estimate::Estimates;
use evenshard::history::{CaseSeen, History, Origin, ReportFacts};
use evenshard::pack::Target;
use evenshard::plan::{Percentile, Room};
use evenshard::suite::Suite;
use evenshard::{Micros, Plan, Planner};
use proptest::collection::vec;
use proptest::prelude::*;

const DAY: i64 = 86_400_000;
/// Tests of a build; each in a file of its own.
const TESTS: u64 = 24;

/// The builds of a history, oldest first: for each of its two shards, how slow it was in percent.
fn history(builds: &[[u64; 2]]) -> History {
    let mut history = History::new();
    for (build, slow) in (0..).zip(builds) {
        for (shard, slow) in (0..).zip(slow) {
            add_shard(&mut history, build, shard, *slow);
        }
    }
    history
}

/// Adds the report of a shard: every other test, of 1, 2, 3 and 4 s in turn.
fn add_shard(history: &mut History, build: i64, shard: u64, slow: u64) {
    let mut report = history.report();
    for test in (0..TESTS).filter(|test| test % 2 == shard) {
        report.case(&CaseSeen {
            classname: &format!("t.test_{test}"),
            name: "test_all",
            sample: Some(Micros::from_millis(10 * slow * (1 + test / 2 % 4))),
            ..CaseSeen::default()
        });
    }
    let facts = ReportFacts {
        digest: format!("{build}-{shard}"),
        begun_ms: Some(build * DAY),
        wall: None,
    };
    let number = u32::try_from(shard).unwrap() + 1;
    let mut origin = Origin::default();
    (origin.build, origin.shard) = (Some(build.to_string()), Some((number, 2)));
    report.finish(facts, origin);
}

fn percentile(percent: u64) -> Percentile {
    percent.to_string().parse().unwrap()
}

fn planner() -> Planner {
    let target = Target {
        time: Micros::from_millis(21_000),
        max_shards: NonZeroU32::new(500).unwrap(),
        overhead: Micros::from_millis(1_000),
    };
    Planner::for_target(target).setup_cost(Micros::ZERO)
}

fn room(history: &History, percent: u64) -> Room {
    planner().learn_room(history, percentile(percent)).unwrap()
}

fn plan(history: &History, room: Option<Room>) -> Plan {
    let estimates = Estimates::new(history);
    let suite = Suite::from_history(&estimates);
    planner().room(room).plan(&suite).unwrap()
}

#[test]
fn a_history_as_predicted_plans_as_without_a_percentile() {
    let history = history(&[[100; 2]; 10]);
    let (room, without) = (room(&history, 90), plan(&history, None));
    // A thousandth of a test, which no report shows.
    assert!((999_000..=1_000_000).contains(&room.ratio_ppm), "{room:?}");
    let with = plan(&history, Some(room));
    assert_eq!(with.content().shards, without.content().shards);
    assert_eq!((room.builds, room.within, room.sure()), (9, 9, 90));
    assert_eq!(with.content().target.unwrap().room, Some(room));
}

#[test]
fn the_slowest_shard_counts_with_its_own_prediction() {
    // One machine of the newest build was half as fast again: the other shard hides nothing.
    let mut builds = [[100; 2]; 10];
    builds[9] = [100, 150];
    let found = room(&history(&builds), 90);
    assert_eq!(found.ratio_ppm, 1_500_000);
    // One of nine is beyond the 80th percentile.
    let found = room(&history(&builds), 80);
    assert_eq!((found.ratio_ppm, found.within), (1_000_000, 8));
}

#[test]
fn a_prediction_knows_nothing_of_its_own_build_or_of_later_ones() {
    // From build 6 on, every test takes twice as long: that was a surprise once.
    let mut builds = [[100; 2]; 10];
    builds[6..].fill([200; 2]);
    let history = history(&builds);
    assert_eq!(room(&history, 90).ratio_ppm, 2_000_000);
    let older = |report: &evenshard::history::KnownReport| report.facts.begun_ms < Some(6 * DAY);
    let before = room(&history.with_reports(older), 90);
    assert_eq!((before.ratio_ppm, before.builds), (1_000_000, 5));
}

#[test]
fn builds_that_cannot_be_compared_do_not_count() {
    let builds = [[100; 2]; 5];
    let learn = |history: &History| planner().learn_room(history, percentile(90));
    let missing = learn(&history(&builds)).unwrap_err();
    assert_eq!(
        (missing.compared, missing.builds, missing.needed),
        (4, 5, 5)
    );
    // A build without its second shard.
    let mut partial = history(&builds);
    add_shard(&mut partial, 5, 0, 100);
    assert_eq!(learn(&partial).unwrap_err().compared, 4);
    add_shard(&mut partial, 5, 1, 100);
    assert_eq!(learn(&partial).unwrap().builds, 5);
    // A run of one test.
    let mut few = history(&builds);
    let mut report = few.report();
    report.case(&CaseSeen {
        classname: "t.test_1",
        name: "test_all",
        sample: Some(Micros::from_millis(90_000)),
        ..CaseSeen::default()
    });
    let facts = ReportFacts {
        digest: "few".to_owned(),
        begun_ms: Some(9 * DAY),
        wall: None,
    };
    report.finish(facts, Origin::default());
    assert_eq!(learn(&few).unwrap_err().compared, 4);
    assert_eq!(learn(&History::new()).unwrap_err().builds, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_higher_percentile_never_takes_fewer_shards(
        builds in vec([80_u64..200, 80..200], 6..14),
        low in 50_u64..=99,
        high in 50_u64..=99,
    ) {
        let (low, high) = (low.min(high), low.max(high));
        let history = history(&builds);
        let (less, more) = (room(&history, low), room(&history, high));
        prop_assert!(less.ratio_ppm <= more.ratio_ppm && less.sure() <= more.sure());
        prop_assert!(less.ratio_ppm >= 1_000_000);
        let shards = |room| plan(&history, room).shard_count();
        let counts = [None, Some(less), Some(more)].map(shards);
        prop_assert!(counts.is_sorted(), "{counts:?}");
        // The plan keeps its word: with the ratio, its slowest shard is in time.
        let slowest = plan(&history, Some(more)).certificate().makespan;
        prop_assert!(u128::from(slowest.get()) * u128::from(more.ratio_ppm) <= 20_000_000_000_000);
    }

    #[test]
    fn the_order_of_reports_does_not_matter(builds in vec([80_u64..200, 80..200], 6..10)) {
        let mut backwards = History::new();
        for (build, slow) in (0..).zip(&builds).collect::<Vec<_>>().into_iter().rev() {
            for shard in [1, 0] {
                add_shard(&mut backwards, build, shard, slow[usize::try_from(shard).unwrap()]);
            }
        }
        prop_assert_eq!(room(&history(&builds), 90), room(&backwards, 90));
    }
}
