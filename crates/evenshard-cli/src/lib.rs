//! The command line of evenshard: arguments in, text and an exit code out.
//!
//! Data flows one way: [`args`] (the command line) and `config` (the file of the project) fill
//! [`settings`] (the work that will be done) -> `commands` (calls of the library) ->
//! [`streams`]. Errors become text and exit codes in one place, [`run_with`].

#![cfg_attr(
    not(feature = "store"),
    allow(
        dead_code,
        unused_imports,
        unused_mut,
        reason = "parts of all modules are there for stores alone"
    )
)]

pub mod args;
mod ask;
mod ci;
mod commands;
mod config;
pub mod env;
mod exit;
pub mod failure;
mod files;
mod globs;
mod inputs;
mod list;
mod near;
mod path_map;
mod planning;
mod pytest_options;
mod results;
mod runners;
pub mod settings;
mod share;
#[cfg(feature = "store")]
mod store;
pub mod streams;
mod values;
mod work_dir;
mod xdist;

use std::ffi::OsString;

use crate::env::Env;
use crate::failure::{Failure, Outcome};
use crate::settings::{Refused, Settings};
use crate::streams::Streams;

/// Runs one invocation and returns its exit code.
pub fn run_with(
    arguments: impl IntoIterator<Item = OsString>,
    env: &Env,
    streams: &mut Streams<'_>,
) -> u8 {
    match args::resolve(arguments, env, streams) {
        Ok(settings) => dispatch(settings, env, streams),
        // Help is no failure: it goes to stdout.
        Err(Refused::Usage(error, note)) => return usage(&error, note.as_deref(), streams),
        Err(Refused::Failed(failure)) => Err(failure),
    }
    .unwrap_or_else(|failure| fail(&failure, streams))
}

fn fail(failure: &Failure, streams: &mut Streams<'_>) -> u8 {
    streams.fail(failure);
    failure.code()
}
fn dispatch(mut settings: Settings, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    #[cfg(feature = "store")]
    let _read = commands::read::history(&mut settings, env, streams)?;
    match &settings {
        Settings::Plan(settings) => commands::plan::run(settings, env, streams),
        Settings::Shards(settings) => commands::shards::run(settings, env, streams),
        Settings::Run(settings) => commands::run::run(settings, env, streams),
        Settings::Exec(settings) => commands::exec::run(settings, env, streams),
        Settings::Select(settings) => commands::select::run(settings, streams),
        Settings::Report(settings) => commands::report::run(settings, env, streams),
        Settings::Verify(settings) => commands::verify::run(settings, env, streams),
        Settings::Explain(settings) => commands::explain::run(settings, env, streams),
        Settings::Store(command) => commands::store::run(command, env, streams),
        Settings::Quarantine(command) => commands::quarantine::run(command, env, streams),
        Settings::Timings(command) => commands::timings::run(command, env, streams),
        Settings::Init(settings) => commands::init::run(settings, env, streams),
        Settings::Completions(line, shell) => commands::completions::run(line, *shell, streams),
        Settings::Man(line, folder) => commands::man::run(line, folder.as_deref(), streams),
    }
}

/// Prints help and version to stdout with success, wrong usage to stderr with 64.
fn usage(error: &clap::Error, note: Option<&str>, streams: &mut Streams<'_>) -> u8 {
    if error.use_stderr() {
        streams.usage(error);
        if let Some(note) = note {
            streams.add(note);
        }
        return exit::USAGE;
    }
    let text = error.render();
    let text = if streams.palette().is_coloured() {
        text.ansi().to_string()
    } else {
        text.to_string()
    };
    match streams.result(text.as_bytes()) {
        Ok(()) => exit::OK,
        Err(failure) => fail(&failure, streams),
    }
}
