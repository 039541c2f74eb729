//! Files of timings by their paths.

use std::fs::File;
use std::path::Path;

use crate::error::{Error, Warning};
use crate::history::History;
use crate::ingest::{Source, read};

/// Reads files of timings into `history`, and returns the warnings of all files.
///
/// A file that cannot be opened is an error, since jobs that read different files make different
/// plans. Damage within a file is the same for all jobs, and so a warning.
///
/// ```
/// use evenshard::history::History;
/// use evenshard::{ErrorKind, ingest};
///
/// let mut history = History::new();
/// let error = ingest::read_files(["no/such/junit.xml"], &mut history).unwrap_err();
/// assert!(matches!(error.kind(), ErrorKind::Unreadable));
/// assert_eq!(error.location().unwrap().file, "no/such/junit.xml");
/// ```
///
/// # Errors
/// [`ErrorKind::Unreadable`](crate::ErrorKind::Unreadable) for the first file that cannot be
/// opened.
pub fn read_files<P: AsRef<Path>>(
    paths: impl IntoIterator<Item = P>,
    history: &mut History,
) -> Result<Vec<Warning>, Error> {
    let mut warnings = Vec::new();
    for path in paths {
        let name = path.as_ref().display().to_string();
        let file = File::open(path.as_ref()).map_err(|error| Error::unreadable(&name, error))?;
        warnings.extend(read(file, Source::named(&name), history).warnings);
    }
    Ok(warnings)
}
