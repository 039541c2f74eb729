//! A plain table: a node id or a path, a tab, and seconds; one a line.

use crate::Micros;
use crate::address::NodeId;
use crate::error::{Location, Warning};
use crate::history::{CaseSeen, History, ReportFacts};
use crate::ingest::{FileSummary, Kind, Source};

/// Reads a table of durations into `history`: on each line a node id or a path, a tab, and seconds.
/// Blank lines and those that begin with `#` are ignored; an unreadable line becomes a warning.
pub fn read_table(table: &[u8], source: Source<'_>, history: &mut History) -> FileSummary {
    let mut summary = FileSummary::empty(Kind::Table, source.name);
    let mut recorder = history.report();
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
        summary.cases += 1;
        summary.samples += 1;
        summary.total_us += sample;
        let id = NodeId::parse(test);
        let (classname, name) = (id.classname(), id.name());
        let case = CaseSeen {
            classname: &classname,
            name: &name,
            file: Some(id.path()),
            sample: Some(sample),
            ..CaseSeen::default()
        };
        if test.contains("::") {
            recorder.case(&case);
        } else {
            recorder.whole_file(&case);
        }
    }
    recorder.finish(ReportFacts::of_content(table), source.origin);
    summary
}
