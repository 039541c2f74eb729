//! Merging is free of order and grouping, and so is forgetting.

use evenshard::estimate::Estimates;
use evenshard::history::{History, KEPT_BUILDS, KEPT_SAMPLES, Origin, ReportFacts};
use evenshard::record::{FixtureScope, Home, HomeLevel, SetupCosts, SharedFixture, Users};
use evenshard::suite::Suite;
use evenshard::{Address, Micros, Planner};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{Report, history, json, read};
use crate::record::setups;

/// Fixtures that tests of several files share.
fn session() -> impl Strategy<Value = Vec<SharedFixture>> {
    let users = prop_oneof![
        Just(Users::All),
        Just(Users::Tests(["t/test_a.py::test_1".to_owned()].into())),
        Just(Users::Tests(["t/test_a.py::gone".to_owned()].into())),
    ];
    let fixture = (select(vec!["database", "browser"]), 0_u64..90_000, users);
    let fixture = fixture.prop_map(|(fixture, us, users)| SharedFixture {
        fixture: fixture.to_owned(),
        scope: FixtureScope::Session,
        us: Micros::new(us),
        users,
    });
    vec(fixture, 0..2)
}

fn report() -> impl Strategy<Value = Report> {
    let class = select(vec!["t.test_a", "t.test_a.TestX", "t.test_b"]).prop_map(str::to_owned);
    let name = select(vec![
        "test_1",
        "test_2",
        "test_p[1]",
        "test_p[2]",
        "test_1@db",
        "test_1@web",
        "test_2@db",
        "test_p[2]@db",
    ])
    .prop_map(str::to_owned);
    let cases = vec(
        (class, name, prop::option::weighted(0.8, 0_u64..3_000_000)),
        0..8,
    );
    let build = prop::option::of(select(vec!["b1", "b2", "b3"]).prop_map(str::to_owned));
    let shard = prop::option::of((1_u32..3, Just(2_u32)));
    let selection = prop::option::of(select(vec!["", "-m slow"]).prop_map(str::to_owned));
    let origin = (build, shard, any::<bool>(), selection);
    let origin = origin.prop_map(|(build, shard, complete, selection)| Origin {
        build,
        shard,
        complete,
        selection,
    });
    let setup = prop_oneof![Just(SetupCosts::default()), setups()];
    let home = select(vec![HomeLevel::File, HomeLevel::Class]).prop_map(|level| Home {
        level,
        of: "t.test_a".to_owned(),
        why: "order".to_owned(),
        tests: vec!["t/test_a.py::test_1".to_owned()],
    });
    let positional = vec(Just("t.test_a::test_p".to_owned()), 0..2);
    let told = prop::option::of((vec(home, 0..2), positional));
    let session = session();
    let begun = prop::option::of(0_i64..30);
    (0_u32..40, begun, origin, cases, setup, told, session).prop_map(
        |(digest, day, origin, cases, setup, told, session)| Report {
            digest: digest.to_string(),
            day,
            origin,
            wall: None,
            cases,
            setup,
            told,
            session,
        },
    )
}

/// Reports of one digest have one content.
fn distinct(mut reports: Vec<Report>) -> Vec<Report> {
    reports.sort_by(|a, b| a.digest.cmp(&b.digest));
    reports.dedup_by(|a, b| a.digest == b.digest);
    reports
}

/// What any grouping of merges and writing in between has to come to.
fn merged(parts: &[&[Report]], write_between: bool) -> History {
    let mut all = History::new();
    for part in parts {
        let part = history(part);
        all.merge(&if write_between {
            read(&json(&part))
        } else {
            part
        });
        if write_between {
            all = read(&json(&all));
        }
    }
    all
}

