//! The settings of `evenshard report`.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;
use evenshard::Micros;
use evenshard::plan::Percentile;

use super::common::{ListSettings, PlannerSettings, TimingsSettings};
use super::store::StoreSettings;
use super::{READY, Refused, Resolver, set};
use crate::failure::Failure;
use crate::values::{Price, ReportFormat, Value as _};

/// The settings of `evenshard report`.
#[derive(Debug, Args)]
pub struct ReportSettings {
    /// The results of the jobs of a finished build: files, folders or quoted globs. Shows predicted against measured; without --timings these are the timings as well
    #[arg(value_name = "RESULTS", help_heading = None)]
    pub(crate) results: Vec<OsString>,
    #[command(flatten)]
    pub(crate) timings: TimingsSettings,
    /// Report on this plan and nothing else, but for RESULTS
    #[arg(long, value_name = "FILE", conflicts_with_all = ["timings", "split", "algorithm", "setup_cost", "workers", "dist", "shards", "target", "percentile", "tests"], help_heading = READY)]
    pub(crate) plan: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) store: StoreSettings,
    /// With --store, show the trend over the builds of this time, such as 90d
    #[arg(long, value_name = "TIME", value_parser = Micros::read, help_heading = "Store")]
    pub(crate) since: Option<Micros>,
    #[command(flatten)]
    pub(crate) sizes: Sizes,
    #[command(flatten)]
    pub(crate) list: Option<ListSettings>,
    #[command(flatten)]
    pub(crate) planner: PlannerSettings,
    /// The name of the project, for the title; otherwise the CI's
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    pub(crate) project: Option<String>,
    /// The commit of the build, for the title; otherwise the CI's, if the build is its own
    #[arg(long, value_name = "SHA", help_heading = "Output")]
    pub(crate) commit: Option<String>,
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
pub(crate) struct Sizes {
    /// Show this number of shards in detail; otherwise the newest build's, or the recommended one
    #[arg(long, value_name = "N")]
    pub(crate) shards: Option<u32>,
    /// Show the smallest number of shards whose slowest is done in this time, such as 5m
    #[arg(long, value_name = "DURATION", value_parser = Micros::read, conflicts_with = "shards")]
    pub(crate) target: Option<Micros>,
    /// Meet --target in this many builds of a hundred, such as 90, by how much longer than predicted the newest builds took
    #[arg(long, value_name = "P", value_parser = Percentile::read, conflicts_with = "shards")]
    pub(crate) percentile: Option<Percentile>,
    /// The most shards to compare
    #[arg(long, value_name = "M")]
    pub(crate) max_shards: Option<NonZeroU32>,
    /// The time that a job takes beside its tests, such as 90s: checkout, install, containers. Without it, the recommended number counts 60s
    #[arg(long, value_name = "DURATION", value_parser = Micros::read)]
    pub(crate) job_overhead: Option<Micros>,
    /// The price of a minute of one job, such as 0.008, in any currency: shows what a build costs
    #[arg(long, value_name = "X", value_parser = Price::read)]
    pub(crate) cost_per_minute: Option<Price>,
}

impl Resolver<'_> {
    pub(crate) fn report(
        &mut self,
        mut settings: ReportSettings,
    ) -> Result<ReportSettings, Refused> {
        let (config, sizes) = (&mut self.layer.config, &mut settings.sizes);
        set(&mut settings.plan, &mut config.plan);
        set(&mut sizes.shards, &mut config.shards);
        set(&mut sizes.target, &mut config.target);
        set(&mut sizes.percentile, &mut config.percentile);
        set(&mut sizes.max_shards, &mut config.max_shards);
        set(&mut sizes.job_overhead, &mut config.job_overhead);
        set(&mut sizes.cost_per_minute, &mut config.cost_per_minute);
        set(&mut settings.project, &mut config.project);
        settings.timings.fill(config);
        if settings.sizes.percentile.is_some() && settings.sizes.target.is_none() {
            return Err(self.missing("--target <DURATION>"));
        }
        self.planner(&mut settings.planner, settings.plan.is_some(), &[]);
        let (wanted, scope) = (settings.results.is_empty(), &settings.timings.scope);
        self.store(&mut settings.store, wanted, scope, None)?;
        if settings.since.is_some() && settings.store.named().is_none() {
            let what = "--since needs --store, which keeps figures of each build";
            return Err(Failure::config(what).into());
        }
        Ok(settings)
    }
}
