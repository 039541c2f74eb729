//! From what `--timings` names to a history.

mod search;

use std::ffi::OsString;
use std::path::Path;

use evenshard::history::{History, Origin};
use evenshard::ingest::{self, FileSummary, Kind, PathMapping, Source};

use crate::args::{PathMapArgs, TimingsArgs};
use crate::exit;
use crate::failure::Failure;
use crate::streams::Streams;

/// At most so many warnings are printed; the rest is counted.
const WARNINGS_SHOWN: usize = 10;

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
/// Code 65 when one of the arguments names nothing readable, unless that is allowed: a job
/// that planned without what the others have would lose tests.
pub fn load(args: &TimingsArgs, streams: &mut Streams<'_>) -> Result<Timings, Failure> {
    let mut timings = Timings::default();
    let reading = Reading::new(&args.scope, &args.path_map);
    for argument in &args.timings {
        let named = reading.read(argument, &mut timings.history)?;
        show_warnings(&named.files, streams);
        let problem = named.problem(argument);
        timings.found |= problem.is_none();
        match problem {
            None => {}
            Some(problem) if args.allow_no_timings => {
                streams.warn(&format!("{problem}: going on without (--allow-no-timings)"));
            }
            Some(problem) => {
                return Err(Failure::new(exit::DATA, problem).hint(
                    "check the path; for a first build, without timings yet, pass --allow-no-timings",
                ));
            }
        }
    }
    Ok(timings)
}

/// What one argument named.
#[derive(Debug)]
pub struct Named {
    /// Every file that holds timings, with what was found in it.
    pub files: Vec<FileSummary>,
    /// How many files there were to look into.
    looked_into: usize,
    exists: bool,
}

impl Named {
    /// Why there are no timings in it, if there are none.
    pub fn problem(&self, argument: &OsString) -> Option<String> {
        let argument = argument.to_string_lossy();
        if self.files.iter().any(|f| f.cases > 0) {
            None
        } else if !self.exists {
            Some(format!("no file, folder or glob match: {argument}"))
        } else if self.files.is_empty() {
            let n = self.looked_into;
            Some(format!(
                "no timings in {argument} ({n} file{} looked into)",
                plural(n)
            ))
        } else {
            Some(format!("no test in the timings of {argument}"))
        }
    }
}

/// How files of timings are read.
#[derive(Debug, Default)]
pub struct Reading<'a> {
    /// Which suite of a history.
    pub scope: &'a str,
    /// How the beginning of report paths is rewritten.
    pub path_map: &'a [PathMapping],
    /// What is declared of all of them.
    pub declared: Origin,
    /// The build that they are of, where nothing else names it.
    pub found_build: Option<&'a str>,
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
    pub fn read(&self, argument: &OsString, history: &mut History) -> Result<Named, Failure> {
        let candidates = search::candidates(argument)?;
        let mut named = Named {
            files: Vec::new(),
            looked_into: candidates.files.len(),
            exists: candidates.exists,
        };
        for path in &candidates.files {
            let summary = self.read_file(path, history);
            // A search meets other files too; one that is named has to hold timings.
            if candidates.named_file || summary.kind != Kind::Other {
                named.files.push(summary);
            }
        }
        Ok(named)
    }

    fn read_file(&self, path: &Path, history: &mut History) -> FileSummary {
        let name = path.display().to_string();
        let file = match fs_err::File::open(path) {
            Ok(file) => file,
            Err(error) => return FileSummary::unreadable(&name, &error),
        };
        let mut origin = search::origin_of(path);
        let found = || self.found_build.map(str::to_owned);
        let declared = self.declared.build.clone();
        origin.build = declared.or(origin.build).or_else(found);
        origin.complete |= self.declared.complete;
        let source = Source {
            name: &name,
            origin,
            scope: self.scope,
            path_map: self.path_map,
        };
        ingest::read(file, source, history)
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

/// `s` unless there is one.
pub fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}
