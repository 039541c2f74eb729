//! The verdict as Markdown: one annotation of a Buildkite build, or GitHub's step summary.
//!
//! Both take `CommonMark` with tables and a little HTML, and 1 MiB of it. Text of tests, files
//! and jobs is written with character references, so that it is neither markup nor HTML. If it
//! does not fit, the longest texts of failures are cut first; the names of failed tests stay.

use std::fmt::Write as _;

use evenshard::verify::{FailedTest, Problem, Verdict};

use crate::markdown::push_table;
use crate::markup::{Links, block, inline};
use crate::sentences::balance;
use crate::tables::{JUDGED, measured};
use crate::verdict::{lists, text};
use crate::words::{Keep, capital, counted, cut, grouped};

/// The most bytes of an annotation of Buildkite and of a step summary of GitHub: 1 MiB, by the
/// documentation of both.
pub const LIMIT: usize = 1_048_576;

/// The bounds of all but the failures.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    problems: usize,
    /// Characters of each problem.
    message: usize,
    shards: usize,
    /// Names of each list, and characters of each name.
    names: usize,
    name: usize,
}

/// From most to least; the first that leaves half of the room to the failures is taken. Chosen, not
/// measured: names of tests give way first, then the lengths of problems, then shards.
const BOUNDS: [Bounds; 3] = [
    Bounds {
        problems: 50,
        message: 2_000,
        shards: 1_000,
        names: 50,
        name: 500,
    },
    Bounds {
        problems: 50,
        message: 500,
        shards: 1_000,
        names: 8,
        name: 120,
    },
    Bounds {
        problems: 5,
        message: 200,
        shards: 50,
        names: 0,
        name: 0,
    },
];
/// The most bytes of the texts of one failure; the first of these that fits is taken. Halved from
/// 16 KiB, which holds a long traceback, to 128 bytes, which hold its last line.
const TEXTS: [usize; 8] = [16_384, 8_192, 4_096, 2_048, 1_024, 512, 256, 128];
/// The most characters of the names of failed tests, if not even these fit. Of the 73,065 node ids of
/// attrs, Jinja2, networkx, packaging and statsmodels, 240 hold 99.8 %, 120 hold 93 % and 60 3 %.
const NAMES: [usize; 4] = [usize::MAX, 240, 120, 60];

/// The Markdown, of at most `limit` bytes.
pub fn render(verdict: &Verdict, links: &Links, limit: usize) -> String {
    let mut out = String::new();
    for bounds in &BOUNDS {
        out = around(verdict, links, bounds);
        if out.len() <= limit / 2 {
            break;
        }
    }
    // Half of a page can still be too much where a limit is tiny.
    if out.len() > limit {
        out = headline(verdict);
    }
    let failures = failures(&verdict.failures, links, limit.saturating_sub(out.len()));
    out + &failures
}

/// All but the failures.
fn around(verdict: &Verdict, links: &Links, bounds: &Bounds) -> String {
    let mut out = headline(verdict);
    for (what, problems) in [
        ("problem", &verdict.problems),
        ("warning", &verdict.warnings),
    ] {
        for problem in problems.iter().take(bounds.problems) {
            push_problem(&mut out, what, problem, bounds);
        }
        if let Some(more) = more(problems.len(), bounds.problems) {
            let _ = write!(out, "... and {more} {what}s\n\n");
        }
    }
    push_shards(&mut out, verdict, links, bounds);
    for (what, tests) in lists(verdict) {
        push_tests(&mut out, what, &tests, bounds);
    }
    out
}

/// The number beyond those that are shown, if there are more.
fn more(all: usize, shown: usize) -> Option<String> {
    (all > shown).then(|| format!("{} more", grouped(all - shown)))
}

fn headline(verdict: &Verdict) -> String {
    let totals = &verdict.totals;
    let counts = [
        (totals.outcomes.passed + totals.outcomes.xfailed, "passed"),
        (totals.outcomes.failed + totals.outcomes.errored, "failed"),
        (totals.outcomes.skipped + totals.outcomes.notrun, "skipped"),
        (verdict.flaky.len() as u64, "flaky"),
        (totals.lost, "lost"),
        (totals.ran_twice, "ran twice"),
        (totals.missing, "missing"),
        (totals.not_run, "not run: stopped on request"),
    ];
    let shown = counts.into_iter().enumerate();
    // Passed and failed are always named, a zero of the others says nothing.
    let shown = shown.filter(|&(at, (n, _))| at < 2 || n > 0);
    let counts: Vec<String> = shown
        .map(|(_, (n, what))| format!("{} {what}", grouped(n)))
        .collect();
    format!(
        "### {}\n\n{}\n\n",
        counts.join(", "),
        inline(&text::headline(verdict))
    )
}

/// A problem, with its names in a block that can be opened.
fn push_problem(out: &mut String, what: &str, problem: &Problem, bounds: &Bounds) {
    let message = inline(&cut(&problem.message, bounds.message, Keep::Start));
    let names = problem.tests.iter().chain(&problem.files);
    let names: Vec<String> = names.map(|each| name(each, bounds.name)).collect();
    if names.is_empty() || bounds.names == 0 {
        let _ = write!(out, "**{what}**: {message}\n\n");
    } else {
        let summary = format!("<strong>{what}</strong>: {message}");
        push_details(out, &summary, &names, bounds.names);
    }
}

