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
    /// The history to add to.
    pub history: Option<PathBuf>,
    /// The results of the build.
    pub results: Vec<OsString>,
    /// The file to write instead of standard output.
    pub output: Option<PathBuf>,
    /// The build that the results are of, where a flag says so.
    pub build: Option<String>,
    /// The build that the CI names.
    pub ci_build: Option<String>,
    /// Whether the results are all of the build's.
    pub complete: bool,
    /// The suite.
    pub scope: String,
    /// Rewritings of report paths.
    pub path_map: Vec<ReportMapping>,
}

/// The settings of `evenshard timings show`.
#[derive(Debug)]
pub struct ShowSettings {
    /// Files, folders or globs.
    pub paths: Vec<OsString>,
    /// Whether flaky tests are listed.
    pub flaky: bool,
    /// What to print.
    pub format: Format,
    /// The file to write instead of standard output.
    pub output: Option<PathBuf>,
    /// The suite.
    pub scope: String,
    /// Rewritings of report paths.
    pub path_map: Vec<ReportMapping>,
}

/// The settings of `evenshard timings export`.
#[derive(Debug)]
pub struct ExportSettings {
    /// Files, folders or globs of timings.
    pub paths: Vec<OsString>,
    /// The format to write.
    pub format: ExportFormat,
    /// The file to write instead of standard output.
    pub output: Option<PathBuf>,
    /// The suite.
    pub scope: String,
    /// Rewritings of report paths.
    pub path_map: Vec<ReportMapping>,
}

/// The settings of `evenshard timings import`.
#[derive(Debug)]
pub struct ImportSettings {
    /// The table; `-` is standard input.
    pub table: PathBuf,
    /// The form of the table.
    pub format: ImportFormat,
    /// The history to add to.
    pub history: Option<PathBuf>,
    /// The file to write instead of standard output.
    pub output: Option<PathBuf>,
    /// The build that the table is of.
    pub build: Option<String>,
    /// The suite.
    pub scope: String,
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
