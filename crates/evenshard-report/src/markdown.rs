//! The report as Markdown: tables, and names as text that no renderer acts on.

use std::fmt::Write as _;

use crate::model::{Report, ResultFacts};
use evenshard::Micros;

use crate::markup::inline;
use crate::rows::{self, gain};
use crate::words::{deviation, grouped, percent, plural};

/// So many shards are shown.
const SHARDS: usize = 50;

/// The whole document.
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    let scope = &report.scope;
    let of = if scope.is_empty() {
        String::new()
    } else {
        format!(" of {}", inline(scope))
    };
    let _ = writeln!(out, "# Balance{of}\n\n{}\n", rows::suite(report));
    sizing(&mut out, report);
    plan(&mut out, report);
    slowest(&mut out, report);
    builds(&mut out, report);
    doubtful(&mut out, report);
    if let Some(results) = &report.results {
        self::results(&mut out, results);
    }
    out
}

/// A table: its heading, its columns with `:` where numbers stand, its rows.
fn table(out: &mut String, columns: &[&str], rows: &[Vec<String>]) {
    let names: Vec<&str> = columns.iter().map(|c| c.trim_end_matches(':')).collect();
    let _ = writeln!(out, "| {} |", names.join(" | "));
    let rules = columns
        .iter()
        .map(|c| if c.ends_with(':') { "---:" } else { "---" });
    let _ = writeln!(out, "|{}|", rules.collect::<Vec<_>>().join("|"));
    for row in rows {
        let _ = writeln!(out, "| {} |", row.join(" | "));
    }
    out.push('\n');
}

fn sizing(out: &mut String, report: &Report) {
    let sizing = &report.sizing;
    out.push_str("## How many shards\n\n");
    let rows: Vec<Vec<String>> = rows::points(sizing)
        .into_iter()
        .map(|point| {
            vec![
                point.shards.to_string(),
                point.wall_us.to_string(),
                point.agents_us.to_string(),
                percent(point.efficiency_ppm),
                percent(point.overhead_ppm),
                gain(point.saved_us),
                rows::remark(sizing, point.shards),
            ]
        })
        .collect();
    let columns = [
        "shards:",
        "wall:",
        "agents:",
        "efficiency:",
        "overhead:",
        "last agent saves:",
        "",
    ];
    table(out, &columns, &rows);
    for line in rows::advice(report) {
        let _ = writeln!(out, "- {}", inline(&line));
    }
    out.push('\n');
}

fn plan(out: &mut String, report: &Report) {
    let plan = &report.plan;
    let count = plan.shards.len();
    let _ = writeln!(
        out,
        "## {count} shard{}, {}\n\n{}; slowest over mean: {}\n",
        plural(count as u64),
        rows::chosen(&report.sizing),
        plan.certificate,
        percent(plan.imbalance_ppm)
    );
    let (shards, left) = rows::shards(plan, SHARDS);
    let rows: Vec<Vec<String>> = shards
        .into_iter()
        .map(|shard| {
            let largest = shard.units.shown.first();
            vec![
                shard.shard.to_string(),
                shard.predicted_us.to_string(),
                shard.setup_us.map_or("-".to_owned(), |s| s.to_string()),
                grouped(shard.tests),
                grouped(shard.files),
                largest.map_or(String::new(), |unit| {
                    format!("{} ({})", inline(&unit.what), unit.predicted_us)
                }),
            ]
        })
        .collect();
    let columns = [
        "shard:",
        "predicted:",
        "set-up:",
        "tests:",
        "files:",
        "largest unit",
    ];
    table(out, &columns, &rows);
    if left > 0 {
        let _ = writeln!(out, "{left} more shards, each faster.\n");
    }
}

fn slowest(out: &mut String, report: &Report) {
    let tests = report.slowest_tests.shown.iter();
    let rows: Vec<Vec<String>> = tests
        .map(|slow| {
            vec![
                inline(&slow.test.to_string()),
                slow.estimate_us.to_string(),
                percent(slow.share_ppm),
                gain(slow.gain_us),
            ]
        })
        .collect();
    if !rows.is_empty() {
        out.push_str("## Slowest tests\n\n");
        table(
            out,
            &["test", "estimate:", "of all:", "gained if halved:"],
            &rows,
        );
    }
    let files = report.slowest_files.shown.iter();
    let rows: Vec<Vec<String>> = files
        .map(|slow| {
            vec![
                inline(&slow.file),
                slow.work_us.to_string(),
                slow.setup_us.to_string(),
                grouped(slow.tests),
                slow.shards.to_string(),
                gain(slow.gain_us),
            ]
        })
        .collect();
    if !rows.is_empty() {
        out.push_str("## Slowest files\n\n");
        let columns = [
            "file",
            "tests take:",
            "set-up:",
            "tests:",
            "shards:",
            "gained by cutting:",
        ];
        table(out, &columns, &rows);
    }
}

