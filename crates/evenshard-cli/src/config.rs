//! The project's configuration file: defaults for flags, and rules about tests.
//!
//! Data flows one way: [`find`] (which file) -> [`read`] (what it says, checked against the
//! flags there are) -> [`apply`] (what of it this invocation takes). Which flags there are,
//! what they take and which exclude each other is read off the [`Command`] itself
//! ([`flags`]), so a new flag can be configured without a word here.

mod apply;
mod find;
mod flags;
mod read;
mod value;

use std::ffi::OsString;

use clap::{Command, FromArgMatches as _};

use crate::args::Cli;
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
    let typed = Typed::of(&command, &arguments)?;
    let found = if typed.names_a_command() {
        find::upward(env, streams)?
    } else {
        None
    };
    let Some(file) = found else {
        return strict(&command, &arguments, None);
    };
    let config = read::read(&file, &Flags::of(&command))?;
    let applied = Applied::settle(&command, &typed, &arguments, &config)?;
    let cli = strict(&command, &applied.arguments, applied.note(&config))?;
    if let Some(line) = applied.line(&config) {
        streams.say(&line);
    }
    Ok(cli)
}

fn strict(
    command: &Command,
    arguments: &[OsString],
    note: Option<String>,
) -> Result<Cli, Refused> {
    let mut command = command.clone();
    command
        .try_get_matches_from_mut(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches))
        .map_err(|error| Refused::Usage(Box::new(error.format(&mut command)), note))
}
