//! The settings of `evenshard timings`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::common::PathMap;
use super::store::StoreSettings;
use super::{Refused, Resolver, set, set_all, switch};
use crate::ci;
use crate::failure::Failure;
use crate::values::{ExportFormat, Format, ImportFormat};

/// The commands below `evenshard timings`.
#[derive(Debug, Subcommand)]
pub enum TimingsCommand {
    /// Add the results of a build to a history
    #[command(after_help = "Example:\n    evenshard timings update timings.json results/")]
    Update(UpdateSettings),
    /// Print the contents of each timings file: cases, samples, time, outcomes, warnings
    #[command(after_help = "Example:\n    evenshard timings show --flaky timings.json")]
    Show(ShowSettings),
    /// Write the known durations for another tool
    #[command(
        after_help = "Example:\n    evenshard timings export --format pytest-split timings.json --output .test_durations"
    )]
    Export(ExportSettings),
    /// Make a history of a plain table
    #[command(
        after_help = "Example:\n    evenshard timings import --format tsv times.tsv --output timings.json"
    )]
    Import(ImportSettings),
}

/// The settings of `evenshard timings update`.
#[derive(Debug, Args)]
pub struct UpdateSettings {
    /// The history to add to; a new one where it does not exist yet
    #[arg(long, value_name = "FILE", conflicts_with = "store")]
    pub(crate) history: Option<PathBuf>,
    /// The results of the build: files, folders or quoted globs; before them the history to update in place, such as timings.json, if neither --history nor --output is given
    #[arg(required = true, value_name = "[HISTORY] PATH")]
    pub(crate) results: Vec<OsString>,
    /// Write the history here instead of the store or standard output; it may be the one that is added to
    #[arg(long, value_name = "FILE", conflicts_with = "store")]
    pub(crate) output: Option<PathBuf>,
    /// The build that the results are of; otherwise by their run records or the CI's own variables
    #[arg(long, value_name = "ID")]
    pub(crate) build: Option<String>,
    /// The build that the CI names.
    #[arg(skip)]
    pub(crate) ci_build: Option<String>,
    /// The results are all of the build's (run records say that by themselves)
    #[arg(long)]
    pub(crate) complete: bool,
    /// Keeps histories of separate suites apart
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) scope: String,
    #[command(flatten)]
    pub(crate) path_map: PathMap,
    #[command(flatten)]
    pub(crate) store: StoreSettings,
}

/// The settings of `evenshard timings show`.
#[derive(Debug, Args)]
pub struct ShowSettings {
    /// Files, folders or quoted globs; otherwise the history in the store
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<OsString>,
    /// The same, as other commands take them
    #[arg(long, value_name = "PATH", num_args = 1..)]
    timings: Vec<OsString>,
    /// List the tests that fail at times and pass at others, between attempts or builds
    #[arg(long)]
    pub(crate) flaky: bool,
    /// Print text for people, or json
    #[arg(long, value_enum, default_value_t = Format::Text, hide_possible_values = true)]
    pub(crate) format: Format,
    /// Write here instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// The suite of a history to show
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) scope: String,
    #[command(flatten)]
    pub(crate) path_map: PathMap,
    #[command(flatten)]
    pub(crate) store: StoreSettings,
}

/// The settings of `evenshard timings export`.
#[derive(Debug, Args)]
pub struct ExportSettings {
    /// Files, folders or quoted globs of timings; otherwise the history in the store
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<OsString>,
    /// The same, as other commands take them
    #[arg(long, value_name = "PATH", num_args = 1..)]
    timings: Vec<OsString>,
    /// The tool to write for: pytest-split, for its `.test_durations`
    #[arg(long, value_enum, hide_possible_values = true)]
    pub(crate) format: ExportFormat,
    /// Write here instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// The suite of a history to export
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) scope: String,
    #[command(flatten)]
    pub(crate) path_map: PathMap,
    #[command(flatten)]
    pub(crate) store: StoreSettings,
}

