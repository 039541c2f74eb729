//! Which files a path, a folder or a glob names.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use evenshard::{Location, ShardRecord, Warning};
use walkdir::WalkDir;

use crate::exit;
use crate::failure::Failure;
use crate::files;
use crate::globs::Glob;

/// The endings of files that a search looks into; `.gz` and `.zst` may follow.
const ENDINGS: &[&str] = &[".xml", ".json", ".test_durations"];
/// Written beside JUnit files by `run`; they hold no timings.
const RECORD: &str = ".shard.json";

/// The files that one argument names.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// In bytewise order.
    pub(super) files: BTreeSet<PathBuf>,
    /// Whether the argument names anything at all.
    pub(super) exists: bool,
    /// Whether it names one file, which then has to hold timings.
    pub(super) named_file: bool,
    /// The run records where it looked: below a folder, or beside a file.
    pub(super) records: BTreeSet<PathBuf>,
}

/// The files that `argument` names: a file, all of a folder's, or all that match a glob.
pub(super) fn candidates(argument: &OsStr) -> Result<Candidates, Failure> {
    search(argument, may_hold_timings)
}

/// The files that `argument` names as results of a build: shard records as well.
pub(super) fn results(argument: &OsStr) -> Result<Candidates, Failure> {
    search(argument, |path| may_hold_timings(path) || is_record(path))
}

fn search(argument: &OsStr, wanted: fn(&Path) -> bool) -> Result<Candidates, Failure> {
    let path = Path::new(argument);
    match fs_err::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Ok(of_folder(path, wanted)),
        Ok(_) => Ok(Candidates {
            files: BTreeSet::from([path.to_owned()]),
            exists: true,
            named_file: true,
            records: records_beside(path),
        }),
        Err(_) => of_glob(argument, wanted),
    }
}

fn of_folder(folder: &Path, wanted: fn(&Path) -> bool) -> Candidates {
    let mut found = Candidates {
        exists: true,
        ..Candidates::default()
    };
    for path in files_below(folder) {
        if is_record(&path) {
            found.records.insert(path.clone());
        }
        if wanted(&path) {
            found.files.insert(path);
        }
    }
    found
}

/// The run records in the folder of a file.
fn records_beside(file: &Path) -> BTreeSet<PathBuf> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let entries = WalkDir::new(folder.unwrap_or(Path::new("."))).max_depth(1);
    let entries = entries.into_iter().filter_map(Result::ok);
    let paths = entries.map(walkdir::DirEntry::into_path);
    let records = paths.filter(|path| is_record(path));
    records.map(|path| strip_dot(&path)).collect()
}

fn of_glob(argument: &OsStr, wanted: fn(&Path) -> bool) -> Result<Candidates, Failure> {
    let pattern = argument.to_string_lossy();
    if !pattern.contains(['*', '?', '[', '{']) {
        return Ok(Candidates::default());
    }
    let glob = Glob::new(&pattern).map_err(|why| {
        let what = format!("no such file, and not a glob ({why}): {pattern}");
        Failure::new(exit::DATA, what)
            .hint("check the path, and quote a glob so that the shell leaves it alone")
    })?;
    let base = fixed_part(&pattern);
    let from_here = base.as_os_str().is_empty();
    let mut found = Candidates::default();
    for path in files_below(if from_here { Path::new(".") } else { &base }) {
        let path = if from_here { strip_dot(&path) } else { path };
        if is_record(&path) {
            found.records.insert(path.clone());
        }
        let in_matching_folder = || path.ancestors().skip(1).any(|p| glob.matches(p));
        if glob.matches(&path) || (wanted(&path) && in_matching_folder()) {
            found.exists = true;
            found.files.insert(path);
        }
    }
    Ok(found)
}

/// The folders of a pattern before its first wildcard.
fn fixed_part(pattern: &str) -> PathBuf {
    let wild = |part: &Path| part.to_string_lossy().contains(['*', '?', '[', '{']);
    let parts = Path::new(pattern).components();
    parts.take_while(|part| !wild(part.as_ref())).collect()
}

fn strip_dot(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}

fn files_below(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    WalkDir::new(folder)
        .follow_links(true)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
}

fn may_hold_timings(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let plain = name
        .strip_suffix(".gz")
        .or(name.strip_suffix(".zst"))
        .unwrap_or(&name);
    ENDINGS.iter().any(|ending| plain.ends_with(ending)) && !plain.ends_with(RECORD)
}

fn is_record(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(RECORD)
}

/// The run record beside a JUnit file, if there is one, or why it is passed over: by its name, or
/// that of the job's first report where it names this one as a further one
/// (`junit-1-1-unpruned.xml`).
pub(super) fn record_beside(junit: &Path) -> Option<Result<ShardRecord, Warning>> {
    let name = junit.file_name()?.to_str()?;
    let plain = name
        .strip_suffix(".gz")
        .or(name.strip_suffix(".zst"))
        .unwrap_or(name);
    let stem = plain.strip_suffix(".xml")?;
    let at = |stem: &str| record_at(&junit.with_file_name(format!("{stem}{RECORD}")));
    at(stem).or_else(|| {
        let mut first = stem;
        loop {
            first = first.rsplit_once('-')?.0;
            let found = at(first).and_then(Result::ok);
            let names_it = |r: &ShardRecord| r.further_junit.iter().any(|name| name == plain);
            if let Some(found) = found.filter(names_it) {
                return Some(Ok(found));
            }
        }
    })
}

/// The run record at this path, if there is one, or why it is passed over.
fn record_at(path: &Path) -> Option<Result<ShardRecord, Warning>> {
    let shown = path.display().to_string();
    let passed_over = |place: Option<&Location>, why: String| {
        let place = place.cloned().unwrap_or_else(|| Location::file(&shown));
        Warning::new(place, format!("{why}, passed over"))
    };
    match files::read(path, files::MOST) {
        Ok(json) => {
            let read = ShardRecord::from_json(&json, &shown);
            Some(read.map_err(|error| passed_over(error.location(), error.kind().to_string())))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => Some(Err(passed_over(None, format!("cannot be read: {error}")))),
    }
}
