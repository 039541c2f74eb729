//! `evenshard timings show`

use std::fmt::Write as _;

use evenshard::Micros;
use evenshard::history::History;
use evenshard::ingest::FileSummary;
use evenshard::outcome::Outcomes;
use evenshard_report::escape::printable_name;
use evenshard_report::words::{counted, grouped};
use serde::Serialize;

use crate::commands::timings::flaky;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::inputs::{Lacking, Reading, Reads};
use crate::settings::ShowSettings;
use crate::streams::Streams;
use crate::values::Format;

/// The output.
#[derive(Debug, Serialize)]
struct Shown {
    version: u32,
    files: Vec<FileSummary>,
    total: Total,
}

#[derive(Debug, Default, Serialize)]
struct Total {
    files: usize,
    cases: u64,
    samples: u64,
    #[serde(rename = "total_us")]
    time: Micros,
    outcomes: Outcomes,
    warnings: usize,
    tests: usize,
    builds: usize,
}

/// Prints the contents of each file.
pub(super) fn run(settings: &ShowSettings, streams: &mut Streams<'_>) -> Outcome {
    let mut history = History::new();
    let mut files = Vec::new();
    let mut problem = None;
    let mut lacking = Lacking::default();
    let reading = Reading::new(&settings.scope, &settings.path_map.mappings);
    let reads = Reads::begin("timings", &settings.paths, streams);
    for path in &settings.paths {
        let named = reading.read(path, &mut history, &reads)?;
        named.log(streams);
        // All files are shown before the first problem becomes the exit code.
        problem = problem.or_else(|| lacking.note(&named, path).err());
        files.extend(named.files);
    }
    reads.end(streams);
    let text = if settings.flaky {
        let _looking = streams.step(|| "looking for flaky tests".to_owned());
        // Of all files together: a test is flaky between builds.
        flaky::render(&history, settings.format)
    } else {
        render(files, &history, settings.format)
    };
    streams.deliver(&text, settings.output.as_deref())?;
    match problem.or_else(|| lacking.end(streams).err()) {
        Some(problem) => Err(Failure::data(problem)),
        None => Ok(exit::OK),
    }
}

fn render(files: Vec<FileSummary>, history: &History, format: Format) -> String {
    let shown = Shown {
        version: 1,
        total: total(&files, history),
        files,
    };
    match format {
        Format::Json => serde_json::to_string_pretty(&shown).unwrap_or_default() + "\n",
        Format::Text => table(&shown),
    }
}

fn total(files: &[FileSummary], history: &History) -> Total {
    let mut total = Total {
        files: files.len(),
        tests: history.len(),
        builds: history.builds().len(),
        ..Total::default()
    };
    for file in files {
        total.cases += file.cases;
        total.samples += file.samples;
        total.time += file.total_us;
        total.outcomes += file.outcomes;
        total.warnings += file.warnings.len();
    }
    total
}

fn table(shown: &Shown) -> String {
    let mut text = String::from("   cases  samples        time  failed  skipped  file\n");
    let total = &shown.total;
    let (tests, builds) = (counted(total.tests, "test"), counted(total.builds, "build"));
    let name = format!("total: {tests} of {builds}");
    let last = (
        total.cases,
        total.samples,
        total.time,
        &total.outcomes,
        &name,
    );
    let rows = { shown.files.iter() }.map(|file| {
        (
            file.cases,
            file.samples,
            file.total_us,
            &file.outcomes,
            &file.file,
        )
    });
    for (cases, samples, time, outcomes, name) in rows.chain([last]) {
        let failed = outcomes.failed + outcomes.errored;
        let skipped = outcomes.skipped + outcomes.notrun;
        let _ = writeln!(
            text,
            "{:>8} {:>8}  {time:>10}  {failed:>6}  {skipped:>7}  {}",
            grouped(cases),
            grouped(samples),
            printable_name(name)
        );
    }
    for warning in shown.files.iter().flat_map(|f| &f.warnings) {
        let _ = writeln!(text, "warning: {}", printable_name(&warning.to_string()));
    }
    text
}
