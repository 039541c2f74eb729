//! The timings that an argument names, or the reason why there are none.

use std::ffi::OsString;

use evenshard::ingest::{FileSummary, Kind};
use evenshard_report::words::counted;

use crate::failure::Failure;
use crate::streams::Streams;

/// The number of warnings about files that are printed; the rest is counted. Chosen, not
/// measured.
const WARNINGS_SHOWN: usize = 10;

/// The files of one argument.
#[derive(Debug)]
pub(crate) struct Named {
    /// The files that hold timings.
    pub(crate) files: Vec<FileSummary>,
    /// Lines for `--verbose` about each file that was read or left out.
    pub(super) details: Vec<String>,
    /// The number of files that were looked into.
    pub(super) visited: usize,
    pub(super) exists: bool,
}

impl Named {
    /// Logs each file, and prints warnings about them.
    pub(crate) fn report(&self, streams: &mut Streams<'_>) {
        self.log(streams);
        report_warnings(&self.files, streams);
    }

    /// Logs each file.
    pub(crate) fn log(&self, streams: &mut Streams<'_>) {
        self.details.iter().for_each(|line| streams.detail(line));
    }

    /// Stops with 65 for a file that a newer version wrote.
    pub(crate) fn refuse_newer(&self) -> Result<(), Failure> {
        let newer = self.files.iter().find(|f| f.kind == Kind::Newer);
        let Some(file) = newer else {
            return Ok(());
        };
        let why = file.warnings.iter().map(ToString::to_string).next();
        Err(Failure::data(why.unwrap_or_default())
            .hint("use the version of evenshard here that wrote it, or a newer one"))
    }
}

/// The arguments without tests. Each has to name timings; a broken or empty report is one, as
/// long as there are others.
#[derive(Debug, Default)]
pub(crate) struct Lacking {
    /// True if any argument holds a test.
    pub(crate) found: bool,
    without_test: Vec<String>,
}

impl Lacking {
    /// Notes the files of an argument, or returns why they are no timings.
    pub(crate) fn note(&mut self, named: &Named, argument: &OsString) -> Result<(), String> {
        let argument = argument.to_string_lossy();
        if !named.exists {
            return Err(format!("no file, folder or glob match: {argument}"));
        }
        if named.files.iter().all(|f| f.kind == Kind::Other) {
            let files = counted(named.visited, "file");
            return Err(format!("no timings in {argument} ({files} looked into)"));
        }
        // A report without cases is fine beside others: a shard may have none.
        if named.files.iter().any(|f| f.cases > 0) {
            self.found = true;
        } else {
            // Kept until all were read: another argument may hold tests.
            let problem = format!("no test in the timings of {argument}");
            self.without_test.push(problem);
        }
        Ok(())
    }

    /// Warns of arguments without tests, or returns the problem where none has any.
    pub(crate) fn end(self, streams: &mut Streams<'_>) -> Result<(), String> {
        for problem in self.without_test {
            if !self.found {
                return Err(problem);
            }
            streams.warn(&problem);
        }
        Ok(())
    }
}

/// Prints the warnings about these files, up to a limit.
pub(crate) fn report_warnings(files: &[FileSummary], streams: &mut Streams<'_>) {
    let warnings: Vec<_> = files.iter().flat_map(|f| &f.warnings).collect();
    for warning in warnings.iter().take(WARNINGS_SHOWN) {
        streams.warn(&warning.to_string());
    }
    let more = warnings.len().saturating_sub(WARNINGS_SHOWN);
    if more > 0 {
        let more = counted(more, "more warning");
        streams.warn(&format!("{more} (`evenshard timings show` lists them)"));
    }
}
