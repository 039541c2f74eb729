//! The groups of tests in `timings.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::history::History;

/// By group, classname and name: the reports that showed it, ascending.
#[derive(Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct WrittenGroups(BTreeMap<String, BTreeMap<String, BTreeMap<String, Vec<u32>>>>);

impl WrittenGroups {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn of(history: &History, number: impl Fn(u32) -> u32) -> Self {
        let mut written = Self::default();
        for (test, report, group) in history.groups.iter() {
            let classes = written.0.entry(group.to_owned()).or_default();
            let names = classes.entry(history.classname(test).to_owned());
            let reports = names.or_default().entry(history.name(test).to_owned());
            reports.or_default().push(number(report));
        }
        let of_groups = written.0.values_mut().flat_map(BTreeMap::values_mut);
        for reports in of_groups.flat_map(BTreeMap::values_mut) {
            reports.sort_unstable();
        }
        written
    }

    /// Adds them to the history that has their samples; groups of other tests are ignored.
    pub(super) fn add_to(&self, history: &mut History) -> Result<(), String> {
        for (group, classes) in &self.0 {
            for (classname, names) in classes {
                for (name, reports) in names {
                    // Its samples may have been dropped, and the test with them.
                    let Some(test) = history.find(classname, name) else {
                        continue;
                    };
                    for &report in reports {
                        if report as usize >= history.reports.len() {
                            return Err(format!("the group {group} names report {report}"));
                        }
                        history.groups.note(test.0, report, group);
                    }
                }
            }
        }
        history.drop_groups_without_samples();
        Ok(())
    }
}
