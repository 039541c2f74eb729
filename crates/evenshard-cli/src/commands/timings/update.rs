//! `evenshard timings update`

use std::ffi::OsString;
use std::path::Path;

use evenshard::history::{Histories, Origin};
use evenshard_report::words::counted;

use crate::commands::timings::existing;
#[cfg(feature = "store")]
use crate::commands::timings::to_store;
use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::files;
use crate::inputs::Reading;
use crate::settings::UpdateSettings;
use crate::streams::Streams;

/// Adds the results of a build to a history. Fails before it writes anything where a path names no
/// results.
pub(super) fn run(settings: &UpdateSettings, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    if settings.history.is_none() && settings.output.is_none() && settings.results.len() > 1 {
        check_order(&settings.results)?;
    }
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

/// Stops where a history that is not named first would be read as results, and not be updated.
fn check_order(results: &[OsString]) -> Result<(), Failure> {
    let is_history = |path: &&OsString| {
        let path = Path::new(path);
        path.is_file()
            && files::read(path, files::MOST).is_ok_and(|json| Histories::looks_like(&json))
    };
    let Some(history) = results.iter().find(is_history) else {
        return Ok(());
    };
    let history = history.to_string_lossy();
    let what = format!("{history} is a history: it would be read and not updated");
    let hint = format!("name it first, as in `evenshard timings update {history} results/`");
    Err(Failure::data(what).hint(hint))
}
