//! Tests that an earlier build ran and this one did not: a green build that became smaller is
//! reported.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use crate::address::{Address, dotted, shown};
use crate::history::{self, Files, History};
use crate::outcome::Outcome;
use crate::suite::{Alignment, has_cases};
use crate::verify::attempts::Attempts;
use crate::verify::evidence::Gathered;
use crate::verify::ledger::Ledger;
use crate::verify::planned::{Seen, functions};
use crate::verify::problem::{Findings, ProblemKind, Weight, counted};
use crate::verify::{Build, Expectations};

/// The tests that an earlier build ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Baseline {
    /// The name of the build, if it has one.
    pub build: Option<String>,
    /// The tests that were not skipped, each with its dotted file.
    tests: BTreeMap<Address, String>,
    /// The lines of the jobs' lists that the build had cases of.
    pub(super) lines: BTreeSet<String>,
}

impl Baseline {
    /// Takes the newest complete build of a history that selected the same tests, as far as that
    /// is known, and is not the build of `gathered`.
    pub fn newest(history: &History, gathered: &Gathered, expected: &Expectations) -> Option<Self> {
        let scope = expected.scope.as_deref();
        let records = gathered.evidence.iter().map(|e| &e.record);
        let own = records.filter(|r| scope.is_none_or(|scope| r.scope == scope));
        let own: Vec<_> = own.collect();
        let current: BTreeSet<&str> = own.iter().filter_map(|r| r.build.as_deref()).collect();
        let selection = own.iter().find_map(|r| r.selection.as_deref());
        let builds = history.builds();
        // The build itself may be in the history already: it would miss nothing.
        let newest = builds.iter().rev().find(|build| {
            let mut origins = build.reports.iter().map(|&r| &history.reports()[r].origin);
            let name = build.id.as_deref();
            build.is_complete(history)
                && name.is_none_or(|id| !current.contains(id) && expected.build.as_deref() != name)
                && origins.all(|o| {
                    let other = o.selection.as_deref();
                    other.is_none() || selection.is_none() || other == selection
                })
        })?;
        let reports: BTreeSet<usize> = newest.reports.iter().copied().collect();
        let (samples, files) = (history.samples(), Files::of_history(history));
        let ran = |outcome| !matches!(outcome, Outcome::Skipped | Outcome::NotRun);
        let tests = history.tests().filter(|&test| {
            let mut of_test = samples.of(test);
            of_test.any(|(report, sample)| reports.contains(&report) && ran(sample.outcome))
        });
        let tests = tests.map(|test| {
            let class = history.class_of(test);
            let address = Address {
                classname: history.classname(test).to_owned(),
                name: history.name(test).to_owned(),
            };
            (address, files.of(history, class).to_owned())
        });
        let lists = own.iter().filter_map(|r| r.list.as_ref());
        let lines = lists.flat_map(|list| &list.lines).map(String::as_str);
        let lines: BTreeSet<&str> = lines.collect();
        Some(Self {
            build: newest.id.clone(),
            tests: tests.collect(),
            lines: lines_with_cases(&lines, newest, history),
        })
    }
}

/// Returns the lines that a build of a history has cases of.
fn lines_with_cases(
    lines: &BTreeSet<&str>,
    build: &history::Build,
    history: &History,
) -> BTreeSet<String> {
    if lines.is_empty() {
        return BTreeSet::new();
    }
    let lines = lines.iter().copied();
    let cases = Alignment::find(lines.clone(), history).apply(&build.alone(history));
    let has = has_cases(lines.clone(), &cases);
    let with_cases = lines.zip(has).filter(|(_, has)| *has);
    with_cases.map(|(line, _)| line.to_owned()).collect()
}

/// The most tests of an earlier build that may be missing.
///
/// ```
/// use evenshard::verify::MostMissing;
///
/// assert_eq!("3".parse(), Ok(MostMissing::Tests(3)));
/// assert_eq!("2.5%".parse(), Ok(MostMissing::Share(25_000)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MostMissing {
    /// A number of tests.
    Tests(u64),
    /// A share of them, in millionths.
    Share(u32),
}

impl MostMissing {
    fn allows(self, missing: usize, of: usize) -> bool {
        match self {
            Self::Tests(most) => missing as u64 <= most,
            Self::Share(ppm) => missing as u128 * 1_000_000 <= of as u128 * u128::from(ppm),
        }
    }
}

impl FromStr for MostMissing {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || "give a number of tests, such as 0, or a percentage, such as 2%".to_owned();
        let Some(percent) = text.strip_suffix('%') else {
            return text.parse().map(Self::Tests).map_err(|_| wrong());
        };
        let (whole, fraction) = percent.split_once('.').unwrap_or((percent, ""));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > 4 {
            return Err(wrong());
        }
        let ppm: u32 = format!("{whole}{fraction:0<4}")
            .parse()
            .map_err(|_| wrong())?;
        if ppm > 1_000_000 {
            return Err(wrong());
        }
        Ok(Self::Share(ppm))
    }
}

impl fmt::Display for MostMissing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tests(most) => write!(f, "{most}"),
            Self::Share(ppm) => write!(f, "{} %", f64::from(*ppm) / 1e4),
        }
    }
}

/// The missing tests, as node ids.
#[derive(Debug, Default)]
struct Missing {
    gone: BTreeSet<String>,
    skipped: BTreeSet<String>,
    /// The number of tests that were compared.
    of: usize,
}

