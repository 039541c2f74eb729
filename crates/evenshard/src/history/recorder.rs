//! Adds one report to a history, case by case.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::Micros;
use crate::address::canonical;
use crate::history::{
    ClassId, FileHint, First, History, KnownReport, Observation, Origin, ReportFacts, Sample,
    TestKey, count, files,
};
use crate::outcome::Outcome;
use crate::record::{RunRecord, State};

/// One case of a report, as far as a history cares.
#[derive(Clone, Copy, Debug, Default)]
pub struct CaseSeen<'a> {
    /// The `classname` attribute.
    pub classname: &'a str,
    /// The `name` attribute.
    pub name: &'a str,
    /// The `file` attribute, if any.
    pub file: Option<&'a str>,
    /// The suite element of the report that contains it. Attempts of one address within one suite
    /// add up; in several suites they are separate samples.
    #[doc(hidden)]
    pub suite: u32,
    /// Its time; `None` if it was skipped, did not run, or has no usable time.
    pub sample: Option<Micros>,
    /// The time that skipping it took, if it was skipped.
    #[doc(hidden)]
    pub skip_time: Option<Micros>,
    /// Its outcome.
    pub outcome: Outcome,
    /// True if its runner runs whole files. Then the setup that its first tests pay is the file's
    /// own, and nothing is learnt from them.
    pub whole_files: bool,
    /// True if its runner never runs a part of its file, so that no plan may cut it.
    #[doc(hidden)]
    pub never_cut: bool,
    /// True if a `/` in its name makes it part of a test whose time includes its own, as Go's
    /// `TestX/sub`. Its time is then subtracted from that test's.
    #[doc(hidden)]
    pub nested_name: bool,
}

/// Collects the cases of one report; nothing counts before [`finish`](Self::finish).
#[derive(Debug)]
#[must_use = "a report counts once it is finished"]
pub struct ReportRecorder<'h> {
    history: &'h mut History,
    cases: Vec<Case>,
    /// The positions of cases whose time is in that of another one as well.
    nested: Vec<u32>,
    record: Option<RunRecord>,
    ended: Ended,
    /// The `xdist_group` of tests that show one.
    groups: Vec<(u32, String)>,
}

/// The end of a report's session, by its run record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Ended {
    /// There is no record.
    #[default]
    Unknown,
    /// Before its last test.
    Early,
    /// With its last test.
    InOrder,
    /// It had no test, or may have had none.
    Empty,
}

impl Ended {
    fn of(record: &RunRecord) -> Self {
        // 0, 1 and 5 of pytest: all tests passed, some failed, there was none. What other runners
        // mean by theirs nobody knows.
        let status = record.pytest_status.or(record.exit_status);
        let in_order = record.state == State::Finished
            && (record.list.is_some() || matches!(status, Some(0 | 1 | 5)));
        if !in_order || record.stopped.is_some() {
            Self::Early
        } else if record.selected.is_empty() || record.list.is_some() {
            // The files of a list may all be without a test.
            Self::Empty
        } else {
            Self::InOrder
        }
    }
}

/// A case with its position in the report.
#[derive(Clone, Copy, Debug)]
struct Case {
    test: u32,
    suite: u32,
    position: u32,
    /// The time that running it took, or skipping it if it was skipped. (As an `Option` it would
    /// make cases a third larger, and long reports have millions.)
    time: Micros,
    has_time: bool,
    outcome: Outcome,
    whole_files: bool,
    /// True for a test of Go, whose names nest.
    #[cfg_attr(
        not(feature = "junit"),
        allow(dead_code, reason = "only reports have tests that ran side by side")
    )]
    is_package: bool,
}

impl Case {
    fn sample(&self) -> Option<Micros> {
        (self.has_time && self.outcome.ran()).then_some(self.time)
    }

    fn skip_time(&self) -> Option<Micros> {
        (self.has_time && !self.outcome.ran()).then_some(self.time)
    }
}

