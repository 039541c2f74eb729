//! The verdict for people: one line that says it, the problems by name, then the shards.

use std::fmt::Write as _;

use evenshard::verify::{ListVerdict, Problem, RanAgain, Totals, Verdict};

use crate::escape::{printable, printable_name};
use crate::words::{grouped, percent, plural};

/// So many names of a list are shown; JSON has all.
const SHOWN: usize = 10;
/// So many problems, and as many warnings.
const PROBLEMS: usize = 20;
const WIDTH: usize = 80;

/// The first line.
pub fn headline(verdict: &Verdict) -> String {
    let totals = &verdict.totals;
    if !verdict.proved {
        let n = verdict.problems.len();
        let one = if verdict.list.is_some() {
            "line"
        } else {
            "test"
        };
        let parts = [(totals.lost, "lost"), (totals.ran_twice, "run twice")];
        let named = parts.into_iter().filter(|(n, _)| *n > 0);
        let named: Vec<String> = named
            .map(|(n, what)| format!("{} {one}{} {what}", grouped(n), plural(n)))
            .collect();
        let named = if named.is_empty() {
            String::new()
        } else {
            format!(", {}", named.join(", "))
        };
        return format!("NOT proved: {n} problem{}{named}", plural(n));
    }
    let digest = verdict.plan_digest.as_deref().unwrap_or_default();
    if let Some(list) = &verdict.list {
        return headline_of_list(list, verdict, digest);
    }
    let ran = totals.tests.saturating_sub(totals.not_run);
    let mut line = format!(
        "proved: {} test{} ran once in {} shard{} of plan {}",
        grouped(ran),
        plural(ran),
        verdict.shard_count,
        plural(verdict.shard_count),
        digest.get(..12).unwrap_or(digest),
    );
    line.push_str(&beside(totals));
    line
}

/// The first line where the jobs had a list of tests.
fn headline_of_list(list: &ListVerdict, verdict: &Verdict, digest: &str) -> String {
    let n = list.lines;
    let what = match list.with_cases {
        None => " in one share each".to_owned(),
        Some(some) if some == n => " ran once".to_owned(),
        Some(some) => format!(" in one share each, {} with cases,", grouped(some)),
    };
    let mut line = format!(
        "proved: {} line{}{what} in {} shard{} of plan {}",
        grouped(n),
        plural(n),
        verdict.shard_count,
        plural(verdict.shard_count),
        digest.get(..12).unwrap_or(digest),
    );
    let tests = verdict.totals.tests;
    if tests > 0 {
        let _ = write!(line, ": {} test{}", grouped(tests), plural(tests));
    }
    line.push_str(&beside(&verdict.totals));
    line
}

/// What has to be known beside the number of tests that ran: `, 1 failed, 3 skipped`.
pub(crate) fn beside(totals: &Totals) -> String {
    let mut beside = String::new();
    for (n, what) in outcomes(totals) {
        let _ = write!(beside, ", {} {what}", grouped(n));
    }
    if totals.missing > 0 {
        let _ = write!(beside, ", {} missing", grouped(totals.missing));
    }
    if totals.not_run > 0 {
        let n = grouped(totals.not_run);
        let _ = write!(beside, ", {n} not run (stopped on request)");
    }
    beside
}

/// What did not simply pass.
fn outcomes(totals: &Totals) -> impl Iterator<Item = (u64, &'static str)> {
    let o = &totals.outcomes;
    let all = [(o.failed + o.errored, "failed"), (o.skipped, "skipped")];
    all.into_iter().filter(|(n, _)| *n > 0)
}

