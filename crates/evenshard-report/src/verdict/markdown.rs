//! The verdict as Markdown: one annotation of a Buildkite build, or GitHub's step summary.
//!
//! Both take `CommonMark` with tables and a little HTML, and 1 MiB of it. All that tests,
//! files and jobs say is written with character references, so that it is neither markup nor
//! HTML. Where it would not fit, the longest texts of failures are cut first; the names of
//! failed tests stay.

use std::fmt::Write as _;

use evenshard::verify::{FailedTest, Problem, QuarantinedTest, RanAgain, Verdict};

use crate::markup::{block, inline};
use crate::verdict::text;
use crate::words::{grouped, percent, plural};

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

/// Where the jobs of a build can be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// The address of the build, to which `#` and a job are added.
    build: Option<String>,
}

impl Links {
    /// Links below this address, if it is one that can be shown: `https://` and no more than
    /// letters, digits and `-._~/:`.
    pub fn to_build(url: &str) -> Self {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/:".contains(c);
        let good =
            (url.starts_with("https://") || url.starts_with("http://")) && url.chars().all(plain);
        Self {
            build: good.then(|| url.to_owned()),
        }
    }

    /// A link to a job, where it has an address.
    fn job(&self, job: Option<&str>, text: &str) -> String {
        let known = |job: &&str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
            !job.is_empty() && job.chars().all(plain)
        };
        match (&self.build, job.filter(known)) {
            (Some(url), Some(job)) => format!("<a href=\"{url}#{job}\">{text}</a>"),
            _ => text.to_owned(),
        }
    }
}

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
    let again = |tests: &[RanAgain]| -> Vec<(String, String)> {
        let said = |t: &RanAgain| {
            (
                t.test.clone(),
                format!("shard {}, {} runs", t.shard, t.runs),
            )
        };
        tests.iter().map(said).collect()
    };
    let quarantined = |t: &QuarantinedTest| (t.test.clone(), format!("shard {}", t.shard));
    let quarantined: Vec<_> = verdict.quarantined.iter().map(quarantined).collect();
    for (what, tests) in [
        ("flaky: failed, then passed", again(&verdict.flaky)),
        ("retried in vain", again(&verdict.retried)),
        ("failed in quarantine", quarantined),
    ] {
        push_tests(&mut out, what, &tests, bounds);
    }
    out
}

/// How many there are beyond those that are shown, where there are.
fn more(all: usize, shown: usize) -> Option<String> {
    let n = all.checked_sub(shown).filter(|&n| n > 0)?;
    Some(format!("{} more", grouped(n as u64)))
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
    let message = inline(&shortened(&problem.message, bounds.message));
    if names.is_empty() || bounds.names == 0 {
        let _ = write!(out, "**{what}**: {message}\n\n");
        return;
    }
    let _ = write!(
        out,
        "<details>\n<summary><strong>{what}</strong>: {message}</summary>\n\n<pre>"
    );
    for name in names.iter().take(bounds.names) {
        let _ = writeln!(out, "{}", block(&one_line(&shortened(name, bounds.name))));
    }
    if let Some(more) = more(names.len(), bounds.names) {
        let _ = writeln!(out, "... and {more}");
    }
    out.push_str("</pre>\n</details>\n\n");
}

fn push_shards(out: &mut String, verdict: &Verdict, links: &Links, bounds: &Bounds) {
    out.push_str("| shard | state | tests | failed | predicted | measured |\n");
    out.push_str("|---:|---|---:|---:|---:|---:|\n");
    for shard in verdict.shards.iter().take(bounds.shards) {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            links.job(shard.job.as_deref(), &shard.shard.to_string()),
            shard.state,
            grouped(shard.tests),
            grouped(shard.outcomes.failed + shard.outcomes.errored),
            shard.predicted_us,
            shard.measured_us.map_or("-".to_owned(), |m| m.to_string()),
        );
    }
    if let Some(more) = more(verdict.shards.len(), bounds.shards) {
        let _ = write!(out, "\n... and {more} shards\n");
    }
    if let Some(balance) = &verdict.balance {
        let _ = write!(
            out,
            "\nSlowest: shard {}, {} over the mean; {} of waiting, {} of agents' time.\n",
            balance.slowest,
            percent(balance.imbalance_ppm),
            balance.waited_us,
            balance.idle_us
        );
    }
    out.push('\n');
}

/// Tests, each with what is said of it, in a block that can be opened.
fn push_tests(out: &mut String, what: &str, tests: &[(String, String)], bounds: &Bounds) {
    if tests.is_empty() {
        return;
    }
    let n = grouped(tests.len() as u64);
    if bounds.names == 0 {
        let _ = write!(out, "{n} {what}\n\n");
        return;
    }
    let _ = write!(out, "<details>\n<summary>{n} {what}</summary>\n\n<pre>");
    for (test, said) in tests.iter().take(bounds.names) {
        let name = block(&one_line(&shortened(test, bounds.name)));
        let _ = writeln!(out, "{name} ({said})");
    }
    if let Some(more) = more(tests.len(), bounds.names) {
        let _ = writeln!(out, "... and {more}");
    }
    out.push_str("</pre>\n</details>\n\n");
}

/// The failures in `room` bytes: with texts as long as they can be, else their names, else
/// their names shortened, else as many as there is room for.
fn failures(verdict: &Verdict, links: &Links, room: usize) -> String {
    let failed = &verdict.failures;
    if failed.is_empty() {
        return String::new();
    }
    let n = grouped(failed.len() as u64);
    let title = format!("#### {n} failure{}\n\n", plural(failed.len()));
    for most in TEXTS.into_iter().filter(|most| *most > 0) {
        let note = match most {
            16_384 => String::new(),
            _ => format!(
                "Texts are cut to {} bytes each: there are many.\n\n",
                grouped(most as u64)
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
            let name = block(&one_line(&shortened(&failure.test, most)));
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
    counted(failed, title, room)
}

/// The last resort: the first ones, and how many more there are.
fn counted(failed: &[FailedTest], title: &str, room: usize) -> String {
    let mut out = format!("{title}There are too many to list them all.\n\n<pre>");
    for (at, failure) in failed.iter().enumerate() {
        let name = block(&one_line(&shortened(&failure.test, 60)));
        let line = format!("{name} (shard {})\n", failure.shard);
        let rest = format!(
            "... and {} more\n</pre>\n",
            grouped((failed.len() - at) as u64)
        );
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
    let name = inline(&one_line(&failure.test));
    let _ = write!(out, "<details>\n<summary><code>{name}</code> ({shard})");
    if let Some(first) = first {
        let _ = write!(out, ": {}", inline(&shortened(first.trim(), 200)));
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

/// At most so many characters of a text.
fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}
