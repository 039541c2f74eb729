//! `evenshard timings update`

use evenshard::history::Origin;
use evenshard_report::words::{grouped, plural};

use crate::commands::timings::existing;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::inputs::Reading;
use crate::settings::UpdateSettings;
use crate::streams::Streams;

/// Adds the results of a build to a history. Fails before it writes anything where a path names no
/// results.
pub(crate) fn run(settings: &UpdateSettings, streams: &mut Streams<'_>) -> Outcome {
    let mut histories = existing(settings.history.as_deref(), streams)?;
    let history = histories.scope(&settings.scope);
    let before = history.reports().len();
    let reading = Reading {
        declared: Origin {
            build: settings.build.clone(),
            complete: settings.complete,
            ..Origin::default()
        },
        found_build: settings.ci_build.as_deref(),
        ..Reading::new(&settings.scope, &settings.path_map)
    };
    let refused = |problem: String| {
        Failure::new(exit::DATA, problem)
            .hint("the history is left as it was; check the path of the results")
    };
    reading.read_each("results", &settings.results, history, refused, streams)?;
    let (new, builds) = (history.reports().len() - before, history.builds().len());
    streams.say(&format!(
        "{new} new report{}: the history knows {} test{} of {builds} build{}",
        plural(new),
        grouped(history.len() as u64),
        plural(history.len()),
        plural(builds)
    ));
    let _writing = streams.step(|| "writing the history".to_owned());
    streams.deliver(&histories.to_json(), settings.output.as_deref())?;
    Ok(exit::OK)
}
