//! The verdict as Markdown: one annotation of a Buildkite build, or GitHub's step summary.
//!
//! Both take `CommonMark` with tables and a little HTML, and 1 MiB of it. Text of tests, files
//! and jobs is written with character references, so that it is neither markup nor HTML. Failures
//! with equal messages are one block. If all does not fit, texts are cut first, then lists.

use std::fmt::Write as _;

use evenshard::address::likely_node_id;
use evenshard::verify::{FailedTest, Problem, Verdict};

use crate::markdown::push_table;
use crate::markup::{Links, block, inline};
use crate::sentences::balance;
use crate::tables::{JUDGED, measured};
use crate::verdict::failures::{Group, groups, is_collection, node_id, repeat};
use crate::verdict::{lists, text};
use crate::words::{Keep, capital, counted, cut, grouped};

/// The most bytes of an annotation of Buildkite and of a step summary of GitHub: 1 MiB, by the
/// documentation of both.
pub const LIMIT: usize = 1_048_576;
/// The most characters of a name or a message in a title.
const TITLE: usize = 200;

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
/// The bounds of the failures.
#[derive(Clone, Copy, Debug)]
struct Sizes {
    /// Groups of equal messages in full.
    groups: usize,
    /// Bytes of the text of each.
    text: usize,
    /// Tests of each group, and of those beyond the groups.
    tests: usize,
    rest: usize,
    /// Characters of each name.
    name: usize,
}

/// From most to least; the first that fits is taken. Chosen: 16 KiB hold a long traceback, 128 bytes
/// its last line. Of the 73,065 node ids of attrs, Jinja2, networkx, packaging and statsmodels, 240
/// characters hold 99.8 %, 120 hold 93 % and 60 hold 3 %.
const SIZES: [Sizes; 5] = [
    sizes(20, 16_384, 50, 500, 2_000),
    sizes(20, 4_096, 20, 200, 500),
    sizes(20, 1_024, 10, 50, 240),
    sizes(20, 256, 3, 10, 120),
    sizes(3, 128, 1, 0, 60),
];

const fn sizes(groups: usize, text: usize, tests: usize, rest: usize, name: usize) -> Sizes {
    Sizes {
        groups,
        text,
        tests,
        rest,
        name,
    }
}

/// The Markdown, of at most `limit` bytes: what failed, then what keeps it from being proved, then
/// the rest.
pub fn render(verdict: &Verdict, links: &Links, limit: usize) -> String {
    let head = headline(verdict);
    let mut rest = String::new();
    for bounds in &BOUNDS {
        rest = around(verdict, links, bounds);
        // The failures are what most readers look for.
        if head.len() + rest.len() <= limit / 2 {
            break;
        }
    }
    if head.len() + rest.len() > limit {
        rest.clear();
    }
    let room = limit.saturating_sub(head.len() + rest.len());
    head + &failures(verdict, links, room) + &rest
}

/// The Markdown of a build of which there is nothing to judge.
pub fn without_results(why: &str) -> String {
    format!(
        "### NOT proved&#58; {}\n\nDid the plan fail, or did every job stop before its tests began?\n",
        inline(&cut(why, TITLE, Keep::Start))
    )
}

/// All but the failures.
fn around(verdict: &Verdict, links: &Links, bounds: &Bounds) -> String {
    let mut out = String::new();
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
    for (what, tests) in lists(verdict) {
        push_tests(&mut out, what, &tests, bounds);
    }
    push_shards(&mut out, verdict, links, bounds);
    out
}

/// The number beyond those that are shown, if there are more.
fn more(all: usize, shown: usize) -> Option<String> {
    (all > shown).then(|| format!("{} more", grouped(all - shown)))
}

/// The title, whose first words are the reason why a build is red, and the verdict in a line.
fn headline(verdict: &Verdict) -> String {
    format!(
        "### {}\n\n{}\n\n",
        inline(&title(verdict)),
        inline(&text::headline(verdict))
    )
}

fn title(verdict: &Verdict) -> String {
    let broken = verdict.failures.iter().filter(|f| is_collection(f));
    let broken: Vec<&FailedTest> = broken.collect();
    let mut parts = Vec::new();
    match broken.as_slice() {
        [] => {}
        [only] => parts.push(format!(
            "{} could not be collected",
            cut(&node_id(only), TITLE, Keep::Ends)
        )),
        all => parts.push(format!(
            "{} could not be collected",
            counted(all.len(), "file")
        )),
    }
    if let Some(problem) = verdict.problems.first() {
        let mut part = format!("NOT proved: {}", cut(&problem.message, TITLE, Keep::Start));
        if let Some(more) = more(verdict.problems.len(), 1) {
            let _ = write!(part, ", and {more}");
        }
        parts.push(part);
    }
    parts.push(counts(verdict, broken.len() as u64));
    parts.join("; ")
}

