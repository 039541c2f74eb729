//! What an argument named, and what it lacks.

use std::ffi::OsString;

use evenshard::ingest::{FileSummary, Kind};
use evenshard_report::words::plural;

use super::show_warnings;
use crate::exit;
use crate::failure::Failure;
use crate::streams::Streams;

/// What one argument named.
#[derive(Debug)]
pub struct Named {
    /// Every file that holds timings, with what was found in it.
    pub files: Vec<FileSummary>,
    /// What `--verbose` says of each file, and why others were passed over.
    pub(super) details: Vec<String>,
    /// How many files there were to look into.
    pub(super) looked_into: usize,
    pub(super) exists: bool,
}

impl Named {
    /// Says what was odd, and with `--verbose` what was read.
    pub fn show(&self, streams: &mut Streams<'_>) {
        self.details(streams);
        show_warnings(&self.files, streams);
    }

    /// Says with `--verbose` what was read.
    pub fn details(&self, streams: &mut Streams<'_>) {
        for detail in &self.details {
            streams.detail(detail);
        }
    }

    /// Refuses what a newer version wrote.
    ///
    /// # Errors
    /// Code 65.
    pub fn refuse_newer(&self) -> Result<(), Failure> {
        let newer = self.files.iter().find(|f| f.kind == Kind::Newer);
        let Some(file) = newer else {
            return Ok(());
        };
        let why = file.warnings.iter().map(ToString::to_string).next();
        Err(Failure::new(exit::DATA, why.unwrap_or_default())
            .hint("use the version of evenshard here that wrote it, or a newer one"))
    }

    /// Why there are no timings in it, if it names none.
    fn names_nothing(&self, argument: &str) -> Option<String> {
        if !self.exists {
            Some(format!("no file, folder or glob match: {argument}"))
        } else if self.files.iter().all(|f| f.kind == Kind::Other) {
            let n = self.looked_into;
            Some(format!(
                "no timings in {argument} ({n} file{} looked into)",
                plural(n)
            ))
        } else {
            None
        }
    }
}

/// What arguments lack. Each has to name timings; a report that is broken or empty is none
/// the less one, as long as there are others.
#[derive(Debug, Default)]
pub struct Lacking {
    found: bool,
    without_test: Vec<String>,
}

impl Lacking {
    /// Notes what an argument named.
    ///
    /// # Errors
    /// Says why, where it names no timings at all.
    pub fn note(&mut self, named: &Named, argument: &OsString) -> Result<(), String> {
        let argument = argument.to_string_lossy();
        if let Some(problem) = named.names_nothing(&argument) {
            return Err(problem);
        }
        if named.files.iter().any(|f| f.cases > 0) {
            self.found = true;
        } else {
            let problem = format!("no test in the timings of {argument}");
            self.without_test.push(problem);
        }
        Ok(())
    }

    /// Whether any of them holds a test.
    pub fn found(&self) -> bool {
        self.found
    }

    /// Warns of those that hold no test.
    ///
    /// # Errors
    /// Says so, where none of several does.
    pub fn end(self, streams: &mut Streams<'_>) -> Result<(), String> {
        for problem in self.without_test {
            if !self.found {
                return Err(problem);
            }
            streams.warn(&problem);
        }
        Ok(())
    }
}
