//! A plain table: a node id or a path, a tab, and seconds; one a line.

use crate::Micros;
use crate::error::{Location, Warning};
use crate::history::{History, ReportFacts, ReportRecorder};
use crate::ingest::{FileSummary, Kind, Source};

/// Reads a table of durations into `history`: on each line a node id or a path, a tab, and seconds.
/// Blank lines and those that begin with `#` are ignored; an unreadable line becomes a warning.
pub fn read_table(table: &[u8], source: Source<'_>, history: &mut History) -> FileSummary {
    let mut summary = FileSummary::empty(Kind::Table, source.name);
    let mut recorder = history.report();
    // One odd byte should not lose the other lines.
    for (number, line) in (1..).zip(String::from_utf8_lossy(table).lines()) {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let row = line.rsplit_once('\t').and_then(|(test, seconds)| {
            let sample = Micros::from_secs_f64(seconds.trim().parse().ok()?)?;
            (!test.is_empty()).then_some((test, sample))
        });
        let Some((test, sample)) = row else {
            let location = Location::line(source.name, number);
            let why = "not a node id or path, a tab, and seconds: passed over";
            summary.warnings.push(Warning::new(location, why));
            continue;
        };
        let add = if test.contains("::") {
            ReportRecorder::case
        } else {
            ReportRecorder::whole_file
        };
        summary.take_test(test, Some(sample), &mut recorder, add);
    }
    recorder.finish(ReportFacts::of_content(table), source.origin);
    summary
}
