//! The file `timings.json`.

use std::collections::BTreeMap;

use evenshard::history::Histories;
use evenshard::record::FileSetup;
use evenshard::{ErrorKind, Micros};

use super::{Report, history, json, read};

#[test]
fn the_file_is_stable_and_documented() {
    let report = Report::new("d1", 1, &[("t.test_a", "test_1", 5)]).of_build("b1", Some((1, 1)));
    insta::assert_snapshot!(json(&history(&[report])), @r#"{"version":1,"scopes":{"":{"builds":[{"id":"b1","begun_ms":86400000,"complete":true,"wall_us":null,"cases_us":5000,"reports":[{"digest":"d1","begun_ms":86400000,"shard":[1,1],"wall_us":null,"cases_us":5000,"tests":1}]}],"classes":{"t.test_a":{"tests":{"test_1":[[0,5000,"p",3]]}}}}}}"#);
}

#[test]
fn measured_set_up_stands_beside_the_classes_and_with_who_paid() {
    let report = Report::new("d1", 1, &[("t.test_a", "test_1", 5)]).measured(FileSetup {
        import_us: Some(Micros::new(70)),
        first: true,
        fixtures_us: Some(Micros::new(30)),
        classes_us: BTreeMap::from([("TestX".to_owned(), Micros::new(20))]),
        paid_us: BTreeMap::from([("t/test_a.py::test_1".to_owned(), Micros::new(50))]),
    });
    insta::assert_snapshot!(json(&history(&[report])), @r#"{"version":1,"scopes":{"":{"builds":[{"id":null,"begun_ms":86400000,"complete":false,"wall_us":null,"cases_us":5000,"reports":[{"digest":"d1","begun_ms":86400000,"wall_us":null,"cases_us":5000,"tests":1}]}],"classes":{"t.test_a":{"tests":{"test_1":[[0,5000,"p",3,50]]}}},"setup":{"files":{"t.test_a":[[0,70,1,30]]},"classes":{"t.test_a.TestX":[[0,20]]}}}}}"#);
}

#[test]
fn what_is_read_is_written_again() {
    let reports = [
        Report::new(
            "d1",
            1,
            &[("t.test_a", "test_1", 5), ("t.test_a", "test_1", 7)],
        ),
        Report::new("d2", 2, &[("t.test_b", "test_\u{1F600}", 5)]).of_build("b", Some((1, 2))),
    ];
    let first = json(&history(&reports));
    assert_eq!(json(&read(&first)), first);
}

#[test]
fn the_order_of_names_in_the_file_does_not_matter_and_the_last_of_two_counts() {
    let cases = [
        ("t.test_a", "test_1", 5),
        ("t.test_a", "test_2", 6),
        ("t.test_b", "test_1", 7),
    ];
    let first = json(&history(&[Report::new("d1", 1, &cases)]));
    let a = r#""t.test_a":{"tests":{"test_1":[[0,5000,"p",3]],"test_2":[[0,6000,"p",0]]}}"#;
    let b = r#""t.test_b":{"tests":{"test_1":[[0,7000,"p",2]]}}"#;
    let old = r#""t.test_a":{"file":"t","tests":{"test_1":[[0,1,"f",0]],"gone":[[0,1,"p",0]]}}"#;
    let ordered = format!("{a},{b}");
    assert!(first.contains(&ordered), "{first}");
    let turned = r#""t.test_a":{"tests":{"test_2":[[0,6000,"p",0]],"test_1":[[0,5000,"p",3]]}}"#;
    let twice = r#""t.test_a":{"tests":{"test_1":[[0,9,"f",0]],"test_1":[[0,5000,"p",3]],"test_2":[[0,6000,"p",0]]},"more":[1]}"#;
    for classes in [
        format!("{b},{a}"),
        format!("{turned},{b}"),
        format!("{old},{b},{a}"),
        format!("{twice},{b}"),
    ] {
        assert_eq!(
            json(&read(&first.replace(&ordered, &classes))),
            first,
            "{classes}"
        );
    }
}

#[test]
fn scopes_never_mix() {
    let mut histories = Histories::default();
    for scope in ["unit", "e2e"] {
        Report::new(scope, 1, &[(scope, "test_1", 5)]).add_to(histories.scope(scope));
    }
    let mut histories = Histories::from_json(histories.to_json().as_bytes(), "t").unwrap();
    assert_eq!(histories.scopes().collect::<Vec<_>>(), ["e2e", "unit"]);
    assert!(histories.scope("unit").find("unit", "test_1").is_some());
    assert!(histories.scope("unit").find("e2e", "test_1").is_none());
    assert!(histories.scope("").is_empty());
}

#[test]
fn what_is_no_such_file_is_a_clear_error() {
    for (json, words) in [
        ("", "EOF"),
        ("[]", "timings file"),
        ("{\"version\": 1}", "scopes"),
        (
            "{\"version\": 1, \"scopes\": {\"\": {\"builds\": [], \"classes\": {\"a\": {\"tests\": {\"t\": [[0, 1, \"p\", 0]]}}}}}}",
            "report 0",
        ),
        (
            "{\"version\": 1, \"scopes\": {\"\": {\"builds\": [], \"classes\": {\"a\": {\"tests\": {\"t\": [[0, 1, \"?\", 0]]}}}}}}",
            "outcome",
        ),
        (
            "{\"version\": 1, \"scopes\": {\"\": {\"builds\": [], \"classes\": {}, \"setup\": {\"files\": {\"a\": [[0, 1, 0, null]]}}}}}",
            "report 0",
        ),
    ] {
        let error = Histories::from_json(json.as_bytes(), "timings.json").unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert!(error.to_string().starts_with("timings.json"), "{error}");
    }
    let newer = Histories::from_json(b"{\"version\": 2, \"anything\": 1}", "t").unwrap_err();
    assert!(matches!(
        newer.kind(),
        ErrorKind::NewerVersion { found: 2, .. }
    ));
}
