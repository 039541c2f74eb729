//! The settings of `evenshard verify`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use evenshard::verify::MostMissing;

use super::common::one;
use super::{Refused, Resolver, StoreSettings};
use crate::args::VerifyArgs;
use crate::failure::Failure;
use crate::path_map::ReportMapping;
use crate::values::VerdictFormat;

/// The settings of `evenshard verify`.
#[derive(Clone, Debug, Default)]
pub struct VerifySettings {
    pub(crate) results: Vec<OsString>,
    pub(crate) plan: Option<PathBuf>,
    pub(crate) expect_digest: Option<String>,
    pub(crate) scope: Option<String>,
    pub(crate) build: Option<String>,
    pub(crate) timings: Vec<OsString>,
    pub(crate) path_map: Vec<ReportMapping>,
    pub(crate) max_missing: Option<MostMissing>,
    pub(crate) gate: bool,
    pub(crate) format: VerdictFormat,
    pub(crate) annotation: Option<PathBuf>,
    pub(crate) output: Option<PathBuf>,
    /// The store that has the results, where none are named.
    pub(crate) store: Option<StoreSettings>,
    /// The time to wait for jobs that have not finished.
    pub(crate) wait: Duration,
}

impl Resolver<'_> {
    pub(super) fn verify(&mut self, args: VerifyArgs) -> Result<VerifySettings, Refused> {
        let has_results = !args.results.is_empty();
        let scope = self.scope(args.scope);
        if has_results && args.store.store.is_some() {
            let what = "--store contradicts RESULTS: the results are in one of them";
            return Err(Failure::config(what).hint("drop one of them").into());
        }
        let (scope_name, build) = (scope.as_deref(), args.build.as_deref());
        let store = self.store(args.store, !has_results, scope_name, build)?;
        if !has_results && store.is_none() {
            return Err(self.missing("<RESULTS>..."));
        }
        let config = &self.layer.config;
        Ok(VerifySettings {
            results: args.results,
            plan: one(args.plan, &config.plan),
            expect_digest: args.expect_digest,
            scope,
            build: args.build,
            timings: self.timing_paths(args.timings),
            path_map: self.path_map(args.path_map),
            max_missing: one(args.max_missing, &config.max_missing),
            gate: args.gate,
            format: args.format,
            annotation: args.annotation,
            output: args.output,
            store,
            wait: Duration::from_micros(args.wait.unwrap_or_default().get()),
        })
    }
}
