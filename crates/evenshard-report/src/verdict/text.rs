//! A verdict as text: one line that says it, the problems by name, then the shards.

use std::fmt::Write as _;

use evenshard::address::likely_node_id;
use evenshard::verify::{Gate, ListVerdict, Problem, Verdict};

use crate::escape::{printable, printable_name};
use crate::palette::Palette;
use crate::sentences::{balance, beside, failed};
use crate::tables::{JUDGED, measured};
use crate::text::{Text, WIDTH};
use crate::verdict::lists;
use crate::words::{counted, grouped, wrapped};

/// The most names of a list, and the most problems and warnings. Chosen, for a log of about a page;
/// JSON has all.
const SHOWN: usize = 10;
const PROBLEMS: usize = 20;

/// The first line: the verdict itself.
pub fn headline(verdict: &Verdict) -> String {
    let totals = &verdict.totals;
    if !verdict.proved {
        let one = if verdict.list.is_some() {
            "line"
        } else {
            "test"
        };
        let mut line = format!("NOT proved: {}", counted(verdict.problems.len(), "problem"));
        for (n, what) in [(totals.lost, "lost"), (totals.ran_twice, "run twice")] {
            if n > 0 {
                let _ = write!(line, ", {} {what}", counted(n, one));
            }
        }
        return line;
    }
    let ran = totals.tests.saturating_sub(totals.not_run);
    let ran = verdict
        .list
        .as_ref()
        .map_or_else(|| format!("{} ran once", counted(ran, "test")), lines);
    // As many characters as people compare.
    let digest = verdict.plan_digest.as_deref().unwrap_or_default();
    let mut line = format!(
        "proved{}: {ran} in {} of plan {}",
        failed(totals),
        counted(verdict.shard_count, "shard"),
        digest.get(..12).unwrap_or(digest),
    );
    // Lines are files or names; their tests are a figure of their own.
    if verdict.list.is_some() && totals.tests > 0 {
        let _ = write!(line, ": {}", counted(totals.tests, "test"));
    }
    line + &beside(totals)
}

/// The line of a required check: passed, failed or not proved, and why.
pub fn gate(verdict: &Verdict) -> String {
    let failed = verdict.failures.len();
    let failed = (failed > 0).then(|| format!("{} failed", counted(failed, "test")));
    match verdict.gate() {
        Gate::Passed => "gate: passed".to_owned(),
        Gate::Failed => {
            let why = failed.unwrap_or_else(|| statuses(verdict));
            format!("gate: FAILED: {why}")
        }
        _ => {
            let not_run = verdict.totals.not_run;
            let mut line = match verdict.problems.len() {
                0 => format!("gate: NOT proved: {} not run", counted(not_run, "test")),
                n => format!("gate: NOT proved: {}", counted(n, "problem")),
            };
            line.extend(
                failed
                    .into_iter()
                    .flat_map(|failed| [", ".to_owned(), failed]),
            );
            line
        }
    }
}

/// Names the shards that ended with another status than 0.
fn statuses(verdict: &Verdict) -> String {
    let ended = verdict.shards.iter().filter_map(|shard| {
        let status = shard.exit_status.filter(|status| *status != 0)?;
        Some(format!("shard {} ended with {status}", shard.shard))
    });
    let mut ended: Vec<String> = ended.collect();
    let more = ended.len().saturating_sub(SHOWN);
    ended.truncate(SHOWN);
    if more > 0 {
        ended.push(format!("and {} more", grouped(more)));
    }
    ended.join(", ")
}

/// The lines of a list, and how far results show that they ran.
fn lines(list: &ListVerdict) -> String {
    let lines = counted(list.lines, "line");
    match list.with_cases {
        None => format!("{lines} in one share each"),
        Some(some) if some == list.lines => format!("{lines} ran once"),
        Some(some) => format!("{lines} in one share each, {} with cases,", grouped(some)),
    }
}

/// Renders a verdict.
pub fn render(verdict: &Verdict) -> String {
    let mut text = Text::new(Palette::default(), WIDTH);
    let out = &mut text.out;
    push_wrapped(out, "", &headline(verdict));
    for (what, problems) in [
        ("problem", &verdict.problems),
        ("warning", &verdict.warnings),
    ] {
        for problem in problems.iter().take(PROBLEMS) {
            push_problem(out, &format!("{what}: "), problem);
        }
        if problems.len() > PROBLEMS {
            let more = counted(problems.len() - PROBLEMS, &format!("more {what}"));
            let _ = writeln!(out, "{what}: ... and {more}: --format json has all");
        }
    }
    if !verdict.shards.is_empty() {
        out.push('\n');
        text.table(&measured(JUDGED, &verdict.shards));
    }
    let out = &mut text.out;
    if let Some(found) = &verdict.balance {
        let _ = writeln!(out, "\n{}", wrapped(&balance(found), WIDTH, 2));
    }
    let failed = verdict.failures.iter();
    // Failures are named without their texts, which the log of their job has.
    let failed = failed.map(|f| (f.test.as_str(), f.shard, None)).collect();
    for (what, tests) in [("failed", failed)].into_iter().chain(lists(verdict)) {
        push_list(out, what, &tests);
    }
    // At the end and as a whole: what looks like a command depends on the line that it is in.
    printable(out)
}

fn push_problem(out: &mut String, what: &str, problem: &Problem) {
    push_wrapped(out, what, &problem.message);
    for list in [&problem.tests, &problem.files] {
        for name in list.iter().take(SHOWN) {
            let _ = writeln!(out, "    {}", printable_name(&likely_node_id(name)));
        }
        // For each list: tests and files are cut by themselves.
        push_more(out, list.len());
    }
}

fn push_more(out: &mut String, len: usize) {
    if len > SHOWN {
        let more = grouped(len - SHOWN);
        let _ = writeln!(out, "    ... and {more} more: --format json has all");
    }
}

fn push_list(out: &mut String, what: &str, tests: &[(&str, u32, Option<u32>)]) {
    if tests.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{what}: {}", grouped(tests.len()));
    for (test, shard, runs) in tests.iter().take(SHOWN) {
        let runs = runs.map_or_else(String::new, |runs| format!(" ({runs} runs)"));
        let _ = writeln!(
            out,
            "    shard {shard}: {}{runs}",
            printable_name(&likely_node_id(test))
        );
    }
    push_more(out, tests.len());
}

/// A message over as many lines as it takes.
fn push_wrapped(out: &mut String, what: &str, message: &str) {
    let line = format!("{what}{}", printable_name(message));
    let _ = writeln!(out, "{}", wrapped(&line, WIDTH, 4));
}
