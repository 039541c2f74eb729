//! Fixtures that tests of several files share: what a plan makes of them.

use evenshard::estimate::Estimates;
use evenshard::history::{Histories, History};
use evenshard::record::{FixtureScope, SharedFixture, Users};
use evenshard::suite::Suite;
use evenshard::{Micros, Plan, Planner};

use super::{Report, history, json, read};

/// Twelve files of one test of a second each.
const FILES: [&str; 12] = [
    "t.test_a", "t.test_b", "t.test_c", "t.test_d", "t.test_e", "t.test_f", "t.test_g", "t.test_h",
    "t.test_i", "t.test_j", "t.test_k", "t.test_l",
];

fn fixture(name: &str, ms: u64, users: Users) -> SharedFixture {
    SharedFixture {
        fixture: name.to_owned(),
        scope: FixtureScope::Session,
        us: Micros::from_millis(ms),
        users,
    }
}

/// The tests of files, as users.
fn users(files: &[&str]) -> Users {
    let id = |file: &&str| format!("{}.py::test_it", file.replace('.', "/"));
    Users::Tests(files.iter().map(id).collect())
}

/// A build in one report, with a record that tells of these fixtures.
fn build(number: i64, files: &[&str], session: Vec<SharedFixture>) -> Report {
    let cases: Vec<(&str, &str, u64)> = files.iter().map(|&f| (f, "test_it", 1_000)).collect();
    let id = number.to_string();
    Report {
        told: Some((Vec::new(), Vec::new())),
        session,
        ..Report::new(&id, number, &cases).of_build(&id, Some((1, 1)))
    }
}

fn plan(history: &History, shards: u32) -> Plan {
    let planner = Planner::new(shards).unwrap().setup_cost(Micros::ZERO);
    planner
        .plan(&Suite::from_history(&Estimates::new(history)))
        .unwrap()
}

/// The predicted seconds of each shard, rounded.
fn seconds(plan: &Plan) -> Vec<u64> {
    let shards = plan.content().shards.iter();
    shards
        .map(|shard| (shard.predicted_us.get() + 500_000) / 1_000_000)
        .collect()
}

#[test]
fn what_all_tests_use_is_in_every_shard() {
    let session = vec![fixture("database", 5_000, Users::All)];
    let history = history(&[build(1, &FILES, session)]);
    let plan = plan(&history, 3);
    assert_eq!(seconds(&plan), [9; 3]);
    assert!(plan.content().certificate.proved_optimal);
    // A shard that runs nothing sets nothing up.
    let wide = self::plan(&history, 13);
    assert_eq!(seconds(&wide).iter().filter(|&&s| s == 0).count(), 1);
}

#[test]
fn the_users_of_a_costly_fixture_are_on_one_shard() {
    let some = ["t.test_a", "t.test_d", "t.test_g", "t.test_j"];
    let session = vec![fixture("browser", 2_000, users(&some))];
    let plan = plan(&history(&[build(1, &FILES, session)]), 2);
    assert_eq!(seconds(&plan), [7; 2]);
    let holding = plan.content().shards.iter().filter(|shard| {
        let mut units = shard.units.iter();
        units.any(|unit| some.contains(&unit.file()))
    });
    assert_eq!(holding.count(), 1);
}

#[test]
fn shards_of_users_alone_do_not_make_it_a_fixture_of_all() {
    // One job ran users only: there, all used it.
    let (some, others) = FILES.split_at(4);
    let mut first = build(1, some, vec![fixture("browser", 4_000, Users::All)]);
    first.origin.shard = Some((1, 2));
    let mut second = build(1, others, Vec::new());
    (second.digest, second.origin.shard) = ("2".to_owned(), Some((2, 2)));
    let plan = plan(&history(&[first, second]), 2);
    assert_eq!(seconds(&plan), [8; 2]);
}

#[test]
fn the_newest_record_of_a_test_tells_what_it_uses() {
    let session = |users| vec![fixture("database", 6_000, users)];
    let before = build(1, &FILES, session(Users::All));
    let none = plan(&history(&[before.clone(), build(2, &FILES, Vec::new())]), 3);
    assert_eq!(seconds(&none), [4; 3]);
    let after = build(2, &FILES, session(users(&FILES[..2])));
    let few = plan(&history(&[after, before]), 3);
    assert_eq!(seconds(&few).into_iter().max(), Some(8));
}

/// A browser that four of twelve files use, set up by another one in each of three builds.
#[test]
fn who_pays_for_it_does_not_make_a_machine_slow() {
    let some = ["t.test_a", "t.test_d", "t.test_g", "t.test_j"];
    let builds: Vec<Report> = (1..4)
        .zip(some)
        .map(|(n, payer)| {
            let mut report = build(n, &FILES, vec![fixture("browser", 60_000, users(&some))]);
            let path = format!("{}.py", payer.replace('.', "/"));
            let setup = report.setup.files.entry(path.clone()).or_default();
            setup.import_us = Some(Micros::from_millis(1));
            let paid = (format!("{path}::test_it"), Micros::from_millis(60_000));
            setup.paid_us = [paid].into();
            for case in report.cases.iter_mut().filter(|case| case.0 == payer) {
                case.2 = Some(61_000_000);
            }
            report
        })
        .collect();
    let built = history(&builds);
    let suite = Suite::from_history(&Estimates::new(&built));
    let times: Vec<u64> = suite
        .estimates()
        .map(|e| e.estimate.get() / 100_000)
        .collect();
    assert_eq!(times, [10; 12]);
}

#[test]
fn what_it_costs_is_the_median_of_the_builds() {
    let costs = [3_000, 90_000, 5_000];
    let builds: Vec<Report> = (1..)
        .zip(costs)
        .map(|(n, ms)| build(n, &FILES, vec![fixture("database", ms, Users::All)]))
        .collect();
    assert_eq!(seconds(&plan(&history(&builds), 12)), [6; 12]);
}

#[test]
fn a_history_keeps_it_through_its_file_and_through_merging() {
    let some = ["t.test_a", "t.test_d", "t.test_g", "t.test_j"];
    let builds: Vec<Report> = (1..4)
        .map(|n| {
            let session = vec![
                fixture("browser", 2_000, users(&some)),
                fixture("database", 1_000, Users::All),
            ];
            build(n, &FILES, session)
        })
        .collect();
    let direct = history(&builds);
    let expected = plan(&direct, 2);
    assert_eq!(seconds(&expected), [8; 2]);
    let kept = read(&json(&direct));
    assert_eq!(plan(&kept, 2).digest(), expected.digest());
    assert_eq!(json(&kept), json(&direct));
    let mut merged = Histories::default();
    for build in builds.iter().rev() {
        merged
            .scope("")
            .merge(&read(&json(&history(std::slice::from_ref(build)))));
    }
    assert_eq!(plan(merged.scope(""), 2).digest(), expected.digest());
}

#[test]
fn a_record_that_names_reports_which_are_not_there_is_refused() {
    let whole = json(&history(&[build(
        1,
        &FILES,
        vec![fixture("database", 9, Users::All)],
    )]));
    let broken = whole.replace(r#""database":[[0,"#, r#""database":[[7,"#);
    assert_ne!(whole, broken);
    let error = Histories::from_json(broken.as_bytes(), "timings.json").unwrap_err();
    assert!(
        error.to_string().contains("database names report 7"),
        "{error}"
    );
}