/// The counts of tests, failed ones first.
fn counts(verdict: &Verdict, broken: u64) -> String {
    let totals = &verdict.totals;
    let outcomes = &totals.outcomes;
    let failed = (verdict.failures.len() as u64).saturating_sub(broken);
    let failed = failed.max(outcomes.failed + outcomes.errored);
    let counts = [
        (failed, "failed"),
        (totals.lost, "lost"),
        (totals.ran_twice, "ran twice"),
        (totals.not_run, "not run: stopped on request"),
        (outcomes.passed + outcomes.xfailed, "passed"),
        (outcomes.skipped + outcomes.notrun, "skipped"),
        (verdict.flaky.len() as u64, "flaky"),
        (totals.missing, "missing"),
    ];
    let shown = counts.into_iter();
    // A build without a passing test says so.
    let shown = shown.filter(|&(n, what)| n > 0 || what == "passed");
    let counts: Vec<String> = shown
        .map(|(n, what)| format!("{} {what}", grouped(n)))
        .collect();
    counts.join(", ")
}

/// A problem, with its names in a block that can be opened.
fn push_problem(out: &mut String, what: &str, problem: &Problem, bounds: &Bounds) {
    let message = inline(&cut(&problem.message, bounds.message, Keep::Start));
    let names = problem.tests.iter().chain(&problem.files);
    let names: Vec<String> = names.map(|each| name(each, bounds.name)).collect();
    // A block that opens to nothing would mislead.
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

/// The failures in `room` bytes: groups of equal messages, a list of those beyond, and a count
/// of what is not shown. If there is no room for that, they are counted.
fn failures(verdict: &Verdict, links: &Links, room: usize) -> String {
    let groups = groups(verdict);
    if groups.is_empty() {
        return String::new();
    }
    let fits = |text: &String| text.len() <= room;
    let rendered = SIZES
        .iter()
        .map(|sizes| in_sizes(verdict, &groups, links, sizes));
    rendered.into_iter().find(fits).unwrap_or_else(|| {
        let count = format!(
            "{}: too many to show here\n\n",
            counted(verdict.failures.len(), "failure")
        );
        Some(count).filter(fits).unwrap_or_default()
    })
}

fn in_sizes(verdict: &Verdict, groups: &[Group<'_>], links: &Links, sizes: &Sizes) -> String {
    let mut out = String::new();
    for group in groups.iter().take(sizes.groups) {
        push_group(&mut out, verdict, group, links, sizes);
    }
    let rest = groups.iter().skip(sizes.groups);
    let rest: Vec<&FailedTest> = rest.flat_map(|group| &group.tests).copied().collect();
    if !rest.is_empty() {
        let summary = counted(rest.len(), "more failure");
        let shown = rest.iter().take(sizes.rest);
        let mut named: Vec<String> = shown.map(|f| command(verdict, f, sizes.name)).collect();
        if let Some(more) = more(rest.len(), sizes.rest) {
            named.push(format!(
                "... and {more}: evenshard verify --format json has all"
            ));
        }
        push_details(&mut out, &summary, &named, usize::MAX);
    }
    out
}

/// A group of failures, in a block that can be opened: what the first says, and the commands that
/// repeat each.
fn push_group(
    out: &mut String,
    verdict: &Verdict,
    group: &Group<'_>,
    links: &Links,
    sizes: &Sizes,
) {
    let first = group.first();
    let reason = inline(&cut(&group.reason, TITLE, Keep::Start));
    let shard = format!("shard {}", first.shard);
    let shard = links.job(first.job.as_deref(), &shard);
    let test = inline(&cut(&node_id(first), sizes.name, Keep::Start));
    let summary = match group.tests.len() {
        1 => format!("<code>{test}</code> ({shard}): {reason}"),
        n if group.collection => format!("<strong>{}</strong>: {reason}", counted(n, "file")),
        n => format!("<strong>{}</strong>: {reason}", counted(n, "test")),
    };
    let mut named = Vec::new();
    if group.tests.len() > 1 {
        named.push(format!(
            "{} (shard {}):",
            name(&node_id(first), sizes.name),
            first.shard
        ));
    }
    named.extend(texts(first, sizes.text));
    named.push(String::new());
    let shown = group.tests.iter().take(sizes.tests);
    named.extend(shown.map(|f| command(verdict, f, sizes.name)));
    if let Some(more) = more(group.tests.len(), sizes.tests) {
        named.push(format!("... and {more}"));
    }
    push_details(out, &summary, &named, usize::MAX);
}

/// The command that repeats a failure, or its name.
fn command(verdict: &Verdict, failure: &FailedTest, most: usize) -> String {
    let command = repeat(verdict, failure).unwrap_or_else(|| node_id(failure).into_owned());
    format!("{}  &#35; shard {}", name(&command, most), failure.shard)
}

/// What a failure says: its traceback, which repeats its message, and its output.
fn texts(failure: &FailedTest, most: usize) -> Vec<String> {
    let output = &failure.text;
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
    // The end of a text says most.
    let parts = parts.filter(|(part, _)| !part.is_empty());
    parts
        .map(|(part, &most)| block(&end_of(part, most)))
        .collect()
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
    block(&cut(&likely_node_id(name), most, Keep::Start).replace(['\n', '\r'], " "))
}
