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

/// When a file was last written, and how long it is.
type Stamp = (Option<SystemTime>, u64);

/// Where reports will be, and what is there already.
#[derive(Debug)]
pub(super) struct Reports {
    places: Vec<PathBuf>,
    before: BTreeMap<PathBuf, Stamp>,
}

impl Reports {
    /// Looks at what is there before the runner starts: it is of an earlier run.
    ///
    /// # Errors
    /// Code 65 for a malformed glob.
    pub(super) fn before(places: Vec<PathBuf>) -> Result<Self, Failure> {
        let before = stamps(&places)?;
        Ok(Self { places, before })
    }

    /// True where reports are wanted.
    pub(super) fn are_wanted(&self) -> bool {
        !self.places.is_empty()
    }

    /// The places, for people.
    pub(super) fn places(&self) -> String {
        let shown = self.places.iter().map(|place| place.display().to_string());
        shown.collect::<Vec<_>>().join(", ")
    }

    /// The reports that were written since.
    ///
    /// # Errors
    /// Code 65 for a malformed glob.
    pub(super) fn written(&self) -> Result<Vec<PathBuf>, Failure> {
        let now = stamps(&self.places)?.into_iter();
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

/// How a record names a report: by its name alone where it is beside the record, else by its
/// path in the working folder.
pub(super) fn named(report: &Path, record: &Path, env: &Env) -> String {
    let below = report.strip_prefix(env.folder()).unwrap_or(report);
    let named = if report.parent() == record.parent() {
        report.file_name().map_or(report, Path::new)
    } else {
        below
    };
    named.to_string_lossy().replace('\\', "/")
}

/// How many tests reports have, and what these took in all; what cannot be read is said.
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
