//! What records told of tests, in `timings.json`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::history::told::Told;

/// Reports by name, each a set of numbers.
type Reports = BTreeMap<String, BTreeSet<u32>>;

/// What records told, by report.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct WrittenTold {
    /// The reports whose records tell.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    told: BTreeSet<u32>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    homes: Reports,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    positional: Reports,
}

impl WrittenTold {
    pub(super) fn of(told: &Told, number: impl Fn(u32) -> u32) -> Self {
        let numbers = |old: &BTreeSet<u32>| old.iter().map(|&old| number(old)).collect();
        let all = |of: &Reports| {
            let named = of.iter().map(|(name, old)| (name.clone(), numbers(old)));
            named.collect()
        };
        Self {
            told: numbers(&told.reports),
            homes: all(&told.homes),
            positional: all(&told.positional),
        }
    }

    /// What was written, in a history of so many reports.
    pub(super) fn read(self, reports: u32) -> Result<Told, String> {
        let named = self.homes.iter().chain(&self.positional);
        let found = named.flat_map(|(name, of)| of.iter().map(move |&r| (name.as_str(), r)));
        let all = self.told.iter().map(|&report| ("told", report));
        if let Some((name, report)) = all.chain(found).find(|&(_, report)| report >= reports) {
            return Err(format!("{name} names report {report}"));
        }
        Ok(Told {
            reports: self.told,
            homes: self.homes,
            positional: self.positional,
        })
    }
}
