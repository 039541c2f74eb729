//! What can be typed after `evenshard report`.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use evenshard::Micros;

use super::{HowArgs, ListArgs, TimingsArgs, duration};

/// `evenshard report`
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// What the jobs of a finished build left: files, folders or quoted globs. Shows predicted against measured; without --timings these are the timings as well
    #[arg(value_name = "RESULTS", help_heading = None)]
    pub results: Vec<OsString>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub timings: TimingsArgs,
    /// Report on this plan and nothing else, but for RESULTS
    #[arg(long, value_name = "FILE", conflicts_with_all = ["timings", "split", "algorithm", "setup_cost", "workers", "dist", "shards", "target", "tests"], help_heading = "A ready plan")]
    pub plan: Option<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub size: RangeArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub list: ListArgs,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment here would become help text")]
    pub how: HowArgs,
    /// What to print; html is one page that needs nothing else
    #[arg(long, value_enum, default_value_t = ReportFormat::Text, help_heading = "Output")]
    pub format: ReportFormat,
    /// Write here instead of standard output
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
}

/// Which numbers of shards are looked at.
#[derive(Debug, Args)]
#[command(next_help_heading = "Shards")]
pub struct RangeArgs {
    /// Show this number of shards in detail; else the newest build's, else the knee
    #[arg(long, value_name = "N")]
    pub shards: Option<u32>,
    /// Show the smallest number of shards whose slowest is through in this time, such as 5m
    #[arg(long, value_name = "DURATION", value_parser = duration, conflicts_with = "shards")]
    pub target: Option<Micros>,
    /// The most shards to look at
    #[arg(long, value_name = "M")]
    pub max_shards: Option<NonZeroU32>,
    /// What a job takes beside its tests, such as 90s: checkout, install, containers
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub job_overhead: Option<Micros>,
}

/// How a report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For people.
    Text,
    /// For programs; versioned, stable in its order.
    Json,
    /// For a pull request, an annotation or a wiki.
    Markdown,
    /// One page with charts.
    Html,
}
