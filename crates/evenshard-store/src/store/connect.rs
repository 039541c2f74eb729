//! From a place to a client.

use std::fmt;
use std::path::Path as FsPath;
use std::sync::Arc;
use std::time::Duration;

use object_store::ObjectStore;

use crate::error::{Error, ErrorKind};
use crate::explain::Explainer;
use crate::place::{Place, Service};
use crate::settings::Settings;

pub(super) fn connect(
    place: &Place,
    settings: &Settings,
    request: Duration,
) -> Result<(Arc<dyn ObjectStore>, Explainer), Error> {
    if place.service == Service::Folder {
        let object = folder(&place.folder)?;
        return Ok((object, Explainer::new(place)));
    }
    #[cfg(feature = "cloud")]
    return crate::cloud::connect(place, settings, request);
    #[cfg(not(feature = "cloud"))]
    {
        let _ = (settings, request);
        Err(place.service.left_out())
    }
}

fn folder(folder: &FsPath) -> Result<Arc<dyn ObjectStore>, Error> {
    let at = folder.display();
    let failed = |e: &dyn fmt::Display| {
        Error::new(
            ErrorKind::Missing,
            format!("the folder {at} cannot be used: {e}"),
        )
        .with_hint("the folder above it has to exist: is the shared disk mounted?")
    };
    match std::fs::create_dir(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists && !folder.is_dir() => {
            return Err(failed(&e));
        }
        _ => {}
    }
    // `object_store` unwraps it.
    let whole = folder.canonicalize().map_err(|e| failed(&e))?;
    if whole.to_str().is_none() {
        return Err(failed(&"its path is not UTF-8"));
    }
    let local = object_store::local::LocalFileSystem::new_with_prefix(whole);
    Ok(Arc::new(local.map_err(|e| failed(&e))?))
}
