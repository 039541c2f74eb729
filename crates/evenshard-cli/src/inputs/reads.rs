//! The progress of reading.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use evenshard_report::words::{counted, grouped};

use super::search;
use crate::streams::{Step, Streams, size};

/// One step of the work, whatever the number of files.
#[derive(Debug)]
pub(crate) struct Reads {
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

/// Everything there is to read, as far as files tell their size.
#[derive(Clone, Copy, Debug, Default)]
struct All {
    files: u64,
    bytes: u64,
}

impl Reads {
    /// Begins to read `what` from the files of these arguments.
    pub(crate) fn begin(what: &'static str, arguments: &[OsString], streams: &Streams<'_>) -> Self {
        let counts = Arc::new(Counts::default());
        let mut all = All::default();
        // Another search is only worth it where the progress is shown.
        if streams.shows_progress() {
            let found = arguments.iter().filter_map(|a| search::results(a).ok());
            for path in found.flat_map(|found| found.files) {
                all.files += 1;
                // A pipe has no length.
                all.bytes += fs_err::metadata(&path).map_or(0, |metadata| metadata.len());
            }
        }
        let shared = Arc::clone(&counts);
        let step = streams.step(move || format!("reading {what}: {}", shared.progress(all)));
        Self { counts, step }
    }

    /// Counts the bytes of a file as it is read.
    pub(crate) fn counted<R: Read>(&self, inner: R) -> impl Read + use<'_, R> {
        let counts = &*self.counts;
        Counted { inner, counts }
    }

    /// Counts a file that was read.
    pub(crate) fn done(&self, cases: u64) {
        self.counts.files.fetch_add(1, Relaxed);
        self.counts.cases.fetch_add(cases, Relaxed);
    }

    /// Ends the step, and logs how much was read.
    pub(crate) fn end(self, streams: &mut Streams<'_>) {
        let Self { counts, step } = self;
        let took = step.end();
        let files = counted(counts.files.load(Relaxed), "file");
        let (read, cases) = (size(counts.bytes.load(Relaxed)), counts.cases());
        streams.detail(&format!("read {files}, {read}{cases} in {took}"));
    }
}

impl Counts {
    fn progress(&self, all: All) -> String {
        let (files, bytes) = (self.files.load(Relaxed), self.bytes.load(Relaxed));
        let mut text = size(bytes);
        // A file may have grown since it was looked at.
        if all.bytes >= bytes && all.bytes > 0 {
            let percent = u128::from(bytes) * 100 / u128::from(all.bytes);
            let _ = write!(text, " of {} ({percent} %)", size(all.bytes));
        }
        if all.files > 1 {
            let _ = write!(text, ", {} of {} files", grouped(files), grouped(all.files));
        }
        text + &self.cases()
    }

    fn cases(&self) -> String {
        match self.cases.load(Relaxed) {
            0 => String::new(),
            cases => format!(", {}", counted(cases, "case")),
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
