//! `[[quarantine]]`: what is an entry, and what is none.

use super::suite;

const GOOD: &str = "test = \"tests/test_a.py::test_1\"\nreason = \"race\"\n";

fn said(text: &str, code: i32, words: &[&str]) {
    let folder = suite();
    folder.file("evenshard.toml", text);
    let ran = folder.run(&["plan", "--timings", "junit", "--shards", "2"]);
    ran.fails(code, words);
}

#[test]
fn an_entry_that_cannot_be_meant_is_an_error_with_its_line() {
    for (entry, words) in [
        (
            "tset = \"a.py\"\nreason = \"r\"",
            &[
                "evenshard.toml:2: unknown key 'tset' in 'quarantine'",
                "did you mean 'test'?",
            ][..],
        ),
        (
            "test = \"a.py\"\nreason = \"r\"\nuntill = 2026-01-01",
            &["evenshard.toml:4: unknown key", "did you mean 'until'?"],
        ),
        (
            "reason = \"r\"",
            &["evenshard.toml:1: 'quarantine' without 'test'"],
        ),
        (
            "test = []\nreason = \"r\"",
            &["evenshard.toml:1: 'quarantine' without 'test'"],
        ),
        (
            "test = \"a.py\"",
            &["evenshard.toml:1: 'quarantine' without 'reason'"],
        ),
        (
            "test = \"a.py\"\nreason = \" \\n\"",
            &["evenshard.toml:3: 'reason' is empty"],
        ),
        (
            "test = [\"a.py\",\n\"::x\"]\nreason = \"r\"",
            &["evenshard.toml:3: 'test': '::x' is not a pattern"],
        ),
        (
            "test = 3\nreason = \"r\"",
            &["'test' takes a pattern or a list of patterns, not a number"],
        ),
        (
            "test = \"a.py\"\nreason = true",
            &["'reason' takes a text in quotes, not true or false"],
        ),
        (
            "test = \"a.py\"\nreason = \"r\"\nuntil = \"2026-02-30\"",
            &["evenshard.toml:4: 'until' cannot be '2026-02-30'", "hint: "],
        ),
        (
            "test = \"a.py\"\nreason = \"r\"\nuntil = 2026-01-01T00:00:00",
            &["'until' cannot be '2026-01-01T00:00:00'"],
        ),
        (
            "test = \"a.py\"\nreason = \"r\"\nuntil = 2026",
            &["'until' takes a date, not a number"],
        ),
    ] {
        said(&format!("[[quarantine]]\n{entry}\n"), 78, words);
    }
}

#[test]
fn what_is_no_table_or_has_another_name_is_an_error() {
    said(
        "quarantine = [\"tests/test_a.py\"]",
        78,
        &["evenshard.toml:1: 'quarantine' takes tables, not a text"],
    );
    said(
        &format!("[[quarantined]]\n{GOOD}"),
        78,
        &["unknown key 'quarantined'", "did you mean 'quarantine'?"],
    );
}

#[test]
fn a_quarantine_changes_no_plan_and_is_no_setting_of_it() {
    let folder = suite();
    let plan = ["plan", "--timings", "junit", "--shards", "2"];
    let without = folder.run(&plan);
    let dates = "until = 2026-12-31\n";
    let second = "[[quarantine]]\ntest = [\"*::TestX\"]\nreason = \"r\"\nuntil = \"2020-01-01\"\n";
    folder.file(
        "evenshard.toml",
        format!("[[quarantine]]\n{GOOD}{dates}{second}"),
    );
    let with = folder.run(&plan);
    assert_eq!(with.succeeds().out, without.succeeds().out);
    assert_eq!(with.err, without.err, "only `run` has to do with it");
}
