//! The history: what earlier builds added.

use std::ffi::OsString;
use std::path::Path;

use evenshard_store::{Bound, Content, Created, Error};

use super::open::{Shared, now_ms};
use crate::streams::{Streams, write_whole};

/// The builds that are read. Estimates look no further back.
const NEWEST: usize = 20;

/// The newest histories of a store, in a folder.
#[derive(Debug, Default)]
pub(crate) struct Newest {
    /// The files; none where the store has no history yet.
    pub(crate) files: Vec<OsString>,
}

impl Shared {
    /// Reads the newest histories into files of a folder. One that cannot be read is left out,
    /// with a warning.
    pub(crate) fn newest(&self, folder: &Path, streams: &mut Streams<'_>) -> Result<Newest, Error> {
        let keys = self.store.newest(&self.area.history(), NEWEST, now_ms())?;
        let mut newest = Newest::default();
        for (at, read) in self
            .store
            .get_all(&keys, Bound::LARGE)
            .into_iter()
            .enumerate()
        {
            let object = match read {
                Ok(Some(object)) => object,
                // A lifecycle rule was faster.
                Ok(None) => continue,
                Err(error) if error.is_temporary() => return Err(error),
                Err(error) => {
                    streams.warn(&format!(
                        "the store: {error}: this build of the history is left out"
                    ));
                    continue;
                }
            };
            // A name of our own: what is in a key is nobody's path.
            let file = folder.join(format!("history-{:02}.json", at + 1));
            match write_whole(&file, &object.content) {
                Ok(()) => newest.files.push(file.into()),
                Err(failure) => streams.warn(failure.render().trim_end()),
            }
        }
        let count = newest.files.len();
        streams.detail(&format!("the store: {count} builds of the history"));
        Ok(newest)
    }

    /// Counts the builds of the history, as far as they are read.
    pub(crate) fn count_history(&self) -> Result<usize, Error> {
        let keys = self.store.newest(&self.area.history(), NEWEST, now_ms())?;
        Ok(keys.len())
    }

    /// Adds a build to the history. Returns false where another job did it already.
    pub(crate) fn publish(&self, begun_ms: u64, digest: &str, json: &str) -> Result<bool, Error> {
        let key = self.area.add_history(begun_ms, digest);
        let content = Content::json(json.as_bytes(), &self.masker);
        Ok(self.store.create(&key, &content)? == Created::Ours)
    }
}
