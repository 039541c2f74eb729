//! The verdict as Markdown: one annotation of a Buildkite build, or GitHub's step summary.
//!
//! Both take `CommonMark` with tables and a little HTML, and 1 MiB of it. All that tests,
//! files and jobs say is written with character references, so that it is neither markup nor
//! HTML. Where it would not fit, the longest texts of failures are cut first; the names of
//! failed tests stay.

use std::fmt::Write as _;

use evenshard::verify::{FailedTest, Problem, Verdict};

use crate::markdown::push_table;
use crate::markup::{Links, block, inline};
use crate::sentences::balance;
use crate::tables::{JUDGED, measured};
use crate::verdict::{lists, text};
use crate::words::{Keep, capital, counted, cut, grouped};

/// What an annotation of Buildkite and a step summary of GitHub may have, in bytes.
pub const LIMIT: usize = 1_048_576;

/// How much is shown of all but the failures.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    problems: usize,
    /// Characters of what a problem says.
    message: usize,
    shards: usize,
    /// Names of each list, and characters of each name.
    names: usize,
    name: usize,
}

/// From most to least; the first that takes half of the room is taken.
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
/// How long the texts of one failure can be, from most to least; the first that fits is taken.
const TEXTS: [usize; 9] = [16_384, 8_192, 4_096, 2_048, 1_024, 512, 256, 128, 0];
/// How long the names of failed tests can be, where not even these fit.
const NAMES: [usize; 4] = [usize::MAX, 240, 120, 60];

/// The Markdown, of at most `limit` bytes.
pub fn render(verdict: &Verdict, links: &Links, limit: usize) -> String {
    let all = BOUNDS.iter().map(|bounds| around(verdict, links, bounds));
    let (fits, least): (Vec<_>, Vec<_>) = all.partition(|out| out.len() <= limit / 2);
    let mut out = fits
        .into_iter()
        .chain(least.into_iter().rev())
        .next()
        .unwrap_or_default();
    if out.len() > limit {
        out = headline(verdict);
    }
    let failures = failures(verdict, links, limit.saturating_sub(out.len()));
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

fn push_more(out: &mut String, all: usize, shown: usize) {
    if let Some(more) = more(all, shown) {
        let _ = writeln!(out, "... and {more}");
    }
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
    let names: Vec<&String> = problem.tests.iter().chain(&problem.files).collect();
    let message = inline(&cut(&problem.message, bounds.message, Keep::Start));
    if names.is_empty() || bounds.names == 0 {
        let _ = write!(out, "**{what}**: {message}\n\n");
        return;
    }
    let _ = write!(
        out,
        "<details>\n<summary><strong>{what}</strong>: {message}</summary>\n\n<pre>"
    );
    for name in names.iter().take(bounds.names) {
        let _ = writeln!(out, "{}", self::name(name, bounds.name));
    }
    push_more(out, names.len(), bounds.names);
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

/// A list of tests, in a block that can be opened.
fn push_tests(out: &mut String, what: &str, tests: &[(&str, u32, Option<u32>)], bounds: &Bounds) {
    if tests.is_empty() {
        return;
    }
    let n = grouped(tests.len());
    if bounds.names == 0 {
        let _ = write!(out, "{n} {what}\n\n");
        return;
    }
    let _ = write!(out, "<details>\n<summary>{n} {what}</summary>\n\n<pre>");
    for (test, shard, runs) in tests.iter().take(bounds.names) {
        let runs = runs.map_or_else(String::new, |runs| format!(", {runs} runs"));
        let _ = writeln!(out, "{} (shard {shard}{runs})", name(test, bounds.name));
    }
    push_more(out, tests.len(), bounds.names);
    out.push_str("</pre>\n</details>\n\n");
}

/// The failures in `room` bytes: with texts as long as they can be, else their names, else
/// their names shortened, else as many as there is room for.
fn failures(verdict: &Verdict, links: &Links, room: usize) -> String {
    let failed = &verdict.failures;
    if failed.is_empty() {
        return String::new();
    }
    let title = format!("#### {}\n\n", counted(failed.len(), "failure"));
    for most in TEXTS.into_iter().filter(|most| *most > 0) {
        let note = match most {
            16_384 => String::new(),
            _ => format!(
                "Texts are cut to {} bytes each: there are many.\n\n",
                grouped(most)
            ),
        };
        let mut out = title.clone() + &note;
        for failure in failed {
            push_failure(&mut out, failure, links, most);
            if out.len() > room {
                break;
            }
        }
        if out.len() <= room {
            return out;
        }
    }
    names(failed, &title, room)
}

fn names(failed: &[FailedTest], title: &str, room: usize) -> String {
    for most in NAMES {
        let note = match most {
            usize::MAX => "There are too many to show what they say.\n\n".to_owned(),
            _ => format!("There are too many: names are cut to {most} characters.\n\n"),
        };
        let mut out = format!("{title}{note}<pre>");
        for failure in failed {
            let name = name(&failure.test, most);
            let _ = writeln!(out, "{name} (shard {})", failure.shard);
            if out.len() > room {
                break;
            }
        }
        out.push_str("</pre>\n");
        if out.len() <= room {
            return out;
        }
    }
    first_ones(failed, title, room)
}

/// The last resort: the first ones, and how many more there are.
fn first_ones(failed: &[FailedTest], title: &str, room: usize) -> String {
    let mut out = format!("{title}There are too many to list them all.\n\n<pre>");
    for (at, failure) in failed.iter().enumerate() {
        let name = name(&failure.test, 60);
        let line = format!("{name} (shard {})\n", failure.shard);
        let rest = format!("... and {} more\n</pre>\n", grouped(failed.len() - at));
        if out.len() + line.len() + rest.len() + 20 > room {
            out.push_str(&rest);
            return if out.len() <= room {
                out
            } else {
                String::new()
            };
        }
        out.push_str(&line);
    }
    out.push_str("</pre>\n");
    out
}

fn push_failure(out: &mut String, failure: &FailedTest, links: &Links, most: usize) {
    let said = &failure.text;
    let shard = format!("shard {}", failure.shard);
    let shard = links.job(failure.job.as_deref(), &shard);
    let first = said.message.lines().find(|line| !line.trim().is_empty());
    let name = inline(&failure.test);
    let _ = write!(out, "<details>\n<summary><code>{name}</code> ({shard})");
    if let Some(first) = first {
        let _ = write!(out, ": {}", inline(&cut(first.trim(), 200, Keep::Start)));
    }
    out.push_str("</summary>\n\n<pre>");
    // The end of what a test says tells most; a traceback says the message again.
    let said_first = if said.text.is_empty() {
        &said.message
    } else {
        &said.text
    };
    let parts = [
        (said_first, 1),
        (&said.system_out, 4),
        (&said.system_err, 4),
    ];
    for (part, share) in parts {
        let part = part.trim_end();
        if !part.is_empty() {
            let _ = writeln!(out, "{}", block(&end_of(part, most / share)));
        }
    }
    out.push_str("</pre>\n</details>\n\n");
}

/// The last `most` bytes of a text, from the beginning of a line where there is one.
fn end_of(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let mut start = text.len() - most;
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
