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
    /// The results of the jobs.
    pub results: Vec<OsString>,
    /// The plan that the shards were to follow.
    pub plan: Option<PathBuf>,
    /// The digest that the plan must have.
    pub expect_digest: Option<String>,
    /// The suite to prove, where the results are of several.
    pub scope: Option<String>,
    /// The build that the results have to be of.
    pub build: Option<String>,
    /// Timings of earlier builds, to compare with.
    pub timings: Vec<OsString>,
    /// Rewritings of report paths.
    pub path_map: Vec<ReportMapping>,
    /// The most tests of the earlier build that may be missing.
    pub max_missing: Option<MostMissing>,
    /// What to print.
    pub format: VerdictFormat,
    /// The file to write instead of standard output.
    pub output: Option<PathBuf>,
}

impl Resolver<'_> {
    pub(super) fn verify(&self, args: VerifyArgs) -> VerifySettings {
        let config = &self.layer.config;
        VerifySettings {
            results: args.results,
            plan: one(args.plan, &config.plan),
            expect_digest: args.expect_digest.map(String::from),
            scope: self.scope(args.scope),
            build: args.build,
            timings: self.timing_paths(args.timings),
            path_map: self.path_map(args.path_map),
            max_missing: one(args.max_missing, &config.max_missing),
            format: args.format,
            output: args.output,
        }
    }
}
