//! From what `--timings` names to a history.

mod claims;
pub mod files;
mod mappings;
mod named;
mod reads;
mod search;

use claims::Claims;
pub use mappings::ReportMapping;
pub use named::{Lacking, Named};
pub use reads::Reads;

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::path::{Path, PathBuf};

use evenshard::history::{History, Origin};
use evenshard::ingest::{self, FileSummary, Kind, PathMapping, Source};
use evenshard::{ShardRecord, junit};
use evenshard_report::words::{grouped, plural};

use crate::args::{PathMapArgs, TimingsArgs};
use crate::exit;
use crate::failure::Failure;
use crate::streams::Streams;

/// At most so many warnings are printed; the rest is counted.
const WARNINGS_SHOWN: usize = 10;

/// As much of a file as its kind is told by.
pub const HEAD: u64 = 64 << 10;

/// What `--timings` gave.
#[derive(Debug, Default)]
pub struct Timings {
    /// All that was read.
    pub history: History,
    /// True when `--timings` was given and named something readable.
    pub found: bool,
}

/// Reads all that `--timings` names, and says what was odd.
///
/// # Errors
/// Code 65 when one of the arguments names nothing readable or none of them holds a test,
/// unless that is allowed: a job that planned without what the others have would lose tests.
/// The same for a history of a newer version, which is never guessed at.
pub fn load(
    args: &TimingsArgs,
    current_build: Option<&str>,
    streams: &mut Streams<'_>,
) -> Result<Timings, Failure> {
    let mut timings = Timings::default();
    let reading = Reading {
        without_build: current_build,
        ..Reading::new(&args.scope, &args.path_map)
    };
    let reads = Reads::begin("timings", &args.timings, streams);
    let mut lacking = Lacking::default();
    for argument in &args.timings {
        let named = reading.read(argument, &mut timings.history, &reads)?;
        named.show(streams);
        named.refuse_newer()?;
        if let Err(problem) = lacking.note(&named, argument) {
            go_without(problem, "check the path; for", args, streams)?;
        }
    }
    timings.found = lacking.found();
    if let Err(problem) = lacking.end(streams) {
        go_without(problem, "is the file whole? For", args, streams)?;
    }
    if !args.timings.is_empty() {
        reads.end(streams);
    }
    Ok(timings)
}

/// Says that there are no timings, where that is allowed.
fn go_without(
    problem: String,
    look: &str,
    args: &TimingsArgs,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    if args.allow_no_timings {
        streams.warn(&format!("{problem}: going on without (--allow-no-timings)"));
        return Ok(());
    }
    let hint = format!("{look} a first build, without timings yet, pass --allow-no-timings");
    Err(Failure::new(exit::DATA, problem).hint(hint))
}

/// How files are read.
#[derive(Clone, Debug, Default)]
pub struct Reading<'a> {
    /// Which scope of a history file.
    pub scope: &'a str,
    /// How the beginning of report paths is rewritten.
    pub path_map: &'a [ReportMapping],
    /// What the user says of the reports.
    pub declared: Origin,
    /// Which build they are of where nothing beside them says so.
    pub found_build: Option<&'a str>,
    /// Reports of this build are passed over.
    pub without_build: Option<&'a str>,
}

impl<'a> Reading<'a> {
    /// Reads a scope, with these paths rewritten.
    pub fn new(scope: &'a str, path_map: &'a PathMapArgs) -> Self {
        Self {
            scope,
            path_map: &path_map.path_map,
            ..Self::default()
        }
    }

