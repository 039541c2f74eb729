//! Any bytes are a report: no panic, no hang, bounded memory, and sums that agree.
//!
//! From this folder, on a stable compiler:
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run junit corpus/junit seeds/junit -- -dict=junit.dict
//! -max_total_time=60 -seed=1 -timeout=10 -rss_limit_mb=2048` (after `mkdir -p corpus/junit`).
#![no_main]

use std::io::Read;

use evenshard::Outcome;
use evenshard::junit::{self, ReportSummary};
use libfuzzer_sys::fuzz_target;

/// Hands out a few bytes at a time, so that every border of the window is met.
struct Dribble<'a>(&'a [u8], usize);

impl Read for Dribble<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        self.1 = self.1 % 7 + 1;
        let n = self.1.min(self.0.len()).min(out.len());
        out[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

fn read(input: impl Read) -> (ReportSummary, u64) {
    let (mut cases, mut line) = (0, 0);
    let report = junit::read(input, "fuzz.xml", &mut |case| {
        assert!(case.line >= line);
        assert!(case.time.is_none() || !matches!(case.outcome, Outcome::Skipped | Outcome::NotRun));
        let _ = case.file.map(junit::path::normalise);
        let _ = junit::path::looks_like_file(case.classname);
        let _ = junit::parse_time(case.name);
        line = case.line;
        cases += 1;
    });
    (report.expect("memory can be read"), cases)
}

fuzz_target!(|data: &[u8]| {
    let (report, cases) = read(data);
    assert_eq!(report.cases, cases);
    let outcomes = report.outcomes;
    let ended = outcomes.passed + outcomes.failed + outcomes.errored;
    let ended = ended + outcomes.xfailed + outcomes.skipped + outcomes.notrun;
    assert_eq!(ended, cases);
    assert_eq!(
        report.suites.iter().map(|suite| suite.cases).sum::<u64>(),
        cases
    );
    assert!(report.complete || !report.warnings.is_empty());
    assert!(report.warnings.len() <= 6 * junit::limits::WARNINGS_PER_KIND + 1);
    // How much a damaged archive gives before the damage shows depends on how it is read.
    let damaged = report
        .warnings
        .iter()
        .any(|w| w.message.contains("damaged"));
    let dribbled = read(Dribble(data, 0));
    assert!(damaged || dribbled == (report, cases));
    let _ = junit::looks_like_junit(data);
});
