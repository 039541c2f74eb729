//! Keys: what they look like, and that none leads out of its place.

use std::collections::BTreeSet;

use evenshard_store::{Area, Bound, Entry, Job, Nonce, Segment, Zone};
use proptest::prelude::*;

use crate::support::{area, build, folder, text};

const JOB: Job = Job {
    shard: 3,
    attempt: 2,
};

fn nonce() -> Nonce {
    Nonce::parse("000102030405060708090a0b0c0d0e0f").unwrap()
}

#[test]
fn keys_are_those_of_the_layout() {
    let (area, build) = (area(), build());
    let keys = [
        area.add_history(1_795_845_600_000, "abc").to_string(),
        area.add_trend(1_795_845_600_000, "abc").to_string(),
        area.add_quarantine("tests/test_a.py::test_x").to_string(),
        build.plan().to_string(),
        build.owner(JOB).to_string(),
        build.record(JOB, nonce()).to_string(),
        build.junit(JOB, nonce(), 1).to_string(),
        build.junit(JOB, nonce(), 2).to_string(),
        build.verdict(4, "abc").to_string(),
        build.claim(7, 1).to_string(),
        build.beat(JOB).to_string(),
        build.done(7, 2).to_string(),
    ];
    let expected = [
        "trusted/unit/history/1795845600000-abc",
        "trusted/unit/trend/1795845600000-abc",
        "trusted/unit/quarantine/tests=2ftest_a.py=3a=3atest_x",
        "trusted/unit/builds/4711/test/plan",
        "trusted/unit/builds/4711/test/job/3-2/owner",
        "trusted/unit/builds/4711/test/job/3-2/000102030405060708090a0b0c0d0e0f/record",
        "trusted/unit/builds/4711/test/job/3-2/000102030405060708090a0b0c0d0e0f/junit",
        "trusted/unit/builds/4711/test/job/3-2/000102030405060708090a0b0c0d0e0f/junit-2",
        "trusted/unit/builds/4711/test/verdict/00004-abc",
        "trusted/unit/builds/4711/test/claim/7/1",
        "trusted/unit/builds/4711/test/beat/3-2",
        "trusted/unit/builds/4711/test/done/7/2",
    ];
    assert_eq!(keys, expected);
}

#[test]
fn keys_of_a_build_are_read_back() {
    let build = build();
    let entries = [
        (build.plan(), Entry::Plan),
        (build.owner(JOB), Entry::Owner(JOB)),
        (build.record(JOB, nonce()), Entry::Record(JOB, nonce())),
        (build.junit(JOB, nonce(), 1), Entry::Junit(JOB, nonce(), 1)),
        (
            build.junit(JOB, nonce(), 12),
            Entry::Junit(JOB, nonce(), 12),
        ),
        (build.verdict(4, "a/b"), Entry::Verdict(4, "a/b".to_owned())),
        (
            build.verdict(123_456, "a"),
            Entry::Verdict(123_456, "a".to_owned()),
        ),
        (build.claim(7, 1), Entry::Claim(7, 1)),
        (build.beat(JOB), Entry::Beat(JOB)),
        (build.done(7, 2), Entry::Done(7, 2)),
    ];
    for (key, entry) in entries {
        assert_eq!(build.entry(key.key()), Some(entry));
        let other = area().build("4712", "test");
        assert_eq!(other.entry(key.key()), None);
    }
}

#[test]
fn the_steps_of_a_build_are_found_in_its_keys() {
    let f = folder();
    let area = area();
    let long = "x".repeat(500);
    for (build, step) in [("7", "unit"), ("7", "a/b"), ("7", &long), ("70", "unit")] {
        let build = area.build(build, step);
        f.store.put(&build.plan(), &text("x")).unwrap();
        f.store.put(&build.owner(JOB), &text("x")).unwrap();
    }
    let keys = f.store.list(&area.steps("7"), 100).unwrap().keys;
    let mut expected = ["unit", "a/b", &long].map(|step| area.build("7", step));
    expected.sort_by_key(|build| build.all().to_string());
    assert_eq!(area.steps_of("7", &keys), expected);
    assert_eq!(area.steps_of("8", &keys), []);
}

#[test]
fn odd_keys_of_a_build_mean_nothing() {
    let f = folder();
    let root = f.folder.path().join("trusted/unit/builds/4711/test");
    for odd in [
        "plan/x",
        "job/3-2/owner/x",
        "job/0-1/owner",
        "job/3-0/owner",
        "job/03-1/owner",
        "job/3/owner",
        "job/+3-1/owner",
        "job/3-1/nonce/record",
        "job/3-1/000102030405060708090a0b0c0d0e0f/junit-1",
        "job/3-1/000102030405060708090a0b0c0d0e0f/junit2",
        "job/3-1/000102030405060708090a0b0c0d0e0f/junit-x",
        "job/99999999999-1/owner",
        "verdict/4-abc",
        "verdict/00004",
        "claim/7",
        "done/7/x",
        "beat/x",
        "anything",
    ] {
        let file = root.join(odd);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        // A file may be in the way of a folder of another odd key.
        let _ = std::fs::write(&file, "x");
    }
    let listing = f.store.list(build().all(), 100).unwrap();
    assert!(listing.keys.len() > 10);
    for key in &listing.keys {
        assert_eq!(build().entry(key), None, "{key}");
    }
}

