//! The temporary folder for what is read from a store.

use tempfile::TempDir;

use crate::failure::Failure;

/// Makes the folder; dropping it removes it.
pub(crate) fn folder() -> Result<TempDir, Failure> {
    let made = tempfile::Builder::new()
        .prefix("evenshard-store-")
        .tempdir();
    made.map_err(|error| Failure::unwritable("cannot make a temporary folder").caused_by(&error))
}
