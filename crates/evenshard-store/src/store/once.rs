//! Creating a key once, whatever becomes of the replies.

use std::sync::Arc;
use std::time::Duration;

use object_store::path::Path;
use object_store::{ObjectStore, PutMode, PutOptions, PutPayload};

use super::{Created, Fetch, fetch};
use crate::error::{Error, ErrorKind};
use crate::explain::{Explainer, Verb};
use crate::key::Key;
use crate::nonce::Nonce;
use crate::object::{self, Bound};

/// Rounds of create and get. S3 answers 409 while another creation of the key is under way, so
/// the key may be absent for a moment although it "exists".
const ROUNDS: u32 = 5;

pub(super) struct Once<'a> {
    pub(super) store: &'a Arc<dyn ObjectStore>,
    pub(super) explainer: &'a Explainer,
    pub(super) path: Path,
    pub(super) key: &'a Key,
    pub(super) nonce: Nonce,
    pub(super) bound: Bound,
    pub(super) pause: Duration,
}

impl Once<'_> {
    pub(super) async fn create(self, payload: PutPayload) -> Result<Created, Error> {
        let mut last = Error::new(
            ErrorKind::NotConditional,
            format!(
                "{}: {} exists when it is created and does not when it is read",
                self.explainer.place(),
                self.key
            ),
        );
        for round in 0..ROUNDS {
            let options = PutOptions::from(PutMode::Create);
            let put = self.store.put_opts(&self.path, payload.clone(), options);
            match put.await {
                Ok(_) => return Ok(Created::Ours(self.nonce)),
                Err(object_store::Error::AlreadyExists { .. }) => {}
                Err(e) => {
                    let error = self.explainer.explain(Verb::Create, self.key.as_str(), &e);
                    if !error.is_temporary() {
                        return Err(error);
                    }
                    last = error;
                }
            }
            match self.winner().await {
                Ok(Some(created)) => return Ok(created),
                Ok(None) => {}
                Err(e) if e.is_temporary() => last = e,
                Err(e) => return Err(e),
            }
            tokio::time::sleep(self.pause * 2_u32.pow(round)).await;
        }
        Err(last)
    }

    /// The object at the key, if there is one by now.
    async fn winner(&self) -> Result<Option<Created>, Error> {
        let key = self.key.as_str();
        let bytes = match fetch(self.store, &self.path, self.bound).await {
            Ok(bytes) => bytes,
            Err(Fetch::Store(e)) => self.explainer.absent_or(key, &e)?,
            Err(Fetch::TooLarge) => return Err(object::too_large(self.bound).about(key)),
        };
        let Some(bytes) = bytes else {
            return Ok(None);
        };
        let object = object::open(&bytes, self.bound).map_err(|e| e.about(key))?;
        Ok(Some(if object.nonce == self.nonce {
            Created::Ours(self.nonce)
        } else {
            Created::Theirs(object)
        }))
    }
}