    /// Reads all that one argument names into `history`.
    ///
    /// # Errors
    /// Code 65 when a glob is malformed.
    pub fn read(
        &self,
        argument: &OsString,
        history: &mut History,
        reads: &Reads,
    ) -> Result<Named, Failure> {
        let candidates = search::candidates(argument)?;
        let mut named = Named {
            files: Vec::new(),
            details: Vec::new(),
            looked_into: candidates.files.len(),
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

    /// Reads all that arguments name into `history`, and says what was odd. `refused` makes
    /// the failure of what they lack.
    ///
    /// # Errors
    /// What `refused` makes; code 65 when a glob is malformed, or for a newer version.
    pub fn read_each(
        &self,
        what: &'static str,
        arguments: &[OsString],
        history: &mut History,
        refused: impl Fn(String) -> Failure,
        streams: &mut Streams<'_>,
    ) -> Result<(), Failure> {
        let reads = Reads::begin(what, arguments, streams);
        let mut lacking = Lacking::default();
        for argument in arguments {
            let named = self.read(argument, history, &reads)?;
            named.show(streams);
            named.refuse_newer()?;
            lacking.note(&named, argument).map_err(&refused)?;
        }
        lacking.end(streams).map_err(refused)?;
        reads.end(streams);
        Ok(())
    }

    /// Reads files side by side, each thread a run of them into a history of its own.
    /// Merging does not depend on order, so neither does the result.
    fn read_all(
        &self,
        files: &[&PathBuf],
        claims: &Claims,
        history: &mut History,
        reads: &Reads,
    ) -> Vec<FileRead> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        if threads == 1 || files.len() < 2 {
            return files
                .iter()
                .map(|path| self.read_file(path, claims, history, reads))
                .collect();
        }
        let run = |files: &[&PathBuf]| {
            let mut own = History::new();
            let read: Vec<FileRead> = files
                .iter()
                .map(|path| self.read_file(path, claims, &mut own, reads))
                .collect();
            (own, read)
        };
        let mut summaries = Vec::with_capacity(files.len());
        std::thread::scope(|scope| {
            let runs: Vec<_> = files
                .chunks(files.len().div_ceil(threads))
                .map(|files| scope.spawn(move || run(files)))
                .collect();
            for finished in runs {
                match finished.join() {
                    Ok((own, read)) => {
                        if history.reports().is_empty() {
                            *history = own;
                        } else {
                            history.merge(&own);
                        }
                        summaries.extend(read);
                    }
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        summaries
    }

    /// Reads one report into `history`.
    pub fn read_report(&self, path: &Path, history: &mut History) -> FileSummary {
        self.ingest(
            path,
            self.origin(Origin::default()),
            None,
            history,
            |file| file,
        )
    }

    /// Reads one file into `history`, with what is known of it; `through` sees all that is read.
    fn ingest<R: Read>(
        &self,
        path: &Path,
        origin: Origin,
        record: Option<&ShardRecord>,
        history: &mut History,
        through: impl FnOnce(fs_err::File) -> R,
    ) -> FileSummary {
        let name = path.display().to_string();
        let source = Source {
            name: &name,
            origin,
            record,
            scope: self.scope,
            path_map: &self.mappings(path),
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
        let mut doubts = Vec::new();
        let record = search::record_beside(path).and_then(|read| match read {
            Ok(record) => Some(record),
            Err(doubt) => {
                doubts.push(doubt);
                None
            }
        });
        let record = record.or_else(|| claims.of_report(path).cloned());
        let beside = record.as_ref().map(Origin::from).unwrap_or_default();
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
        // Of several reports of one job, the first has what was measured.
        let record = record.as_ref().filter(|record| names_first(record, path));
        let counted = |file| reads.counted(file);
        let mut summary = self.ingest(path, origin, record, history, counted);
        summary.warnings.extend(doubts);
        reads.done(summary.cases);
        FileRead {
            name,
            build,
            summary: Some(summary),
        }
    }

    /// The rewritings for one report.
    fn mappings(&self, report: &Path) -> Vec<PathMapping> {
        let mappings = self.path_map.iter();
        mappings
            .filter_map(|mapping| mapping.of(report))
            .cloned()
            .collect()
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

/// True for the report that a record is beside, false for further ones of the same job.
fn names_first(record: &ShardRecord, path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let further = |named: &String| name.strip_prefix(named.as_str()).is_some();
    !record.further_junit.iter().any(further)
}

/// What became of one file.
#[derive(Debug)]
struct FileRead {
    name: String,
    /// Which build it is of, where something beside the file says so.
    build: Option<String>,
    /// `None` where it was left out for its build.
    summary: Option<FileSummary>,
}

impl FileRead {
    /// What `--verbose` says of it.
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
        let (cases, samples) = (grouped(summary.cases), grouped(summary.samples));
        let total = summary.total_us;
        let s = plural(summary.cases);
        format!(
            "read {name}: {kind}, {cases} case{s}, {samples} with a time, {total} in all{build}"
        )
    }
}

/// Says what was odd in these files, up to a limit.
pub fn show_warnings(files: &[FileSummary], streams: &mut Streams<'_>) {
    let warnings: Vec<_> = files.iter().flat_map(|f| &f.warnings).collect();
    for warning in warnings.iter().take(WARNINGS_SHOWN) {
        streams.warn(&warning.to_string());
    }
    if let Some(more) = warnings
        .len()
        .checked_sub(WARNINGS_SHOWN)
        .filter(|&n| n > 0)
    {
        streams.warn(&format!(
            "{more} more warning{} (`evenshard timings show` lists them)",
            plural(more)
        ));
    }
}

/// The JUnit files that a file, a folder or a glob names now; none where nothing is there yet.
///
/// # Errors
/// Code 65 when a glob is malformed.
pub fn reports(argument: &OsStr) -> Result<Vec<PathBuf>, Failure> {
    let found = search::candidates(argument)?.files.into_iter();
    Ok(found.filter(|path| is_junit(path)).collect())
}

/// True for a file that begins like JUnit XML.
fn is_junit(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = files::open_report(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    read.is_ok() && junit::looks_like_junit(&head)
}

/// The files that these arguments name as results of a build, each once, in bytewise order.
///
/// # Errors
/// Code 65 when a glob is malformed, or an argument names nothing at all.
pub fn result_files(arguments: &[OsString]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = std::collections::BTreeSet::new();
    for argument in arguments {
        let found = search::results(argument)?;
        if !found.exists {
            let argument = argument.to_string_lossy();
            let message = format!("no file, folder or glob match: {argument}");
            return Err(Failure::new(exit::DATA, message));
        }
        files.extend(found.files);
    }
    Ok(files.into_iter().collect())
}
