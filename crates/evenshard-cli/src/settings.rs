//! The work that will be done: flags > the CI's environment > configuration > defaults.
//!
//! Each command has its settings, made once from its arguments and the configuration. Nothing
//! behind them knows flags or the file.

mod common;
mod exec;
mod plan;
mod report;
mod run;
mod store;
mod timings;
mod verify;

pub(crate) use common::{
    ListSettings, NamedShard, PlanSource, PlannerSettings, Results, TimingsSettings, filled,
};
pub(crate) use exec::ShareSettings;
pub use exec::{ExecSettings, SelectSettings};
pub use plan::{ExplainSettings, PlanSettings, ShardsSettings};
pub(crate) use plan::{PlanInputs, PlanOrShards, Size};
pub use report::ReportSettings;
pub(crate) use run::Launch;
pub use run::RunSettings;
pub(crate) use store::{QuarantineAction, SharingSettings, StoreAction, StoreSettings};
pub use store::{QuarantineSettings, StoreCommandSettings};
pub use timings::{ExportSettings, ImportSettings, ShowSettings, UpdateSettings};
pub use verify::VerifySettings;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{ColorChoice, CommandFactory as _};
use clap_complete::Shell;

use crate::args::{self, Cli, Command, GlobalArgs, TimingsCommand, Typed};
use crate::config::{Config, Layer, Rules};
use crate::env::Env;
use crate::failure::Failure;
use crate::streams::{Streams, Verbosity};
use common::{on, one};

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
    Store(StoreCommandSettings),
    Quarantine(QuarantineSettings),
    Update(UpdateSettings),
    Show(ShowSettings),
    Export(ExportSettings),
    Import(ImportSettings),
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

/// Makes the settings of a command line, and sets how much `streams` print.
///
/// # Errors
/// Wrong usage (64), calls for help, a configuration that cannot be read (65) or used (78), and
/// settings that contradict each other (78).
pub fn resolve(
    arguments: impl IntoIterator<Item = OsString>,
    env: &Env,
    streams: &mut Streams<'_>,
) -> Result<Settings, Refused> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let typed = args::parse(&arguments).map_err(|error| {
        let global = args::global_only(&arguments);
        streams.set_verbosity(verbosity(&global, &Config::default()));
        Refused::Usage(error, None)
    })?;
    // The search for the file already prints warnings.
    streams.set_verbosity(verbosity(&typed.cli.global, &Config::default()));
    let mut layer = Layer::default();
    // The others are about the tool and not about a project.
    if !matches!(
        typed.cli.command,
        Command::Completions { .. } | Command::Man { .. }
    ) {
        layer = Layer::of(&typed, env, streams)?;
        streams.set_verbosity(verbosity(&typed.cli.global, &layer.config));
        streams.detail(&match &layer.file {
            Some(file) => format!("configuration: {file}"),
            None => "no configuration: neither evenshard.toml nor [tool.evenshard] in pyproject.toml, here or above".to_owned(),
        });
    }
    let Typed { cli, command, .. } = typed;
    let mut resolver = Resolver {
        layer,
        command,
        env,
        rules: Vec::new(),
    };
    let settings = resolver.command(cli.command);
    if !matches!(settings, Err(Refused::Usage(..)))
        && let Some(line) = resolver.layer.summary(&resolver.rules)
    {
        streams.say(&line);
    }
    settings
}

fn verbosity(args: &GlobalArgs, config: &Config) -> Verbosity {
    Verbosity {
        quiet: on(args.quiet, config.quiet),
        verbose: on(args.verbose, config.verbose),
        color: one(args.color, &config.color).unwrap_or(ColorChoice::Auto),
    }
}

/// Resolves arguments to settings.
struct Resolver<'a> {
    layer: Layer,
    /// The definition of the command.
    command: clap::Command,
    env: &'a Env,
    /// The keys of rules that the settings took.
    rules: Vec<&'static str>,
}

impl Resolver<'_> {
    fn command(&mut self, command: Command) -> Result<Settings, Refused> {
        Ok(match command {
            Command::Plan(args) => Settings::Plan(self.plan(args)?),
            Command::Shards(args) => Settings::Shards(self.shards(args)?),
            Command::Run(args) => Settings::Run(self.run(args)?),
            Command::Exec(args) => Settings::Exec(self.exec(args)?),
            Command::Select(args) => Settings::Select(self.select(args)?),
            Command::Report(args) => Settings::Report(self.report(args)?),
            Command::Verify(args) => Settings::Verify(self.verify(args)?),
            Command::Explain(args) => Settings::Explain(self.explain(args)?),
            Command::Store { command } => Settings::Store(self.store_command(command)?),
            Command::Quarantine { command } => Settings::Quarantine(self.quarantine(command)?),
            Command::Timings { command } => match command {
                TimingsCommand::Update(args) => Settings::Update(self.update(args)),
                TimingsCommand::Show(args) => Settings::Show(self.show(args)?),
                TimingsCommand::Export(args) => Settings::Export(self.export(args)?),
                TimingsCommand::Import(args) => Settings::Import(self.import(args)),
            },
            Command::Completions { shell } => Settings::Completions(Cli::command(), shell),
            Command::Man { output } => Settings::Man(Cli::command(), output),
        })
    }

    /// Takes the rules of the configuration, for a plan that is made.
    fn rules(&mut self) -> Rules {
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
