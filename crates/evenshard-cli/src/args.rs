//! The command line as it was typed. Only `config` and `settings` read it.

mod common;
mod exec;
mod global;
mod plan;
mod report;
mod run;
mod store;
mod timings;
mod verify;

pub(crate) use common::{
    GivenPlanArgs, JobArgs, ListArgs, PathMapArgs, PlannerArgs, ShardArgs, TimingsArgs,
};
pub(crate) use exec::{ExecArgs, SelectArgs, ShareArgs};
pub(crate) use global::GlobalArgs;
pub(crate) use plan::{ExplainArgs, PlanArgs, ShardsArgs};
pub(crate) use report::ReportArgs;
pub(crate) use run::RunArgs;
pub(crate) use store::{
    QuarantineCommand, ScopeArgs, SharingArgs, StoreArgs, StoreCommand, StoreStatusArgs,
};
pub(crate) use timings::{ExportArgs, ImportArgs, ShowArgs, TimingsCommand, UpdateArgs};
pub(crate) use verify::VerifyArgs;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{
    Arg, ArgAction, ArgMatches, CommandFactory as _, FromArgMatches as _, Id, Parser, Subcommand,
    value_parser,
};
use clap_complete::Shell;

/// Headings of help above flags of several structs.
const LAUNCHING: &str = "Launching pytest";
const RESULTS: &str = "Results";

/// The end of the first help.
const EXIT_CODES: &str = "\
Exit codes:
    0     success; 0 to 5 under `run` are pytest's own
   64     wrong usage
   65     unreadable input, an unmet target or match
   70     tests were lost, ran twice, or cannot be proved to have run
   73     a result could not be written
   75     try again: a plan is absent, or not the expected one
   78     settings contradict each other, or the plugin never loaded
  126     the command could not be started
  127     the command was not found
  128+n   ended by signal n";

/// Flags that a project cannot have a default for, and why.
pub(crate) const NO_DEFAULTS: &[(&str, &str)] = &[
    ("all", "it is said of one attempt"),
    (
        "annotation",
        "where a command prints is its caller's choice",
    ),
    ("attempt", "it differs from job to job"),
    ("build", "it differs from build to build"),
    ("complete", "it is said of one build's results"),
    ("expect-digest", "it is of one plan"),
    ("failed-only", "it is said of one attempt"),
    ("format", "what a command prints is its caller's choice"),
    ("gate", "it is said of the job that is the required check"),
    ("ignore-ci", "it goes with --shard"),
    ("no-prune", "as a default it is `prune = false`"),
    ("null", "it goes with --tests"),
    ("older-than", "what is deleted is its caller's choice"),
    ("output", "where a command prints is its caller's choice"),
    ("reason", "it is of one quarantine"),
    ("shard", "it differs from job to job"),
    ("since", "what is reported is its caller's choice"),
    ("store-key", "it differs from build to build"),
    ("tests", "what a command reads is its caller's choice"),
    ("until", "it is of one quarantine"),
    ("wait", "it is of one build"),
];

/// Returns why a flag cannot be configured, if it cannot.
pub(crate) fn no_default(flag: &str) -> Option<&'static str> {
    let found = NO_DEFAULTS.iter().find(|(name, _)| *name == flag);
    found.map(|(_, why)| *why)
}

/// Give each CI job its own balanced shard of the test suite, from the JUnit XML of earlier builds.
#[derive(Debug, Parser)]
#[command(
    name = "evenshard",
    version,
    max_term_width = 100,
    disable_help_flag = true,
    after_help = EXIT_CODES
)]
pub struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a plan: which shard runs which tests, with predictions and a proof
    Plan(PlanArgs),
    /// Print the number of jobs that a target needs, for a dynamic matrix
    Shards(ShardsArgs),
    /// Run one shard of a suite under pytest
    Run(RunArgs),
    /// Run one shard of a list of tests or files under any other runner
    Exec(ExecArgs),
    /// Print one shard of a list of tests or files
    Select(SelectArgs),
    /// Show how balanced a suite is, how many shards it needs, and how a build went
    Report(ReportArgs),
    /// Prove from the results of all jobs that every test ran once, and show how the build went
    Verify(VerifyArgs),
    /// Keep the history of timings: update, show, export, import
    Timings {
        #[command(subcommand)]
        command: TimingsCommand,
    },
    /// Explain which shard runs a test, why, and how to repeat it
    Explain(ExplainArgs),
    /// Look after the place that the jobs of a build share: check, status, prune
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },
    /// Keep tests from failing their jobs: add, list, remove
    Quarantine {
        #[command(subcommand)]
        command: QuarantineCommand,
    },
    /// Print the completions of a shell: commands, flags and their values
    Completions {
        /// The shell to write for
        shell: Shell,
    },
    /// Print the manual page, or write those of all commands
    Man {
        /// Write the pages of evenshard and of all its commands into this folder
        #[arg(long, value_name = "DIR")]
        output: Option<PathBuf>,
    },
}

