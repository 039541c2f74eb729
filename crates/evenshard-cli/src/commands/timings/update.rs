//! `evenshard timings update`

use evenshard::history::Origin;
use evenshard_report::words::{grouped, plural};

use crate::args::UpdateArgs;
use crate::ci;
use crate::commands::timings::existing;
use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::inputs::Reading;
use crate::streams::Streams;

/// Takes the results of a build into a history.
///
/// # Errors
/// Code 65 when the history cannot be read or a path names no results (nothing is written
/// then); 73 when the history cannot be written.
pub fn run(args: &UpdateArgs, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    let mut histories = existing(args.history.as_deref(), streams)?;
    let history = histories.scope(&args.scope);
    let before = history.reports().len();
    let found = ci::job(env).build;
    let reading = Reading {
        declared: Origin {
            build: args.build.clone(),
            complete: args.complete,
            ..Origin::default()
        },
        found_build: found.as_deref(),
        ..Reading::new(&args.scope, &args.path_map)
    };
    let refused = |problem: String| {
        Failure::new(exit::DATA, problem)
            .hint("the history is left as it was; check the path of the results")
    };
    reading.read_each("results", &args.results, history, refused, streams)?;
    let (new, builds) = (history.reports().len() - before, history.builds().len());
    streams.say(&format!(
        "{new} new report{}: the history knows {} test{} of {builds} build{}",
        plural(new),
        grouped(history.len() as u64),
        plural(history.len()),
        plural(builds)
    ));
    let _writing = streams.step(|| "writing the history".to_owned());
    streams.deliver(&histories.to_json(), args.output.as_deref())?;
    Ok(exit::OK)
}
