//! The settings of `evenshard timings`.

use std::ffi::OsString;
use std::path::PathBuf;

use super::Resolver;
use super::common::{on, one};
use crate::args::{ExportArgs, ImportArgs, ShowArgs, UpdateArgs};
use crate::ci;
use crate::path_map::ReportMapping;
use crate::values::{ExportFormat, Format, ImportFormat};

/// The settings of `evenshard timings update`.
#[derive(Debug)]
pub struct UpdateSettings {
    pub(crate) history: Option<PathBuf>,
    pub(crate) results: Vec<OsString>,
    pub(crate) output: Option<PathBuf>,
    pub(crate) build: Option<String>,
    /// The build that the CI names.
    pub(crate) ci_build: Option<String>,
    pub(crate) complete: bool,
    pub(crate) scope: String,
    pub(crate) path_map: Vec<ReportMapping>,
}

/// The settings of `evenshard timings show`.
#[derive(Debug)]
pub struct ShowSettings {
    pub(crate) paths: Vec<OsString>,
    pub(crate) flaky: bool,
    pub(crate) format: Format,
    pub(crate) output: Option<PathBuf>,
    pub(crate) scope: String,
    pub(crate) path_map: Vec<ReportMapping>,
}

/// The settings of `evenshard timings export`.
#[derive(Debug)]
pub struct ExportSettings {
    pub(crate) paths: Vec<OsString>,
    pub(crate) format: ExportFormat,
    pub(crate) output: Option<PathBuf>,
    pub(crate) scope: String,
    pub(crate) path_map: Vec<ReportMapping>,
}

/// The settings of `evenshard timings import`.
#[derive(Debug)]
pub struct ImportSettings {
    /// The table; `-` is standard input.
    pub(crate) table: PathBuf,
    pub(crate) format: ImportFormat,
    pub(crate) history: Option<PathBuf>,
    pub(crate) output: Option<PathBuf>,
    pub(crate) build: Option<String>,
    pub(crate) scope: String,
}

impl Resolver<'_> {
    pub(super) fn update(&self, args: UpdateArgs) -> UpdateSettings {
        UpdateSettings {
            history: one(args.history, &self.layer.config.history),
            results: args.results,
            output: args.output,
            build: args.build,
            ci_build: ci::job(self.env).build,
            complete: args.complete,
            scope: self.scope(args.scope).unwrap_or_default(),
            path_map: self.path_map(args.path_map),
        }
    }

    pub(super) fn show(&self, args: ShowArgs) -> ShowSettings {
        ShowSettings {
            paths: args.paths,
            flaky: on(args.flaky, self.layer.config.flaky),
            format: args.format,
            output: args.output,
            scope: self.scope(args.scope).unwrap_or_default(),
            path_map: self.path_map(args.path_map),
        }
    }

    pub(super) fn export(&self, args: ExportArgs) -> ExportSettings {
        ExportSettings {
            paths: args.paths,
            format: args.format,
            output: args.output,
            scope: self.scope(args.scope).unwrap_or_default(),
            path_map: self.path_map(args.path_map),
        }
    }

    pub(super) fn import(&self, args: ImportArgs) -> ImportSettings {
        ImportSettings {
            table: args.table,
            format: args.format,
            history: one(args.history, &self.layer.config.history),
            output: args.output,
            build: args.build,
            scope: self.scope(args.scope).unwrap_or_default(),
        }
    }
}
