//! The settings of `evenshard verify`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use evenshard::Micros;
use evenshard::verify::MostMissing;

use super::common::PathMap;
use super::store::StoreSettings;
use super::{Refused, Resolver, set, set_all};
use crate::failure::Failure;
use crate::values::{Value as _, VerdictFormat, digest};

/// The settings of `evenshard verify`.
#[derive(Clone, Debug, Default, Args)]
pub struct VerifySettings {
    /// The results of the jobs, run records and JUnit XML: files, folders or quoted globs; otherwise those in the store
    #[arg(value_name = "RESULTS")]
    pub(crate) results: Vec<OsString>,
    /// The plan that the shards were to follow; without it, tests that no shard selected go unseen
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: Option<PathBuf>,
    /// The digest of the plan that the shards were to use; exit with 75 when --plan has another
    #[arg(long, value_name = "DIGEST", value_parser = digest)]
    pub(crate) expect_digest: Option<String>,
    /// The suite to prove, where the results are of several
    #[arg(long, value_name = "NAME")]
    pub(crate) scope: Option<String>,
    /// The build that the results have to be of
    #[arg(long, value_name = "ID")]
    pub(crate) build: Option<String>,
    /// Timings of earlier builds, as for `run`: tests of the newest complete build that did not run now are counted and named; may repeat
    #[arg(long, value_name = "PATH")]
    pub(crate) timings: Vec<OsString>,
    #[command(flatten)]
    pub(crate) path_map: PathMap,
    /// Exit with 70 when more tests of that build are gone or newly skipped: a number, or a percentage such as 2%
    #[arg(long, value_name = "N|PCT", value_parser = MostMissing::read)]
    pub(crate) max_missing: Option<MostMissing>,
    #[command(flatten)]
    pub(crate) store: StoreSettings,
    /// With --store, wait so long for jobs that have not finished, such as 10m
    #[arg(long, value_name = "DURATION", value_parser = Micros::read)]
    pub(crate) wait: Option<Micros>,
    /// Be the required check: exit with 0 when all is proved and passed, 1 when a test or a job failed, 70 when it is not proved; also where no job left a result
    #[arg(long)]
    pub(crate) gate: bool,
    /// Print text, json, markdown for an annotation of at most 1 MiB, or github: text, then at most ten errors beside lines
    #[arg(long, value_enum, default_value_t = VerdictFormat::Text, hide_possible_values = true)]
    pub(crate) format: VerdictFormat,
    /// Write the markdown here as well, as for the step summary of GitHub
    #[arg(long, value_name = "FILE")]
    pub(crate) annotation: Option<PathBuf>,
    /// Write here instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

impl Resolver<'_> {
    pub(crate) fn verify(
        &mut self,
        mut settings: VerifySettings,
    ) -> Result<VerifySettings, Refused> {
        let config = &mut self.layer.config;
        set(&mut settings.plan, &mut config.plan);
        set(&mut settings.scope, &mut config.scope);
        set_all(&mut settings.timings, &mut config.timings);
        set_all(&mut settings.path_map.mappings, &mut config.path_map);
        set(&mut settings.max_missing, &mut config.max_missing);
        let has_results = !settings.results.is_empty();
        if has_results && settings.store.is_typed() {
            let what = "--store contradicts RESULTS: the results are in one of them";
            return Err(Failure::config(what).hint("drop one of them").into());
        }
        let scope = settings.scope.clone().unwrap_or_default();
        let build = settings.build.clone();
        self.store(&mut settings.store, !has_results, &scope, build.as_deref())?;
        if !has_results && settings.store.named().is_none() {
            return Err(self.missing("<RESULTS>..."));
        }
        Ok(settings)
    }
}
