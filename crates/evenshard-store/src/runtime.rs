//! The private runtime: verbs are synchronous outside and async inside.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

use crate::error::{Error, ErrorKind};
use crate::place::Service;

#[derive(Debug)]
pub(crate) struct Private(Option<Runtime>);

impl Private {
    pub(crate) fn new(service: Service) -> Result<Self, Error> {
        let mut builder = Builder::new_current_thread();
        builder.enable_time().thread_name("evenshard-store");
        // A folder needs no sockets, so its runtime cannot make any.
        #[cfg(feature = "cloud")]
        if service != Service::Folder {
            builder.enable_io();
        }
        let _ = service;
        let runtime = builder
            .build()
            .map_err(|e| Error::new(ErrorKind::Other, format!("cannot start a thread: {e}")))?;
        Ok(Self(Some(runtime)))
    }

    /// Runs a verb; `None` where it takes longer than `limit`.
    pub(crate) fn run<T>(&self, limit: Duration, verb: impl Future<Output = T>) -> Option<T> {
        let runtime = self.0.as_ref()?;
        runtime.block_on(async { tokio::time::timeout(limit, verb).await.ok() })
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // Dropping it the usual way waits for threads, and one may hang in a dead network disk.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// The end of a budget that several verbs share.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// The earlier of this deadline and the one after `budget`.
    pub(crate) fn within(self, budget: Duration) -> Self {
        let then = Instant::now().checked_add(budget);
        Self(match (self.0, then) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        })
    }

    pub(crate) fn limit(self, most: Duration) -> Duration {
        match self.0 {
            Some(end) => most.min(end.saturating_duration_since(Instant::now())),
            None => most,
        }
    }
}