proptest! {
    #[test]
    fn any_order_and_grouping_of_merges_gives_one_file(
        reports in vec(report(), 0..30).prop_map(distinct),
        cut in 0_usize..30,
        shuffled in any::<prop::sample::Index>(),
    ) {
        let expected = json(&history(&reports));
        let (a, b) = reports.split_at(cut.min(reports.len()));
        let mut turned = reports.clone();
        if !turned.is_empty() {
            turned.rotate_left(shuffled.index(reports.len()));
        }
        turned.reverse();
        for between in [false, true] {
            prop_assert_eq!(&expected, &json(&merged(&[a, b], between)));
            prop_assert_eq!(&expected, &json(&merged(&[b, a], between)));
            prop_assert_eq!(&expected, &json(&merged(&[&turned, a], between)));
            let singly: Vec<&[Report]> = turned.chunks(1).collect();
            prop_assert_eq!(&expected, &json(&merged(&singly, between)));
        }
    }

    #[test]
    fn what_a_record_says_of_a_known_report_is_added_in_any_order(
        reports in vec(report(), 0..12).prop_map(distinct),
    ) {
        let mut bare = reports.clone();
        for report in &mut bare {
            report.setup = SetupCosts::default();
            report.told = None;
        }
        let expected = json(&history(&reports));
        for between in [false, true] {
            prop_assert_eq!(&expected, &json(&merged(&[&bare, &reports], between)));
            prop_assert_eq!(&expected, &json(&merged(&[&reports, &bare], between)));
            prop_assert_eq!(&expected, &json(&merged(&[&reports, &reports], between)));
        }
        let mut read_twice = history(&bare);
        for report in &reports {
            report.add_to(&mut read_twice);
        }
        prop_assert_eq!(&expected, &json(&read_twice));
    }

    #[test]
    fn a_file_that_was_read_plans_as_the_reports_do(
        reports in vec(report(), 0..12).prop_map(distinct),
        shards in 1_u32..5,
    ) {
        let built = history(&reports).without_the_old();
        let plan = |history: &History| {
            Planner::new(shards).unwrap().plan(&Suite::from_history(&Estimates::new(history))).unwrap().to_json()
        };
        prop_assert_eq!(plan(&built), plan(&read(&json(&built))));
    }
}

fn day(n: usize) -> i64 {
    i64::try_from(n).unwrap()
}

fn knows(history: &History, name: &str) -> bool {
    history.knows(&Address {
        classname: "t.test_a".to_owned(),
        name: name.to_owned(),
    })
}

#[test]
fn a_report_counts_once_however_often_it_comes() {
    let report = Report::new("d", 1, &[("t.test_a", "test_1", 5)]);
    let mut built = history(std::slice::from_ref(&report));
    let once = json(&built);
    assert!(!report.add_to(&mut built));
    assert_eq!(json(&built), once);
}

#[test]
fn a_test_that_is_gone_is_forgotten_after_so_many_complete_builds() {
    let gone = Report::new("old", 0, &[("t.test_a", "test_gone", 5)]).of_build("old", Some((1, 1)));
    let later = |n: usize, complete| {
        let shard = if complete { (1, 1) } else { (1, 2) };
        let digest = n.to_string();
        Report::new(&digest, day(n) + 1, &[("t.test_a", "test_1", 5)])
            .of_build(&digest, Some(shard))
    };
    let with = |builds: usize, complete: bool| {
        let mut reports = vec![gone.clone()];
        reports.extend((0..builds).map(|n| later(n, complete)));
        knows(&history(&reports).without_the_old(), "test_gone")
    };
    assert!(with(KEPT_BUILDS - 1, true));
    assert!(!with(KEPT_BUILDS, true));
    assert!(with(KEPT_BUILDS * 3, false), "partial builds never erase");
}

#[test]
fn samples_of_a_test_are_bounded_in_number() {
    let reports: Vec<Report> = (0..KEPT_SAMPLES + 30)
        .map(|n| Report::new(&n.to_string(), day(n), &[("t.test_a", "test_1", 5)]))
        .collect();
    let kept = history(&reports).without_the_old();
    let test = kept.find("t.test_a", "test_1").unwrap();
    assert_eq!(kept.samples().of(test).len(), KEPT_SAMPLES);
    let newest = kept.reports().iter().map(|r| r.facts.begun_ms).max();
    assert_eq!(newest, Some(Some((day(KEPT_SAMPLES) + 29) * 86_400_000)));
}

#[test]
fn attempts_within_a_suite_add_up_and_in_several_are_samples_of_their_own() {
    let mut built = History::new();
    let mut recorder = built.report();
    for (suite, ms) in [(0, 10), (0, 20), (1, 40)] {
        recorder.case(&evenshard::history::CaseSeen {
            classname: "t.test_a",
            name: "test_1",
            suite,
            sample: Some(Micros::from_millis(ms)),
            ..Default::default()
        });
    }
    recorder.finish(ReportFacts::default(), Origin::default());
    let test = built.find("t.test_a", "test_1").unwrap();
    let times: Vec<_> = built
        .samples()
        .of(test)
        .map(|(_, s)| s.duration.unwrap().get())
        .collect();
    assert_eq!(times, [30_000, 40_000]);
}