/// A job of a pull request reads the history of `trusted`; every key that it can write to is in
/// its own zone.
#[test]
fn a_pull_request_writes_to_its_own_zone_only() {
    let area = Area::new(Zone::Pr, "unit");
    assert_eq!(area.zone(), Zone::Pr);
    assert_eq!(area.history().as_str(), "trusted/unit/history/");
    assert_eq!(area.trend().as_str(), "trusted/unit/trend/");
    assert_eq!(area.quarantine().as_str(), "trusted/unit/quarantine/");
    let build = area.build("1", "test");
    for key in [
        area.add_history(1, "d"),
        area.add_trend(1, "d"),
        area.add_quarantine("x"),
        build.plan(),
        build.owner(JOB),
        build.record(JOB, nonce()),
        build.junit(JOB, nonce(), 1),
        build.verdict(1, "d"),
        build.claim(1, 1),
        build.beat(JOB),
        build.done(1, 1),
    ] {
        assert!(key.to_string().starts_with("pr/unit/"), "{key}");
    }
    assert!(build.all().as_str().starts_with("pr/unit/"));
}

#[test]
fn odd_names_become_harmless_segments() {
    for (text, segment) in [
        ("../x", "..=2fx"),
        ("..", ".=2e"),
        (".", "=2e"),
        ("", "="),
        ("a b", "a=20b"),
        ("=", "=3d"),
        ("==", "=3d=3d"),
        ("A", "=41"),
        ("py3.12", "py3.12"),
        ("x.", "x=2e"),
        ("ä", "=c3=a4"),
        ("con", "=63on"),
        ("com1.txt", "=63om1.txt"),
        ("a\0\n", "a=00=0a"),
        ("%2f", "=252f"),
    ] {
        assert_eq!(Segment::new(text).as_str(), segment, "{text:?}");
        assert_eq!(Segment::decode(segment).as_deref(), Some(text));
    }
    for none in [
        "", "=4", "=zz", "=2F", "A", "a/b", "x.", "..", "=61", "x==short",
    ] {
        assert_eq!(Segment::decode(none), None, "{none:?}");
    }
}

#[test]
fn a_long_name_is_cut_and_stays_apart() {
    let long = "step ".repeat(100);
    let (a, b) = (format!("{long}a"), format!("{long}b"));
    let (a, b) = (Segment::new(&a), Segment::new(&b));
    assert!(a != b && a.as_str().len() <= 120, "{a}");
    assert!(long.starts_with(&Segment::decode(a.as_str()).unwrap()));
    // No other text has the segment of a cut one.
    assert_ne!(Segment::new(a.as_str()), a);
}

proptest! {
    #[test]
    fn a_segment_is_safe_and_decodes_to_its_text(text in "\\PC{0,60}|[a-z./=%A-Z~ ]{0,200}|(\\.|/|\u{0}){0,9}") {
        let segment = Segment::new(&text);
        let written = segment.as_str();
        prop_assert!(!written.is_empty() && written.len() <= 120);
        prop_assert!(!written.starts_with("..") || written.len() > 2);
        let safe = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'=');
        prop_assert!(written.bytes().all(safe), "{written}");
        prop_assert!(written != "." && written != ".." && !written.ends_with('.'));
        let read = Segment::decode(written).unwrap();
        if written.contains("==") {
            let whole = read.trim_end_matches(char::REPLACEMENT_CHARACTER);
            prop_assert!(text.starts_with(whole));
        } else {
            prop_assert_eq!(read, text);
        }
    }

    #[test]
    fn decoding_anything_is_no_panic(text in "\\PC{0,40}|[=0-9a-f]{0,60}") {
        if let Some(read) = Segment::decode(&text)
            && !text.contains("==")
        {
            prop_assert_eq!(Segment::new(&read).to_string(), text);
        }
    }

    #[test]
    fn names_that_differ_have_keys_that_differ(
        names in prop::collection::btree_set("[aA./=%~ é]{0,5}", 2..6),
    ) {
        let keys = |zone| {
            let names = names.iter();
            names.flat_map(move |a| {
                let area = Area::new(zone, a);
                [area.build(a, "x").plan(), area.build("x", a).plan(), area.add_quarantine(a)]
            })
        };
        // Also where a disk does not tell capitals from small letters.
        let all: Vec<_> = keys(Zone::Pr).chain(keys(Zone::Trusted)).collect();
        let distinct: BTreeSet<_> = all.iter().map(|k| k.to_string().to_lowercase()).collect();
        // `build(x, x)` is the same key twice.
        let same = names.iter().filter(|name| *name == "x").count();
        prop_assert_eq!(distinct.len() + 2 * same, all.len());
    }

    /// With every name at once, on a real disk.
    #[test]
    fn any_names_make_a_key_that_works(scope in "\\PC{0,300}", id in "\\PC{0,300}", step in "\\PC{0,300}") {
        let f = folder();
        let build = Area::new(Zone::Trusted, &scope).build(&id, &step);
        f.store.put(&build.record(JOB, nonce()), &text("x")).unwrap();
        let listing = f.store.list(build.all(), 10).unwrap();
        prop_assert_eq!(build.entry(&listing.keys[0]), Some(Entry::Record(JOB, nonce())));
        prop_assert!(f.store.get(&listing.keys[0], Bound::SMALL).unwrap().is_some());
        prop_assert!(listing.keys[0].as_str().len() < 600);
    }
}
