//! The run record: what is written is read, and what cannot be read is a clear error.

use std::collections::BTreeMap;

use evenshard::plan::Match;
use evenshard::record::{FileSetup, RunRecord, SetupCosts, State};
use evenshard::{ErrorKind, Micros, Shard};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

fn micros() -> impl Strategy<Value = Micros> {
    (0_u64..5_000_000).prop_map(Micros::new)
}

fn file_setup() -> impl Strategy<Value = FileSetup> {
    let classes = btree_map(
        prop::sample::select(vec!["TestX", "TestX.TestIn"]),
        micros(),
        0..3,
    );
    let test = prop::sample::select(vec![
        "t/test_a.py::test_1",
        "t/test_a.py::TestX::test_2",
        "t/test_b.py::test_p[1]",
        "t/test_b.py::test_gone",
    ]);
    let paid = btree_map(test.prop_map(str::to_owned), micros(), 0..3);
    (
        option::of(micros()),
        any::<bool>(),
        option::of(micros()),
        classes,
        paid,
    )
        .prop_map(|(import_us, first, fixtures_us, classes, paid_us)| {
            let classes_us = classes.into_iter().map(|(c, us)| (c.to_owned(), us));
            FileSetup {
                import_us,
                first: first && import_us.is_some(),
                fixtures_us,
                classes_us: classes_us.collect(),
                paid_us,
            }
        })
}

pub(crate) fn setups() -> impl Strategy<Value = SetupCosts> {
    let file = prop::sample::select(vec!["t/test_a.py", "t/test_b.py", "x.rst"]);
    btree_map(file.prop_map(str::to_owned), file_setup(), 0..3)
        .prop_map(|files| SetupCosts { files })
}

fn record() -> impl Strategy<Value = RunRecord> {
    let shard = (1_u32..30).prop_flat_map(|n| (0..n, Just(n)));
    let shard = shard.prop_map(|(index, n)| Shard::new(index, n).unwrap());
    let names = || (option::of(".*"), option::of(".*"), ".*", ".*");
    let lists = (vec(".*", 0..4), vec(".*", 0..4));
    let end = (any::<u8>(), option::of(micros()), setups());
    (shard, names(), lists, end, any::<bool>()).prop_map(|(shard, names, lists, end, finished)| {
        let mut record = RunRecord::started(names.2, shard);
        (record.build, record.job, record.scope) = (names.0, names.1, names.3);
        (record.files, record.selected) = lists;
        record.matched = Match { tests: 9, known: 7 };
        if finished {
            record.state = State::Finished;
            (record.cases_us, record.setup) = (end.1, end.2);
            record.exit_status = Some(end.0);
        }
        record
    })
}

/// A record with its other fields as small as they can be.
fn with(fields: &str) -> String {
    format!(
        r#"{{"version": 1, "state": "started", "plan_digest": "d", "shard": 1, "shards": 2{fields}}}"#
    )
}

fn read(json: &str) -> Result<RunRecord, evenshard::Error> {
    RunRecord::from_json(json.as_bytes(), "j.shard.json")
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(record in record()) {
        let json = record.to_json();
        prop_assert_eq!(&read(&json).unwrap(), &record);
        prop_assert_eq!(read(&json).unwrap().to_json(), json);
    }

    #[test]
    fn what_processes_measured_joins_in_any_order(a in setups(), b in setups(), c in setups()) {
        let joined = |parts: [&SetupCosts; 3]| {
            let mut all = SetupCosts::default();
            for part in parts {
                all.join(part.clone());
            }
            all
        };
        prop_assert_eq!(joined([&a, &b, &c]), joined([&c, &b, &a]));
        prop_assert_eq!(joined([&a, &a, &a]), joined([&a, &SetupCosts::default(), &a]));
        let mut late = b.clone();
        late.join(c.clone());
        let mut right = a.clone();
        right.join(late);
        prop_assert_eq!(joined([&a, &b, &c]), right);
    }
}

#[test]
fn fields_that_are_not_known_are_passed_over() {
    let record = read(&with(
        r#", "later": {"a": [1]}, "match": {"known": 1, "tests": 2, "x": 0}"#,
    ));
    let record = record.unwrap();
    assert_eq!(record.shard.to_string(), "1/2");
    assert_eq!(record.attempt, 1);
    assert_eq!((record.matched.known, record.exit_status), (1, None));
}

#[test]
fn what_is_no_record_is_a_clear_error() {
    for (json, words) in [
        ("", "EOF"),
        ("{}", "version"),
        (r#"{"version": 1}"#, "state"),
        (
            r#"{"version": 1, "state": "started", "plan_digest": "d", "shard": 3, "shards": 2}"#,
            "shard 3 of 2 does not exist",
        ),
        (
            r#"{"version": 1, "state": "started", "plan_digest": "d", "shard": 0, "shards": 2}"#,
            "shard 0 of 2 does not exist",
        ),
        (
            r#"{"version": 1, "state": "lost", "plan_digest": "d", "shard": 1, "shards": 2}"#,
            "lost",
        ),
        (&with(r#", "selected": "all""#), "expected a sequence"),
        (&with(r#", "attempt": 0"#), "attempts count from 1"),
        (
            &with("").replace(r#""version": 1"#, r#""version": 0"#),
            "there is no version 0",
        ),
        (
            &with("").replace("started", "finished"),
            "has no exit status",
        ),
    ] {
        let error = read(json).unwrap_err().to_string();
        assert!(
            error.contains(words) && error.contains("run record"),
            "{error}"
        );
        assert!(error.starts_with("j.shard.json"), "{error}");
    }
    let newer = read(r#"{"version": 2}"#).unwrap_err();
    assert!(matches!(
        newer.kind(),
        ErrorKind::NewerVersion { found: 2, .. }
    ));
}

#[test]
fn the_smallest_import_that_was_not_the_first_counts() {
    let import = |us, first| {
        let setup = FileSetup {
            import_us: Some(Micros::new(us)),
            first,
            ..FileSetup::default()
        };
        SetupCosts {
            files: BTreeMap::from([("a.py".to_owned(), setup)]),
        }
    };
    let mut joined = import(5, true);
    joined.join(import(90, false));
    joined.join(import(80, false));
    assert_eq!(joined, import(80, false));
}
