//! What the jobs of a build left: their records and the results that these name.

use std::collections::BTreeMap;
#[cfg(feature = "junit")]
use std::io::Read;

use serde::{Deserialize, Serialize};

use crate::address::{Address, NodeId};
use crate::error::Warning;
use crate::history::History;
use crate::outcome::Outcome;
use crate::record::ShardRecord;

/// All that was found in the results of a build.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// What each job left, in any order.
    pub evidence: Vec<Evidence>,
    /// Records that could not be read, and why.
    pub unreadable: Vec<Warning>,
    /// The names of JUnit files that no record names.
    pub unclaimed: Vec<String>,
    /// What those say, where a record has no reports of its own: its lines were printed for
    /// something else to run.
    pub unclaimed_cases: History,
}

/// What one job left.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// Its shard record.
    pub record: ShardRecord,
    /// The name of the record's file.
    pub name: String,
    /// Its JUnit files, as many as were found of those that the record names.
    pub results: Vec<Results>,
    /// The same files by how their cases name files, where the record is of a list.
    pub cases: History,
}

impl Evidence {
    /// The result of the test with this node id, by any name that pytest writes for it: that
    /// of its last attempt within this job.
    pub fn result(&self, id: &str) -> Option<&TestResult> {
        self.find(id).map(|(_, result)| result)
    }

    /// The same, with the address under which it is reported.
    pub(super) fn find(&self, id: &str) -> Option<(&Address, &TestResult)> {
        // With its `@`: whether that begins a group of xdist or is a part of the test's own
        // name, ids and reports of one run have it alike.
        let id = NodeId::with_group(id);
        let classname = id.classname();
        for name in id.names_in_reports() {
            let address = Address::as_reported(&classname, &name);
            let mut results = self.results.iter().rev();
            let found = results.find_map(|r| r.tests.get_key_value(&address));
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// True where every JUnit file that the record names is here.
    pub(super) fn has_all_results(&self) -> bool {
        let named = usize::from(self.record.junit.is_some()) + self.record.further_junit.len();
        named > 0 && self.results.len() == named
    }
}

/// What one JUnit file says, with any `--junit-prefix` taken off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Results {
    /// The file's name.
    pub name: String,
    /// BLAKE3 of its decompressed content, in hexadecimal.
    pub digest: String,
    /// False where it is cut short.
    pub complete: bool,
    /// The result of each test. Those of files outside of pytest's root folder have no
    /// classname.
    pub tests: BTreeMap<Address, TestResult>,
    /// Failures that belong to no test, such as errors while a file was collected, by name.
    pub outside: BTreeMap<String, TestResult>,
}

/// What one JUnit file says about one test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TestResult {
    /// How its last case ended.
    pub outcome: Outcome,
    /// How the worst of its cases ended.
    pub worst: Outcome,
    /// How many cases it has: attempts, or tests of one address.
    pub cases: u32,
    /// What its last failure says, where it was kept.
    pub failure: Option<Box<FailureText>>,
}

/// What a failure says, each text cut to its beginning and end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureText {
    /// The message.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The text, which for pytest is the traceback.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// What the test wrote to standard output.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub system_out: String,
    /// What the test wrote to standard error.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub system_err: String,
}

/// How much of the texts of failures is kept, over all files of a build. Names are always
/// kept.
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
    /// 2 KiB of the beginning and 6 KiB of the end of each text, and 64 MiB in all.
    fn default() -> Self {
        Self {
            head: 2 << 10,
            tail: 6 << 10,
            left: 64 << 20,
        }
    }
}

/// True where a test that ended like this did not do what it should.
pub(super) const fn is_failure(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Failed | Outcome::Errored)
}

/// How grave an outcome is, for the worst of several.
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
    /// Takes a further case of the same test.
    pub fn add(&mut self, outcome: Outcome, failure: Option<Box<FailureText>>) {
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
    /// [`ErrorKind::Unreadable`](crate::ErrorKind::Unreadable) where reading itself fails. A
    /// file that is cut short, or no report at all, is not [complete](Self::complete).
    pub fn read(
        input: impl Read,
        name: &str,
        junit_prefix: &str,
        budget: &mut TextBudget,
    ) -> Result<Self, crate::Error> {
        let mut results = Self {
            name: name.to_owned(),
            ..Self::default()
        };
        let limits = crate::junit::TextLimits {
            head: budget.head,
            tail: budget.tail,
        };
        let report = crate::junit::read_with_texts(input, name, limits, &mut |case, texts| {
            let failure = is_failure(case.outcome)
                .then(|| budget.keep(texts))
                .flatten();
            results.add(
                case.classname,
                case.name,
                junit_prefix,
                case.outcome,
                failure,
            );
        })?;
        results.complete = report.complete;
        results.digest = report.digest;
        Ok(results)
    }
}

impl Results {
    /// Takes a case as a report has it.
    pub fn add(
        &mut self,
        classname: &str,
        name: &str,
        junit_prefix: &str,
        outcome: Outcome,
        failure: Option<Box<FailureText>>,
    ) {
        let own = classname
            .strip_prefix(junit_prefix)
            .map_or(classname, |rest| {
                if junit_prefix.is_empty() || rest.is_empty() {
                    rest
                } else {
                    rest.strip_prefix('.').unwrap_or(classname)
                }
            });
        let address = Address::as_reported(own, name);
        if address.classname.is_empty() && is_failure(outcome) {
            let name = if name.is_empty() { own } else { name };
            let result = self.outside.entry(name.to_owned()).or_default();
            result.add(outcome, failure.clone());
        }
        self.tests.entry(address).or_default().add(outcome, failure);
    }
}

#[cfg(feature = "junit")]
impl TextBudget {
    fn keep(&mut self, texts: crate::junit::Texts) -> Option<Box<FailureText>> {
        let kept = FailureText {
            message: texts.message,
            text: texts.text,
            system_out: texts.system_out,
            system_err: texts.system_err,
        };
        let size =
            kept.message.len() + kept.text.len() + kept.system_out.len() + kept.system_err.len();
        self.left = self.left.checked_sub(size)?;
        Some(Box::new(kept))
    }
}
