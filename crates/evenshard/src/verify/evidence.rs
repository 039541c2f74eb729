//! The evidence of a build: the run records of its jobs and the results that these name.

use std::collections::BTreeMap;
#[cfg(feature = "junit")]
use std::{fs, io::Read, path::Path};

use crate::address::{Address, NodeId};
#[cfg(feature = "junit")]
use crate::error::Error;
use crate::error::Warning;
use crate::history::History;
#[cfg(feature = "junit")]
use crate::ingest;
use crate::outcome::{Outcome, Texts};
use crate::record::RunRecord;

/// The evidence of all jobs of a build.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// The evidence of each job, in any order.
    pub evidence: Vec<Evidence>,
    /// Run records that could not be read, and why.
    pub unreadable: Vec<Warning>,
    /// The names of JUnit files that no record names.
    #[doc(hidden)]
    pub unclaimed: Vec<String>,
    /// The cases of those, for records without reports of their own: something else ran the lines
    /// that they printed.
    #[doc(hidden)]
    pub unclaimed_cases: History,
}

/// The run record and the results of one job.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The run record.
    pub record: RunRecord,
    /// The name of the record's file.
    pub name: String,
    /// The JUnit files that the record names, as far as they were found.
    pub results: Vec<Results>,
    /// The cases of these files under the names of their files, if the record is of a list.
    #[doc(hidden)]
    pub cases: History,
}

impl Evidence {
    /// Reads a run record and the JUnit files beside it that it names. A JUnit file that is not
    /// there is a problem of the verdict.
    ///
    /// # Errors
    /// [`ErrorKind::Unreadable`](crate::ErrorKind::Unreadable) for a record that cannot be read,
    /// and those of [`RunRecord::from_json`].
    #[cfg(feature = "junit")]
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let json = fs::read(path).map_err(|error| Error::unreadable(&name, error))?;
        let record = RunRecord::from_json(&json, &name)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut results = Vec::new();
        let mut cases = History::new();
        for junit in record.junit.iter().chain(&record.further_junit) {
            // A record is input: it opens no path of its own.
            let file_name = Path::new(junit).file_name().unwrap_or_default();
            let Ok(content) = fs::read(folder.join(file_name)) else {
                continue;
            };
            let prefix = &record.junit_prefix;
            let budget = &mut TextBudget::default();
            results.push(Results::read(content.as_slice(), junit, prefix, budget)?);
            if record.list.is_some() {
                ingest::read(content.as_slice(), ingest::Source::named(junit), &mut cases);
            }
        }
        Ok(Self {
            record,
            name,
            results,
            cases,
        })
    }

    /// Returns the result of the last attempt at the test with this node id, by any name that
    /// pytest writes for it.
    #[doc(hidden)]
    pub fn result(&self, id: &str) -> Option<&TestResult> {
        self.find(id).map(|(_, result)| result)
    }

    /// Returns the result with the address of the test in the report.
    pub(super) fn find(&self, id: &str) -> Option<(&Address, &TestResult)> {
        // With its `@`: whether that begins a group of xdist or is a part of the test's own
        // name, ids and reports of one run have it alike.
        let id = NodeId::with_group(id);
        let classname = id.classname();
        id.names_in_reports().iter().find_map(|name| {
            let address = Address::as_reported(&classname, name);
            let mut results = self.results.iter().rev();
            results.find_map(|r| r.tests.get_key_value(&address))
        })
    }

    /// Returns true if every JUnit file that the record names is here.
    pub(super) fn has_all_results(&self) -> bool {
        let named = usize::from(self.record.junit.is_some()) + self.record.further_junit.len();
        named > 0 && self.results.len() == named
    }
}

/// The results in one JUnit file, with any `--junit-prefix` taken off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Results {
    /// The name of the file.
    pub name: String,
    /// BLAKE3 of the decompressed content, in hexadecimal.
    #[doc(hidden)]
    pub digest: String,
    /// The file is not cut short.
    pub complete: bool,
    /// The result of each test. Tests of files outside of pytest's root folder have no classname.
    #[doc(hidden)]
    pub tests: BTreeMap<Address, TestResult>,
    /// Failures that belong to no test, such as errors while a file was collected, by name.
    #[doc(hidden)]
    pub outside: BTreeMap<String, TestResult>,
}

