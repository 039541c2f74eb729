//! The settings of `evenshard timings`.

use std::ffi::OsString;
use std::path::PathBuf;

use super::common::{on, one};
use super::{Refused, Resolver, StoreSettings};
use crate::args::{ExportArgs, ImportArgs, ShowArgs, StoreArgs, UpdateArgs};
use crate::ci;
use crate::failure::Failure;
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
    /// The store that has the history, where no paths are named.
    pub(crate) store: Option<StoreSettings>,
}

/// The settings of `evenshard timings export`.
#[derive(Debug)]
pub struct ExportSettings {
    pub(crate) paths: Vec<OsString>,
    pub(crate) format: ExportFormat,
    pub(crate) output: Option<PathBuf>,
    pub(crate) scope: String,
    pub(crate) path_map: Vec<ReportMapping>,
    /// The store that has the history, where no paths are named.
    pub(crate) store: Option<StoreSettings>,
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
    /// The store whose history is read where no paths are named.
    fn history_of(
        &mut self,
        args: StoreArgs,
        paths: &[OsString],
        scope: &str,
    ) -> Result<Option<StoreSettings>, Refused> {
        let has_paths = !paths.is_empty();
        if has_paths && args.store.is_some() {
            let what = "--store contradicts PATH: the history is in one of them";
            return Err(Failure::config(what).hint("drop one of them").into());
        }
        let store = self.store(args, !has_paths, Some(scope), None)?;
        if !has_paths && store.is_none() {
            return Err(self.missing("<PATH>..."));
        }
        Ok(store)
    }

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

    pub(super) fn show(&mut self, args: ShowArgs) -> Result<ShowSettings, Refused> {
        let scope = self.scope(args.scope).unwrap_or_default();
        let store = self.history_of(args.store, &args.paths, &scope)?;
        Ok(ShowSettings {
            store,
            paths: args.paths,
            flaky: on(args.flaky, self.layer.config.flaky),
            format: args.format,
            output: args.output,
            scope,
            path_map: self.path_map(args.path_map),
        })
    }

    pub(super) fn export(&mut self, args: ExportArgs) -> Result<ExportSettings, Refused> {
        let scope = self.scope(args.scope).unwrap_or_default();
        let store = self.history_of(args.store, &args.paths, &scope)?;
        Ok(ExportSettings {
            store,
            paths: args.paths,
            format: args.format,
            output: args.output,
            scope,
            path_map: self.path_map(args.path_map),
        })
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
