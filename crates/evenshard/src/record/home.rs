//! The tests that went to the home of their file or class.

use serde::{Deserialize, Serialize};

/// Tests that stayed with their file or class for one reason.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Home {
    /// The level that they stayed at.
    pub level: HomeLevel,
    /// The dotted file or the classname.
    pub of: String,
    /// The reason: `dependency`, `automark`, `order`, `run`, `incremental`, `positions`,
    /// `mark:NAME` for a mark of the configuration, `collector:NAME` or `fixture:NAME`.
    pub why: String,
    /// The node ids of those that this job was to run.
    pub tests: Vec<String>,
}

/// The file or class that tests stayed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum HomeLevel {
    /// Their file.
    File,
    /// Their class.
    Class,
}

impl Home {
    /// Returns true if these tests need each other: a lone item of a collector or a lone snapshot
    /// does not, such as an item that a linter adds to each file.
    pub fn binds(&self) -> bool {
        // Each item of a linter, and each snapshot, is a test of its own.
        let alone = self.why.starts_with("collector:") || self.why.starts_with("fixture:");
        !alone || self.tests.len() > 1
    }
}
