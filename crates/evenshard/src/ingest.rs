//! Reads files of timings into a history; their content decides what they are.

mod excess;
mod files;
mod identity;
mod json;
mod path_map;
mod table;

pub use files::read_files;
pub use path_map::PathMapping;
internal!(table::read_table);

use std::io::{self, Read};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::Micros;
use crate::address::NodeId;
use crate::error::{Location, Warning};
use crate::history::{CaseSeen, History, Origin, ReportFacts, ReportRecorder};
use crate::intern::count;
use crate::junit::{self, ReportSummary};
use crate::outcome::Outcomes;
use crate::record::RunRecord;
use excess::Excess;
use identity::Identities;

/// The beginning of a file that is searched for its kind. Chosen, not measured.
const HEAD: u64 = 64 << 10;

/// The kinds of files that a search for timings meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// JUnit XML.
    Junit,
    /// A history: `timings.json`.
    History,
    /// pytest-split's `.test_durations`: node ids and seconds.
    TestDurations,
    /// A plain table of durations.
    Table,
    /// Nothing readable: empty, unreadable, or XML that is broken.
    Broken,
    /// A history that a newer version wrote.
    Newer,
    /// Something else.
    Other,
}

/// The contents of one file.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct FileSummary {
    /// The file's name as given.
    pub file: String,
    /// Its kind.
    #[serde(skip)]
    pub kind: Kind,
    /// The number of its test cases.
    pub cases: u64,
    /// The number of cases with a usable time.
    pub samples: u64,
    /// The sum of the readable times of its cases, skipped ones included.
    #[doc(hidden)]
    pub total_us: Micros,
    /// The outcomes of its cases.
    #[doc(hidden)]
    pub outcomes: Outcomes,
    /// The oddities in it, with file and line.
    pub warnings: Vec<Warning>,
}

impl FileSummary {
    fn empty(kind: Kind, file: &str) -> Self {
        Self {
            file: file.to_owned(),
            kind,
            cases: 0,
            samples: 0,
            total_us: Micros::ZERO,
            outcomes: Outcomes::default(),
            warnings: Vec::new(),
        }
    }

    fn nothing(kind: Kind, file: &str, why: impl Into<String>) -> Self {
        let warnings = vec![Warning::new(Location::file(file), why)];
        Self {
            warnings,
            ..Self::empty(kind, file)
        }
    }

    /// Adds a test of a file that has nothing but times of tests; `add` takes the case in.
    fn take_test<'h>(
        &mut self,
        test: &str,
        sample: Option<Micros>,
        recorder: &mut ReportRecorder<'h>,
        add: fn(&mut ReportRecorder<'h>, &CaseSeen<'_>),
    ) {
        self.cases += 1;
        self.samples += u64::from(sample.is_some());
        self.total_us += sample.unwrap_or_default();
        let id = NodeId::parse(test);
        let case = CaseSeen {
            classname: &id.classname(),
            name: &id.name(),
            file: Some(id.path()),
            sample,
            ..CaseSeen::default()
        };
        add(recorder, &case);
    }

    /// A file that could not be opened or read.
    #[doc(hidden)]
    pub fn unreadable(file: &str, error: &io::Error) -> Self {
        let why = format!("cannot be read, passed over: {error}");
        Self::nothing(Kind::Broken, file, why)
    }
}

/// A file of timings, beside its content.
#[derive(Clone, Debug, Default)]
pub struct Source<'a> {
    /// Its name, for messages.
    pub name: &'a str,
    /// The facts about a report that it does not contain itself.
    #[doc(hidden)]
    pub origin: Origin,
    /// The run record beside a report, for the setup costs that it measured.
    #[doc(hidden)]
    pub record: Option<&'a RunRecord>,
    /// The scope to read from a history file; `""` is the one without a name.
    pub scope: &'a str,
    /// Replacements for the beginnings of report paths; the longest that matches counts.
    pub path_map: &'a [PathMapping],
}

