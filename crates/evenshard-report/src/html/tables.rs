//! The tables of the page: numbers of shards, shards, slowest tests and files, builds, tests
//! in doubt.

use crate::model::{Report, Top};
use evenshard::Micros;

use super::table::{Row, Table, columns, count, figure, gain, name, none, row, time, words};
use crate::rows;
use crate::words::{grouped, percent};

/// So many shards have a row.
pub(super) const SHARDS: usize = 100;
/// So many builds, the newest.
const BUILDS: usize = 50;

/// All of them that have rows.
pub(super) fn all(report: &Report) -> Vec<Table> {
    let mut tables = vec![
        sizes(report),
        shards(report),
        tests(report),
        files(report),
        builds(report),
        unknown(report),
        flaky(report),
        noisy(report),
    ];
    tables.retain(|table| !table.rows.is_empty());
    tables
}

/// What a list leaves out.
fn rest<T>(top: &Top<T>, what: &str) -> String {
    if top.more == 0 {
        return String::new();
    }
    let sum = if top.more_us == Micros::ZERO {
        String::new()
    } else {
        format!(", {} together", top.more_us)
    };
    format!("and {} more {what}{sum}", grouped(top.more))
}

fn sizes(report: &Report) -> Table {
    let sizing = &report.sizing;
    let of = |point: &crate::model::Point| Row {
        cells: vec![
            count(point.shards),
            time(point.wall_us),
            time(point.agents_us),
            figure(percent(point.efficiency_ppm), point.efficiency_ppm),
            figure(percent(point.overhead_ppm), point.overhead_ppm),
            gain(point.saved_us),
            words(rows::remark(sizing, point.shards)),
        ],
        marked: point.shards == sizing.chosen,
    };
    Table {
        id: "sizes",
        heading: "Numbers of shards".to_owned(),
        caption: "What each number of shards would come to".to_owned(),
        columns: columns(&[
            "shards:",
            "wall time:",
            "agents:",
            "efficiency:",
            "overhead:",
            "last agent saves:",
            "remark",
        ]),
        rows: rows::points(sizing).into_iter().map(of).collect(),
        rest: String::new(),
    }
}

fn shards(report: &Report) -> Table {
    let plan = &report.plan;
    let (shown, left) = rows::shards(plan, SHARDS);
    let own: Micros = shown.iter().map(|s| s.predicted_us).sum();
    let all: Micros = plan.shards.iter().map(|s| s.predicted_us).sum();
    let of = |shard: &crate::model::ShardFacts| {
        let largest = shard.units.shown.first();
        row(vec![
            count(shard.shard),
            time(shard.predicted_us),
            shard.setup_us.map_or_else(none, time),
            count(shard.tests),
            count(shard.files),
            time(largest.map(|unit| unit.predicted_us)),
            name(largest.map_or("", |unit| unit.what.as_str())),
        ])
    };
    let cut = grouped(plan.cut_files);
    Table {
        id: "shards",
        heading: "Each shard".to_owned(),
        caption: format!(
            "The shards as planned; the slowest is {} over the mean; files on several shards: {cut}",
            percent(plan.imbalance_ppm)
        ),
        columns: columns(&[
            "shard:",
            "predicted:",
            "set-up:",
            "tests:",
            "files:",
            "largest unit takes:",
            "largest unit",
        ]),
        rows: shown.into_iter().map(of).collect(),
        rest: if left > 0 {
            let sum = all.saturating_sub(own);
            format!(
                "and {} more shards, each faster, {sum} together",
                grouped(left as u64)
            )
        } else {
            String::new()
        },
    }
}

fn tests(report: &Report) -> Table {
    let top = &report.slowest_tests;
    let of = |slow: &crate::model::SlowTest| {
        row(vec![
            name(&slow.test.to_string()),
            time(slow.estimate_us),
            figure(percent(slow.share_ppm), slow.share_ppm),
            gain(slow.gain_us),
        ])
    };
    Table {
        id: "slowest-tests",
        heading: "Slowest tests".to_owned(),
        caption: "Gained: how much sooner the shown shards would be through if the test were two of half its time".to_owned(),
        columns: columns(&["test", "estimate:", "of all tests:", "gained if halved:"]),
        rows: top.shown.iter().map(of).collect(),
        rest: rest(top, "tests, each faster"),
    }
}

