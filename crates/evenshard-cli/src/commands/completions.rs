//! `evenshard completions`

use clap::Command;
use clap_complete::Shell;

use crate::exit;
use crate::failure::Outcome;
use crate::streams::Streams;

/// Prints the script that completes commands and flags in a shell.
pub(crate) fn run(command: &Command, shell: Shell, streams: &mut Streams<'_>) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command.clone(), "evenshard", &mut script);
    streams.result(&script)?;
    Ok(exit::OK)
}
