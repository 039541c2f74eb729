//! From folders of results to evidence: run records, recognised by their content, and the JUnit
//! files that they name.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use evenshard::history::History;
use evenshard::verify::{Evidence, Gathered, Results, TextBudget};
use evenshard::{Location, RunRecord, Warning, junit};
use evenshard_report::words::{counted, grouped};

use crate::failure::Failure;
use crate::files;
use crate::inputs::{self, Reading, Reads};
use crate::path_map::ReportMapping;
use crate::streams::Streams;

/// A file of the results.
enum Kind {
    Record(Box<RunRecord>),
    Unreadable(Warning),
    Junit,
    Other,
}

/// Reads the results that the arguments name. Fails with 65 for a path that names nothing.
pub(crate) fn gather(
    arguments: &[OsString],
    path_map: &[ReportMapping],
    streams: &mut Streams<'_>,
) -> Result<Gathered, Failure> {
    let reads = Reads::begin("results", arguments, streams);
    let mut gathered = Gathered::default();
    let mut records: Vec<(PathBuf, RunRecord)> = Vec::new();
    let mut junit = BTreeSet::new();
    for path in inputs::result_files(arguments)? {
        let kind = kind_of(&path);
        if !matches!(kind, Kind::Junit) {
            reads.done(0);
        }
        match kind {
            Kind::Record(record) => records.push((path, *record)),
            Kind::Unreadable(warning) => gathered.unreadable.push(warning),
            Kind::Junit => drop(junit.insert(path)),
            Kind::Other => {}
        }
    }
    let mut by_name: BTreeMap<String, Vec<&PathBuf>> = BTreeMap::new();
    for path in &junit {
        by_name
            .entry(files::plain_name(path))
            .or_default()
            .push(path);
    }
    let mut reports = Reports {
        by_name,
        claimed: BTreeSet::new(),
        budget: TextBudget::default(),
        reading: Reading::new("", path_map),
    };
    for (path, record) in records {
        let evidence = reports.of_record(&path, record, &reads, streams);
        gathered.evidence.push(evidence);
    }
    let claimed = reports.claimed;
    let unclaimed: Vec<_> = junit
        .iter()
        .filter(|path| !claimed.contains(*path))
        .collect();
    // `select` does not know what its runner writes: every report may be one of its lines.
    if lines_only(&gathered.evidence) {
        for file in &unclaimed {
            reports
                .reading
                .read_report(file, &mut gathered.unclaimed_cases);
        }
    }
    let unclaimed = unclaimed.iter();
    gathered.unclaimed = unclaimed.map(|path| path.display().to_string()).collect();
    reads.end(streams);
    Ok(gathered)
}

/// The JUnit files that records can name.
struct Reports<'a> {
    by_name: BTreeMap<String, Vec<&'a PathBuf>>,
    claimed: BTreeSet<PathBuf>,
    budget: TextBudget,
    reading: Reading<'a>,
}

impl Reports<'_> {
    /// Reads the JUnit files that a record names, as far as they are here.
    fn of_record(
        &mut self,
        path: &Path,
        record: RunRecord,
        reads: &Reads,
        streams: &mut Streams<'_>,
    ) -> Evidence {
        let mut results = Vec::new();
        let mut cases = History::new();
        let is_of_list = record.list.is_some();
        if !is_of_list {
            warn_of_folders(path, &record, streams);
        }
        for name in record.junit.iter().chain(&record.further_junit) {
            let Some(file) = find(path, name, &self.by_name) else {
                continue;
            };
            let shown = file.display().to_string();
            let read = files::open(&file).map_err(|e| e.to_string());
            let read = read.and_then(|input| {
                let input = reads.counted(input);
                Results::read(input, &shown, &record.junit_prefix, &mut self.budget)
                    .map_err(|e| e.to_string())
            });
            match read {
                Ok(found) => {
                    reads.done(found.tests.len() as u64);
                    results.push(found);
                    if is_of_list {
                        self.reading.read_report(&file, &mut cases);
                    }
                }
                Err(why) => streams.warn(&format!("{shown} cannot be read: {why}")),
            }
            // A report counts for both: nobody knows which one wrote it.
            if !self.claimed.insert(file) {
                streams.warn(&format!(
                    "{shown} is named by several run records: a report of one job may have replaced that of another"
                ));
            }
        }
        let name = path.display().to_string();
        streams.detail(&described(&name, &record, &results));
        Evidence {
            record,
            name,
            results,
            cases,
        }
    }
}

/// Returns true where a job printed its lines: no record names the reports of their runner.
fn lines_only(evidence: &[Evidence]) -> bool {
    let mut lists = evidence.iter().filter_map(|e| e.record.list.as_ref());
    lists.any(|list| !list.reports)
}