fn files(report: &Report) -> Table {
    let top = &report.slowest_files;
    let of = |slow: &crate::model::SlowFile| {
        row(vec![
            name(&slow.file),
            time(slow.work_us),
            time(slow.setup_us),
            time(slow.longest_us),
            count(slow.tests),
            count(slow.shards),
            gain(slow.gain_us),
        ])
    };
    Table {
        id: "slowest-files",
        heading: "Slowest files".to_owned(),
        caption: "Gained: how much sooner the shown shards are through if the file may be on several of them, against keeping it whole".to_owned(),
        columns: columns(&[
            "file",
            "tests take:",
            "set-up:",
            "longest test:",
            "tests:",
            "on shards:",
            "gained by cutting:",
        ]),
        rows: top.shown.iter().map(of).collect(),
        rest: rest(top, "files, each faster"),
    }
}

fn builds(report: &Report) -> Table {
    let skipped = report.builds.len().saturating_sub(BUILDS);
    let of = |(number, build): (usize, &crate::model::BuildFacts)| {
        row(vec![
            name(&rows::build_name(report, number)),
            build.shards.map_or_else(none, count),
            count(build.tests),
            time(build.cases_us),
            time(build.wall_us),
            time(build.outside_us),
        ])
    };
    Table {
        id: "builds",
        heading: "Builds".to_owned(),
        caption: "Outside of tests: wall time of the reports beyond their tests’ own, which JUnit does not show: start, imports, collection".to_owned(),
        columns: columns(&[
            "build",
            "shards:",
            "tests:",
            "in tests:",
            "wall time:",
            "outside of tests:",
        ]),
        rows: report.builds.iter().enumerate().skip(skipped).map(of).collect(),
        rest: if skipped > 0 {
            format!("and {skipped} older builds")
        } else {
            String::new()
        },
    }
}

fn unknown(report: &Report) -> Table {
    let top = &report.unknown;
    let of =
        |new: &crate::model::NewTest| row(vec![name(&new.test.to_string()), time(new.estimate_us)]);
    let (count, tests) = (grouped(top.count()), grouped(report.suite.matched.tests));
    Table {
        id: "unknown",
        heading: "Tests that the timings do not know".to_owned(),
        caption: format!(
            "{count} of {tests} listed tests; each counts the mean of its class, file or suite"
        ),
        columns: columns(&["test", "counted as:"]),
        rows: top.shown.iter().map(of).collect(),
        rest: rest(top, "unknown tests"),
    }
}

fn flaky(report: &Report) -> Table {
    let top = &report.flaky;
    let of = |flaky: &crate::model::FlakyTest| {
        row(vec![
            name(&flaky.test.to_string()),
            count(flaky.failed),
            count(flaky.builds),
        ])
    };
    Table {
        id: "flaky",
        heading: "Flaky tests".to_owned(),
        caption: "Tests that failed at times and passed at others".to_owned(),
        columns: columns(&["test", "failed in builds:", "of builds:"]),
        rows: top.shown.iter().map(of).collect(),
        rest: rest(top, "flaky tests"),
    }
}

fn noisy(report: &Report) -> Table {
    let top = &report.noisy;
    let of = |noisy: &crate::model::NoisyTest| {
        row(vec![
            name(&noisy.test.to_string()),
            time(noisy.lowest_us),
            time(noisy.highest_us),
            count(noisy.builds),
        ])
    };
    Table {
        id: "noisy",
        heading: "Tests whose times vary".to_owned(),
        caption: "Times that differ by half and more from build to build, all builds brought to one speed".to_owned(),
        columns: columns(&["test", "shortest:", "longest:", "builds:"]),
        rows: top.shown.iter().map(of).collect(),
        rest: rest(top, "such tests"),
    }
}