fn builds(out: &mut String, report: &Report) {
    let time = |time: Option<Micros>| time.map_or("-".to_owned(), |t| t.to_string());
    let rows: Vec<Vec<String>> = (1..)
        .zip(&report.builds)
        .map(|(number, build)| {
            let id: String = build.id.clone().unwrap_or_else(|| format!("({number})"));
            vec![
                inline(&id),
                grouped(build.tests),
                build.cases_us.to_string(),
                time(build.wall_us),
                time(build.outside_us),
            ]
        })
        .collect();
    if !rows.is_empty() {
        out.push_str("## Builds\n\n");
        table(
            out,
            &["build", "tests:", "in tests:", "wall:", "outside of tests:"],
            &rows,
        );
    }
}

fn doubtful(out: &mut String, report: &Report) {
    let more = |out: &mut String, more: u64| {
        if more > 0 {
            let _ = writeln!(out, "{} more.\n", grouped(more));
        }
    };
    let rows: Vec<Vec<String>> = report
        .unknown
        .shown
        .iter()
        .map(|new| vec![inline(&new.test.to_string()), new.estimate_us.to_string()])
        .collect();
    if !rows.is_empty() {
        let count = grouped(report.unknown.count());
        let tests = grouped(report.suite.matched.tests);
        let _ = writeln!(out, "## Unknown to the timings: {count} of {tests}\n");
        table(out, &["test", "counted as:"], &rows);
        more(out, report.unknown.more);
    }
    let flaky = report.flaky.shown.iter();
    let rows: Vec<Vec<String>> = flaky
        .map(|t| {
            vec![
                inline(&t.test.to_string()),
                format!("{} of {}", t.failed, t.builds),
            ]
        })
        .collect();
    if !rows.is_empty() {
        out.push_str("## Flaky tests\n\n");
        table(out, &["test", "failed in builds:"], &rows);
        more(out, report.flaky.more);
    }
    let noisy = report.noisy.shown.iter();
    let rows: Vec<Vec<String>> = noisy
        .map(|t| {
            vec![
                inline(&t.test.to_string()),
                t.lowest_us.to_string(),
                t.highest_us.to_string(),
            ]
        })
        .collect();
    if !rows.is_empty() {
        out.push_str("## Times that differ by half and more\n\n");
        table(out, &["test", "shortest:", "longest:"], &rows);
        more(out, report.noisy.more);
    }
}

fn results(out: &mut String, results: &ResultFacts) {
    let build = rows::of_build(results.build.as_deref());
    let _ = writeln!(out, "## Results of {}\n", inline(&build));
    let proof = rows::proof(results);
    if results.proved {
        let _ = writeln!(out, "{proof}\n");
    } else {
        let _ = writeln!(out, "**{proof}**\n");
        for problem in &results.problems {
            let _ = writeln!(out, "- {}", inline(problem));
        }
        out.push('\n');
    }
    if let Some(unmeasured) = rows::unmeasured(results) {
        let _ = writeln!(out, "{unmeasured}\n");
    }
    let shards: Vec<Vec<String>> = results
        .shards
        .iter()
        .map(|shard| {
            let measured = shard.measured_us;
            vec![
                shard.shard.to_string(),
                shard.state.to_string(),
                grouped(shard.tests),
                grouped(rows::failed(shard)),
                shard.predicted_us.to_string(),
                measured.map_or("-".to_owned(), |m| m.to_string()),
                measured.map_or("-".to_owned(), |m| deviation(m, shard.predicted_us)),
            ]
        })
        .collect();
    table(out, &rows::AS_THEY_RAN, &shards);
    if let Some(balance) = &results.balance {
        let _ = writeln!(
            out,
            "Slowest: shard {} in {}, {} over the mean of {}; agents waited {} in all.\n",
            balance.slowest,
            balance.slowest_us,
            percent(balance.imbalance_ppm),
            balance.mean_us,
            balance.idle_us
        );
    }
    misses(out, results);
}

fn misses(out: &mut String, results: &ResultFacts) {
    let misses = results.misses.shown.iter();
    let rows: Vec<Vec<String>> = misses
        .map(|miss| {
            vec![
                inline(&miss.test.to_string()),
                miss.predicted_us.to_string(),
                miss.measured_us.to_string(),
            ]
        })
        .collect();
    if !rows.is_empty() {
        out.push_str("### Farthest from their estimates\n\n");
        table(out, &["test", "predicted:", "measured:"], &rows);
    }
}
