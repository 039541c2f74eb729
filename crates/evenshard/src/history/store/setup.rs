//! Measured setup costs in `timings.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Micros;
use crate::history::{Cost, MeasuredCosts, What};

/// Measured setup costs of files and classes; those within the time of a test are with its samples.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct WrittenSetup {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    files: BTreeMap<String, Vec<WrittenFile>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    classes: BTreeMap<String, Vec<(u32, Micros)>>,
}

/// (report; import; 1 if that was the first of its process; module fixtures)
#[derive(Default, Serialize, Deserialize)]
struct WrittenFile(u32, Option<Micros>, u8, Option<Micros>);

impl WrittenSetup {
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.classes.is_empty()
    }

    /// `number` gives each report the number under which it is written.
    pub(super) fn of(measured: &MeasuredCosts, number: impl Fn(u32) -> u32) -> Self {
        let mut files: BTreeMap<String, BTreeMap<u32, WrittenFile>> = BTreeMap::new();
        let mut classes: BTreeMap<String, BTreeMap<u32, Micros>> = BTreeMap::new();
        for (report, what, name, cost) in measured.named() {
            let report = number(report);
            // Of a file two costs are written together, of a class one.
            if what == What::Class {
                let of_class = classes.entry(name.to_owned()).or_default();
                of_class.insert(report, cost.cost);
                continue;
            }
            let file = files.entry(name.to_owned()).or_default();
            let file = file.entry(report).or_default();
            file.0 = report;
            if what == What::Import {
                (file.1, file.2) = (Some(cost.cost), u8::from(cost.first));
            } else {
                file.3 = Some(cost.cost);
            }
        }
        Self {
            files: files
                .into_iter()
                .map(|(name, by_report)| (name, by_report.into_values().collect()))
                .collect(),
            classes: classes
                .into_iter()
                .map(|(name, by_report)| (name, by_report.into_iter().collect()))
                .collect(),
        }
    }

    /// Converts them to the costs of a history with so many reports.
    pub(super) fn read(self, reports: u32) -> Result<MeasuredCosts, String> {
        let mut measured = MeasuredCosts::default();
        // A file that was edited must not make an index that is out of range.
        let known = |name: &str, report: u32| {
            let error = || format!("a setup cost of {name} names report {report}");
            (report < reports).then_some(report).ok_or_else(error)
        };
        for (name, costs) in self.files {
            for WrittenFile(report, import, first, fixtures) in costs {
                let report = known(&name, report)?;
                if let Some(cost) = import {
                    let first = first != 0;
                    measured.note(report, What::Import, &name, Cost { first, cost });
                }
                if let Some(cost) = fixtures {
                    measured.note(report, What::Modules, &name, cost.into());
                }
            }
        }
        for (name, costs) in self.classes {
            for (report, cost) in costs {
                let report = known(&name, report)?;
                measured.note(report, What::Class, &name, cost.into());
            }
        }
        Ok(measured)
    }
}