/// A block that can be opened, of at most so many lines.
fn push_details(out: &mut String, summary: &str, lines: &[String], most: usize) {
    let _ = write!(out, "<details>\n<summary>{summary}</summary>\n\n<pre>");
    for line in lines.iter().take(most) {
        let _ = writeln!(out, "{line}");
    }
    if let Some(more) = more(lines.len(), most) {
        let _ = writeln!(out, "... and {more}");
    }
    out.push_str("</pre>\n</details>\n\n");
}

fn push_shards(out: &mut String, verdict: &Verdict, links: &Links, bounds: &Bounds) {
    let table = measured(JUDGED, &verdict.shards);
    push_table(out, &table, links, bounds.shards);
    if let Some(more) = more(verdict.shards.len(), bounds.shards) {
        let _ = write!(out, "\n... and {more} shards\n");
    }
    if let Some(found) = &verdict.balance {
        let _ = write!(out, "\n{}\n", capital(&balance(found)));
    }
    out.push('\n');
}

/// A list of tests.
fn push_tests(out: &mut String, what: &str, tests: &[(&str, u32, Option<u32>)], bounds: &Bounds) {
    let summary = format!("{} {what}", grouped(tests.len()));
    let line = |&(test, shard, runs): &(&str, u32, Option<u32>)| {
        let runs = runs.map_or_else(String::new, |runs| format!(", {runs} runs"));
        format!("{} (shard {shard}{runs})", name(test, bounds.name))
    };
    if tests.is_empty() {
    } else if bounds.names == 0 {
        let _ = write!(out, "{summary}\n\n");
    } else {
        let lines: Vec<String> = tests.iter().map(line).collect();
        push_details(out, &summary, &lines, bounds.names);
    }
}

/// The failures in `room` bytes: with texts as long as they can be, else their names, else
/// their names shortened, else as many as there is room for.
fn failures(failed: &[FailedTest], links: &Links, room: usize) -> String {
    if failed.is_empty() {
        return String::new();
    }
    let title = format!("#### {}\n\n", counted(failed.len(), "failure"));
    let whole = TEXTS.iter().map(|&most| {
        let note = match most {
            16_384 => String::new(),
            _ => format!(
                "Texts are cut to {} bytes each: there are many.\n\n",
                grouped(most)
            ),
        };
        let parts = failed.iter().map(|f| details(f, links, most));
        fit(format!("{title}{note}"), parts, "", room)
    });
    let names = NAMES.iter().map(|&most| {
        let note = match most {
            usize::MAX => "There are too many to show what they say.".to_owned(),
            _ => format!("There are too many: names are cut to {most} characters."),
        };
        let names = failed.iter().map(|f| line(f, most));
        fit(format!("{title}{note}\n\n<pre>"), names, "</pre>\n", room)
    });
    let all = whole.chain(names).flatten().next();
    all.unwrap_or_else(|| first_ones(failed, &title, room))
}

/// A text of these parts, if it fits.
fn fit(
    start: String,
    parts: impl Iterator<Item = String>,
    end: &str,
    room: usize,
) -> Option<String> {
    let mut out = start;
    for part in parts {
        out.push_str(&part);
        if out.len() + end.len() > room {
            return None;
        }
    }
    Some(out + end)
}

fn line(failure: &FailedTest, most: usize) -> String {
    format!("{} (shard {})\n", name(&failure.test, most), failure.shard)
}

/// The last resort: the first failures, and the number of all others.
fn first_ones(failed: &[FailedTest], title: &str, room: usize) -> String {
    let mut out = format!("{title}There are too many to list them all.\n\n<pre>");
    for (at, failure) in failed.iter().enumerate() {
        let line = line(failure, 60);
        let rest = format!("... and {} more\n</pre>\n", grouped(failed.len() - at));
        if out.len() + line.len() + rest.len() + 20 > room {
            out.push_str(&rest);
            break;
        }
        out.push_str(&line);
    }
    if out.len() > room {
        out.clear();
    }
    out
}

/// A failure with its texts, in a block that can be opened.
fn details(failure: &FailedTest, to: &Links, most: usize) -> String {
    let output = &failure.text;
    let shard = format!("shard {}", failure.shard);
    let shard = to.job(failure.job.as_deref(), &shard);
    // A message may begin with empty lines.
    let first = output.message.lines().find(|line| !line.trim().is_empty());
    let first = first.map_or_else(String::new, |first| {
        format!(": {}", inline(&cut(first.trim(), 200, Keep::Start)))
    });
    // A traceback repeats the message.
    let traceback = if output.text.is_empty() {
        &output.message
    } else {
        &output.text
    };
    let parts = [
        (traceback, most),
        (&output.system_out, most / 4),
        (&output.system_err, most / 4),
    ];
    let parts = parts.iter().map(|(part, most)| (part.trim_end(), most));
    // The end of a text tells most.
    let parts = parts.filter(|(part, _)| !part.is_empty());
    let lines: Vec<String> = parts
        .map(|(part, &most)| block(&end_of(part, most)))
        .collect();
    let mut out = String::new();
    let summary = format!("<code>{}</code> ({shard}){first}", inline(&failure.test));
    push_details(&mut out, &summary, &lines, usize::MAX);
    out
}

/// The last `most` bytes of a text, from the beginning of a line where there is one.
fn end_of(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let mut start = text.len() - most;
    // A character may take four bytes.
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let tail = &text[start..];
    let tail = match tail.split_once('\n') {
        Some((_, rest)) if !rest.is_empty() => rest,
        _ => tail,
    };
    format!("[...]\n{tail}")
}

/// A name of at most so many characters, in one line of a block.
fn name(name: &str, most: usize) -> String {
    block(&cut(name, most, Keep::Start).replace(['\n', '\r'], " "))
}
