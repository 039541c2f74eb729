//! The newest keys of a history, with few requests.

use crate::error::{Error, ErrorKind};
use crate::key::{Key, Prefix};
use crate::store::Store;

const DAY: u64 = 24 * 60 * 60 * 1000;
/// Ages to look back to, in days. A project that builds often finds 20 builds in the first, one
/// that builds once a week in the fourth; each costs a request.
const AGES: [u64; 4] = [1, 8, 64, 512];
/// Stores list 1,000 keys a page (Azure 5,000): 40 pages and 20 objects are 60 requests.
const MOST: usize = 40_000;

impl Store {
    /// Lists the newest `count` keys of a history, the newest first.
    ///
    /// Stores list the oldest first. So it lists what is younger than a day, than a week, and so
    /// on, until there are enough keys. `now_ms` only decides how far back to begin: a wrong
    /// clock costs requests, not keys.
    ///
    /// # Errors
    ///
    /// Fails like [`list`](Self::list), and with [`ErrorKind::TooLarge`] for more than 40,000
    /// builds.
    pub fn newest(&self, history: &Prefix, count: usize, now_ms: u64) -> Result<Vec<Key>, Error> {
        let ages = AGES.map(|days| now_ms.saturating_sub(days * DAY));
        let starts = ages.iter().map(|start| format!("{start:013}"));
        for start in starts.chain([String::new()]) {
            // A disk is read as a whole anyway.
            if self.folder().is_some() && !start.is_empty() {
                continue;
            }
            let listing = self.list_after(history, &start, MOST)?;
            if !listing.complete {
                let message = format!("{self}: {history} has more than {MOST} builds");
                return Err(Error::new(ErrorKind::TooLarge, message)
                    .with_hint("let a lifecycle rule delete old ones"));
            }
            let of_builds = listing.keys.into_iter().rev();
            let newest = of_builds.filter(|key| key.after(history).is_some_and(is_build));
            let newest: Vec<Key> = newest.take(count).collect();
            if newest.len() == count || start.is_empty() {
                return Ok(newest);
            }
        }
        Ok(Vec::new())
    }
}

/// Returns true for `<begun_ms>-<digest>`.
fn is_build(name: &str) -> bool {
    name.split_once('-').is_some_and(|(begun, digest)| {
        let digits = begun.bytes().all(|b| b.is_ascii_digit());
        begun.len() == 13 && digits && !digest.is_empty() && !digest.contains('/')
    })
}
