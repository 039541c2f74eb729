//! The results of this job: where they are, and putting them while it runs.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use evenshard_store::{Build, Job};

use crate::env::Env;
use crate::failure::Failure;
use crate::files;
use crate::settings::RunSettings;
use crate::store::Shared;
use crate::work_dir::Private;

/// The pause between two looks at the run record.
const PAUSE: Duration = Duration::from_millis(200);

/// The results of this job on its disk.
#[derive(Debug)]
pub(super) struct OwnResults {
    record: PathBuf,
    /// A folder of our own, where no flag names a place.
    folder: Option<Private>,
}

impl OwnResults {
    /// Has pytest leave results, where no flag asks for them.
    pub(super) fn choose(settings: &mut RunSettings, job: Job, env: &Env) -> Result<Self, Failure> {
        let mut folder = None;
        if settings.results.junit.is_none() {
            // Beside the private folder, which a container sees too.
            let own = Private::new(settings.launch.work_dir.as_ref(), env).map_err(|error| {
                Failure::unwritable("cannot make a folder for results").caused_by(&error)
            })?;
            settings.results.junit = Some(own.path().join(format!("junit-{job}.xml")));
            folder = Some(own);
        }
        let junit = settings.results.junit.clone().unwrap_or_default();
        let beside = junit.to_string_lossy();
        let beside = beside.strip_suffix(".xml").unwrap_or(&beside);
        let beside = PathBuf::from(format!("{beside}{}", files::RECORD));
        // Results of an earlier run would be put for this one's.
        let record = settings.results.record.clone().unwrap_or(beside);
        Ok(Self { record, folder })
    }

    pub(super) fn record(&self) -> &Path {
        &self.record
    }

    /// Leaves the results on the disk, and returns their folder.
    pub(super) fn keep(self) -> PathBuf {
        match self.folder {
            Some(folder) => folder.keep(),
            None => self.record.parent().unwrap_or(Path::new("")).to_owned(),
        }
    }
}

/// Puts the run record whenever the plugin writes it, so that a job that is killed leaves its
/// list. Pytest never waits for it.
#[derive(Debug)]
pub(super) struct Watch {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Watch {
    pub(super) fn begin(shared: &Shared, build: &Build, job: Job, record: &Path) -> Self {
        let (stop, stopped) = mpsc::channel();
        let (shared, build, record) = (shared.clone(), build.clone(), record.to_owned());
        let mut last = written(&record);
        let thread = std::thread::spawn(move || {
            while stopped.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
                // The record of a large suite has megabytes: it is read only when it is new.
                let now = written(&record);
                if now == last {
                    continue;
                }
                let Ok(json) = files::read(&record, files::MOST) else {
                    continue;
                };
                // What fails now is put at the end, or reported there.
                if shared.put_record(&build, job, &json).is_ok() {
                    last = now;
                }
            }
        });
        Self { stop, thread }
    }

    /// Waits for the put that is under way.
    pub(super) fn end(self) {
        drop(self.stop);
        let _ = self.thread.join();
    }
}

/// Tells one version of a file from the next: when it was written, and its size. Files are replaced
/// as a whole.
fn written(file: &Path) -> Option<(SystemTime, u64)> {
    let found = std::fs::metadata(file).ok()?;
    Some((found.modified().ok()?, found.len()))
}
