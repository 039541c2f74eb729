//! What can be typed after `evenshard completions` and `evenshard man`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// `evenshard completions`
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell to write for
    pub shell: Shell,
}

/// `evenshard man`
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Write the pages of evenshard and of all its commands into this folder
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}
