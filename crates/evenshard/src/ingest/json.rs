//! Timings in JSON: a history, or pytest-split's `.test_durations` (one object of node ids
//! and seconds).

use std::collections::BTreeMap;
use std::io::{self, Read};

use crate::address::NodeId;
use crate::error::{ErrorKind, Location, Warning};
use crate::history::{CaseSeen, Histories, History, ReportFacts};
use crate::ingest::{FileSummary, Kind, Source};
use crate::micros::Micros;

/// No durations file comes near this size; an archive that unpacks to more is no honest one.
const MOST_BYTES: u64 = 1 << 30;

/// The content of a plain, gzip or zstd file; `None` when it cannot be unpacked. Of a part
/// of a file, as much as can be unpacked.
pub(super) fn inflated(mut input: impl Read) -> Option<Vec<u8>> {
    let mut magic = Vec::new();
    input.by_ref().take(4).read_to_end(&mut magic).ok()?;
    let kind = magic.clone();
    let input = io::Cursor::new(magic).chain(input);
    let mut content = Vec::new();
    let result = if kind.starts_with(&[0x1f, 0x8b]) {
        flate2::read::MultiGzDecoder::new(input)
            .take(MOST_BYTES)
            .read_to_end(&mut content)
    } else if kind.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        zstd::Decoder::new(input)
            .ok()?
            .take(MOST_BYTES)
            .read_to_end(&mut content)
    } else {
        { input }.take(MOST_BYTES).read_to_end(&mut content)
    };
    (result.is_ok() || !content.is_empty()).then_some(content)
}

/// Reads a JSON file: a history or durations, told apart by content.
pub(super) fn read(input: impl Read, source: Source<'_>, history: &mut History) -> FileSummary {
    let name = source.name;
    let Some(content) = inflated(input) else {
        return FileSummary::nothing(Kind::Broken, name, "cannot be unpacked, passed over");
    };
    if Histories::looks_like(&content) {
        return read_history(&content, &source, history);
    }
    match serde_json::from_slice::<BTreeMap<String, f64>>(&content) {
        Ok(durations) if durations.keys().any(|id| id.contains("::")) => {
            read_durations(&content, &durations, source, history)
        }
        Ok(_) => FileSummary::nothing(Kind::Other, name, "holds numbers, but of no node ids"),
        Err(error) => {
            let why = format!("no durations of node ids in seconds, passed over: {error}");
            let mut summary = FileSummary::nothing(Kind::Other, name, why);
            summary.warnings[0].location = Location::line(name, error.line() as u64);
            summary
        }
    }
}

fn read_history(content: &[u8], source: &Source<'_>, history: &mut History) -> FileSummary {
    let mut histories = match Histories::from_json(content, source.name) {
        Ok(histories) => histories,
        Err(error) => {
            let kind = match error.kind() {
                ErrorKind::NewerVersion { .. } => Kind::Newer,
                _ => Kind::Broken,
            };
            let mut summary = FileSummary::nothing(kind, source.name, error.kind().to_string());
            if let Some(location) = error.location() {
                summary.warnings[0].location = location.clone();
            }
            return summary;
        }
    };
    let scope = histories.scope(source.scope);
    history.merge(scope);
    let mut summary = FileSummary::empty(Kind::History, source.name);
    summary.cases = scope.len() as u64;
    let samples = scope.samples();
    for test in scope.tests() {
        for (_, sample) in samples.of(test) {
            summary.outcomes.count(sample.outcome);
            if let Some(duration) = sample.duration {
                summary.samples += 1;
                summary.total_us += duration;
            }
        }
    }
    if scope.is_empty() {
        let scopes: Vec<&str> = histories.scopes().collect();
        let known = if scopes.is_empty() {
            "none".to_owned()
        } else {
            scopes.join(", ")
        };
        let why = format!(
            "holds nothing for scope '{}' (known: {known})",
            source.scope
        );
        summary
            .warnings
            .push(Warning::new(Location::file(source.name), why));
    }
    summary
}

fn read_durations(
    content: &[u8],
    durations: &BTreeMap<String, f64>,
    source: Source<'_>,
    history: &mut History,
) -> FileSummary {
    let mut summary = FileSummary::empty(Kind::TestDurations, source.name);
    summary.cases = durations.len() as u64;
    let mut recorder = history.report();
    for (id, &seconds) in durations {
        let sample = Micros::from_secs_f64(seconds);
        match sample {
            Some(sample) => {
                summary.samples += 1;
                summary.total_us += sample;
            }
            None => summary.warnings.push(Warning::new(
                Location::file(source.name),
                format!("{seconds} is no duration of {id}, no sample"),
            )),
        }
        let id = NodeId::parse(id);
        let (classname, name) = (id.classname(), id.name());
        recorder.case(&CaseSeen {
            classname: &classname,
            name: &name,
            file: Some(id.path()),
            sample,
            ..CaseSeen::default()
        });
    }
    recorder.finish(ReportFacts::of_content(content), source.origin);
    summary
}
