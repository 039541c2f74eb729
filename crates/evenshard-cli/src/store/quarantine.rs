//! Quarantined tests that are kept in the store: who did it, why and until when.

use evenshard_store::{Bound, Content, Error};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::folder::usable;
use super::job::MOST_KEYS;
use super::open::Shared;
use crate::config::Entry;
use crate::streams::Streams;

/// A quarantined test or pattern of tests.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct KeptTest {
    pub(crate) test: String,
    pub(crate) reason: String,
    /// The last day; without one, it has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<String>,
    /// Who added it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) by: Option<String>,
    /// It was removed again: no job deletes a key.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) removed: bool,
}

impl KeptTest {
    /// Returns it as an entry of a quarantine, or says what is wrong with it.
    fn entry(&self) -> Result<Entry, String> {
        let pattern = self.test.parse();
        let pattern = pattern.map_err(|error| format!("'{}': {error}", self.test))?;
        let until = self.until.as_deref().map(str::parse::<Date>).transpose();
        let until = until.map_err(|error| format!("'{}': until: {error}", self.test))?;
        let words: Vec<&str> = self.reason.split_whitespace().collect();
        let place = match &self.by {
            Some(by) => format!("the store, by {by}"),
            None => "the store".to_owned(),
        };
        Ok(Entry {
            location: place,
            patterns: vec![pattern],
            reason: words.join(" "),
            until,
        })
    }
}

/// Makes entries of a quarantine; those that cannot be are left out, with a warning.
pub(crate) fn entries(kept: &[KeptTest], streams: &mut Streams<'_>) -> Vec<Entry> {
    let mut entries = Vec::new();
    for test in kept {
        match test.entry() {
            Ok(entry) => entries.push(entry),
            Err(why) => left_out(&why, streams),
        }
    }
    entries
}

fn left_out(why: &dyn std::fmt::Display, streams: &mut Streams<'_>) {
    streams.warn(&format!("the store: a quarantined test is left out: {why}"));
}

impl Shared {
    /// Reads the quarantine, in the order of its keys. An entry that cannot be read is left out,
    /// with a warning: its tests fail their jobs again.
    pub(crate) fn quarantine(&self, streams: &mut Streams<'_>) -> Result<Vec<KeptTest>, Error> {
        let keys = self.store.list(&self.area.quarantine(), MOST_KEYS)?.keys;
        let mut kept = Vec::new();
        for read in self.store.get_all(&keys, Bound::SMALL) {
            let Some(content) = usable(read, "a quarantined test", streams)? else {
                continue;
            };
            match serde_json::from_slice::<KeptTest>(&content) {
                Ok(test) if test.removed => {}
                Ok(test) => kept.push(test),
                Err(error) => left_out(&error, streams),
            }
        }
        Ok(kept)
    }

    /// Keeps a test in the quarantine, or notes that it was removed.
    pub(crate) fn keep(&self, test: &KeptTest) -> Result<(), Error> {
        let json = serde_json::to_vec(test).unwrap_or_default();
        let content = Content::json(&json, &self.masker);
        self.store
            .put(&self.area.add_quarantine(&test.test), &content)
    }
}