impl<'h> ReportRecorder<'h> {
    pub(super) fn new(history: &'h mut History) -> Self {
        Self {
            history,
            cases: Vec::new(),
            nested: Vec::new(),
            record: None,
            ended: Ended::Unknown,
            groups: Vec::new(),
        }
    }

    /// Adds the setup costs and the facts about tests from the run record beside the report.
    #[doc(hidden)]
    pub fn record(&mut self, record: &RunRecord) {
        self.ended = Ended::of(record);
        // Records of other runners have neither, and lists of a million lines.
        if !record.setup.is_empty() || record.positional.is_some() {
            self.record = Some(record.clone());
        }
    }

    /// Adds one case. Cases without a name (collection errors, interrupted runs) are no tests and
    /// are ignored.
    pub fn case(&mut self, case: &CaseSeen<'_>) {
        if !case.name.is_empty() {
            self.take(case);
        }
    }

    /// Adds the time of a whole file, or its time beyond its cases: `classname` is the dotted file,
    /// `name` is empty.
    pub fn whole_file(&mut self, case: &CaseSeen<'_>) {
        self.take(case);
    }

    fn take(&mut self, case: &CaseSeen<'_>) {
        let (classname, name, group) = canonical(case.classname, case.name);
        let test = self.history.test_id(&classname, &name);
        self.note_file(test, case);
        // Runners of whole files, and those that nest names, know nothing of groups.
        if let (Some(group), false, false) = (group, case.whole_files, case.nested_name) {
            self.groups.push((test, group.to_owned()));
        }
        // A test that was skipped took nothing from the one around it.
        if case.nested_name && case.sample.is_some() && case.name.contains('/') {
            self.nested.push(count(self.cases.len()));
        }
        let time = if case.outcome.ran() {
            case.sample
        } else {
            case.skip_time
        };
        self.cases.push(Case {
            test,
            suite: case.suite,
            position: count(self.cases.len()),
            time: time.unwrap_or_default(),
            has_time: time.is_some(),
            outcome: case.outcome,
            whole_files: case.whole_files,
            is_package: case.nested_name,
        });
    }

    /// Ends the report. Returns false for a report without a test, which is dropped unless its run
    /// record shows that its shard had none, and for a report that is known already, to which only
    /// `origin` and the run record are added.
    pub fn finish(mut self, facts: ReportFacts, origin: Origin) -> bool {
        self.take_off_nested();
        let history = self.history;
        // A report that is read again counts once.
        let known = history.find_report(&facts.digest);
        if known.is_none() && self.cases.is_empty() && self.ended != Ended::Empty {
            return false;
        }
        let broke_off = self.ended == Ended::Early || only_broken_files(history, &self.cases);
        // The number that the report is about to get.
        let number = known.unwrap_or(count(history.reports.len()));
        if let Some(record) = &self.record {
            history.note_record(number, record);
        }
        if let Some(known) = known {
            let known = &mut history.reports[known as usize];
            known.origin = std::mem::take(&mut known.origin).joined(origin);
            known.broke_off |= broke_off;
            return false;
        }
        let cases = self.cases.iter().filter_map(Case::sample).sum();
        let report = KnownReport {
            facts,
            origin,
            cases,
            tests: 0,
            broke_off,
        };
        // In parallel runs the order of cases is not the order of setup.
        let first = if report.is_parallel() {
            Vec::new()
        } else {
            firsts(history, &self.cases)
        };
        add(history, report, self.cases, &first);
        for (test, group) in self.groups {
            history.groups.note(test, number, &group);
        }
        true
    }

