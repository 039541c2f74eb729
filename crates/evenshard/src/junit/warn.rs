//! Warnings about one file: a few of each kind, and then their number.

use super::limits::WARNINGS_PER_KIND;
use crate::{Location, Warning};

/// Kinds of oddities, each with its own limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A file that ends too early, or is no report.
    File,
    /// Bytes or an encoding that are not what they should be.
    Encoding,
    /// Markup that is not well-formed.
    Markup,
    /// References and characters that XML does not allow.
    Text,
    /// A time that is doubtful or unreadable.
    Time,
    /// A limit that was reached.
    Limit,
}

const KINDS: usize = 6;

/// Collects warnings as line and message; the file's name is added once, at the end.
#[derive(Debug, Default)]
pub(super) struct Warnings {
    seen: [usize; KINDS],
    kept: Vec<(u64, String)>,
    more: usize,
}

impl Warnings {
    /// Notes an oddity at `line`, counted from 1.
    pub(super) fn note(&mut self, kind: Kind, line: u64, message: impl FnOnce() -> String) {
        let seen = &mut self.seen[kind as usize];
        *seen += 1;
        if *seen <= WARNINGS_PER_KIND {
            self.kept.push((line, message()));
        } else {
            self.more += 1;
        }
    }

    /// Returns the warnings by line, the last with the number of further ones.
    pub(super) fn finish(&mut self, file: &str) -> Vec<Warning> {
        let mut kept = std::mem::take(&mut self.kept);
        // A reader goes through its file from the top; checks of a window come late.
        kept.sort_by_key(|&(line, _)| line);
        let mut warnings: Vec<Warning> = kept
            .into_iter()
            .map(|(line, message)| Warning::new(Location::line(file, line), message))
            .collect();
        if self.more > 0 {
            let message = format!("and {} more of the same kinds", self.more);
            warnings.push(Warning::new(Location::file(file), message));
        }
        warnings
    }
}
