//! The settings of `evenshard quarantine`.

use std::ffi::OsString;

use clap::{Args, Subcommand};
use evenshard::address::Pattern;

use super::common::PathMap;
use super::store::{StoreSettings, SuiteStore};
use super::{Refused, Resolver, set, set_all};
use crate::config::{Quarantine, QuarantineFile};
use crate::values::{Day, Format};

/// The commands below `evenshard quarantine`.
#[derive(Debug, Subcommand)]
pub enum QuarantineCommand {
    /// Let a test run without failing its job, from the next build on
    #[command(
        after_help = "Example:\n    evenshard quarantine add tests/test_feed.py::test_slow --reason '#12' --until 2026-12-31"
    )]
    Add(QuarantineAddSettings),
    /// List the quarantined tests
    #[command(after_help = "Example:\n    evenshard quarantine list")]
    List(QuarantineListSettings),
    /// Let the failures of a test count again, from the next build on
    #[command(
        after_help = "Example:\n    evenshard quarantine remove tests/test_feed.py::test_reconnect"
    )]
    Remove(QuarantineRemoveSettings),
}

/// The settings of `evenshard quarantine add`.
#[derive(Debug, Args)]
pub struct QuarantineAddSettings {
    /// The test, or a pattern of tests
    #[arg(value_name = "TEST")]
    pub(crate) test: Pattern,
    /// Why its failures do not count
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// The last day, such as 2026-12-31; without one, it has no end
    #[arg(long, value_name = "DATE", value_parser = Day::read)]
    pub(crate) until: Option<Day>,
    /// Timings of earlier builds, as for `run`: a test that they do not know is a warning; may repeat
    #[arg(long, value_name = "PATH")]
    pub(crate) timings: Vec<OsString>,
    #[command(flatten)]
    pub(crate) path_map: PathMap,
    #[command(flatten)]
    pub(crate) suite: SuiteStore,
    #[arg(skip)]
    pub(crate) kept: KeptIn,
}

/// The settings of `evenshard quarantine list`.
#[derive(Debug, Args)]
pub struct QuarantineListSettings {
    #[command(flatten)]
    pub(crate) suite: SuiteStore,
    /// Print text for people, or json
    #[arg(long, value_enum, default_value_t = Format::Text, hide_possible_values = true)]
    pub(crate) format: Format,
    #[arg(skip)]
    pub(crate) kept: KeptIn,
}

/// The settings of `evenshard quarantine remove`.
#[derive(Debug, Args)]
pub struct QuarantineRemoveSettings {
    /// The test or pattern, as it was added
    #[arg(value_name = "TEST")]
    pub(crate) test: Pattern,
    #[command(flatten)]
    pub(crate) suite: SuiteStore,
    #[arg(skip)]
    pub(crate) kept: KeptIn,
}

/// The places that have a quarantine.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeptIn {
    /// The store, where one is named: it is the one that is changed.
    pub(crate) store: Option<StoreSettings>,
    /// The configuration; a new one where there is none yet.
    pub(crate) file: Option<QuarantineFile>,
    /// The quarantine of the configuration.
    pub(crate) configured: Quarantine,
}

impl Resolver<'_> {
    pub(crate) fn quarantine(
        &mut self,
        mut command: QuarantineCommand,
    ) -> Result<QuarantineCommand, Refused> {
        let (suite, kept) = match &mut command {
            QuarantineCommand::Add(settings) => {
                let config = &mut self.layer.config;
                set_all(&mut settings.timings, &mut config.timings);
                set_all(&mut settings.path_map.mappings, &mut config.path_map);
                (&mut settings.suite, &mut settings.kept)
            }
            QuarantineCommand::List(settings) => (&mut settings.suite, &mut settings.kept),
            QuarantineCommand::Remove(settings) => (&mut settings.suite, &mut settings.kept),
        };
        set(&mut suite.scope, &mut self.layer.config.scope);
        self.store(&mut suite.store, true, &suite.scope, None)?;
        *kept = KeptIn {
            store: suite.store.named().cloned(),
            file: Some(QuarantineFile::of(self.layer.file.clone(), self.env)),
            configured: self.layer.quarantine.clone(),
        };
        Ok(command)
    }
}
