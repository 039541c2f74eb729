//! What is read from a store, and the temporary folder for it.

use std::path::Path;

use evenshard_store::{Error, Object};
use tempfile::TempDir;

use crate::failure::Failure;
use crate::streams::Streams;

/// Makes the folder; dropping it removes it.
pub(crate) fn folder() -> Result<TempDir, Failure> {
    let made = tempfile::Builder::new()
        .prefix("evenshard-store-")
        .tempdir();
    made.map_err(|error| Failure::unwritable("cannot make a temporary folder").caused_by(&error))
}

/// Takes the content of an object that was read; `None`, with a warning that names it as `what`,
/// for one that cannot be used. A store that does not answer is an error.
pub(super) fn usable(
    read: Result<Option<Object>, Error>,
    what: &str,
    streams: &mut Streams<'_>,
) -> Result<Option<Vec<u8>>, Error> {
    match read {
        // An object that is gone since it was listed: a lifecycle rule was faster.
        Ok(object) => Ok(object.map(|object| object.content)),
        Err(error) if error.is_temporary() => Err(error),
        Err(error) => {
            streams.warn(&format!("the store: {error}: {what} is left out"));
            Ok(None)
        }
    }
}

/// Writes a file that only this process reads. It is not worth waiting for the disk: where others
/// build, that took longer than all else before pytest starts.
pub(crate) fn write_own(file: &Path, content: &[u8]) -> Result<(), Failure> {
    let folder = file.parent().unwrap_or(Path::new(""));
    fs_err::create_dir_all(folder)
        .and_then(|()| fs_err::write(file, content))
        .map_err(|error| {
            let what = format!("cannot write {}", file.display());
            Failure::unwritable(what).caused_by(&error)
        })
}

/// Writes what was read into a file. Returns false, with a warning, where that fails.
pub(super) fn write(file: &Path, content: &[u8], streams: &mut Streams<'_>) -> bool {
    let written = write_own(file, content);
    if let Err(failure) = &written {
        streams.warn(failure.render().trim_end());
    }
    written.is_ok()
}
