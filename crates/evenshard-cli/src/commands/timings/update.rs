//! `evenshard timings update`

use evenshard::history::Origin;
use evenshard_report::words::counted;

use crate::commands::timings::existing;
#[cfg(feature = "store")]
use crate::commands::timings::to_store;
use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::inputs::Reading;
use crate::settings::UpdateSettings;
use crate::streams::Streams;

/// Adds the results of a build to a history. Fails before it writes anything where a path names no
/// results.
pub(super) fn run(settings: &UpdateSettings, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    #[cfg(feature = "store")]
    let shared = to_store::open(settings, env)?;
    let _ = env;
    let mut histories = existing(settings.history.as_deref(), streams)?;
    let history = histories.scope(&settings.scope);
    // Reports that the history has already are not added again.
    let before = history.reports().len();
    let reading = Reading {
        declared: Origin {
            build: settings.build.clone(),
            complete: settings.complete,
            ..Origin::default()
        },
        found_build: settings.ci_build.as_deref(),
        ..Reading::new(&settings.scope, &settings.path_map.mappings)
    };
    let refused = |problem: String, _: &str, _: &mut Streams<'_>| {
        let hint = "the history is left as it was; check the path of the results";
        Err(Failure::data(problem).hint(hint))
    };
    reading.read_each("results", &settings.results, history, refused, streams)?;
    #[cfg(feature = "store")]
    if let Some(shared) = shared {
        return to_store::add(history, &settings.scope, &shared, streams);
    }
    streams.say(&format!(
        "{}: the history knows {} of {}",
        counted(history.reports().len() - before, "new report"),
        counted(history.len(), "test"),
        counted(history.builds().len(), "build")
    ));
    let _writing = streams.step(|| "writing the history".to_owned());
    streams.deliver(&histories.to_json(), settings.output.as_deref())?;
    Ok(exit::OK)
}
