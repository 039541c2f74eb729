//! What can be typed after `evenshard timings`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::args::{Format, PathMapArgs};

/// `evenshard timings …`
#[derive(Debug, Subcommand)]
pub enum TimingsCommand {
    /// Take the results of a build into a history
    Update(UpdateArgs),
    /// Print what each timings file holds: cases, samples, time, outcomes, warnings
    Show(ShowArgs),
    /// Write what is known for another tool
    Export(ExportArgs),
    /// Make a history of a plain table
    Import(ImportArgs),
}

/// `evenshard timings update`
#[derive(Debug, Args)]
pub struct UpdateArgs {
    /// The history to go on from; a new one where it does not exist yet
    #[arg(long, value_name = "FILE")]
    pub history: Option<PathBuf>,
    /// The results of the build: files, folders or quoted globs
    #[arg(required = true, value_name = "PATH")]
    pub results: Vec<OsString>,
    /// Where the history goes, instead of standard output; it may be the one it goes on from
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Which build the results are of; else by their shard records or the CI's own variables
    #[arg(long, value_name = "ID")]
    pub build: Option<String>,
    /// The results are all of the build's (shard records say that by themselves)
    #[arg(long)]
    pub complete: bool,
    /// Keeps histories of separate suites apart
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub scope: String,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub path_map: PathMapArgs,
}

/// `evenshard timings show`
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Files, folders or quoted globs
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<OsString>,
    /// List the tests that fail at times and pass at others, between attempts or builds
    #[arg(long)]
    pub flaky: bool,
    /// What to print: text for people, or json
    #[arg(long, value_enum, default_value_t = Format::Text, hide_possible_values = true)]
    pub format: Format,
    /// Write here instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Which suite of a history to show
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub scope: String,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub path_map: PathMapArgs,
}

/// `evenshard timings export`
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Files, folders or quoted globs of timings
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<OsString>,
    /// For which tool: pytest-split, for its `.test_durations`
    #[arg(long, value_enum, hide_possible_values = true)]
    pub format: ExportFormat,
    /// Write here instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Which suite of a history to export
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub scope: String,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub path_map: PathMapArgs,
}

/// What `timings export` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// pytest-split's `.test_durations`: node ids and seconds.
    PytestSplit,
}

/// `evenshard timings import`
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The table; - is standard input
    #[arg(value_name = "FILE")]
    pub table: PathBuf,
    /// How it is written: tsv, a node id or a path, a tab and seconds on each line
    #[arg(long, value_enum, hide_possible_values = true)]
    pub format: ImportFormat,
    /// The history to go on from; a new one where it does not exist yet
    #[arg(long, value_name = "FILE")]
    pub history: Option<PathBuf>,
    /// Where the history goes, instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Which build it is of
    #[arg(long, value_name = "ID")]
    pub build: Option<String>,
    /// Keeps histories of separate suites apart
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub scope: String,
}

/// What `timings import` reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ImportFormat {
    /// A node id or a path, a tab, and seconds; one a line.
    Tsv,
}
