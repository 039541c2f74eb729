//! Reading JUnit reports.

mod corpus;
mod differential;
mod fixtures;
mod hostile;
mod ordinary;
mod paths;
mod times;

use evenshard::Outcome;
use evenshard::junit::{self, ReportSummary};

/// A case with what it borrows made its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) classname: String,
    pub(crate) name: String,
    pub(crate) file: Option<String>,
    pub(crate) suite: usize,
    pub(crate) us: Option<u64>,
    pub(crate) outcome: Outcome,
    pub(crate) line: u64,
}

/// Reads a report from memory.
pub(crate) fn read(bytes: impl AsRef<[u8]>) -> (ReportSummary, Vec<Seen>) {
    read_as("report.xml", bytes.as_ref())
}

pub(crate) fn read_as(name: &str, bytes: &[u8]) -> (ReportSummary, Vec<Seen>) {
    let mut seen = Vec::new();
    let report = junit::read(bytes, name, &mut |case| {
        seen.push(Seen {
            classname: case.classname.to_owned(),
            name: case.name.to_owned(),
            file: case.file.map(str::to_owned),
            suite: case.suite.index(),
            us: case.time.map(evenshard::Micros::get),
            outcome: case.outcome,
            line: case.line,
        });
    })
    .unwrap();
    (report, seen)
}

/// The warnings as people see them.
pub(crate) fn warnings(report: &ReportSummary) -> Vec<String> {
    report.warnings.iter().map(ToString::to_string).collect()
}
