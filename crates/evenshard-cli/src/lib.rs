//! The command line of evenshard: arguments in, text and an exit code out.
//!
//! Data flows one way: [`args`] (what was typed) with [`config`] (what the project says) ->
//! [`settings`] (what will happen) -> [`commands`] (each calls the library) -> [`streams`]. Errors become text and exit codes
//! in one place, [`run_with`].

pub mod args;
pub mod ci;
pub mod commands;
pub mod config;
pub mod env;
pub mod exit;
pub mod failure;
pub mod inputs;
pub mod list;
pub mod planning;
pub mod pytest_options;
pub mod settings;
pub mod share;
pub mod streams;
pub mod work_dir;
pub mod xdist;

use std::ffi::OsString;

use crate::args::{Command, TimingsCommand};
use crate::config::Refused;
use crate::env::Env;
use crate::failure::{Failure, Outcome};
use crate::streams::Streams;

/// Runs one invocation and returns its exit code.
pub fn run_with(
    arguments: impl IntoIterator<Item = OsString>,
    env: &Env,
    streams: &mut Streams<'_>,
) -> u8 {
    let cli = match config::parse(arguments, env, streams) {
        Ok(cli) => cli,
        Err(Refused::Usage(error, note)) => return usage(&error, note.as_deref(), streams),
        Err(Refused::Config(failure)) => return fail(&failure, streams),
    };
    dispatch(cli.command, env, streams).unwrap_or_else(|failure| fail(&failure, streams))
}

fn fail(failure: &Failure, streams: &mut Streams<'_>) -> u8 {
    streams.fail(failure);
    failure.code()
}

fn dispatch(command: Command, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    match command {
        Command::Plan(args) => commands::plan::run(&args, env, streams),
        Command::Run(args) => commands::run::run(&args, env, streams),
        Command::Exec(args) => commands::exec::run(&args, env, streams),
        Command::Select(args) => commands::select::run(&args, env, streams),
        Command::Report(args) => commands::report::run(&args, streams),
        Command::Verify(args) => commands::verify::run(&args, env, streams),
        Command::Explain(args) => commands::explain::run(&args, streams),
        Command::Completions(args) => commands::completions::run(&args, streams),
        Command::Man(args) => commands::man::run(&args, streams),
        Command::Timings { command } => match command {
            TimingsCommand::Update(args) => commands::timings::update::run(&args, env, streams),
            TimingsCommand::Show(args) => commands::timings::show::run(&args, streams),
            TimingsCommand::Export(args) => commands::timings::export::run(&args, streams),
            TimingsCommand::Import(args) => commands::timings::import::run(&args, streams),
        },
    }
}

/// Help and version go to stdout with success; wrong usage to stderr with 64.
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
