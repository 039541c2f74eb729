//! `evenshard timings import`

use evenshard::history::Origin;
use evenshard::ingest::{self, Source};

use crate::commands::timings::existing;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::files;
use crate::inputs;
use crate::settings::ImportSettings;
use crate::streams::Streams;
use crate::values::ImportFormat;

/// Makes a history of a plain table.
pub(super) fn run(settings: &ImportSettings, streams: &mut Streams<'_>) -> Outcome {
    let mut histories = existing(settings.history.as_deref(), streams)?;
    let name = settings.table.display().to_string();
    let table = files::read_or_stdin(&settings.table)
        .map_err(|e| Failure::data(format!("cannot read {name}")).caused_by(&e))?;
    let origin = Origin {
        build: settings.build.clone(),
        ..Origin::default()
    };
    let source = Source {
        name: &name,
        origin,
        scope: &settings.scope,
        ..Source::named(&name)
    };
    let summary = match settings.format {
        ImportFormat::Tsv => ingest::read_table(&table, source, histories.scope(&settings.scope)),
    };
    let samples = summary.samples;
    inputs::report_warnings(&[summary], streams);
    if samples == 0 {
        return Err(Failure::data(format!("no timings in {name}"))
            .hint("each line is a node id or a path, a tab, and seconds"));
    }
    streams.deliver(&histories.to_json(), settings.output.as_deref())?;
    Ok(exit::OK)
}