/// A command line without mistakes.
#[derive(Debug)]
pub(crate) struct Typed {
    pub(crate) cli: Cli,
    /// The definition of the command, with the flags of every command.
    pub(crate) command: clap::Command,
    /// The arguments that were typed.
    pub(crate) ids: BTreeSet<Id>,
}

/// Reads a command line.
pub(crate) fn parse(arguments: &[OsString]) -> Result<Typed, Box<clap::Error>> {
    let matches = with_off_switches(Cli::command())
        .try_get_matches_from(arguments)
        .map_err(|error| Box::new(as_defined(error, arguments)))?;
    let cli = Cli::from_arg_matches(&matches)?;
    let mut command = Cli::command();
    command.build();
    // clap compares the flags before the command's name and those behind it by themselves.
    if cli.global.quiet == Some(true) && cli.global.verbose == Some(true) {
        let both = "the argument '--quiet' cannot be used with '--verbose'";
        return Err(Box::new(command.error(ErrorKind::ArgumentConflict, both)));
    }
    let mut ids = typed_ids(&matches);
    let mut at = &matches;
    while let Some((name, below)) = at.subcommand() {
        ids.extend(typed_ids(below));
        command = command.find_subcommand(name).cloned().unwrap_or(command);
        at = below;
    }
    Ok(Typed { cli, command, ids })
}

fn typed_ids(matches: &ArgMatches) -> BTreeSet<Id> {
    let typed = |id: &&Id| {
        matches.try_contains_id(id.as_str()).is_ok()
            && matches.value_source(id.as_str()) == Some(ValueSource::CommandLine)
    };
    matches.ids().filter(typed).cloned().collect()
}

/// Reads the flags of every command from a command line that has mistakes, or asks for help.
pub(crate) fn global_only(arguments: &[OsString]) -> GlobalArgs {
    fn without_help(command: clap::Command) -> clap::Command {
        let off = |arg: Arg| match arg.get_action() {
            ArgAction::HelpShort => arg.action(ArgAction::SetTrue),
            _ => arg,
        };
        command.mut_args(off).mut_subcommands(without_help)
    }
    let lenient = without_help(with_off_switches(Cli::command())).ignore_errors(true);
    let matches = lenient.try_get_matches_from(arguments).ok();
    let global = matches.and_then(|matches| GlobalArgs::from_arg_matches(&matches).ok());
    global.unwrap_or_default()
}

/// Lets every switch that can be configured also be turned off: `--allow-no-timings=false`.
/// Otherwise flags could not win over the file.
fn with_off_switches(command: clap::Command) -> clap::Command {
    let off_switch = |arg: Arg| {
        let is_switch = matches!(arg.get_action(), ArgAction::SetTrue);
        if !is_switch || arg.get_long().is_none_or(|name| no_default(name).is_some()) {
            return arg;
        }
        arg.action(ArgAction::Set)
            .value_parser(value_parser!(bool))
            .value_name("BOOL")
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .hide_possible_values(true)
    };
    command
        .mut_args(off_switch)
        .mut_subcommands(with_off_switches)
}

/// Makes help and errors say `--quiet`, not `--quiet[=<BOOL>]`.
fn as_defined(error: clap::Error, arguments: &[OsString]) -> clap::Error {
    let plain = Cli::command().try_get_matches_from(arguments).err();
    let plain = plain.filter(|plain| plain.kind() == error.kind());
    plain.unwrap_or(error)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::{Cli, with_off_switches};

    #[test]
    fn the_command_line_fits_together() {
        Cli::command().debug_assert();
        with_off_switches(Cli::command()).debug_assert();
    }
}
