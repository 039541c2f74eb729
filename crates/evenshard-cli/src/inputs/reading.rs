//! Reading timings: many files side by side, each with the run record that names it.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

use evenshard::history::{History, Origin};
use evenshard::ingest::{self, FileSummary, Kind, Source};
use evenshard::threads::side_by_side;
use evenshard_report::words::{counted, grouped};

use super::claims::Claims;
use super::named::Named;
use super::{Lacking, Reads, search};
use crate::failure::Failure;
use crate::files;
use crate::path_map::ReportMapping;
use crate::streams::Streams;
use evenshard::RunRecord;

/// Options for reading timings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading<'a> {
    /// The scope of a history file.
    pub(crate) scope: &'a str,
    /// Rewritings of report paths.
    pub(crate) path_map: &'a [ReportMapping],
    /// Facts about the reports that flags give.
    pub(crate) declared: Origin,
    /// The build of reports that no flag and no record names.
    pub(crate) found_build: Option<&'a str>,
    /// The build whose reports are left out.
    pub(crate) without_build: Option<&'a str>,
}

/// A file that was read or left out.
#[derive(Debug)]
struct FileRead {
    name: String,
    /// The build of the file, where a record or a flag names it.
    build: Option<String>,
    /// `None` for a report of the current build.
    summary: Option<FileSummary>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(scope: &'a str, path_map: &'a [ReportMapping]) -> Self {
        Self {
            scope,
            path_map,
            ..Self::default()
        }
    }

    /// Reads the files of one argument into `history`. Fails with 65 for a malformed glob.
    pub(crate) fn read(
        &self,
        argument: &OsString,
        history: &mut History,
        reads: &Reads,
    ) -> Result<Named, Failure> {
        let candidates = search::candidates(argument)?;
        let mut named = Named {
            files: Vec::new(),
            details: Vec::new(),
            visited: candidates.files.len(),
            exists: candidates.exists,
        };
        let files: Vec<&PathBuf> = candidates.files.iter().collect();
        let claims = Claims::of(&candidates.records);
        for read in self.read_all(&files, &claims, history, reads) {
            named.details.push(read.detail());
            // A search meets other files too; one that is named has to hold timings.
            let holds = |f: &FileSummary| candidates.named_file || f.kind != Kind::Other;
            named.files.extend(read.summary.filter(holds));
        }
        Ok(named)
    }