    /// Subtracts from each case the time of the cases nested in it, so that nothing counts twice;
    /// returns how much that was, by suite element.
    pub(crate) fn take_off_nested(&mut self) -> Vec<(u32, Micros)> {
        let nested = std::mem::take(&mut self.nested);
        if nested.is_empty() {
            return Vec::new();
        }
        let mut positions: FxHashMap<(u32, u32), Vec<usize>> = FxHashMap::default();
        for (position, case) in self.cases.iter().enumerate() {
            let attempts = positions.entry((case.test, case.suite)).or_default();
            attempts.push(position);
        }
        let mut owed: BTreeMap<(u32, u32), Micros> = BTreeMap::new();
        for position in nested {
            let case = self.cases[position as usize];
            let Case { test, suite, .. } = case;
            let around = self.history.tests_around(test);
            let nearest = around.map(|test| (test, suite));
            if let Some(key) = { nearest }.find(|key| positions.contains_key(key)) {
                *owed.entry(key).or_default() += case.sample().unwrap_or_default();
            }
        }
        let mut taken = Vec::with_capacity(owed.len());
        for (key, owed) in owed {
            // Of several attempts the first ones, until all of it is subtracted.
            let mut rest = owed;
            for &position in positions.get(&key).into_iter().flatten() {
                let case = &mut self.cases[position];
                if let Some(time) = case.sample() {
                    case.time = time.saturating_sub(rest);
                    rest = rest.saturating_sub(time);
                }
            }
            taken.push((key.1, owed.saturating_sub(rest)));
        }
        taken
    }

    /// Scales the times of a Go package's tests to the time of the package if they ran in parallel
    /// (`t.Parallel`): running the package takes no longer than that.
    #[cfg_attr(
        not(feature = "junit"),
        allow(dead_code, reason = "only reports have tests that ran side by side")
    )]
    pub(crate) fn scale_packages(&mut self, suite: u32, own: Micros, cases: Micros) {
        let of_package = |case: &&mut Case| case.suite == suite && case.is_package;
        for case in self.cases.iter_mut().filter(of_package) {
            if let Some(sample) = case.sample() {
                let scaled = u128::from(sample.get()) * u128::from(own.get())
                    / u128::from(cases.get().max(1));
                case.time = Micros::new(u64::try_from(scaled).unwrap_or(u64::MAX));
            }
        }
    }

    /// Keeps the `file` attribute if its dotted form is a prefix of the classname. (It names the
    /// file that defines the function, the wrong one for inherited and imported tests.)
    fn note_file(&mut self, test: u32, case: &CaseSeen<'_>) {
        let Some(file) = case.file else { return };
        let class = self.history.tests[test as usize].class;
        let length = dotted_prefix(self.history.classes.get(class), file);
        let whole = case.never_cut;
        let hint = length.map(|length| FileHint { length, whole });
        self.history.hint(class, hint);
    }
}

impl History {
    /// Returns the tests whose names are the name of `test` cut at a `/`, the longest first.
    fn tests_around(&self, test: u32) -> impl Iterator<Item = u32> + '_ {
        let TestKey { class, name } = self.tests[test as usize];
        let name = self.names.get(name);
        let cuts = name.rmatch_indices('/').map(|(at, _)| &name[..at]);
        cuts.filter_map(move |cut| {
            let name = self.names.find(cut)?;
            self.index.find(&self.tests, TestKey { class, name })
        })
    }

    /// Keeps the length of the file in a classname; of several the shortest, so that their order
    /// does not matter.
    pub(super) fn hint(&mut self, class: u32, reported: Option<FileHint>) {
        let hint = &mut self.file_hints[class as usize];
        *hint = match (*hint, reported) {
            (Some(a), Some(b)) => Some(FileHint {
                length: a.length.min(b.length),
                whole: a.whole || b.whole,
            }),
            (a, b) => a.or(b),
        };
    }
}

