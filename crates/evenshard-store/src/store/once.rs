//! Creating a key once, whatever becomes of the replies.

use std::sync::Arc;
use std::time::Duration;

use object_store::path::Path;
use object_store::{ObjectStore, PutMode, PutOptions, PutPayload};

use super::{Created, read};
use crate::error::{Error, ErrorKind};
use crate::explain::{Explainer, Verb};
use crate::key::Key;
use crate::nonce::Nonce;
use crate::object::Bound;

/// Rounds of create and get. S3 answers 409 while another creation of the key is under way, so
/// the key may be absent for a moment although it "exists".
const ROUNDS: u32 = 5;

pub(super) struct Once<'a> {
    pub(super) store: &'a Arc<dyn ObjectStore>,
    pub(super) explainer: &'a Explainer,
    pub(super) path: Path,
    pub(super) key: &'a Key,
    pub(super) content: &'a [u8],
    pub(super) nonce: Nonce,
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
                Ok(_) => return Ok(Created::Ours),
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

    /// The owner of the key, if it has one by now.
    async fn winner(&self) -> Result<Option<Created>, Error> {
        let (store, explainer) = (self.store, self.explainer);
        let object = read::read(store, explainer, &self.path, self.key, Bound::LARGE).await?;
        Ok(object.map(|object| {
            if object.nonce == self.nonce && object.content == self.content {
                Created::Ours
            } else {
                Created::Theirs(object)
            }
        }))
    }
}
