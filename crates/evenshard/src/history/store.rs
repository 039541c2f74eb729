//! `timings.json`: the histories of all scopes in one file.

mod classes;
mod groups;
mod reported;
mod setup;

use std::borrow::Cow;
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::Micros;
use crate::error::{Error, Location};
use crate::history::{
    First, History, KnownReport, Origin, ReportFacts, Sample, TestId, builds, count,
};
use crate::outcome::Outcome;
use classes::Classes;
use groups::WrittenGroups;
use reported::WrittenReported;
use setup::WrittenSetup;

/// The newest version of the file that is read, and the one that is written.
const VERSION: u64 = 1;

/// The histories of separate suites, by scope; the scope without a name is `""`.
#[derive(Clone, Debug, Default)]
pub struct Histories {
    scopes: BTreeMap<String, History>,
}

impl Histories {
    /// Returns the history of a scope, which is empty for a new scope.
    pub fn scope(&mut self, scope: &str) -> &mut History {
        self.scopes.entry(scope.to_owned()).or_default()
    }

    /// Returns the names of the scopes that have a history.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scopes
            .iter()
            .filter(|(_, h)| !h.reports().is_empty())
            .map(|(name, _)| name.as_str())
    }

    /// Adds everything in `other`, scope by scope.
    pub fn merge(&mut self, other: &Self) {
        for (scope, history) in &other.scopes {
            self.scope(scope).merge(history);
        }
    }

    /// Writes the file: JSON with a final newline, the same bytes for the same samples. Old samples
    /// are left out; see [`History::without_the_old`].
    pub fn to_json(&self) -> String {
        let scopes = self.scopes.iter().filter(|(_, h)| !h.reports().is_empty());
        let written = Written {
            version: VERSION,
            scopes: scopes
                .map(|(s, h)| (s.clone(), write(&h.without_the_old())))
                .collect(),
        };
        let mut json = serde_json::to_string(&written).unwrap_or_default();
        json.push('\n');
        json
    }

    /// Reads a file that [`to_json`](Self::to_json) wrote. `name` is the file's name for messages.
    ///
    /// # Errors
    /// [`ErrorKind::NewerVersion`](crate::ErrorKind::NewerVersion) for a version above 1;
    /// [`ErrorKind::Malformed`](crate::ErrorKind::Malformed) for what is no such file.
    pub fn from_json(json: &[u8], name: &str) -> Result<Self, Error> {
        let at = |error: Error| error.at(Location::file(name));
        let malformed = |detail: String| at(Error::malformed("timings file", detail));
        let of_json = |e: serde_json::Error| {
            let line = Location::line(name, e.line() as u64);
            malformed(e.to_string()).at(line)
        };
        let check_version = |found| Error::check_version("timings file", found, VERSION);
        let written: Written<Classes> = match serde_json::from_slice(json) {
            Ok(written) => written,
            // Out of order, newer, or another file: finding out which takes longer.
            Err(error) => {
                let head: Head = serde_json::from_slice(json).map_err(of_json)?;
                check_version(head.version).map_err(at)?;
                sorted(json).map_err(|_| of_json(error))?
            }
        };
        check_version(written.version).map_err(at)?;
        let mut histories = Self::default();
        for (scope, written) in written.scopes {
            let history = read(written).map_err(malformed)?;
            histories.scopes.insert(scope, history);
        }
        Ok(histories)
    }

    /// Returns true if `json` is a timings file, perhaps of a newer version, and no other file.
    #[doc(hidden)]
    pub fn looks_like(json: &[u8]) -> bool {
        let head = serde_json::from_slice::<Head>(json);
        head.is_ok_and(|head| head.scopes.is_some() || head.version > VERSION)
    }
}

/// Reads a file whose names are in any order. As JSON values its maps are sorted, and have the last
/// of several values of one name.
fn sorted(json: &[u8]) -> serde_json::Result<Written<Classes>> {
    let values: serde_json::Value = serde_json::from_slice(json)?;
    serde_json::from_slice(&serde_json::to_vec(&values)?)
}

#[derive(Deserialize)]
struct Head {
    version: u64,
    scopes: Option<serde::de::IgnoredAny>,
}

#[derive(Serialize, Deserialize)]
struct Written<C> {
    version: u64,
    scopes: BTreeMap<String, WrittenScope<C>>,
}

/// Classes by name, as they are written.
type Tree = BTreeMap<String, WrittenClass>;

#[derive(Default, Serialize, Deserialize)]
struct WrittenScope<C> {
    builds: Vec<WrittenBuild>,
    classes: C,
    #[serde(default, skip_serializing_if = "WrittenSetup::is_empty")]
    setup: WrittenSetup,
    #[serde(default, skip_serializing_if = "WrittenGroups::is_empty")]
    groups: WrittenGroups,
    #[serde(flatten)]
    reported: WrittenReported,
}

#[derive(Serialize, Deserialize)]
struct WrittenBuild {
    id: Option<String>,
    begun_ms: Option<i64>,
    complete: bool,
    wall_us: Option<Micros>,
    cases_us: Micros,
    reports: Vec<WrittenReport>,
}

#[derive(Serialize, Deserialize)]
struct WrittenReport {
    digest: String,
    begun_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shard: Option<(u32, u32)>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    declared_complete: bool,
    wall_us: Option<Micros>,
    cases_us: Micros,
    tests: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    selection: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    broke_off: bool,
}

#[derive(Default, Serialize)]
struct WrittenClass {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    whole: bool,
    tests: BTreeMap<String, Vec<WrittenSample<'static>>>,
}

