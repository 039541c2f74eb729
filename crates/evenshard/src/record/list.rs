//! The list of tests that the jobs of a build split among themselves.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::address::bare;

/// The list of tests that every job of a build received. Each job selected the lines of its shard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SharedList {
    /// The BLAKE3 digest of the sorted lines, each followed by a NUL, in hexadecimal.
    pub digest: String,
    /// The lines of all shards, sorted and without duplicates, as [`line`](Self::line) returns
    /// them.
    pub lines: Vec<String>,
    /// The lines of this shard that have cases in the newest build of the timings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<String>,
    /// True if this job ran its lines; false if it printed them for another program to run.
    pub ran: bool,
    /// True if the runner was expected to write reports.
    pub reports: bool,
}

impl SharedList {
    /// Returns a line as run records have it: without the `./` that `find` puts before paths.
    pub fn line(text: &str) -> &str {
        bare(text)
    }

    /// Makes the list of these lines. Their order does not matter.
    ///
    /// ```
    /// use evenshard::record::SharedList;
    ///
    /// let list = SharedList::of(["b.js", "a.js", "b.js"]);
    /// assert_eq!(list.lines, ["a.js", "b.js"]);
    /// assert_eq!(list.digest, SharedList::of(["a.js", "b.js"]).digest);
    /// ```
    pub fn of<'l>(lines: impl IntoIterator<Item = &'l str>) -> Self {
        let lines: BTreeSet<&str> = lines.into_iter().map(Self::line).collect();
        let mut digest = blake3::Hasher::new();
        for line in &lines {
            // No line contains a NUL, so different lists never hash the same bytes.
            digest.update(line.as_bytes()).update(b"\0");
        }
        Self {
            digest: digest.finalize().to_hex().to_string(),
            lines: lines.into_iter().map(str::to_owned).collect(),
            ..Self::default()
        }
    }
}