/// Warns of a record that names a JUnit file in a folder, as `run` writes none.
fn warn_of_folders(path: &Path, record: &RunRecord, streams: &mut Streams<'_>) {
    for named in record.junit.iter().chain(&record.further_junit) {
        if Path::new(named).file_name() != Some(named.as_ref()) {
            streams.warn(&format!(
                "{} names {named} with a folder: a file of that name was looked for beside it, and among the results",
                path.display()
            ));
        }
    }
}

/// Describes a record and its results for `--verbose`.
fn described(name: &str, record: &RunRecord, results: &[Results]) -> String {
    let build = record
        .build
        .as_ref()
        .map(|build| format!(", build {build}"));
    let tests: usize = results.iter().map(|found| found.tests.len()).sum();
    format!(
        "read {name}: record of shard {}, attempt {}{}, {} selected; {} in {}",
        record.shard,
        record.attempt,
        build.unwrap_or_default(),
        grouped(record.selected.len()),
        grouped(tests),
        counted(results.len(), "JUnit file")
    )
}

/// Finds the JUnit file that a record names: in its own folder, otherwise the only one of that
/// name and folder. Names in a record are untrusted: they are compared, never joined with folders
/// of their own.
fn find(record: &Path, name: &str, by_name: &BTreeMap<String, Vec<&PathBuf>>) -> Option<PathBuf> {
    let named = Path::new(name);
    let plain = named.file_name()?;
    let folder = record.parent().unwrap_or(Path::new(""));
    if named
        .parent()
        .is_none_or(|parent| parent.as_os_str().is_empty())
    {
        // A job may compress its reports after the record was written.
        for ending in ["", ".gz", ".zst"] {
            let mut file = plain.to_owned();
            file.push(ending);
            let beside = folder.join(file);
            if beside.is_file() {
                return Some(beside);
            }
        }
    }
    let plain = plain.to_string_lossy();
    let all = by_name.get(&*plain)?;
    let fits = |path: &&PathBuf| path.with_file_name(&*plain).ends_with(named);
    let fitting: Vec<&PathBuf> = all.iter().copied().filter(fits).collect();
    match (fitting.as_slice(), all.as_slice()) {
        ([only], _) | ([], [only]) => Some((*only).clone()),
        _ => nearest(&fitting, record),
    }
}

/// Finds the file that shares most folders with a record, among files of several jobs under one
/// name; `None` where several share as many.
fn nearest(files: &[&PathBuf], record: &Path) -> Option<PathBuf> {
    let shared = |path: &Path| {
        let both = path.components().zip(record.components());
        both.take_while(|(a, b)| a == b).count()
    };
    let most = files.iter().map(|path| shared(path)).max()?;
    let mut nearest = files.iter().filter(|path| shared(path) == most);
    let first = nearest.next()?;
    nearest.next().is_none().then(|| (*first).clone())
}

fn kind_of(path: &Path) -> Kind {
    let shown = path.display().to_string();
    let named_record = files::is_record(path);
    let unreadable = |why: String| {
        if named_record {
            Kind::Unreadable(Warning::new(Location::file(&shown), why))
        } else {
            Kind::Other
        }
    };
    let mut file = match files::open(path) {
        Ok(file) => file,
        // A pipe or a device that was named.
        Err(error) if error.kind() == std::io::ErrorKind::InvalidInput => {
            let why = format!("cannot be read: {error}");
            return Kind::Unreadable(Warning::new(Location::file(&shown), why));
        }
        Err(error) => return unreadable(format!("cannot be read: {error}")),
    };
    let mut content = Vec::new();
    if let Err(error) = file.by_ref().take(files::HEAD).read_to_end(&mut content) {
        return unreadable(format!("cannot be read: {error}"));
    }
    let json = content.trim_ascii_start().starts_with(b"{");
    // By content, since runners name their reports as they like.
    if !json && !named_record {
        return if junit::looks_like_junit(&content) {
            Kind::Junit
        } else {
            Kind::Other
        };
    }
    if !named_record && !mentions_a_record(&content) {
        return Kind::Other;
    }
    // Only what looks like a record is read whole: results hold logs and archives, too.
    if let Err(error) = file.take(files::MOST).read_to_end(&mut content) {
        return unreadable(format!("cannot be read: {error}"));
    }
    match RunRecord::from_json(&content, &shown) {
        Ok(record) => Kind::Record(Box::new(record)),
        Err(error) => {
            let place = error.location().cloned();
            let place = place.unwrap_or_else(|| Location::file(&shown));
            Kind::Unreadable(Warning::new(place, error.kind().to_string()))
        }
    }
}

/// Returns true for the beginning of a record: other JSON has no use for all of these keys.
fn mentions_a_record(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    ["\"state\"", "\"plan_digest\"", "\"shard\"", "\"shards\""]
        .iter()
        .all(|key| text.contains(key))
}
