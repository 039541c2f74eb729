//! The verdict over a build, as text and as Markdown.

mod failures;
pub mod github;
pub mod markdown;
pub mod text;

use evenshard::verify::{RanAgain, Verdict};

/// A list of tests with its name: each test, its shard, and its runs if they are of interest.
type List<'v> = (&'static str, Vec<(&'v str, u32, Option<u32>)>);

/// The tests that did not simply pass, but for the failed ones.
fn lists(verdict: &Verdict) -> [List<'_>; 3] {
    fn again(tests: &[RanAgain]) -> Vec<(&str, u32, Option<u32>)> {
        tests
            .iter()
            .map(|t| (t.test.as_str(), t.shard, Some(t.runs)))
            .collect()
    }
    let quarantined = verdict.quarantined.iter();
    [
        ("flaky: failed, then passed", again(&verdict.flaky)),
        ("retried in vain", again(&verdict.retried)),
        (
            "failed in quarantine",
            quarantined
                .map(|t| (t.test.as_str(), t.shard, None))
                .collect(),
        ),
    ]
}