impl<'a> Source<'a> {
    /// A file with nothing but a name.
    pub fn named(name: &'a str) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }
}

/// Reads one file of timings into `history`. Its content decides what it is. Anything unreadable
/// becomes a warning of the summary, and never keeps other files from being read.
pub fn read(mut input: impl Read, source: Source<'_>, history: &mut History) -> FileSummary {
    let name = source.name;
    let mut head = Vec::new();
    if let Err(error) = input.by_ref().take(HEAD).read_to_end(&mut head) {
        return FileSummary::unreadable(name, &error);
    }
    // By content: pipelines rename the files that they keep.
    if !junit::looks_like_junit(&head) {
        if json::begins_object(&head) {
            return json::read(io::Cursor::new(head).chain(input), source, history);
        }
        if !may_be_broken_xml(&head) {
            let why = "holds no timings: neither JUnit XML nor a history nor durations";
            return FileSummary::nothing(Kind::Other, name, why);
        }
    }
    read_junit(io::Cursor::new(head).chain(input), source, history)
}

/// Returns true for empty files and XML of any kind: the reader describes best what is wrong with
/// them.
fn may_be_broken_xml(head: &[u8]) -> bool {
    let text = head.trim_ascii_start();
    text.is_empty() || text.starts_with(b"<")
}

fn read_junit(input: impl Read, source: Source<'_>, history: &mut History) -> FileSummary {
    let name = source.name;
    let mut recorder = history.report();
    if let Some(record) = source.record {
        recorder.record(record);
    }
    let mut identities = Identities::new(source.path_map);
    let mut excess = Excess::default();
    let report = junit::read(input, name, &mut |case| {
        let (unit, seen) = identities.of(case);
        excess.count(case.suite.index(), unit, case.time);
        recorder.case(&seen);
    });
    let report = match report {
        Ok(report) => report,
        Err(error) => {
            let why = format!("cannot be read, passed over: {error}");
            return FileSummary::nothing(Kind::Broken, name, why);
        }
    };
    // Times of suites make sense once all of their cases are known.
    note_suites(&report, excess, &identities, &mut recorder);
    let facts = ReportFacts {
        digest: report.digest.clone(),
        begun_ms: begun(&report),
        wall: wall(&report),
    };
    recorder.finish(facts, source.origin);
    FileSummary {
        file: name.to_owned(),
        kind: kind_of(&report),
        cases: report.cases,
        samples: report.samples,
        total_us: report.total,
        outcomes: report.outcomes,
        warnings: report.warnings,
    }
}

/// Adds the times of whole units that the suites of a report give.
fn note_suites(
    report: &ReportSummary,
    mut excess: Excess,
    identities: &Identities<'_>,
    recorder: &mut ReportRecorder<'_>,
) {
    // Parts of tests first: their time must not count twice below.
    for (suite, twice) in recorder.take_off_nested() {
        excess.take_off(suite as usize, twice);
    }
    for (suite, own, cases) in excess.side_by_side(&report.suites) {
        recorder.scale_packages(count(suite), own, cases);
    }
    for (unit, time) in excess.of(&report.suites) {
        let file = identities.file(unit);
        recorder.whole_file(&CaseSeen {
            classname: identities.class(unit),
            file: Some(file),
            suite: identities.suite_of(unit),
            sample: Some(time),
            whole_files: true,
            ..CaseSeen::default()
        });
    }
}

fn kind_of(report: &ReportSummary) -> Kind {
    match (report.suites.is_empty(), report.complete) {
        (false, _) => Kind::Junit,
        (true, true) => Kind::Other,
        (true, false) => Kind::Broken,
    }
}

/// Returns the start of the first suite, in milliseconds since 1970.
fn begun(report: &ReportSummary) -> Option<i64> {
    let timestamps = report.suites.iter().map(|suite| suite.timestamp.as_deref());
    timestamps.flatten().filter_map(milliseconds).min()
}

/// Parses a timestamp of a report; one without an offset counts as UTC.
fn milliseconds(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
        return Some(timestamp.as_millisecond());
    }
    let local: DateTime = text.parse().ok()?;
    let utc = local.to_zoned(TimeZone::UTC).ok()?;
    Some(utc.timestamp().as_millisecond())
}

/// Returns the wall time of the outermost suites together.
fn wall(report: &ReportSummary) -> Option<Micros> {
    let outermost = report
        .suites
        .iter()
        .filter(|s| s.parent.is_none() && !s.implied);
    let times = outermost.filter_map(|s| s.time);
    times.reduce(|sum, time| sum + time)
}

#[cfg(test)]
mod tests {
    use super::milliseconds;

    #[test]
    fn timestamps_are_read_with_and_without_an_offset() {
        assert_eq!(milliseconds("1970-01-01T00:00:01"), Some(1_000));
        assert_eq!(milliseconds("1970-01-01T01:00:01.500+01:00"), Some(1_500));
        assert_eq!(milliseconds("1970-01-01 00:00:01Z"), Some(1_000));
        assert_eq!(milliseconds("yesterday"), None);
    }
}
