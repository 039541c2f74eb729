//! Estimates of single tests: `estimates TESTS`. Made once of a history, they are asked for each of
//! its tests, as a tool that shows estimates does.

#![allow(clippy::print_stdout, reason = "a benchmark prints its results")]

use std::error::Error;

use evenshard::estimate::{Basis, Estimates};
use evenshard::history::{CaseSeen, History, Origin, ReportFacts};
use evenshard::{Micros, NodeId};
use evenshard_benches::clock::timed;

fn main() -> Result<(), Box<dyn Error>> {
    let tests: u32 = std::env::args()
        .nth(1)
        .ok_or("usage: estimates TESTS")?
        .parse()?;
    let mut history = History::new();
    let mut report = history.report();
    for test in 0..tests {
        report.case(&CaseSeen {
            classname: &format!("tests.test_{}", test / 20),
            name: &format!("test_{test}"),
            sample: Some(Micros::from_millis(u64::from(test % 97))),
            ..CaseSeen::default()
        });
    }
    report.finish(ReportFacts::default(), Origin::default());
    let ids: Vec<String> = (0..tests)
        .map(|test| format!("tests/test_{}.py::test_{test}", test / 20))
        .collect();
    let (estimates, once) = timed(|| Estimates::new(&history));
    let own = |id: &&String| estimates.of_test(&NodeId::parse(id)).1 == Basis::Samples;
    let (known, all) = timed(|| ids.iter().filter(own).count());
    assert_eq!(known, ids.len());
    let each = all / tests.max(1);
    println!("| {tests} | {once:.2?} | {each:.2?} |");
    Ok(())
}
