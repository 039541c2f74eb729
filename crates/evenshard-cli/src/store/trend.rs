//! The figures of each build, for the trend over many.

use evenshard_report::BuildFigures;
use evenshard_store::{Bound, Content, Error};

use super::open::{Shared, now_ms};
use crate::streams::Streams;

/// The most builds that are read for a trend: at 8 requests at a time they take seconds.
const MOST: usize = 400;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

impl Shared {
    /// Adds a build to the trend, once for each verdict over it.
    pub(crate) fn add_to_trend(&self, digest: &str, figures: &BuildFigures) -> Result<(), Error> {
        let json = serde_json::to_vec(figures).unwrap_or_default();
        let key = self.area.add_trend(figures.begun_ms, digest);
        let content = Content::json(&json, &self.masker);
        self.store.create(&key, &content).map(drop)
    }

    /// Reads the builds of the last days, the oldest first; of several figures of one build, those
    /// over most records.
    pub(crate) fn trend(
        &self,
        days: u64,
        streams: &mut Streams<'_>,
    ) -> Result<Vec<BuildFigures>, Error> {
        let now = now_ms();
        let since = format!("{:013}", now.saturating_sub(days * DAY_MS));
        let prefix = self.area.trend();
        let keys = self.store.newest(&prefix, MOST, now)?;
        let is_new = |key: &&evenshard_store::Key| {
            key.after(&prefix)
                .is_some_and(|name| name >= since.as_str())
        };
        let mut keys: Vec<_> = keys.iter().filter(is_new).cloned().collect();
        keys.reverse();
        let mut builds: Vec<BuildFigures> = Vec::new();
        for read in self.store.get_all(&keys, Bound::SMALL) {
            let parsed = match read {
                Ok(Some(object)) => serde_json::from_slice(&object.content).ok(),
                Ok(None) => continue,
                Err(error) if error.is_temporary() => return Err(error),
                Err(_) => None,
            };
            let Some(figures) = parsed else {
                streams.warn("the store: a build of the trend cannot be read and is left out");
                continue;
            };
            let figures: BuildFigures = figures;
            let same = |other: &&mut BuildFigures| {
                (&other.build, other.begun_ms) == (&figures.build, figures.begun_ms)
            };
            match builds.iter_mut().find(same) {
                Some(other) if other.records < figures.records => *other = figures,
                Some(_) => {}
                None => builds.push(figures),
            }
        }
        Ok(builds)
    }
}
