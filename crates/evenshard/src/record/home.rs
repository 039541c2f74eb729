//! The tests that went to the home of their file or class.

use serde::{Deserialize, Serialize};

/// Tests that stayed with their file or class for one reason.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Home {
    /// What they stayed with.
    pub level: HomeLevel,
    /// The dotted file or the classname.
    pub of: String,
    /// Why: `dependency`, `automark`, `order`, `run`, `incremental`, `positions`, `mark:NAME` for a
    /// mark of the configuration, `collector:NAME` or `fixture:NAME`.
    pub why: String,
    /// The node ids of those that this job was to run.
    pub tests: Vec<String>,
}

/// What tests stayed with.
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
    /// Whether these tests need each other: a lone item of a collector or a lone snapshot does
    /// not, such as what a linter adds to each file.
    pub fn binds(&self) -> bool {
        let alone = self.why.starts_with("collector:") || self.why.starts_with("fixture:");
        !alone || self.tests.len() > 1
    }
}
