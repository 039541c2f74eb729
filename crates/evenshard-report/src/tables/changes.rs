//! The tables of what a build has that the builds before it had not.

use evenshard::address::likely_node_id;

use super::{LIST, list};
use crate::model::{ChangeFacts, NamedTest, SlowerTimes, Top};
use crate::sentences::of_build;
use crate::table::{Cell, Form, Table};

/// A list of which text shows a screen. Chosen: nobody reads more than a hundred names, and JSON has them.
const NAMED: Form = Form {
    most: [40, 100, 100],
    counts_rest: true,
    ..LIST
};

const FAILED: Form = Form {
    id: "failed",
    heading: "Failed tests",
    columns: "test|shard:|message",
    markdown: &[0, 1, 2],
    text: ("shard  test", "{1:5}  {0}"),
    rest: "more failed tests",
    most: [40, 200, usize::MAX],
    ..NAMED
};

const FLAKY: Form = Form {
    id: "flaky-in-build",
    heading: "Flaky in this build",
    columns: "test|shard:|runs:",
    markdown: &[0, 1, 2],
    text: ("shard  runs  test", "{1:5}  {2:4}  {0}"),
    rest: "more flaky tests",
    ..NAMED
};

const QUARANTINED: Form = Form {
    id: "quarantined",
    heading: "Failed in quarantine",
    columns: "test|shard:",
    markdown: &[0, 1],
    text: ("shard  test", "{1:5}  {0}"),
    rest: "more quarantined tests",
    ..NAMED
};

const SKIPPED: Form = Form {
    id: "newly-skipped",
    heading: "Newly skipped tests",
    columns: "test",
    markdown: &[0],
    text: ("", "  {0}"),
    rest: "more newly skipped tests",
    ..NAMED
};

const GONE: Form = Form {
    id: "gone",
    heading: "Tests that are gone",
    columns: "test",
    markdown: &[0],
    text: ("", "  {0}"),
    rest: "more tests that are gone",
    ..NAMED
};

const SLOWER_TESTS: Form = Form {
    id: "slower-tests",
    heading: "Slower tests",
    columns: "test|before:|now:|slower by:|since build|builds before:",
    markdown: &[0, 1, 2, 3, 4, 5],
    text: (
        "    before        now   by         since             test",
        "{1:10} {2:10}   {3:-9}  {4:-16}  {0}",
    ),
    rest: "more slower tests",
    ..NAMED
};

const SLOWER_FILES: Form = Form {
    id: "slower-files",
    heading: "Slower files",
    columns: "file|before:|now:|slower by:|since build|builds before:",
    rest: "more slower files",
    text: (
        "    before        now   by         since             file",
        "{1:10} {2:10}   {3:-9}  {4:-16}  {0}",
    ),
    ..SLOWER_TESTS
};

/// All of them, in the order in which a reader asks.
pub(crate) fn changes(changes: &ChangeFacts) -> [Table; 7] {
    let failed = list(FAILED, &changes.failed, |test| {
        let message = Cell::name(&test.message);
        vec![Cell::id(&test.test), shard(test.shard), message]
    });
    let flaky = list(FLAKY, &changes.flaky, |test| {
        let runs = Cell::Count(test.runs.map(u64::from));
        vec![Cell::id(&test.test), shard(test.shard), runs]
    });
    let named = |form: Form, tests: &Top<NamedTest>| {
        list(form, tests, |test| {
            vec![Cell::id(&test.test), shard(test.shard)]
        })
    };
    let compared = changes
        .compared
        .as_ref()
        .map(|build| format!("build {}", of_build(build)));
    let compared = compared.unwrap_or_else(|| "the earlier build or the plan".to_owned());
    let rule = slower_rule(changes.builds_before);
    [
        failed.caption("Tests whose last attempt failed"),
        flaky.caption("Tests that failed and passed when they ran again"),
        named(QUARANTINED, &changes.quarantined).caption(
            "Tests that failed while they were quarantined: their jobs did not fail for them",
        ),
        named(SKIPPED, &changes.newly_skipped)
            .caption(format!("Tests that were skipped, and ran in {compared}")),
        named(GONE, &changes.gone)
            .caption(format!("Tests that are not there, and ran in {compared}")),
        list(SLOWER_TESTS, &changes.slower_tests, |slow| {
            slower(Cell::id(&slow.test), &slow.times)
        })
        .caption(format!(
            "Without setup, builds brought to one speed. {rule}"
        )),
        list(SLOWER_FILES, &changes.slower_files, |slow| {
            slower(Cell::id(&likely_node_id(&slow.file)), &slow.times)
        })
        .caption(format!(
            "The sums of their tests, which further tests lengthen too. {rule}"
        )),
    ]
}

fn shard(shard: Option<u32>) -> Cell {
    Cell::Count(shard.map(u64::from))
}

fn slower(name: Cell, times: &SlowerTimes) -> Vec<Cell> {
    vec![
        name,
        Cell::time(times.before_us),
        Cell::time(times.now_us),
        Cell::Deviation(Some(times.now_us), times.before_us),
        Cell::Name(of_build(&times.began)),
        Cell::count(times.builds),
    ]
}

/// The rule by which a time is beyond noise.
pub(crate) fn slower_rule(builds: u32) -> String {
    let noise = if builds < 3 {
        "twice the median of the builds before and 250 ms over it, as fewer than three builds show no deviation"
    } else {
        "3.5 / 0.6745 median absolute deviations over the median of the builds before (Iglewicz and Hoaglin 1993; twice the median and 250 ms more where fewer than three builds are before)"
    };
    format!(
        "Slower: all times since that build are beyond {noise}, and over it by a quarter and 100 ms."
    )
}
