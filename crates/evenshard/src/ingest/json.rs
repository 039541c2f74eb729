//! Timings in JSON: a history, or pytest-split's `.test_durations` (one object of node ids
//! and seconds).

use std::collections::BTreeMap;
use std::io::Read;

use crate::Micros;
use crate::document::Document;
use crate::error::{Error, ErrorKind, Location, Warning};
use crate::history::{Histories, History, ReportFacts, ReportRecorder};
use crate::ingest::{FileSummary, Kind, Source};
use crate::junit;

/// The largest JSON file that is read. A history of a million tests has a fifth of it.
const MOST_BYTES: u64 = 1 << 30;
/// The beginning of a file that is searched for JSON: blanks are few. Chosen, not measured.
const BEGINNING: u64 = 4 << 10;

/// Returns true if a file that begins with these bytes, plain or compressed, contains a JSON
/// object.
pub(super) fn begins_object(head: &[u8]) -> bool {
    let begins = junit::whole(&mut { head }, BEGINNING);
    begins.is_ok_and(|(text, _)| text.trim_ascii_start().starts_with(b"{"))
}

/// Reads a JSON file, a history or durations by its content. The limits of reports apply to its
/// decompression.
pub(super) fn read(mut input: impl Read, source: Source<'_>, history: &mut History) -> FileSummary {
    let name = source.name;
    let content = match junit::whole(&mut input, MOST_BYTES) {
        Ok((content, None)) => content,
        Ok((_, Some(damage))) => {
            return FileSummary::nothing(Kind::Broken, name, format!("{damage}, passed over"));
        }
        Err(error) => return FileSummary::unreadable(name, &error),
    };
    match Histories::from_json(&content, name) {
        Ok(histories) => {
            // The text of a large history is as long as the history: free it before the merge.
            drop(content);
            return take_in(histories, &source, history);
        }
        // A damaged history must not be taken for durations.
        Err(error) if Histories::looks_like(&content) => return no_history(&error, name),
        Err(_) => {}
    }
    match serde_json::from_slice::<BTreeMap<String, f64>>(&content) {
        // Any JSON object of numbers parses; only one with node ids is pytest-split's.
        Ok(durations) if durations.keys().any(|id| id.contains("::")) => {
            read_durations(&content, &durations, source, history)
        }
        Ok(_) => FileSummary::nothing(Kind::Other, name, "holds numbers, but of no node ids"),
        Err(error) => {
            if let Some(document) = Document::of_json(&content) {
                let why = format!("{document}, not timings: passed over");
                return FileSummary::nothing(Kind::Other, name, why);
            }
            // A file that was cut short says no more about its kind.
            let broken = serde_json::from_slice::<serde::de::IgnoredAny>(&content).err();
            let (what, error) = match broken {
                Some(broken) => ("broken JSON", broken),
                None => ("no durations of node ids in seconds", error),
            };
            let why = format!("{what}, passed over: {error}");
            let mut summary = FileSummary::nothing(Kind::Other, name, why);
            summary.warnings[0].location = Location::line(name, error.line() as u64);
            summary
        }
    }
}

fn no_history(error: &Error, name: &str) -> FileSummary {
    let kind = match error.kind() {
        ErrorKind::NewerVersion { .. } => Kind::Newer,
        _ => Kind::Broken,
    };
    let mut summary = FileSummary::nothing(kind, name, error.kind().to_string());
    if let Some(location) = error.location() {
        summary.warnings[0].location = location.clone();
    }
    summary
}

/// Adds the history of the wanted scope.
fn take_in(mut histories: Histories, source: &Source<'_>, history: &mut History) -> FileSummary {
    let scope = histories.scope(source.scope);
    let mut summary = FileSummary::empty(Kind::History, source.name);
    summary.cases = scope.len() as u64;
    for sample in scope.all_samples() {
        summary.outcomes.count(sample.outcome);
        if let Some(duration) = sample.duration {
            summary.samples += 1;
            summary.total_us += duration;
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
    // Moved and not copied: nothing else needs it.
    history.take_in(std::mem::take(histories.scope(source.scope)));
    summary
}

fn read_durations(
    content: &[u8],
    durations: &BTreeMap<String, f64>,
    source: Source<'_>,
    history: &mut History,
) -> FileSummary {
    let mut summary = FileSummary::empty(Kind::TestDurations, source.name);
    let mut recorder = history.report();
    for (id, &seconds) in durations {
        let sample = Micros::from_secs_f64(seconds);
        if sample.is_none() {
            let why = format!("{seconds} is no duration of {id}, no sample");
            let warning = Warning::new(Location::file(source.name), why);
            summary.warnings.push(warning);
        }
        summary.take_test(id, sample, &mut recorder, ReportRecorder::case);
    }
    recorder.finish(ReportFacts::of_content(content), source.origin);
    summary
}
