//! `evenshard completions`

use clap::CommandFactory as _;

use crate::args::{Cli, CompletionsArgs};
use crate::exit;
use crate::failure::Outcome;
use crate::streams::Streams;

/// Prints the script that completes commands and flags in a shell.
///
/// # Errors
/// Code 73 when it cannot be written.
pub fn run(args: &CompletionsArgs, streams: &mut Streams<'_>) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "evenshard", &mut script);
    streams.result(&script)?;
    Ok(exit::OK)
}
