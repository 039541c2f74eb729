//! Reading one object, at most what its bound allows.

use std::sync::Arc;

use futures_util::stream::TryStreamExt as _;
use object_store::path::Path;
use object_store::{GetOptions, ObjectStore};

use crate::error::Error;
use crate::explain::Explainer;
use crate::key::Key;
use crate::object::{self, Bound, Object};

/// The object at a path; `None` where there is none.
pub(super) async fn read(
    store: &Arc<dyn ObjectStore>,
    explainer: &Explainer,
    path: &Path,
    key: &Key,
    bound: Bound,
) -> Result<Option<Object>, Error> {
    let about = |error: Error| error.about(key.as_str());
    match fetch(store, path, bound).await {
        Ok(bytes) => object::open(&bytes, bound).map(Some).map_err(about),
        Err(Fetch::TooLarge) => Err(about(object::too_large(bound))),
        Err(Fetch::Store(e)) => explainer.absent_or(key.as_str(), &e),
    }
}

enum Fetch {
    Store(object_store::Error),
    TooLarge,
}

async fn fetch(store: &Arc<dyn ObjectStore>, path: &Path, bound: Bound) -> Result<Vec<u8>, Fetch> {
    let got = store.get_opts(path, GetOptions::default());
    let got = got.await.map_err(Fetch::Store)?;
    if got.meta.size > bound.stored() {
        return Err(Fetch::TooLarge);
    }
    let mut bytes = Vec::new();
    let mut pieces = got.into_stream();
    // A server may send more than it said.
    while let Some(piece) = pieces.try_next().await.map_err(Fetch::Store)? {
        if (bytes.len() + piece.len()) as u64 > bound.stored() {
            return Err(Fetch::TooLarge);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}
