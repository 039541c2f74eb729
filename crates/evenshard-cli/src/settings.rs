//! The work that will be done: flags > the CI's environment > configuration > defaults.
//!
//! A group of settings is one struct: clap fills it with the flags and their defaults, then
//! `Resolver` with the keys of the configuration. Nothing behind this module knows the file.

mod common;
mod exec;
mod explain;
mod init;
mod plan;
mod quarantine;
mod report;
mod run;
mod store;
mod timings;
mod verify;

pub(crate) use common::{ListSettings, PlanSource, PlannerSettings, TimingsSettings};
pub(crate) use exec::{ExecArgs, SelectArgs, ShareSettings};
pub use exec::{ExecSettings, SelectSettings};
pub use explain::ExplainSettings;
pub(crate) use explain::{BisectSettings, ExplainArgs, PlanOrShards};
pub use init::InitSettings;
pub(crate) use plan::{PlanArgs, PlanInputs, ShardsArgs, Size};
pub use plan::{PlanSettings, ShardsSettings};
pub(crate) use quarantine::KeptIn;
pub use quarantine::{
    QuarantineAddSettings, QuarantineCommand, QuarantineListSettings, QuarantineRemoveSettings,
};
pub use report::ReportSettings;
pub use run::RunSettings;
pub(crate) use run::{Launch, RunArgs};
pub(crate) use store::StoreSettings;
pub use store::{StoreCheckSettings, StoreCommand, StorePruneSettings, StoreStatusSettings};
pub use timings::{ExportSettings, ImportSettings, ShowSettings, TimingsCommand, UpdateSettings};
pub use verify::VerifySettings;

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap_complete::Shell;

use crate::config::{Layer, Many, One, Rules, values};
use crate::env::Env;
use crate::failure::Failure;

/// Headings of help that several structs have.
const LAUNCHING: &str = "Launching pytest";
const READY: &str = "A ready plan";
const RESULTS: &str = "Results";

/// One command and its settings.
#[derive(Debug)]
#[allow(missing_docs, reason = "each is named like its command")]
pub enum Settings {
    Plan(PlanSettings),
    Shards(ShardsSettings),
    Run(RunSettings),
    Exec(ExecSettings),
    Select(SelectSettings),
    Report(ReportSettings),
    Verify(VerifySettings),
    Explain(ExplainSettings),
    Store(StoreCommand),
    Quarantine(QuarantineCommand),
    Timings(TimingsCommand),
    Init(InitSettings),
    /// The completions of a shell for this command line.
    Completions(clap::Command, Shell),
    /// The manual of this command line, into a folder where there is one.
    Man(clap::Command, Option<PathBuf>),
}

/// Why nothing will be done.
#[derive(Debug)]
pub enum Refused {
    /// Wrong usage, or a call for help; with the flags that the configuration gives.
    Usage(Box<clap::Error>, Option<String>),
    /// Settings that cannot be used, or a configuration that cannot be read.
    Failed(Failure),
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Puts a configured value into a setting. A key is only there where no typed flag excludes it.
pub(crate) fn set<S: From<T>, T>(setting: &mut S, configured: &mut Option<One<T>>) {
    if let Some(One(value)) = configured.take() {
        *setting = value.into();
    }
}

/// Puts configured values into a setting.
fn set_all<S: From<T>, T>(setting: &mut Vec<S>, configured: &mut Many<T>) {
    if !configured.is_empty() {
        *setting = values(std::mem::take(configured)).map(S::from).collect();
    }
}

/// Turns a switch on or off where the configuration says so.
pub(crate) fn switch(setting: &mut bool, configured: Option<bool>) {
    *setting = configured.unwrap_or(*setting);
}

/// Fills settings with what the command line does not say.
pub(crate) struct Resolver<'a> {
    pub(crate) layer: Layer,
    /// The definition of the command.
    pub(crate) command: clap::Command,
    pub(crate) env: &'a Env,
    /// The keys of rules that the settings took.
    pub(crate) rules: Vec<&'static str>,
}

impl Resolver<'_> {
    /// Takes the rules of the configuration, for a plan that is made.
    fn rules(&mut self) -> Rules {
        // The log names the rules only where they were used.
        self.rules.extend(self.layer.rules.keys());
        self.layer.rules.clone()
    }

    /// Refuses to go on without a flag that neither the command line nor the file has.
    fn missing(&mut self, flag: &str) -> Refused {
        let what = format!("the following required arguments were not provided:\n  {flag}");
        let error = self.command.error(ErrorKind::MissingRequiredArgument, what);
        Refused::Usage(Box::new(error), self.layer.note())
    }
}
