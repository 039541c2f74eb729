//! Deleting what is old, in folders.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::error::{Error, ErrorKind};
use crate::layout::Zone;
use crate::store::Store;

/// Counts of what [`Store::prune`] deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Builds, each with all its files.
    pub builds: u64,
    /// Histories, trends and what self-tests left.
    pub others: u64,
    /// Bytes of all of them.
    pub bytes: u64,
}

impl Store {
    /// Deletes builds, histories and trends that nobody has written to for `older_than`, counted
    /// back from `now`.
    ///
    /// A build goes as a whole: half of one would let a late job make a new plan for it. Files
    /// that the layout does not know stay, and so does the quarantine. Buckets have lifecycle
    /// rules for this, so it works on folders only.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] for a bucket, [`ErrorKind::Other`] where the disk fails.
    pub fn prune(&self, older_than: Duration, now: SystemTime) -> Result<Pruned, Error> {
        let Some(root) = self.folder() else {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("{self}: only folders are pruned"),
            )
            .with_hint("set a lifecycle rule on the bucket"));
        };
        let mut pruner = Pruner {
            before: now
                .checked_sub(older_than)
                .unwrap_or(SystemTime::UNIX_EPOCH),
            pruned: Pruned::default(),
        };
        let failed =
            |e: io::Error| Error::new(ErrorKind::Other, format!("{self}: cannot prune: {e}"));
        for zone in [Zone::Trusted, Zone::Pr] {
            for scope in folders(&root.join(zone.as_str())).map_err(failed)? {
                pruner.scope(&scope).map_err(failed)?;
            }
        }
        Ok(pruner.pruned)
    }
}

struct Pruner {
    before: SystemTime,
    pruned: Pruned,
}

/// The deepest file of a build is `job/<job>/<nonce>/record`, three folders below its step.
const DEEPEST: usize = 4;

impl Pruner {
    fn scope(&mut self, scope: &Path) -> io::Result<()> {
        for name in ["history", "trend", "check"] {
            for file in entries(&scope.join(name))?.filter(is_file) {
                let (age, bytes) = newest(&file.path(), 0)?;
                if age < self.before && gone(fs::remove_file(file.path()))? {
                    self.pruned.others += 1;
                    self.pruned.bytes += bytes;
                }
            }
        }
        for build in folders(&scope.join("builds"))? {
            for step in folders(&build)? {
                let (age, bytes) = newest(&step, DEEPEST)?;
                if age < self.before && gone(fs::remove_dir_all(&step))? {
                    self.pruned.builds += 1;
                    self.pruned.bytes += bytes;
                }
            }
            // Fails where a step is left, which is what it is for.
            let _ = fs::remove_dir(&build);
        }
        Ok(())
    }
}

/// The time of a file, or of the newest file in a folder, and the bytes of all.
fn newest(path: &Path, depth: usize) -> io::Result<(SystemTime, u64)> {
    let own = match fs::symlink_metadata(path) {
        Ok(own) => own,
        // Another prune was faster.
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok((SystemTime::UNIX_EPOCH, 0)),
        Err(e) => return Err(e),
    };
    let mut inner = Vec::new();
    if own.is_dir() && depth > 0 {
        for entry in entries(path)? {
            inner.push(newest(&entry.path(), depth - 1)?);
        }
    }
    // A folder's own time changes when something in it is deleted.
    Ok(match inner.iter().map(|(time, _)| *time).max() {
        Some(time) => (time, inner.iter().map(|(_, bytes)| bytes).sum()),
        None => (own.modified()?, if own.is_file() { own.len() } else { 0 }),
    })
}

fn entries(folder: &Path) -> io::Result<impl Iterator<Item = fs::DirEntry>> {
    let listed = match fs::read_dir(folder) {
        Ok(entries) => entries.collect::<io::Result<Vec<_>>>()?,
        Err(e)
            if matches!(
                e.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Vec::new()
        }
        Err(e) => return Err(e),
    };
    Ok(listed.into_iter())
}

/// The folders in a folder, links left out: they lead out of the store.
fn folders(folder: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    let all = entries(folder)?;
    let folders = all.filter(|e| e.file_type().is_ok_and(|kind| kind.is_dir()));
    Ok(folders.map(|e| e.path()).collect())
}

fn is_file(entry: &fs::DirEntry) -> bool {
    entry.file_type().is_ok_and(|kind| kind.is_file())
}

fn gone(removed: io::Result<()>) -> io::Result<bool> {
    match removed {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(e),
    }
}
