//! `evenshard timings export`

use std::collections::BTreeMap;

use evenshard::address::node_id_in;
use evenshard::estimate::Estimates;
use evenshard::history::History;
use evenshard::suite::Suite;

use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::inputs::Reading;
use crate::settings::ExportSettings;
use crate::streams::Streams;
use crate::values::ExportFormat;

/// Writes estimates in the format of another tool.
pub(super) fn run(settings: &ExportSettings, streams: &mut Streams<'_>) -> Outcome {
    let mut history = History::new();
    let reading = Reading::new(&settings.scope, &settings.path_map.mappings);
    let refused = |problem: String, _: &str, _: &mut Streams<'_>| Err(Failure::data(problem));
    reading.read_each("timings", &settings.paths, &mut history, refused, streams)?;
    let _writing = streams.step(|| "writing durations".to_owned());
    let text = match settings.format {
        ExportFormat::PytestSplit => test_durations(&history),
    };
    streams.deliver(&text, settings.output.as_deref())?;
    Ok(exit::OK)
}

/// Lists node ids and seconds. Reports hold no node ids: the file of each is rebuilt from its
/// dotted form, which is right unless a folder has a dot in its name.
fn test_durations(history: &History) -> String {
    let durations: BTreeMap<String, f64> = Suite::from_history(&Estimates::new(history))
        .estimates()
        // What a file took beyond its tests has no node id.
        .filter(|test| !test.name.is_empty())
        .map(|test| {
            let id = node_id_in(test.file, test.classname, test.name);
            (id, test.estimate.as_secs_f64())
        })
        .collect();
    serde_json::to_string_pretty(&durations).unwrap_or_default() + "\n"
}
