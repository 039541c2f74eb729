//! The arguments of `evenshard timings`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Args, Subcommand};

use super::{PathMapArgs, StoreArgs};
use crate::values::{ExportFormat, Format, ImportFormat};

/// `evenshard timings …`
#[derive(Debug, Subcommand)]
pub(crate) enum TimingsCommand {
    /// Add the results of a build to a history
    Update(UpdateArgs),
    /// Print the contents of each timings file: cases, samples, time, outcomes, warnings
    Show(ShowArgs),
    /// Write the known durations for another tool
    Export(ExportArgs),
    /// Make a history of a plain table
    Import(ImportArgs),
}

/// `evenshard timings update`
#[derive(Debug, Args)]
pub(crate) struct UpdateArgs {
    /// The history to add to; a new one where it does not exist yet
    #[arg(long, value_name = "FILE")]
    pub(crate) history: Option<PathBuf>,
    /// The results of the build: files, folders or quoted globs
    #[arg(required = true, value_name = "PATH")]
    pub(crate) results: Vec<OsString>,
    /// Write the history here instead of standard output; it may be the one that is added to
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// The build that the results are of; otherwise by their run records or the CI's own variables
    #[arg(long, value_name = "ID")]
    pub(crate) build: Option<String>,
    /// The results are all of the build's (run records say that by themselves)
    #[arg(long)]
    pub(crate) complete: bool,
    /// Keeps histories of separate suites apart
    #[arg(long, value_name = "NAME")]
    pub(crate) scope: Option<String>,
    #[command(flatten)]
    pub(crate) path_map: PathMapArgs,
}

/// `evenshard timings show`
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Files, folders or quoted globs; otherwise the history in the store
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<OsString>,
    /// List the tests that fail at times and pass at others, between attempts or builds
    #[arg(long, action = ArgAction::SetTrue)]
    pub(crate) flaky: Option<bool>,
    /// Print text for people, or json
    #[arg(long, value_enum, default_value_t = Format::Text, hide_possible_values = true)]
    pub(crate) format: Format,
    /// Write here instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// The suite of a history to show
    #[arg(long, value_name = "NAME")]
    pub(crate) scope: Option<String>,
    #[command(flatten)]
    pub(crate) path_map: PathMapArgs,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// `evenshard timings export`
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Files, folders or quoted globs of timings; otherwise the history in the store
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<OsString>,
    /// The tool to write for: pytest-split, for its `.test_durations`
    #[arg(long, value_enum, hide_possible_values = true)]
    pub(crate) format: ExportFormat,
    /// Write here instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// The suite of a history to export
    #[arg(long, value_name = "NAME")]
    pub(crate) scope: Option<String>,
    #[command(flatten)]
    pub(crate) path_map: PathMapArgs,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

/// `evenshard timings import`
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The table; - is standard input
    #[arg(value_name = "FILE")]
    pub(crate) table: PathBuf,
    /// The form of the table: tsv, a node id or a path, a tab and seconds on each line
    #[arg(long, value_enum, hide_possible_values = true)]
    pub(crate) format: ImportFormat,
    /// The history to add to; a new one where it does not exist yet
    #[arg(long, value_name = "FILE")]
    pub(crate) history: Option<PathBuf>,
    /// Write the history here instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// The build that it is of
    #[arg(long, value_name = "ID")]
    pub(crate) build: Option<String>,
    /// Keeps histories of separate suites apart
    #[arg(long, value_name = "NAME")]
    pub(crate) scope: Option<String>,
}