/// The result of one test in one JUnit file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TestResult {
    /// The outcome of its last case.
    pub outcome: Outcome,
    /// The worst outcome of its cases.
    pub worst: Outcome,
    /// The number of its cases: attempts, or tests of one address.
    pub cases: u32,
    /// The text of its last failure, if it was kept.
    pub failure: Option<Box<Texts>>,
}

/// A limit of the texts of failures, over all files of a build. Names are always kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextBudget {
    /// Bytes of the beginning of each text.
    pub head: usize,
    /// Bytes of the end of each text.
    pub tail: usize,
    /// Bytes that are left for texts.
    pub left: usize,
}

impl Default for TextBudget {
    /// 2 KiB of the beginning and 6 KiB of the end of each text, where a traceback says most, and
    /// 64 MiB in all. Chosen, not measured.
    fn default() -> Self {
        Self {
            head: 2 << 10,
            tail: 6 << 10,
            left: 64 << 20,
        }
    }
}

/// Ranks outcomes, to find the worst of several.
const fn gravity(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Errored => 5,
        Outcome::Failed => 4,
        Outcome::NotRun => 3,
        Outcome::XFailed => 2,
        Outcome::Skipped => 1,
        Outcome::Passed => 0,
    }
}

impl TestResult {
    /// Adds a further case of the same test.
    pub fn add(&mut self, outcome: Outcome, failure: Option<Box<Texts>>) {
        if self.cases == 0 || gravity(outcome) > gravity(self.worst) {
            self.worst = outcome;
        }
        self.outcome = outcome;
        self.cases += 1;
        if failure.is_some() {
            self.failure = failure;
        }
    }
}

#[cfg(feature = "junit")]
impl Results {
    /// Reads a JUnit file, plain, gzip or zstd. `junit_prefix` is what the record says.
    ///
    /// # Errors
    /// [`ErrorKind::Unreadable`](crate::ErrorKind::Unreadable) where reading itself fails. A file
    /// that is cut short, or no report at all, is not [complete](Self::complete).
    pub fn read(
        input: impl Read,
        name: &str,
        junit_prefix: &str,
        budget: &mut TextBudget,
    ) -> Result<Self, Error> {
        let mut results = Self {
            name: name.to_owned(),
            ..Self::default()
        };
        let limits = crate::junit::TextLimits {
            head: budget.head,
            tail: budget.tail,
        };
        let report = crate::junit::read_with_texts(input, name, limits, &mut |case, texts| {
            // Texts of tests that passed are of no use here, and take most of the room.
            let failed = case.outcome.failed();
            let failure = failed.then(|| budget.keep(texts)).flatten();
            let (classname, name) = (case.classname, case.name);
            results.add(classname, name, junit_prefix, case.outcome, failure);
        })?;
        results.complete = report.complete;
        results.digest = report.digest;
        Ok(results)
    }
}

impl Results {
    /// Adds a case of a report.
    #[doc(hidden)]
    pub fn add(
        &mut self,
        classname: &str,
        name: &str,
        junit_prefix: &str,
        outcome: Outcome,
        failure: Option<Box<Texts>>,
    ) {
        let own = match classname.strip_prefix(junit_prefix) {
            Some(rest) if junit_prefix.is_empty() || rest.is_empty() => rest,
            Some(rest) => rest.strip_prefix('.').unwrap_or(classname),
            None => classname,
        };
        let address = Address::as_reported(own, name);
        // A file that cannot be collected has an error without a class name.
        if address.classname.is_empty() && outcome.failed() {
            let name = if name.is_empty() { own } else { name };
            let result = self.outside.entry(name.to_owned()).or_default();
            result.add(outcome, failure.clone());
        }
        self.tests.entry(address).or_default().add(outcome, failure);
    }
}

#[cfg(feature = "junit")]
impl TextBudget {
    /// Keeps the texts of a failure, if there is room.
    fn keep(&mut self, texts: Texts) -> Option<Box<Texts>> {
        let kept = [
            &texts.message,
            &texts.text,
            &texts.system_out,
            &texts.system_err,
        ];
        let size = kept.map(String::len).into_iter().sum();
        self.left = self.left.checked_sub(size)?;
        Some(Box::new(texts))
    }
}
