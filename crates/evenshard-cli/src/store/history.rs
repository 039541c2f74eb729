//! The history: what earlier builds added.

use std::ffi::OsString;
use std::path::Path;

use evenshard_store::{Bound, Content, Created, Error};

use super::folder::{usable, write};
use super::open::{Shared, now_ms};
use crate::streams::Streams;

impl Shared {
    /// The builds that are read. Estimates look no further back.
    pub(crate) const NEWEST: usize = 20;

    /// Reads the newest histories into files of a folder: none where the store has none yet. One
    /// that cannot be read is left out, with a warning.
    pub(crate) fn newest(
        &self,
        folder: &Path,
        streams: &mut Streams<'_>,
    ) -> Result<Vec<OsString>, Error> {
        let keys = self
            .store
            .newest(&self.area.history(), Self::NEWEST, now_ms())?;
        let mut files = Vec::new();
        for (at, read) in (1..).zip(self.store.get_all(&keys, Bound::LARGE)) {
            // A name of our own: what is in a key is nobody's path.
            let file = folder.join(format!("history-{at:02}.json"));
            if let Some(content) = usable(read, "this build of the history", streams)?
                && write(&file, &content, streams)
            {
                files.push(file.into());
            }
        }
        let count = files.len();
        streams.detail(&format!("the store: {count} builds of the history"));
        Ok(files)
    }

    /// Counts the builds of the history, as far as they are read.
    pub(crate) fn count_history(&self) -> Result<usize, Error> {
        let keys = self
            .store
            .newest(&self.area.history(), Self::NEWEST, now_ms())?;
        Ok(keys.len())
    }

    /// Adds a build to the history. Returns false where another job did it already.
    pub(crate) fn publish(&self, begun_ms: u64, digest: &str, json: &str) -> Result<bool, Error> {
        let key = self.area.add_history(begun_ms, digest);
        let content = Content::json(json.as_bytes(), &self.masker);
        Ok(self.store.create(&key, &content)? == Created::Ours)
    }
}