/// The whole text.
pub fn render(verdict: &Verdict) -> String {
    let mut out = String::new();
    push_wrapped(&mut out, "", &headline(verdict));
    for (what, problems) in [
        ("problem", &verdict.problems),
        ("warning", &verdict.warnings),
    ] {
        for problem in problems.iter().take(PROBLEMS) {
            push_problem(&mut out, &format!("{what}: "), problem);
        }
        if let Some(more) = problems.len().checked_sub(PROBLEMS).filter(|&n| n > 0) {
            let n = grouped(more as u64);
            let s = plural(more);
            let _ = writeln!(
                out,
                "{what}: ... and {n} more {what}{s}: --format json has all"
            );
        }
    }
    push_shards(&mut out, verdict);
    push_balance(&mut out, verdict);
    let failed = verdict.failures.iter().map(|f| (f.shard, f.test.clone()));
    push_list(&mut out, "failed", &failed.collect::<Vec<_>>());
    push_list(
        &mut out,
        "flaky: failed, then passed",
        &again(&verdict.flaky),
    );
    push_list(&mut out, "retried in vain", &again(&verdict.retried));
    let quarantined = verdict.quarantined.iter();
    let quarantined = quarantined.map(|t| (t.shard, t.test.clone()));
    push_list(
        &mut out,
        "failed in quarantine",
        &quarantined.collect::<Vec<_>>(),
    );
    printable(&out)
}

fn again(tests: &[RanAgain]) -> Vec<(u32, String)> {
    let said = |t: &RanAgain| (t.shard, format!("{} ({} runs)", t.test, t.runs));
    tests.iter().map(said).collect()
}

fn push_problem(out: &mut String, what: &str, problem: &Problem) {
    push_wrapped(out, what, &problem.message);
    for list in [&problem.tests, &problem.files] {
        for name in list.iter().take(SHOWN) {
            let _ = writeln!(out, "    {}", one_line(name));
        }
        push_more(out, list.len());
    }
}

fn push_more(out: &mut String, len: usize) {
    if let Some(more) = len.checked_sub(SHOWN).filter(|&n| n > 0) {
        let more = grouped(more as u64);
        let _ = writeln!(out, "    ... and {more} more: --format json has all");
    }
}

fn push_list(out: &mut String, what: &str, tests: &[(u32, String)]) {
    if tests.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{what}: {}", grouped(tests.len() as u64));
    for (shard, test) in tests.iter().take(SHOWN) {
        let _ = writeln!(out, "    shard {shard}: {}", one_line(test));
    }
    push_more(out, tests.len());
}

fn push_shards(out: &mut String, verdict: &Verdict) {
    if verdict.shards.is_empty() {
        return;
    }
    out.push_str("\nshard  state        tests   failed  predicted   measured  attempts\n");
    for shard in &verdict.shards {
        let measured = shard.measured_us.map_or("-".to_owned(), |m| m.to_string());
        let attempts: Vec<String> = shard.attempts.iter().map(u32::to_string).collect();
        let row = format!(
            "{:>5}  {:<10}  {:>6}   {:>6}  {:>9}  {measured:>9}  {}",
            shard.shard,
            shard.state.to_string(),
            grouped(shard.tests),
            grouped(shard.outcomes.failed + shard.outcomes.errored),
            shard.predicted_us,
            attempts.join(" "),
        );
        let _ = writeln!(out, "{}", row.trim_end());
    }
}

fn push_balance(out: &mut String, verdict: &Verdict) {
    let Some(balance) = &verdict.balance else {
        return;
    };
    let _ = writeln!(
        out,
        "\nslowest: shard {} in {}, {} over the mean of {}",
        balance.slowest,
        balance.slowest_us,
        percent(balance.imbalance_ppm),
        balance.mean_us,
    );
    let _ = writeln!(
        out,
        "that cost {} of waiting, and {} of agents' time in all",
        balance.waited_us, balance.idle_us,
    );
}

/// A name without line ends, which could look like further lines of ours.
fn one_line(name: &str) -> String {
    printable_name(name)
}

/// A message over as many lines as it takes.
fn push_wrapped(out: &mut String, what: &str, message: &str) {
    out.push_str(what);
    let mut width = what.chars().count();
    for (at, word) in one_line(message).split(' ').enumerate() {
        let len = word.chars().count();
        if at > 0 && width + 1 + len > WIDTH {
            out.push_str("\n    ");
            width = 4;
        } else if at > 0 {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += len;
    }
    out.push('\n');
}
