//! What is wrong with a configuration is said with its line and key.

use super::suite;
use crate::support::Folder;

/// Each text with the words that are said of it.
type Cases<'a> = [(&'a str, &'a [&'a str])];

fn refused(code: i32, cases: &Cases<'_>) {
    let folder = suite();
    for (text, words) in cases {
        folder.file("evenshard.toml", text);
        let ran = folder.run(&["plan", "--timings", "junit", "--shards", "2"]);
        ran.fails(code, words);
        assert!(ran.err.starts_with("error: evenshard.toml:"), "{}", ran.err);
    }
}

#[test]
fn an_unknown_key_is_an_error_that_names_the_nearest() {
    refused(
        78,
        &[
            (
                "\nspilt = \"file\"",
                &[
                    "evenshard.toml:2: unknown key 'spilt'",
                    "did you mean 'split'?",
                ],
            ),
            ("setup_cost = \"1s\"", &["did you mean 'setup-cost'?"]),
            ("Timings = []", &["did you mean 'timings'?"]),
            ("never-splits = []", &["did you mean 'never-split'?"]),
            (
                "[run]\nsplit = \"file\"",
                &["evenshard.toml:1: unknown key 'run'"],
            ),
            (
                "shard = \"1/2\"",
                &["'shard' cannot have a default: it differs from job to job"],
            ),
        ],
    );
}

#[test]
fn a_value_of_a_wrong_type_or_out_of_range_is_an_error() {
    refused(
        78,
        &[
            (
                "plan.timings = []",
                &["evenshard.toml:1: 'plan' takes a path, not a table"],
            ),
            (
                "timings = 3",
                &["evenshard.toml:1: 'timings' takes a path or a list of paths, not a number"],
            ),
            (
                "timings = [\n\"a\",\n[\"b\"]]",
                &["evenshard.toml:3: 'timings' takes a path or a list of paths, not a list"],
            ),
            ("timings = \"\"", &["'timings' is an empty path"]),
            ("split = [\"file\"]", &["'split' takes", "not a list"]),
            (
                "split = \"lines\"",
                &["'split' cannot be 'lines': ", "auto, file, class, test"],
            ),
            ("shards = true", &["'shards' takes", "not true or false"]),
            ("shards = \"many\"", &["'shards' cannot be 'many'"]),
            (
                "allow-no-timings = 1",
                &["'allow-no-timings' takes true or false, not a number"],
            ),
            (
                "scope = 3.11",
                &["'scope' takes a text in quotes, not a number"],
            ),
            (
                "junit = 2026-01-01",
                &["'junit' takes a path, not a date or time"],
            ),
            (
                "setup-cost = 100",
                &["'setup-cost' cannot be '100'", "such as 50ms"],
            ),
            ("require-match = nan", &["'require-match' cannot be 'nan'"]),
        ],
    );
}

#[test]
fn what_is_no_toml_is_an_error() {
    refused(
        65,
        &[
            (
                "split = \"file\"\nsplit = \"class\"",
                &["evenshard.toml:2: ", "duplicate"],
            ),
            (
                "split = \"file\"\n\ntimings = [",
                &["evenshard.toml:3: ", "hint: "],
            ),
            ("timings = \"\x1b\"", &["evenshard.toml:1: "]),
        ],
    );
}

#[test]
fn what_is_not_utf_8_is_an_error() {
    let folder = Folder::new();
    folder.file("evenshard.toml", b"scope = \"\xff\"");
    folder
        .run(&["timings", "show", "junit"])
        .fails(65, &["cannot read the configuration evenshard.toml"]);
}
