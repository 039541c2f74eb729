//! The reports that a runner writes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use evenshard::Micros;
use evenshard::history::History;

use crate::env::Env;
use crate::failure::Failure;
use crate::inputs::{self, Reading};
use crate::streams::Streams;

/// The time of the last change of a file, and its length.
type Stamp = (Option<SystemTime>, u64);

/// The paths of the reports, and the files that an earlier run left there.
#[derive(Debug)]
pub(super) struct Reports {
    places: Vec<PathBuf>,
    before: BTreeMap<PathBuf, Stamp>,
}

impl Reports {
    /// Notes the files that exist before the runner starts.
    pub(super) fn before(places: Vec<PathBuf>) -> Result<Self, Failure> {
        let before = stamps(&places)?;
        Ok(Self { places, before })
    }

    pub(super) fn are_wanted(&self) -> bool {
        !self.places.is_empty()
    }

    pub(super) fn places(&self) -> String {
        let shown = self.places.iter().map(|place| place.display().to_string());
        shown.collect::<Vec<_>>().join(", ")
    }

    /// Lists the reports that were written since.
    pub(super) fn written(&self) -> Result<Vec<PathBuf>, Failure> {
        let now = stamps(&self.places)?.into_iter();
        // A report of the same length and time is the one of before.
        let new = now.filter(|(path, stamp)| self.before.get(path) != Some(stamp));
        Ok(new.map(|(path, _)| path).collect())
    }
}

fn stamps(places: &[PathBuf]) -> Result<BTreeMap<PathBuf, Stamp>, Failure> {
    let mut stamps = BTreeMap::new();
    for place in places {
        for path in inputs::reports(place.as_os_str())? {
            if let Ok(metadata) = fs_err::metadata(&path) {
                stamps.insert(path, (metadata.modified().ok(), metadata.len()));
            }
        }
    }
    Ok(stamps)
}

/// Names a report for a record: by its name alone where it is beside the record, otherwise by its
/// path in the working folder.
pub(super) fn named(report: &Path, record: &Path, env: &Env) -> String {
    let below = report.strip_prefix(env.folder()).unwrap_or(report);
    let named = if report.parent() == record.parent() {
        report.file_name().map_or(report, Path::new)
    } else {
        below
    };
    // Records are read on other systems than the one that wrote them.
    named.to_string_lossy().replace('\\', "/")
}

/// Counts the tests of reports and sums their time. Reports that cannot be read are warnings.
pub(super) fn measured(reports: &[PathBuf], streams: &mut Streams<'_>) -> (usize, Micros) {
    let mut history = History::new();
    let reading = Reading::default();
    let mut took = Micros::ZERO;
    for report in reports {
        let summary = reading.read_report(report, &mut history);
        for warning in &summary.warnings {
            streams.warn(&warning.to_string());
        }
        took += summary.total_us;
    }
    (history.len(), took)
}
