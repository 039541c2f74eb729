//! The search for the files that a path, a folder or a glob names.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use evenshard::{Location, RunRecord, Warning};
use walkdir::WalkDir;

use crate::failure::Failure;
use crate::files::{self, is_record};
use crate::globs::Glob;

/// The endings of files that a search looks into: those of reports, of histories and run records,
/// and the file of pytest-split. `.gz` and `.zst` may follow.
const ENDINGS: [&str; 3] = [".xml", ".json", ".test_durations"];
/// The characters that make a glob of a path, as [`Glob`] reads them.
const WILDCARDS: [char; 4] = ['*', '?', '[', '{'];

/// The files that one argument names.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// In bytewise order.
    pub(super) files: BTreeSet<PathBuf>,
    pub(super) exists: bool,
    /// The argument names one file, which then has to hold timings.
    pub(super) named_file: bool,
    /// The run records in the folder, or beside the file.
    pub(super) records: BTreeSet<PathBuf>,
}

/// Finds the files that may hold timings.
pub(super) fn candidates(argument: &OsStr) -> Result<Candidates, Failure> {
    search(argument, may_hold_timings)
}

/// Finds the results of a build: run records as well.
pub(super) fn results(argument: &OsStr) -> Result<Candidates, Failure> {
    search(argument, |path| may_hold_timings(path) || is_record(path))
}

fn search(argument: &OsStr, wanted: fn(&Path) -> bool) -> Result<Candidates, Failure> {
    let path = Path::new(argument);
    let mut found = Candidates {
        exists: true,
        ..Candidates::default()
    };
    match fs_err::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            for path in files_below(path, usize::MAX) {
                found.visit(path, wanted);
            }
        }
        Ok(_) => {
            found.named_file = true;
            found.files.insert(path.to_owned());
            let folder = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty());
            let beside = files_below(folder.unwrap_or(Path::new(".")), 1);
            let records = beside.filter(|path| is_record(path));
            found.records = records.map(|path| strip_dot(&path)).collect();
        }
        // A file whose name has a wildcard in it is that file.
        Err(_) => return of_glob(argument, wanted),
    }
    Ok(found)
}

impl Candidates {
    fn visit(&mut self, path: PathBuf, wanted: impl FnOnce(&Path) -> bool) {
        if is_record(&path) {
            self.records.insert(path.clone());
        }
        if wanted(&path) {
            self.exists = true;
            self.files.insert(path);
        }
    }
}

/// Finds the files that match a glob, and those in folders that match it.
fn of_glob(argument: &OsStr, wanted: fn(&Path) -> bool) -> Result<Candidates, Failure> {
    let pattern = argument.to_string_lossy();
    if !pattern.contains(WILDCARDS) {
        return Ok(Candidates::default());
    }
    let glob = Glob::new(&pattern).map_err(|why| {
        let what = format!("no such file, and not a glob ({why}): {pattern}");
        Failure::data(what)
            .hint("check the path, and quote a glob so that the shell leaves it alone")
    })?;
    // The folders before the first wildcard.
    let parts = Path::new(&*pattern).components();
    let is_plain =
        |part: &std::path::Component<'_>| !part.as_os_str().to_string_lossy().contains(WILDCARDS);
    // A search from here on would walk the whole checkout for `/tmp/*.xml`.
    let base: PathBuf = parts.take_while(is_plain).collect();
    let from_here = base.as_os_str().is_empty();
    let mut found = Candidates::default();
    for path in files_below(if from_here { Path::new(".") } else { &base }, usize::MAX) {
        let path = if from_here { strip_dot(&path) } else { path };
        found.visit(path, |path| {
            // `junit/*` means the reports in each of these folders.
            let in_matching_folder = || path.ancestors().skip(1).any(|p| glob.matches(p));
            glob.matches(path) || (wanted(path) && in_matching_folder())
        });
    }
    Ok(found)
}

fn strip_dot(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}

fn files_below(folder: &Path, depth: usize) -> impl Iterator<Item = PathBuf> + use<> {
    WalkDir::new(folder)
        .follow_links(true)
        .max_depth(depth)
        .into_iter()
        // A folder that cannot be read counts as empty, which is an error where it was named.
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
}

fn may_hold_timings(path: &Path) -> bool {
    let name = files::plain_name(path);
    ENDINGS.iter().any(|ending| name.ends_with(ending)) && !name.ends_with(files::RECORD)
}

/// Reads the run record of a JUnit file, or says why it is passed over. Its name is the file's,
/// or that of the job's first report, where the record names this file as a further one
/// (`junit-1-1-unpruned.xml`).
pub(super) fn record_beside(junit: &Path) -> Option<Result<RunRecord, Warning>> {
    let name = files::plain_name(junit);
    let mut stem = name.strip_suffix(".xml")?;
    let at = |stem: &str| record_at(&junit.with_file_name(format!("{stem}{}", files::RECORD)));
    if let Some(found) = at(stem) {
        return Some(found);
    }
    loop {
        stem = stem.rsplit_once('-')?.0;
        let found = at(stem).and_then(Result::ok);
        if let Some(record) = found.filter(|r| r.further_junit.contains(&name)) {
            return Some(Ok(record));
        }
    }
}

fn record_at(path: &Path) -> Option<Result<RunRecord, Warning>> {
    let shown = path.display().to_string();
    let passed_over = |at: Option<&Location>, why: String| {
        let at = at.cloned().unwrap_or_else(|| Location::file(&shown));
        Warning::new(at, format!("{why}, passed over"))
    };
    match files::read(path, files::MOST) {
        Ok(json) => {
            let read = RunRecord::from_json(&json, &shown);
            Some(read.map_err(|error| passed_over(error.location(), error.kind().to_string())))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => Some(Err(passed_over(None, format!("cannot be read: {error}")))),
    }
}