/// Adds the cases of a report, the attempts of one test within one suite as one.
fn add(history: &mut History, mut report: KnownReport, mut cases: Vec<Case>, first: &[First]) {
    let number = count(history.reports.len());
    // By position last, so that attempts stay in order.
    cases.sort_unstable_by_key(|c| (c.test, c.suite, c.position));
    for attempts in cases.chunk_by(|a, b| (a.test, a.suite) == (b.test, b.suite)) {
        let measured = || attempts.iter().filter_map(Case::sample);
        let skipped: Micros = attempts.iter().filter_map(Case::skip_time).sum();
        // An attempt that ran says more than one that was skipped after it.
        let ran = attempts.iter().rfind(|a| a.sample().is_some());
        let Some(last) = ran.or(attempts.last()) else {
            continue;
        };
        let position = attempts[0].position as usize;
        let sample = Sample {
            skip_time: Some(skipped).filter(|&us| ran.is_none() && us > Micros::ZERO),
            duration: ran.map(|_| measured().sum()),
            outcome: last.outcome,
            flaky: attempts.iter().any(|a| a.outcome != last.outcome),
            first: first.get(position).copied().unwrap_or_default(),
        };
        history.observations.push(Observation {
            test: last.test,
            report: number,
            sample,
        });
    }
    report.tests = count(cases.chunk_by(|a, b| a.test == b.test).count());
    history.add_report(report);
}

/// Returns true for a report of files that pytest could not collect, in which no test ran: errors
/// without a classname, and nothing else.
fn only_broken_files(history: &History, cases: &[Case]) -> bool {
    let classname = |case: &Case| {
        let class = history.tests[case.test as usize].class;
        history.classes.get(class)
    };
    let broken = |case: &Case| case.outcome == Outcome::Errored && classname(case).is_empty();
    let ran = |case: &Case| case.outcome.ran() && !broken(case);
    cases.iter().any(broken) && !cases.iter().any(ran)
}

/// Returns the set of tests of which each case ran first, by its position in the report.
fn firsts(history: &History, cases: &[Case]) -> Vec<First> {
    let class = |case: &Case| ClassId(history.tests[case.test as usize].class);
    let mut classes: Vec<ClassId> = cases.iter().map(class).collect();
    classes.dedup();
    let files = files::of_classes(history, &classes);
    let (mut classes_seen, mut files_seen) = (FxHashSet::default(), FxHashSet::default());
    let mut last = None;
    // A skipped test builds no fixtures: the next one does.
    let mut first_of = |case: &Case| {
        let class = class(case);
        if case.sample().is_none() || case.whole_files || last == Some(class) {
            return First::No;
        }
        last = Some(class);
        let any = !files_seen.is_empty();
        // Before the class is noted: the first test of a file pays for both.
        let new_file = files_seen.insert(files[&class]);
        match (classes_seen.insert(class), new_file, any) {
            (_, _, false) => First::Report,
            (_, true, _) => First::File,
            (true, ..) => First::Class,
            _ => First::No,
        }
    };
    cases.iter().map(&mut first_of).collect()
}

/// Returns the number of bytes of `classname` that the path `file` covers, compared without
/// allocating.
fn dotted_prefix(classname: &str, file: &str) -> Option<u32> {
    let file = file.strip_prefix("./").unwrap_or(file);
    let stem = file.strip_suffix(".py").unwrap_or(file);
    let same = |(a, b): (u8, u8)| a == b || (matches!(a, b'/' | b'\\') && b == b'.');
    let covered = stem.len() <= classname.len()
        && !stem.is_empty()
        && stem.bytes().zip(classname.bytes()).all(same)
        && matches!(
            classname.as_bytes().get(stem.len()),
            None | Some(b'.' | b'$' | b'+')
        );
    covered.then(|| u32::try_from(stem.len()).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::dotted_prefix;

    #[test]
    fn a_file_attribute_helps_only_as_a_prefix_of_the_classname() {
        assert_eq!(dotted_prefix("tests.a.TestX", "tests/a.py"), Some(7));
        assert_eq!(dotted_prefix("tests.a", "./tests/a.py"), Some(7));
        assert_eq!(dotted_prefix("tests.ab", "tests/a.py"), None);
        assert_eq!(dotted_prefix("tests.a.TestX", "tests/base.py"), None);
        assert_eq!(dotted_prefix("tests.a", ""), None);
    }
}
