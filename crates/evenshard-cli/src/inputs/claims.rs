//! The run records of lists that name a report, where none is beside it by its name.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use evenshard::RunRecord;

use crate::files;

/// Bytes of a record that hold the key of its list: it comes before everything long. Chosen: a page.
const HEAD: u64 = 4 << 10;

/// Records of lists, by the names of the reports that they name.
#[derive(Debug, Default)]
pub(super) struct Claims(BTreeMap<String, Vec<(PathBuf, RunRecord)>>);

impl Claims {
    /// Reads the records of lists among these.
    pub(super) fn of(records: &BTreeSet<PathBuf>) -> Self {
        let mut claims = Self::default();
        for path in records {
            // One that is broken claims nothing; `verify` names it.
            let Some(record) = read(path) else { continue };
            for name in record.junit.iter().chain(&record.further_junit) {
                let named = Path::new(name).file_name().unwrap_or_default();
                let of_name = claims.0.entry(named.to_string_lossy().into_owned());
                of_name.or_default().push((path.clone(), record.clone()));
            }
        }
        claims
    }

    /// Returns the record that names this report: the one in its folder, otherwise the only one.
    pub(super) fn of_report(&self, report: &Path) -> Option<&RunRecord> {
        let claims = self.0.get(&files::plain_name(report))?;
        let beside = claims
            .iter()
            .find(|(path, _)| path.parent() == report.parent());
        match (beside, claims.as_slice()) {
            (Some((_, record)), _) | (None, [(_, record)]) => Some(record),
            _ => None,
        }
    }
}

fn read(path: &Path) -> Option<RunRecord> {
    let mut head = Vec::new();
    let file = files::open(path).ok()?;
    file.take(HEAD).read_to_end(&mut head).ok()?;
    if !String::from_utf8_lossy(&head).contains("\"list\"") {
        return None;
    }
    files::record_at(path).filter(|record| record.list.is_some())
}
