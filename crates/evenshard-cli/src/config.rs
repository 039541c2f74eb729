//! The project's configuration file: defaults for flags, and rules about tests.
//!
//! Data flows one way: `find` (which file) -> `read` (what it says, checked against the
//! flags there are) -> `apply` (what of it this invocation takes). Which flags there are,
//! what they take and which exclude each other is read off the command line itself
//! (`flags`), so a new flag can be configured without a word here.

mod apply;
mod find;
mod flags;
mod quarantine;
mod read;
mod rules;
mod value;

pub use quarantine::{Entry, Quarantine, today};
pub use rules::Rules;

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Command, FromArgMatches as _};

use crate::args::{self, Cli, ExecArgs, HowArgs, SelectArgs};
use crate::config::apply::{Applied, Typed};
use crate::config::flags::Flags;
use crate::env::Env;
use crate::failure::Failure;
use crate::streams::Streams;

/// Why there is nothing to do.
#[derive(Debug)]
pub enum Refused {
    /// Wrong usage, or a call for help; with what the configuration added to the flags.
    Usage(Box<clap::Error>, Option<String>),
    /// The configuration cannot be read or used.
    Config(Failure),
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::Config(failure)
    }
}

/// What is to be done: by the flags that were typed, else by the configuration file that is
/// found upward from the current folder.
///
/// # Errors
/// Wrong usage (64), calls for help, and a configuration that cannot be read (65) or used (78).
pub fn parse(
    arguments: impl IntoIterator<Item = OsString>,
    env: &Env,
    streams: &mut Streams<'_>,
) -> Result<Cli, Refused> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let command = flags::command();
    streams.settle(&apply::talk(&command, &arguments));
    let typed = Typed::of(&command, &arguments)?;
    let found = if typed.takes_settings() {
        find::upward(env, streams)?
    } else {
        None
    };
    let Some(file) = found else {
        if typed.takes_settings() {
            streams.detail("no configuration: neither evenshard.toml nor [tool.evenshard] in pyproject.toml, here or above");
        }
        return strict(&command, &arguments).map_err(|error| Refused::Usage(error, None));
    };
    let config = read::read(&file, &Flags::of(&command))?;
    let applied = Applied::settle(&command, &typed, &arguments, &config)?;
    let mut cli = strict(&command, &applied.arguments).map_err(|error| {
        match strict(&command, &arguments) {
            // A mistake of what was typed is told as if there were no file.
            Err(typed) if is_mistake(&typed) && typed.kind() == error.kind() => {
                Refused::Usage(typed, None)
            }
            _ => Refused::Usage(error, applied.note(&config)),
        }
    })?;
    streams.settle(&cli.talk);
    streams.detail(&format!("configuration: {}", config.name));
    let mut rules = Vec::new();
    if let Some(how) = planning(&mut cli.command) {
        rules = config.rules.keys();
        how.rules = config.rules.clone();
    }
    if let args::Command::Run(args) = &mut cli.command
        && !config.quarantine.is_empty()
    {
        rules.push(quarantine::KEY);
        args.quarantine = config.quarantine.clone();
    }
    if let Some(line) = applied.line(&config, &rules) {
        streams.say(&line);
    }
    Ok(cli)
}

fn strict(command: &Command, arguments: &[OsString]) -> Result<Cli, Box<clap::Error>> {
    let mut command = command.clone();
    let cli = command
        .try_get_matches_from_mut(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches))
        .map_err(|error| {
            let error = error.format(&mut command);
            Box::new(apply::as_defined(error, arguments))
        })?;
    if cli.talk.quiet && cli.talk.verbose {
        // One before the command's name and one behind it: clap compares each side by itself.
        let both = "the argument '--quiet' cannot be used with '--verbose'";
        return Err(Box::new(command.error(ErrorKind::ArgumentConflict, both)));
    }
    Ok(cli)
}

/// What is missing on the command line may be so because of what the file adds to it.
fn is_mistake(error: &clap::Error) -> bool {
    error.kind() != ErrorKind::MissingRequiredArgument
}

/// How a plan is made, where one is: a ready plan has rules of its own.
fn planning(command: &mut args::Command) -> Option<&mut HowArgs> {
    let (how, ready) = match command {
        args::Command::Plan(args) => (&mut args.how, false),
        args::Command::Run(args) => (&mut args.how, args.given.plan.is_some()),
        args::Command::Exec(ExecArgs { share, .. })
        | args::Command::Select(SelectArgs { share, .. }) => {
            (&mut share.how, share.given.plan.is_some())
        }
        args::Command::Explain(args) => (&mut args.how, args.plan.is_some()),
        args::Command::Report(args) => (&mut args.how, args.plan.is_some()),
        args::Command::Timings { .. }
        | args::Command::Verify(_)
        | args::Command::Completions(_)
        | args::Command::Man(_) => return None,
    };
    (!ready).then_some(how)
}
