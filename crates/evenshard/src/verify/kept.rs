//! The file, class or function that each test of a run record was kept with.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::NodeId;
use crate::plan::Kept;
use crate::record::{HomeLevel, RunRecord};

/// The [`Kept`] of each test of a run record.
#[derive(Debug)]
pub(super) struct KeptTests<'r> {
    homes: BTreeMap<&'r str, Kept>,
    positional: BTreeSet<&'r str>,
}

impl<'r> KeptTests<'r> {
    pub(super) fn of(record: &'r RunRecord) -> Self {
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

    /// Returns the `Kept` of a test; `placed` is the id that the plugin placed it by.
    pub(super) fn test(&self, id: &str, placed: &NodeId<'_>) -> Kept {
        if let Some(&kept) = self.homes.get(id) {
            return kept;
        }
        // Most records have none: no name needs to be made.
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
