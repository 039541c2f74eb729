//! The settings of `evenshard verify`.

use std::ffi::OsString;
use std::path::PathBuf;

use evenshard::verify::MostMissing;

use super::Resolver;
use super::common::one;
use crate::args::VerifyArgs;
use crate::path_map::ReportMapping;
use crate::values::VerdictFormat;

/// The settings of `evenshard verify`.
#[derive(Debug)]
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
}

impl Resolver<'_> {
    pub(super) fn verify(&self, args: VerifyArgs) -> VerifySettings {
        let config = &self.layer.config;
        VerifySettings {
            results: args.results,
            plan: one(args.plan, &config.plan),
            expect_digest: args.expect_digest,
            scope: self.scope(args.scope),
            build: args.build,
            timings: self.timing_paths(args.timings),
            path_map: self.path_map(args.path_map),
            max_missing: one(args.max_missing, &config.max_missing),
            gate: args.gate,
            format: args.format,
            annotation: args.annotation,
            output: args.output,
        }
    }
}
