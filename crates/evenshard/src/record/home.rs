//! The tests that went to the home of their file or class.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::address::NodeId;
use crate::plan::Kept;
use crate::record::ShardRecord;

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

/// What each test of a record was kept with.
#[derive(Debug)]
pub(crate) struct KeptTests<'r> {
    homes: BTreeMap<&'r str, Kept>,
    positional: BTreeSet<&'r str>,
}

impl<'r> KeptTests<'r> {
    pub(crate) fn of(record: &'r ShardRecord) -> Self {
        let homes = record.home.iter().flat_map(|home| {
            let kept = match home.level {
                HomeLevel::File => Kept::WithFile,
                HomeLevel::Class => Kept::WithClass,
            };
            home.tests.iter().map(move |id| (id.as_str(), kept))
        });
        let positional = record.positional.iter().flatten();
        Self {
            homes: homes.collect(),
            positional: positional.map(String::as_str).collect(),
        }
    }

    /// What the test with this id was kept with; `placed` is the id by which it was placed.
    pub(crate) fn test(&self, id: &str, placed: &NodeId<'_>) -> Kept {
        if let Some(&kept) = self.homes.get(id) {
            return kept;
        }
        if self.positional.is_empty() {
            return Kept::No;
        }
        let function = format!("{}::{}", placed.classname(), placed.function());
        if self.positional.contains(function.as_str()) {
            Kept::WithFunction
        } else {
            Kept::No
        }
    }
}