    /// Reads the files of all arguments into `history`, and prints warnings. Returns true if they
    /// hold a test. `problem` decides about an argument without timings; its second argument
    /// begins a hint.
    pub(crate) fn read_each(
        &self,
        what: &'static str,
        arguments: &[OsString],
        history: &mut History,
        problem: impl Fn(String, &str, &mut Streams<'_>) -> Result<(), Failure>,
        streams: &mut Streams<'_>,
    ) -> Result<bool, Failure> {
        let reads = Reads::begin(what, arguments, streams);
        let mut lacking = Lacking::default();
        for argument in arguments {
            let named = self.read(argument, history, &reads)?;
            named.report(streams);
            // Before anything is planned: what a newer version knows would be passed over.
            named.refuse_newer()?;
            if let Err(what) = lacking.note(&named, argument) {
                problem(what, "check the path; for", streams)?;
            }
        }
        let found = lacking.found;
        if let Err(what) = lacking.end(streams) {
            problem(what, "is the file whole? For", streams)?;
        }
        if !arguments.is_empty() {
            reads.end(streams);
        }
        Ok(found)
    }

    /// Reads files side by side, each thread a part of them into a history of its own. Merging
    /// does not depend on order, so neither does the result.
    fn read_all(
        &self,
        files: &[&PathBuf],
        claims: &Claims,
        history: &mut History,
        reads: &Reads,
    ) -> Vec<FileRead> {
        let part = |files: &[&PathBuf]| {
            let mut own = History::new();
            let read = files
                .iter()
                .map(|path| self.read_file(path, claims, &mut own, reads));
            let read: Vec<FileRead> = read.collect();
            (own, read)
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        // One part a thread, since each part costs a merge.
        let size = files.len().div_ceil(threads).max(1);
        let parts: Vec<&[&PathBuf]> = files.chunks(size).collect();
        let mut all = Vec::with_capacity(files.len());
        for (own, read) in side_by_side(&parts, |files| part(files)) {
            // The first part has nothing to be merged into.
            if history.reports().is_empty() {
                *history = own;
            } else {
                history.merge(&own);
            }
            all.extend(read);
        }
        all
    }

    /// Reads one report into `history`.
    pub(crate) fn read_report(&self, path: &Path, history: &mut History) -> FileSummary {
        let origin = self.origin(Origin::default());
        self.ingest(path, origin, None, history, |file| file)
    }

    /// Reads one file; `through` sees all that is read.
    fn ingest<R: Read>(
        &self,
        path: &Path,
        origin: Origin,
        record: Option<&RunRecord>,
        history: &mut History,
        through: impl FnOnce(fs_err::File) -> R,
    ) -> FileSummary {
        let name = path.display().to_string();
        let mappings = self.path_map.iter().filter_map(|mapping| mapping.of(path));
        let source = Source {
            name: &name,
            origin,
            record,
            scope: self.scope,
            path_map: &mappings.cloned().collect::<Vec<_>>(),
        };
        match files::open_report(path) {
            Ok(file) => ingest::read(through(file), source, history),
            Err(error) => FileSummary::unreadable(&name, &error),
        }
    }

    fn read_file(
        &self,
        path: &Path,
        claims: &Claims,
        history: &mut History,
        reads: &Reads,
    ) -> FileRead {
        let name = path.display().to_string();
        let (record, doubt) = match search::record_beside(path) {
            Some(Ok(record)) => (Some(record), None),
            Some(Err(doubt)) => (None, Some(doubt)),
            None => (None, None),
        };
        let record = record.or_else(|| claims.of_report(path).cloned());
        let beside = record.as_ref().map(Origin::from).unwrap_or_default();
        // A retried job must plan as its first attempt did, without the results of that attempt.
        if self.without_build.is_some() && beside.build.as_deref() == self.without_build {
            reads.done(0);
            return FileRead {
                name,
                build: beside.build,
                summary: None,
            };
        }
        let origin = self.origin(beside);
        let build = origin.build.clone();
        // Of several reports of one job, the first has the measurements.
        let record = record.as_ref().filter(|record| names_first(record, path));
        let mut summary = self.ingest(path, origin, record, history, |file| reads.counted(file));
        summary.warnings.extend(doubt);
        reads.done(summary.cases);
        FileRead {
            name,
            build,
            summary: Some(summary),
        }
    }

    fn origin(&self, beside: Origin) -> Origin {
        let found = || self.found_build.map(str::to_owned);
        Origin {
            build: self.declared.build.clone().or(beside.build).or_else(found),
            shard: beside.shard,
            complete: self.declared.complete || beside.complete,
            selection: beside.selection,
        }
    }
}

/// Returns true for the report beside a record, false for further ones of the same job.
fn names_first(record: &RunRecord, path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut further = record.further_junit.iter();
    // With the ending of a compression behind it.
    !further.any(|named| name.starts_with(named.as_str()))
}

impl FileRead {
    /// Describes the file for `--verbose`.
    fn detail(&self) -> String {
        let name = &self.name;
        let build = self.build.as_ref().map(|build| format!(", build {build}"));
        let build = build.unwrap_or_default();
        let Some(summary) = &self.summary else {
            return format!("left out {name}: it is of this build{build}");
        };
        let kind = match summary.kind {
            Kind::Junit => "JUnit XML",
            Kind::History => "a history",
            Kind::TestDurations => "durations of pytest-split",
            Kind::Table => "a table",
            _ => return format!("read {name}: no timings"),
        };
        let (cases, samples) = (counted(summary.cases, "case"), grouped(summary.samples));
        let total = summary.total_us;
        format!("read {name}: {kind}, {cases}, {samples} with a time, {total} in all{build}")
    }
}
