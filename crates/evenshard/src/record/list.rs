//! The list that the lines of all shards come from.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::address::bare;

/// The list of tests that each job of a build was given, of which it selected its own lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SharedList {
    /// BLAKE3 of the sorted lines, each with a NUL behind it, in hexadecimal.
    pub digest: String,
    /// Every line of the list once, as [`line`](Self::line) has it, sorted: those of all shards.
    pub lines: Vec<String>,
    /// The lines of this shard that the newest build of the timings had cases for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<String>,
    /// This job ran its lines; false if it printed them for something else to run.
    pub ran: bool,
    /// The runner was to write reports.
    pub reports: bool,
}

impl SharedList {
    /// A line as a record has it: without the `./` that `find` puts before paths.
    pub fn line(text: &str) -> &str {
        bare(text)
    }

    /// The list of these lines, in any order.
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
            // No line contains a NUL, so no two lists have the same bytes.
            digest.update(line.as_bytes()).update(b"\0");
        }
        Self {
            digest: digest.finalize().to_hex().to_string(),
            lines: lines.into_iter().map(str::to_owned).collect(),
            ..Self::default()
        }
    }
}
