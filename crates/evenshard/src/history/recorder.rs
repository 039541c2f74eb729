//! Taking in one report, case by case.

use crate::history::{History, Observation};
use crate::micros::Micros;

/// One case of a report, as far as a history cares.
#[derive(Clone, Copy, Debug, Default)]
pub struct CaseSeen<'a> {
    /// The `classname` attribute.
    pub classname: &'a str,
    /// The `name` attribute.
    pub name: &'a str,
    /// The `file` attribute, if any.
    pub file: Option<&'a str>,
    /// Which suite element of the report it stands in. Attempts of one address within one
    /// suite add up; in several suites they are separate samples.
    pub suite: u32,
    /// How long it took; `None` when skipped, not run, or without a usable time.
    pub sample: Option<Micros>,
}

/// What is known of a report as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportInfo {
    /// Digest of its content: a report counts once, however often it is found.
    pub digest: String,
    /// The build it is from, where something tells.
    pub build: Option<String>,
    /// When it was begun, in milliseconds since 1970 (UTC where the report says so).
    pub begun_ms: Option<i64>,
    /// The wall time of its suites, where given.
    pub wall: Option<Micros>,
}

/// Collects the cases of one report; nothing counts before [`finish`](Self::finish).
#[derive(Debug)]
pub struct ReportRecorder<'h> {
    history: &'h mut History,
    /// (test, suite, sample)
    cases: Vec<(u32, u32, Option<Micros>)>,
}

impl<'h> ReportRecorder<'h> {
    pub(super) fn new(history: &'h mut History) -> Self {
        Self {
            history,
            cases: Vec::new(),
        }
    }

    /// Takes in one case. Cases without a name (collection errors, interrupted runs) are
    /// no tests and are passed over.
    pub fn case(&mut self, case: &CaseSeen<'_>) {
        if case.name.is_empty() {
            return;
        }
        let test = self.history.test_id(case.classname, case.name);
        self.note_file(test, case);
        self.cases.push((test, case.suite, case.sample));
    }

    /// Ends the report. One without a test, or whose digest is known already, is dropped, and
    /// `false` returned.
    pub fn finish(mut self, info: ReportInfo) -> bool {
        let known =
            !info.digest.is_empty() && self.history.reports.iter().any(|r| r.digest == info.digest);
        if known || self.cases.is_empty() {
            return false;
        }
        let report = u32::try_from(self.history.reports.len()).unwrap_or(u32::MAX);
        self.history.reports.push(info);
        self.cases
            .sort_unstable_by_key(|&(test, suite, _)| (test, suite));
        for attempts in self.cases.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let measured: Vec<Micros> = attempts.iter().filter_map(|a| a.2).collect();
            let sample = (!measured.is_empty()).then(|| measured.into_iter().sum());
            self.history.observations.push(Observation {
                test: attempts[0].0,
                report,
                sample,
            });
        }
        true
    }

    /// Keeps the `file` attribute where its dotted form is a prefix of the classname. (It
    /// names the file in which the function is defined, the wrong one for inherited and
    /// imported tests.)
    fn note_file(&mut self, test: u32, case: &CaseSeen<'_>) {
        let history = &mut *self.history;
        let class = history.tests[test as usize].class;
        history.file_hints.resize(history.classes.len(), None);
        let Some(file) = case.file else { return };
        let classname = history.classes.get(class);
        let length = dotted_prefix(classname, file);
        let hint = &mut history.file_hints[class as usize];
        // The shortest, so that the order in which reports are read does not matter.
        *hint = match (*hint, length) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}

/// How many bytes of `classname` the path `file` covers, compared without allocating.
fn dotted_prefix(classname: &str, file: &str) -> Option<u32> {
    let file = file.strip_prefix("./").unwrap_or(file);
    let stem = file.strip_suffix(".py").unwrap_or(file);
    let same = |(a, b): (u8, u8)| a == b || (matches!(a, b'/' | b'\\') && b == b'.');
    let covered = stem.len() <= classname.len()
        && !stem.is_empty()
        && stem.bytes().zip(classname.bytes()).all(same)
        && matches!(classname.as_bytes().get(stem.len()), None | Some(b'.'));
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
