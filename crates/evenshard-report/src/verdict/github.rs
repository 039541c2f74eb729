//! The failures as commands to GitHub Actions, which shows them beside the lines of a change.

use std::fmt::Write as _;

use evenshard::verify::{FailedTest, Verdict};

use crate::escape::printable;
use crate::verdict::failures::{Group, groups, node_id, repeat};
use crate::verdict::text;
use crate::words::{Keep, counted, cut};

/// The most annotations that GitHub shows of a step.
const MOST: usize = 10;
const MESSAGE: usize = 500;

/// Renders the verdict as at most ten `::error` lines; none if all passed. Paths are those of
/// the node ids below `folder`, the suite's own folder in the repository.
pub fn render(verdict: &Verdict, folder: &str) -> String {
    let mut out = String::new();
    let mut left = MOST;
    if !verdict.proved {
        let problem = verdict.problems.first().map(|p| p.message.as_str());
        let message = [
            text::headline(verdict),
            problem.unwrap_or_default().to_owned(),
        ];
        push(&mut out, "", "evenshard", &message.join("\n"));
        left -= 1;
    }
    push_failures(&mut out, verdict, folder, left);
    out
}

/// Renders the failures of one job as at most ten `::error` lines, and a line that counts those
/// that are in none of them.
pub fn failures(verdict: &Verdict, folder: &str) -> String {
    let mut out = String::new();
    let unnamed = push_failures(&mut out, verdict, folder, MOST);
    if unnamed > 0 {
        let _ = writeln!(out, "and {} that failed", counted(unnamed, "more test"));
    }
    out
}

/// Adds at most `left` lines, and returns the number of failures that are in none.
fn push_failures(out: &mut String, verdict: &Verdict, folder: &str, left: usize) -> usize {
    let groups = groups(verdict);
    // One annotation a test as long as all fit, else one for each kind of failure.
    let each = verdict.failures.len() <= left;
    let shown = groups.iter().flat_map(|group| {
        let most = if each { usize::MAX } else { 1 };
        group
            .tests
            .iter()
            .take(most)
            .map(move |test| (group, *test))
    });
    let mut unnamed = verdict.failures.len();
    for (group, test) in shown.take(left) {
        let place = place(verdict, test, folder);
        let more = if each { 0 } else { group.tests.len() - 1 };
        push(
            out,
            &place,
            &node_id(test),
            &message(verdict, group, test, more),
        );
        unnamed -= 1 + more;
    }
    unnamed
}

/// Renders the error of a build of which there is nothing to judge.
pub fn without_results(why: &str) -> String {
    let mut out = String::new();
    push(&mut out, "", "evenshard", &format!("NOT proved: {why}"));
    out
}

fn message(verdict: &Verdict, group: &Group<'_>, test: &FailedTest, more: usize) -> String {
    let mut message = cut(&group.reason, MESSAGE, Keep::Start);
    if more > 0 {
        let _ = write!(message, "\nand {} alike", counted(more, "more test"));
    }
    if let Some(command) = repeat(verdict, test) {
        let _ = write!(message, "\n{command}");
    }
    message
}

/// The properties that say where a test failed, as far as its traceback shows its own file.
fn place(verdict: &Verdict, test: &FailedTest, folder: &str) -> String {
    if verdict.list.is_some() {
        return String::new();
    }
    let id = node_id(test);
    let file = id.split("::").next().unwrap_or_default();
    let folder = match folder.trim_matches('/') {
        "" | "." => String::new(),
        folder => format!("{folder}/"),
    };
    let mut place = format!("file={},", property(&format!("{folder}{file}")));
    let line = test.text.text.lines().find_map(|line| {
        let rest = line.strip_prefix(file)?.strip_prefix(':')?;
        rest.split(':').next()?.parse::<u32>().ok()
    });
    if let Some(line) = line {
        let _ = write!(place, "line={line},");
    }
    place
}

fn push(out: &mut String, place: &str, title: &str, message: &str) {
    let title = property(&cut(title, 200, Keep::Ends));
    let _ = writeln!(out, "::error {place}title={title}::{}", data(message));
}

/// Escapes a message: what GitHub takes for the end of a line, and what acts on a terminal.
fn data(text: &str) -> String {
    let text = printable(text).replace('%', "%25");
    text.replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property, which ends at a colon or a comma.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
