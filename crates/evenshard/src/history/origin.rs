//! The facts of a report as a whole, and its origin.

use crate::Micros;
use crate::record::RunRecord;

/// The facts in a report about the report as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportFacts {
    /// Digest of its content: a report counts once, however often it is found.
    pub digest: String,
    /// Its start, in milliseconds since 1970 (UTC where the report has no offset).
    pub begun_ms: Option<i64>,
    /// The wall time of its suites, where given.
    pub wall: Option<Micros>,
}

impl ReportFacts {
    /// Makes the facts of a report that is nothing but durations: its digest.
    #[doc(hidden)]
    pub fn of_content(content: &[u8]) -> Self {
        Self {
            digest: blake3::hash(content).to_hex().to_string(),
            ..Self::default()
        }
    }
}

/// The facts about a report from outside: its run record, or the caller.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The build it is from.
    pub build: Option<String>,
    /// The shard it is of (counted from 1), and how many there were.
    #[doc(hidden)]
    pub shard: Option<(u32, u32)>,
    /// True if it was declared to be part of a complete build.
    pub complete: bool,
    /// The tests that the user selected, as in the run record; `None` if unknown.
    #[doc(hidden)]
    pub selection: Option<String>,
}

impl From<&RunRecord> for Origin {
    /// Takes the facts from the run record beside a report.
    fn from(record: &RunRecord) -> Self {
        Self {
            build: record.build.clone(),
            shard: Some((record.shard.number(), record.shard.count().get())),
            // Only people declare that.
            complete: false,
            selection: record.selection.clone(),
        }
    }
}

impl Origin {
    /// Joins the facts about one report from two sources; their order does not matter.
    #[must_use]
    pub(super) fn joined(self, other: Self) -> Self {
        Self {
            // The greater one, so that the order of sources does not matter.
            build: self.build.max(other.build),
            shard: self.shard.max(other.shard),
            complete: self.complete || other.complete,
            selection: self.selection.max(other.selection),
        }
    }
}
