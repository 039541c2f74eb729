//! The arguments of `evenshard report`.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;
use evenshard::Micros;

use super::{ListArgs, PlannerArgs, StoreArgs, TimingsArgs};
use crate::values::{ReportFormat, Value as _};

/// `evenshard report`
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// The results of the jobs of a finished build: files, folders or quoted globs. Shows predicted against measured; without --timings these are the timings as well
    #[arg(value_name = "RESULTS", help_heading = None)]
    pub(crate) results: Vec<OsString>,
    #[command(flatten)]
    pub(crate) timings: TimingsArgs,
    /// Report on this plan and nothing else, but for RESULTS
    #[arg(long, value_name = "FILE", conflicts_with_all = ["timings", "split", "algorithm", "setup_cost", "workers", "dist", "shards", "target", "tests"], help_heading = "A ready plan")]
    pub(crate) plan: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// With --store, show the trend over the builds of this time, such as 90d
    #[arg(long, value_name = "TIME", value_parser = Micros::read, help_heading = "Store")]
    pub(crate) since: Option<Micros>,
    #[command(flatten)]
    pub(crate) size: RangeArgs,
    #[command(flatten)]
    pub(crate) list: ListArgs,
    #[command(flatten)]
    pub(crate) planner: PlannerArgs,
    /// The format to print; html is one page that needs nothing else
    #[arg(long, value_enum, default_value_t = ReportFormat::Text, help_heading = "Output")]
    pub(crate) format: ReportFormat,
    /// Write here instead of standard output
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,
}

/// The numbers of shards to compare.
#[derive(Debug, Args)]
#[command(next_help_heading = "Shards")]
pub(crate) struct RangeArgs {
    /// Show this number of shards in detail; otherwise the newest build's, or the recommended one
    #[arg(long, value_name = "N")]
    pub(crate) shards: Option<u32>,
    /// Show the smallest number of shards whose slowest is done in this time, such as 5m
    #[arg(long, value_name = "DURATION", value_parser = Micros::read, conflicts_with = "shards")]
    pub(crate) target: Option<Micros>,
    /// The most shards to compare
    #[arg(long, value_name = "M")]
    pub(crate) max_shards: Option<NonZeroU32>,
    /// The time that a job takes beside its tests, such as 90s: checkout, install, containers
    #[arg(long, value_name = "DURATION", value_parser = Micros::read)]
    pub(crate) job_overhead: Option<Micros>,
}
