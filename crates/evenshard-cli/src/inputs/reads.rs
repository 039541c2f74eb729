//! How far reading has come, for those who wait.

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use evenshard_report::words::{grouped, plural};

use super::search;
use crate::streams::{Step, Streams, size};

/// Reading what arguments name: one step of the work, whatever the number of files.
#[derive(Debug)]
pub struct Reads {
    counts: Arc<Counts>,
    step: Step,
}

/// Counted by the threads that read.
#[derive(Debug, Default)]
struct Counts {
    files: AtomicU64,
    bytes: AtomicU64,
    cases: AtomicU64,
}

/// What there is to read, as far as files tell their size.
#[derive(Clone, Copy, Debug, Default)]
struct All {
    files: u64,
    bytes: u64,
}

impl Reads {
    /// Begins to read `what` from all that these arguments name.
    pub fn begin(what: &'static str, arguments: &[OsString], streams: &Streams<'_>) -> Self {
        let counts = Arc::new(Counts::default());
        // Only who sees the progress needs to know of how much it is.
        let all = if streams.shows_progress() {
            All::of(arguments)
        } else {
            All::default()
        };
        let shared = Arc::clone(&counts);
        Self {
            counts,
            step: streams.step(move || format!("reading {what}: {}", shared.told(all))),
        }
    }

    /// The content of a file, counted as it is read.
    pub fn counted<R: Read>(&self, inner: R) -> impl Read + use<'_, R> {
        let counts = &*self.counts;
        Counted { inner, counts }
    }

    /// Counts a file that was read.
    pub fn done(&self, cases: u64) {
        self.counts.files.fetch_add(1, Relaxed);
        self.counts.cases.fetch_add(cases, Relaxed);
    }

    /// Ends the step, and says with `--verbose` how much it was.
    pub fn end(self, streams: &mut Streams<'_>) {
        let Self { counts, step } = self;
        let took = step.took();
        drop(step);
        streams.detail(&format!("read {} in {took}", counts.summed()));
    }
}

impl All {
    fn of(arguments: &[OsString]) -> Self {
        let found = arguments.iter().filter_map(|a| search::results(a).ok());
        found.flat_map(|found| found.files).fold(
            Self::default(),
            |Self { files, bytes }, path: std::path::PathBuf| Self {
                files: files + 1,
                bytes: bytes + length(&path),
            },
        )
    }
}

/// A pipe has no length.
fn length(path: &Path) -> u64 {
    fs_err::metadata(path).map_or(0, |metadata| metadata.len())
}

impl Counts {
    fn told(&self, all: All) -> String {
        let (files, bytes) = (self.files.load(Relaxed), self.bytes.load(Relaxed));
        let read = size(bytes);
        let share = if all.bytes >= bytes && all.bytes > 0 {
            let percent = u128::from(bytes) * 100 / u128::from(all.bytes);
            format!(" of {} ({percent} %)", size(all.bytes))
        } else {
            String::new()
        };
        let files = if all.files > 1 {
            format!(", {} of {} files", grouped(files), grouped(all.files))
        } else {
            String::new()
        };
        format!("{read}{share}{files}{}", self.cases())
    }

    /// All that was read in the end.
    fn summed(&self) -> String {
        let (files, bytes) = (self.files.load(Relaxed), self.bytes.load(Relaxed));
        let s = plural(files);
        format!(
            "{} file{s}, {}{}",
            grouped(files),
            size(bytes),
            self.cases()
        )
    }

    fn cases(&self) -> String {
        match self.cases.load(Relaxed) {
            0 => String::new(),
            1 => ", 1 case".to_owned(),
            cases => format!(", {} cases", grouped(cases)),
        }
    }
}

/// Counts what is read, a chunk at a time.
struct Counted<'a, R> {
    inner: R,
    counts: &'a Counts,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(into)?;
        self.counts.bytes.fetch_add(n as u64, Relaxed);
        Ok(n)
    }
}