/// (report, counted through all builds; duration in microseconds, or the time of skipping; outcome;
/// first; the part of the duration that was measured to be setup of the file and class)
#[derive(Serialize, Deserialize)]
struct WrittenSample<'a>(
    u32,
    Option<Micros>,
    #[serde(borrow)] Cow<'a, str>,
    u8,
    #[serde(default, skip_serializing_if = "Option::is_none")] Option<Micros>,
);

fn write(history: &History) -> WrittenScope<Tree> {
    let builds = builds::named(history);
    let mut scope: WrittenScope<Tree> = WrittenScope::default();
    let mut number_of = vec![0; history.reports.len()];
    let mut numbers = 0..;
    for build in &builds {
        let mut indices = build.reports.clone();
        // By digest, so that any order of merges makes one file.
        indices.sort_by_key(|&r| &history.reports[r].facts.digest);
        for (&report, number) in indices.iter().zip(&mut numbers) {
            number_of[report] = number;
        }
        let reports = || indices.iter().map(|&r| &history.reports[r]);
        scope.builds.push(WrittenBuild {
            id: build.id.clone(),
            begun_ms: build.begun_ms,
            complete: build.is_complete(history),
            wall_us: build.wall(history),
            cases_us: reports().map(|report| report.cases).sum(),
            reports: reports().map(write_report).collect(),
        });
    }
    let number = |report: u32| number_of[report as usize];
    scope.setup = WrittenSetup::of(&history.measured, number);
    scope.groups = WrittenGroups::of(history, number);
    scope.reported = WrittenReported::of(history, number);
    let paid = history.measured.paid();
    let paid: FxHashMap<(u32, u32), Micros> =
        paid.map(|(r, test, us)| ((number(r), test), us)).collect();
    let samples = history.samples();
    for test in history.tests() {
        let class = history.class_of(test);
        let written = scope
            .classes
            .entry(history.class_name(class).to_owned())
            .or_default();
        written.file = history.file_hint(class).map(str::to_owned);
        written.whole = history.runs_whole(class);
        let mut of_test: Vec<(u32, Sample)> = samples
            .of(test)
            .map(|(report, s)| (number_of[report], s))
            .collect();
        // Numbers of reports are new ones, which order samples anew.
        of_test.sort_unstable();
        let of_test = of_test.into_iter().map(|(report, s)| {
            WrittenSample(
                report,
                s.duration.or(s.skip_time),
                Cow::Borrowed(letters(s)),
                s.first as u8,
                paid.get(&(report, test.0)).copied(),
            )
        });
        written
            .tests
            .insert(history.name(test).to_owned(), of_test.collect());
    }
    scope
}

fn write_report(report: &KnownReport) -> WrittenReport {
    WrittenReport {
        digest: report.facts.digest.clone(),
        begun_ms: report.facts.begun_ms,
        shard: report.origin.shard,
        declared_complete: report.origin.complete,
        wall_us: report.facts.wall,
        cases_us: report.cases,
        tests: report.tests,
        selection: report.origin.selection.clone(),
        broke_off: report.broke_off,
    }
}

fn read(scope: WrittenScope<Classes>) -> Result<History, String> {
    let Classes {
        mut history, paid, ..
    } = scope.classes;
    for build in scope.builds {
        for report in build.reports {
            history.add_report(KnownReport {
                facts: ReportFacts {
                    digest: report.digest,
                    begun_ms: report.begun_ms,
                    wall: report.wall_us,
                },
                origin: Origin {
                    build: build.id.clone(),
                    shard: report.shard,
                    complete: report.declared_complete,
                    selection: report.selection,
                },
                cases: report.cases_us,
                tests: report.tests,
                broke_off: report.broke_off,
            });
        }
    }
    let reports = count(history.reports.len());
    // Reports first: everything else is checked against their number.
    history.measured = scope.setup.read(reports)?;
    // Edited files name reports that are not there.
    if let Some(o) = history.observations.iter().find(|o| o.report >= reports) {
        let test = TestId(o.test);
        let (classname, name) = (history.classname(test), history.name(test));
        let report = o.report;
        return Err(format!(
            "a sample of {classname}::{name} names report {report}"
        ));
    }
    for (report, test, paid) in paid {
        history.measured.note_paid(report, test, paid);
    }
    scope.groups.add_to(&mut history)?;
    scope.reported.add_to(&mut history)?;
    Ok(history)
}

/// The letter of each outcome; a capital if other attempts had another outcome.
const OUTCOMES: [(Outcome, &str, &str); 6] = [
    (Outcome::Passed, "p", "P"),
    (Outcome::Failed, "f", "F"),
    (Outcome::Errored, "e", "E"),
    (Outcome::XFailed, "x", "X"),
    (Outcome::Skipped, "s", "S"),
    (Outcome::NotRun, "n", "N"),
];

fn letters(sample: Sample) -> &'static str {
    let found = OUTCOMES.iter().find(|o| o.0 == sample.outcome);
    let letters = |&(_, steady, flaky)| if sample.flaky { flaky } else { steady };
    found.map_or("p", letters)
}

fn outcome(letters: &str) -> Result<(Outcome, bool), String> {
    let found = OUTCOMES.iter().find(|o| letters == o.1 || letters == o.2);
    found
        .map(|o| (o.0, letters == o.2))
        .ok_or_else(|| format!("'{letters}' is no outcome"))
}

/// The values of `first`, by number.
const FIRSTS: [First; 4] = [First::No, First::Class, First::File, First::Report];
