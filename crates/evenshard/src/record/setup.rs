//! The measured cost of setup: imports, collection, and fixtures of modules and classes.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::{Deserialize, Serialize};

use crate::Micros;

/// The measured cost of setup, by file: as in [`files`](crate::record::RunRecord::files).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SetupCosts {
    /// By file, relative to pytest's root folder.
    pub files: BTreeMap<String, FileSetup>,
}

/// The measured setup cost of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSetup {
    /// Import and collection, its classes included; `None` where that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import_us: Option<Micros>,
    /// The first file that its process imported, which paid for everything that files share.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first: bool,
    /// Its module fixtures, each set up once; `None` where none was set up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixtures_us: Option<Micros>,
    /// The class fixtures of its classes (`TestX`, `TestX.TestInner`), where some were set up.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub classes_us: BTreeMap<String, Micros>,
    /// The part of these fixtures in the duration of a test, by node id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub paid_us: BTreeMap<String, Micros>,
}

impl SetupCosts {
    /// Returns true if nothing was measured.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Takes in what another process of the same shard measured.
    pub fn join(&mut self, other: Self) {
        for (file, setup) in other.files {
            match self.files.entry(file) {
                Entry::Vacant(entry) => {
                    entry.insert(setup);
                }
                Entry::Occupied(mut entry) => entry.get_mut().join(setup),
            }
        }
    }
}

impl FileSetup {
    /// Takes in what another process measured: the smaller cost counts, and an import that
    /// was not the first of its process before one that was.
    fn join(&mut self, other: Self) {
        let import = |setup: &Self| Some((setup.first, setup.import_us?));
        // An import that was not the first of its process sorts first.
        if let Some((first, import_us)) = [import(self), import(&other)].into_iter().flatten().min()
        {
            (self.first, self.import_us) = (first, Some(import_us));
        }
        // The smaller cost counts, since noise only adds.
        self.fixtures_us = match (self.fixtures_us, other.fixtures_us) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        for (class, cost) in other.classes_us {
            let known = self.classes_us.entry(class).or_insert(cost);
            *known = cost.min(*known);
        }
        for (test, paid) in other.paid_us {
            let known = self.paid_us.entry(test).or_insert(paid);
            // The larger one: each process pays for its own fixtures.
            *known = paid.max(*known);
        }
    }
}