/// The settings of `evenshard timings import`.
#[derive(Debug, Args)]
pub struct ImportSettings {
    /// The table; - is standard input
    #[arg(value_name = "FILE")]
    pub(crate) table: PathBuf,
    /// The form of the table: tsv, a node id or a path, a tab and seconds on each line
    #[arg(long, value_enum, hide_possible_values = true)]
    pub(crate) format: ImportFormat,
    /// The history to add to; a new one where it does not exist yet
    #[arg(long, value_name = "FILE")]
    pub(crate) history: Option<PathBuf>,
    /// Write the history here instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// The build that it is of
    #[arg(long, value_name = "ID")]
    pub(crate) build: Option<String>,
    /// Keeps histories of separate suites apart
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) scope: String,
}

impl Resolver<'_> {
    pub(crate) fn timings(
        &mut self,
        mut command: TimingsCommand,
    ) -> Result<TimingsCommand, Refused> {
        let mut has_paths = false;
        let config = &mut self.layer.config;
        let scope = match &mut command {
            TimingsCommand::Update(settings) => {
                update_in_place(settings);
                set(&mut settings.history, &mut config.history);
                set_all(&mut settings.path_map.mappings, &mut config.path_map);
                // Apart from --build, as run records win over it and --build over them.
                settings.ci_build = ci::job(self.env).build;
                &mut settings.scope
            }
            TimingsCommand::Show(settings) => {
                has_paths = !settings.paths.is_empty();
                switch(&mut settings.flaky, config.flaky);
                settings.paths.append(&mut settings.timings);
                if settings.paths.is_empty() {
                    set_all(&mut settings.paths, &mut config.timings);
                }
                set_all(&mut settings.path_map.mappings, &mut config.path_map);
                &mut settings.scope
            }
            TimingsCommand::Export(settings) => {
                has_paths = !settings.paths.is_empty();
                settings.paths.append(&mut settings.timings);
                if settings.paths.is_empty() {
                    set_all(&mut settings.paths, &mut config.timings);
                }
                set_all(&mut settings.path_map.mappings, &mut config.path_map);
                &mut settings.scope
            }
            TimingsCommand::Import(settings) => {
                set(&mut settings.history, &mut config.history);
                &mut settings.scope
            }
        };
        set(scope, &mut config.scope);
        let (store, scope, paths) = match &mut command {
            TimingsCommand::Update(settings) => {
                // A history in a file is named; otherwise it is that of the store.
                let wanted = settings.history.is_none() && settings.output.is_none();
                self.store(&mut settings.store, wanted, &settings.scope, None)?;
                return Ok(command);
            }
            TimingsCommand::Show(settings) => {
                (&mut settings.store, &settings.scope, &settings.paths)
            }
            TimingsCommand::Export(settings) => {
                (&mut settings.store, &settings.scope, &settings.paths)
            }
            TimingsCommand::Import(_) => return Ok(command),
        };
        if has_paths && store.is_typed() {
            let what = "--store contradicts PATH: the history is in one of them";
            return Err(Failure::config(what).hint("drop one of them").into());
        }
        self.store(store, !has_paths, scope, None)?;
        if paths.is_empty() && store.named().is_none() {
            return Err(self.missing("<PATH>..."));
        }
        Ok(command)
    }
}

/// Takes the first of several paths for the history if nothing else names one.
fn update_in_place(settings: &mut UpdateSettings) {
    let [first, _, ..] = settings.results.as_slice() else {
        return;
    };
    if settings.store.is_typed() {
        return;
    }
    let is_json = Path::new(first).extension().is_some_and(|e| e == "json");
    if is_json && settings.history.is_none() && settings.output.is_none() {
        let history = PathBuf::from(settings.results.remove(0));
        settings.history = Some(history.clone());
        settings.output = Some(history);
    }
}
