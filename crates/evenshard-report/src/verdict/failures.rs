//! The failures of a verdict by what they say: one broken service fails many tests alike.

use std::borrow::Cow;
use std::collections::HashMap;

use evenshard::NodeId;
use evenshard::outcome::Outcome;
use evenshard::verify::{FailedTest, Verdict};

/// The message that pytest gives each file that it could not import.
const COLLECTION: &str = "collection failure";

/// Failures with equal messages, of which there is one at least.
pub(super) struct Group<'v> {
    /// The first line of the message.
    pub(super) reason: String,
    pub(super) tests: Vec<&'v FailedTest>,
    /// They are files that could not be collected.
    pub(super) collection: bool,
}

impl<'v> Group<'v> {
    /// Returns the failure that stands for the group.
    pub(super) fn first(&self) -> &'v FailedTest {
        // There is one: `groups` makes none without.
        self.tests[0]
    }
}

/// Groups the failures: files that could not be collected, then the largest groups.
pub(super) fn groups(verdict: &Verdict) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut known: HashMap<(bool, String), usize> = HashMap::new();
    for failure in &verdict.failures {
        let collection = is_collection(failure);
        let reason = reason(failure);
        let message = match failure.text.message.as_str() {
            "" => &reason,
            _ if collection => &reason,
            message => message,
        };
        let at = *known
            .entry((collection, without_addresses(message)))
            .or_insert(groups.len());
        if at == groups.len() {
            groups.push(Group {
                reason,
                tests: Vec::new(),
                collection,
            });
        }
        groups[at].tests.push(failure);
    }
    // A stable sort: groups of one size stay in the order of the verdict.
    groups.sort_by_key(|group| (!group.collection, usize::MAX - group.tests.len()));
    groups
}

/// Returns true for a file that could not be collected.
pub(super) fn is_collection(failure: &FailedTest) -> bool {
    failure.outcome == Outcome::Errored && failure.text.message == COLLECTION
}

/// Says in one line why a test failed.
fn reason(failure: &FailedTest) -> String {
    let text = &failure.text;
    let lines = |text: &str| -> Vec<String> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.map(str::to_owned).collect()
    };
    if is_collection(failure) {
        // The last line that pytest marks is the error, those before it show the code.
        let marked = lines(&text.text);
        let error = marked.iter().rev().find_map(|l| l.strip_prefix("E "));
        let error = error.map(|error| error.trim().to_owned());
        return error.unwrap_or_else(|| COLLECTION.to_owned());
    }
    let first = lines(&text.message).into_iter().next();
    first
        .or_else(|| lines(&text.text).into_iter().next_back())
        .unwrap_or_else(|| "no message".to_owned())
}

/// Writes a message without the addresses of objects, which differ from run to run.
fn without_addresses(message: &str) -> String {
    let mut parts = message.split("0x");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("0x");
        out.push_str(part.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
    }
    out
}

/// Returns the node id of a failure. Reports name a file that could not be collected
/// `tests.test_a`; its traceback shows the path.
pub(super) fn node_id(failure: &FailedTest) -> Cow<'_, str> {
    let name = failure.test.trim_start_matches("::");
    if !is_collection(failure) {
        return name.into();
    }
    let path = name.len() + ".py".len();
    let apart = |c: char| c.is_whitespace() || matches!(c, '\'' | '"' | ':');
    let of_file = failure.text.text.split(apart).find_map(|word| {
        let end = word.get(word.len().checked_sub(path)?..)?;
        (NodeId::parse(end).dotted_file() == name).then_some(end)
    });
    of_file.unwrap_or(name).into()
}

/// Makes the command that repeats a failure of pytest; other runners have no node ids.
pub(super) fn repeat(verdict: &Verdict, failure: &FailedTest) -> Option<String> {
    if verdict.list.is_some() {
        return None;
    }
    Some(format!("pytest {}", shell_words::quote(&node_id(failure))))
}