/// Counts and names the tests of an earlier build that have no result now.
pub(super) fn report(ledger: &Ledger<'_>, found: &mut Findings) {
    let missing = match &ledger.build.expected.baseline {
        Some(baseline) => compared(ledger, baseline),
        None => by_records(ledger),
    };
    add(missing, ledger.build.expected, found);
}

/// Counts and names them for jobs of a list, by the cases of their reports.
pub(super) fn of_lists(build: &Build<'_>, cases: &History, found: &mut Findings) {
    let Some(baseline) = &build.expected.baseline else {
        return;
    };
    if cases.is_empty() {
        return;
    }
    let samples = cases.samples();
    let mut missing = Missing {
        of: baseline.tests.len(),
        ..Missing::default()
    };
    for Address { classname, name } in baseline.tests.keys() {
        let test = cases.find(classname, name);
        // An error counts as a run: the test is there.
        let ran = |test| {
            let mut of_test = samples.of(test);
            of_test.any(|(_, sample)| sample.outcome != Outcome::Skipped)
        };
        let into = match test {
            Some(test) if ran(test) => continue,
            // The time of a class beyond its tests may be too short to be reported this time.
            None if name.is_empty() && cases.find_class(classname).is_some() => continue,
            Some(_) => &mut missing.skipped,
            None => &mut missing.gone,
        };
        into.insert(shown(classname, name));
    }
    add(missing, build.expected, found);
}

/// Adds the missing tests to the findings, as a problem if there are too many.
fn add(missing: Missing, expected: &Expectations, found: &mut Findings) {
    let of = match &expected.baseline {
        Some(Baseline {
            build: Some(id), ..
        }) => format!(" of build {id}"),
        Some(_) => " of the newest complete build".to_owned(),
        None => " of the plan".to_owned(),
    };
    let all = missing.gone.len() + missing.skipped.len();
    let most = expected.max_missing;
    // Without a limit, missing tests are only reported.
    let too_many = most.is_some_and(|most| !most.allows(all, missing.of));
    let weight = Weight::of(too_many);
    for (tests, what) in [(missing.gone, "gone"), (missing.skipped, "newly skipped")] {
        found.about(weight, ProblemKind::Missing, [], tests, |n| {
            let verb = if n == 1 { "is" } else { "are" };
            let limit = most.filter(|_| too_many);
            let limit = limit.map(|most| format!(": {all} are missing, at most {most} may be"));
            let limit = limit.unwrap_or_default();
            format!("{}{of} {verb} {what}{limit}", counted(n, "test"))
        });
    }
}

/// Returns the tests that the jobs recorded as missing from files that they collected.
fn by_records(ledger: &Ledger<'_>) -> Missing {
    let records = ledger.build.attempts.iter().flat_map(Attempts::counting);
    let gone: BTreeSet<String> = records.flat_map(|e| &e.record.gone).cloned().collect();
    Missing {
        of: ledger.distinct() + gone.len(),
        gone,
        ..Missing::default()
    }
}

fn compared(ledger: &Ledger<'_>, baseline: &Baseline) -> Missing {
    let all = Seen::new(ledger, |_| true);
    // A test that its shard did not get to is no skipped one.
    let ran = Seen::new(ledger, |outcome| outcome != Some(Outcome::Skipped));
    let tests = baseline.tests.keys();
    let listed = functions(tests.map(|test| (test.classname.as_str(), test.name.as_str())));
    let paths = Paths::new(&ledger.build.attempts);
    let mut missing = Missing {
        of: baseline.tests.len(),
        ..Missing::default()
    };
    for (Address { classname, name }, file) in &baseline.tests {
        let is_there = all.has(classname, name);
        if ran.has(classname, name)
            || !is_there && all.has_other_parameters(classname, name, &listed)
        {
            continue;
        }
        let into = if is_there {
            &mut missing.skipped
        } else {
            &mut missing.gone
        };
        into.insert(paths.node_id(classname, name, file));
    }
    missing
}

/// The paths of the files that the jobs visited, by their dotted form.
struct Paths<'s>(BTreeMap<String, &'s str>);

impl<'s> Paths<'s> {
    fn new(attempts: &[Attempts<'s>]) -> Self {
        let records = attempts.iter().flat_map(|s| &s.all).map(|e| &e.record);
        let files = records.flat_map(|record| &record.files);
        Self(files.map(|path| (dotted(path), path.as_str())).collect())
    }

    /// Returns the node id of a test; with the likely path if its file is not known.
    fn node_id(&self, classname: &str, name: &str, file: &str) -> String {
        let mut prefix = classname;
        // From the whole name outwards: the longest path wins.
        let found = loop {
            if let Some(path) = self.0.get(prefix) {
                break Some((prefix, (*path).to_owned()));
            }
            match prefix.rsplit_once('.') {
                Some((shorter, _)) => prefix = shorter,
                None => break None,
            }
        };
        let likely = || (file, format!("{}.py", file.replace('.', "/")));
        let (file, path) = found.unwrap_or_else(likely);
        let classes = classname.get(file.len()..).unwrap_or_default();
        let classes = classes.trim_start_matches('.').replace('.', "::");
        let parts = [path.as_str(), &classes, name];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("::")
    }
}
