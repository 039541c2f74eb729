//! The verdict over a build, kept beside what it is over.

use evenshard_store::{Build, Content, Created, Error};

use super::open::Shared;
use super::results::Results;

impl Shared {
    /// Keeps a verdict. Returns false where there is one over the same records already.
    pub(crate) fn judged(
        &self,
        build: &Build,
        results: &Results,
        json: &str,
    ) -> Result<bool, Error> {
        let (count, digest) = results.over();
        let content = Content::json(json.as_bytes(), &self.masker);
        let created = self
            .store
            .create(&build.verdict(count, &digest), &content)?;
        Ok(created == Created::Ours)
    }
}
