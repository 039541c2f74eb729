//! The command line: its commands, what was typed, and the settings that come of it.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{
    Arg, ArgAction, ArgMatches, Args, ColorChoice, CommandFactory as _, FromArgMatches as _, Id,
    Parser, Subcommand, value_parser,
};
use clap_complete::Shell;

use crate::config::{Config, Layer, no_default};
use crate::env::Env;
use crate::settings::{
    ExecArgs, ExplainArgs, InitSettings, PlanArgs, QuarantineCommand, Refused, ReportSettings,
    Resolver, RunArgs, SelectArgs, Settings, ShardsArgs, StoreCommand, TimingsCommand,
    VerifySettings, set, switch,
};
use crate::streams::{Streams, Verbosity};

/// The end of the first help.
const EXIT_CODES: &str = "\
Exit codes:
    0     success; 0 to 5 under `run` are pytest's own
   64     wrong usage
   65     unreadable input, an unmet target or match
   70     tests were lost, ran twice, or cannot be proved to have run
   73     a result could not be written
   75     try again: a plan is absent, or not the expected one; a search reached its bounds
   78     settings contradict each other, or the plugin never loaded
  126     the command could not be started
  127     the command was not found
  128+n   ended by signal n";

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
    command: Command,
    #[command(flatten)]
    global: GlobalArgs,
}

/// Flags that stand before the command's name or behind it.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
struct GlobalArgs {
    /// Print nothing but warnings and errors
    #[arg(
        short,
        long,
        global = true,
        display_order = 1001,
        overrides_with = "quiet",
        conflicts_with = "verbose"
    )]
    quiet: bool,
    /// Print more: every file that is read, the limiting factor of the plan, the time of each step
    #[arg(
        short,
        long,
        global = true,
        display_order = 1002,
        overrides_with = "verbose"
    )]
    verbose: bool,
    /// Use colour on a terminal (auto), always or never
    #[arg(
        long,
        global = true,
        display_order = 1003,
        value_name = "WHEN",
        value_enum,
        default_value_t = ColorChoice::Auto,
        hide_default_value = true,
        hide_possible_values = true
    )]
    color: ColorChoice,
    /// Print help
    #[arg(
        short,
        long,
        global = true,
        display_order = 1004,
        action = ArgAction::HelpShort
    )]
    help: Option<bool>,
}

/// The commands.
#[derive(Debug, Subcommand)]
enum Command {
    /// Make a plan: which shard runs which tests, with predictions and a proof
    #[command(
        after_help = "Example:\n    evenshard plan --timings junit/ --shards 4 --output plan.json"
    )]
    Plan(PlanArgs),
    /// Print the number of jobs that a target needs, for a dynamic matrix
    #[command(
        after_help = "Example:\n    evenshard shards --timings junit/ --target 8m --format github"
    )]
    Shards(ShardsArgs),
    /// Run one shard of a suite under pytest
    #[command(
        after_help = "Example:\n    evenshard run --timings junit/ --shard 3/4 --junit results/ -- pytest -q"
    )]
    Run(RunArgs),
    /// Run one shard of a list of tests or files under any other runner
    #[command(
        after_help = "Example:\n    evenshard exec --timings junit/ --tests list.txt --shard 3/4 -- npx vitest run {}"
    )]
    Exec(ExecArgs),
    /// Print one shard of a list of tests or files
    #[command(
        after_help = "Example:\n    evenshard select --plan plan.json --tests list.txt --shard 3/4"
    )]
    Select(SelectArgs),
    /// Show how balanced a suite is, how many shards it needs, and how a build went
    #[command(
        after_help = "Example:\n    evenshard report --timings junit/ --job-overhead 90s --format html --output report.html"
    )]
    Report(ReportSettings),
    /// Prove from the results of all jobs that every test ran once, and show how the build went
    #[command(after_help = "Example:\n    evenshard verify results/ --plan plan.json --gate")]
    Verify(VerifySettings),
    /// Keep the history of timings: update, show, export, import
    Timings {
        #[command(subcommand)]
        command: TimingsCommand,
    },
    /// Explain which shard runs a test, why, how to repeat it, and which tests make it fail there
    #[command(
        after_help = "Example:\n    evenshard explain tests/test_cart.py::test_total --timings junit/ --shards 4\n    evenshard explain --bisect tests/test_cart.py::test_total --plan plan.json -- pytest -q"
    )]
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
    /// Write the pipeline of a CI into this repository
    #[command(after_help = "Example:\n    evenshard init github --store s3://ci-bucket/evenshard")]
    Init(InitSettings),
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
struct Typed {
    cli: Cli,
    /// The definition of the command, with the flags of every command.
    command: clap::Command,
    /// The arguments that were typed.
    ids: BTreeSet<Id>,
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
    let typed = parse(&arguments).map_err(|error| {
        // `--quiet` and --color hold for the error, too.
        streams.set_verbosity(global_only(&arguments).verbosity(&mut Config::default()));
        let note = without_dashes(&arguments).filter(|_| error.use_stderr());
        Refused::Usage(error, note)
    })?;
    let Typed { cli, command, ids } = typed;
    // The search for the file already prints warnings.
    streams.set_verbosity(cli.global.clone().verbosity(&mut Config::default()));
    let mut layer = Layer::default();
    // The others are about the tool and not about a project.
    if !matches!(
        cli.command,
        Command::Init(_) | Command::Completions { .. } | Command::Man { .. }
    ) {
        layer = Layer::of(&command, &ids, env, streams)?;
        streams.set_verbosity(cli.global.verbosity(&mut layer.config));
        streams.detail(&match &layer.file {
            Some(file) => format!("configuration: {}", file.name),
            None => "no configuration: neither evenshard.toml nor [tool.evenshard] in pyproject.toml, here or above".to_owned(),
        });
    }
    let mut resolver = Resolver {
        layer,
        command,
        env,
        rules: Vec::new(),
    };
    let settings = resolver.settings(cli.command);
    // Wrong usage is printed by clap, and its note names the flags of the file.
    if !matches!(settings, Err(Refused::Usage(..)))
        && let Some(line) = resolver.layer.summary(&resolver.rules)
    {
        streams.say(&line);
    }
    settings
}

impl Resolver<'_> {
    fn settings(&mut self, command: Command) -> Result<Settings, Refused> {
        Ok(match command {
            Command::Plan(args) => Settings::Plan(self.plan(args)?),
            Command::Shards(args) => Settings::Shards(self.shards(args)?),
            Command::Run(args) => Settings::Run(self.run(args)?),
            Command::Exec(args) => Settings::Exec(self.exec(args)?),
            Command::Select(args) => Settings::Select(self.select(args)?),
            Command::Report(settings) => Settings::Report(self.report(settings)?),
            Command::Verify(settings) => Settings::Verify(self.verify(settings)?),
            Command::Explain(args) => Settings::Explain(self.explain(args)?),
            Command::Timings { command } => Settings::Timings(self.timings(command)?),
            Command::Store { command } => Settings::Store(self.store_command(command)?),
            Command::Quarantine { command } => Settings::Quarantine(self.quarantine(command)?),
            Command::Init(args) => Settings::Init(args),
            Command::Completions { shell } => Settings::Completions(Cli::command(), shell),
            Command::Man { output } => Settings::Man(Cli::command(), output),
        })
    }
}

impl GlobalArgs {
    fn verbosity(mut self, config: &mut Config) -> Verbosity {
        switch(&mut self.quiet, config.quiet);
        switch(&mut self.verbose, config.verbose);
        set(&mut self.color, &mut config.color);
        Verbosity {
            quiet: self.quiet,
            verbose: self.verbose,
            color: self.color,
        }
    }
}

/// Reads a command line.
fn parse(arguments: &[OsString]) -> Result<Typed, Box<clap::Error>> {
    let matches = with_off_switches(Cli::command())
        .try_get_matches_from(arguments)
        .map_err(|error| Box::new(as_defined(error, arguments)))?;
    // From the matches, not by a second parse: they also say what was typed.
    let cli = Cli::from_arg_matches(&matches)?;
    let mut command = Cli::command();
    // Globals reach the commands below only when the definition is built.
    command.build();
    // clap compares the flags before the command's name and those behind it by themselves.
    if cli.global.quiet && cli.global.verbose {
        let both = "the argument '--quiet' cannot be used with '--verbose'";
        return Err(Box::new(command.error(ErrorKind::ArgumentConflict, both)));
    }
    // A flag of all commands may stand before the command's name or behind it.
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
fn global_only(arguments: &[OsString]) -> GlobalArgs {
    fn without_help(command: clap::Command) -> clap::Command {
        let off = |arg: Arg| match arg.get_action() {
            ArgAction::HelpShort => arg.action(ArgAction::SetTrue),
            _ => arg,
        };
        command.mut_args(off).mut_subcommands(without_help)
    }
    // Only `-q`, `-v` and --color are wanted here; the real error is reported by the caller.
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
            .default_value("false")
            .hide_default_value(true)
            .default_missing_value("true")
            .hide_possible_values(true)
    };
    command
        .mut_args(off_switch)
        .mut_subcommands(with_off_switches)
}

/// Says where `--` is missing, if a command of tests stands where flags do.
fn without_dashes(arguments: &[OsString]) -> Option<String> {
    let words: Vec<_> = arguments
        .iter()
        .map(|word| word.to_string_lossy())
        .collect();
    let starts = |word: &str| {
        matches!(
            word,
            "pytest" | "python" | "python3" | "uv" | "poetry" | "tox"
        )
    };
    let at = words.iter().position(|word| starts(word))?;
    let (before, command) = words.split_at(at);
    let takes_command = matches!(before.get(1).map(|w| &**w), Some("run" | "exec" | "plan"));
    if !takes_command || words.iter().any(|word| word == "--") {
        return None;
    }
    let before = before.iter().skip(1).map(|word| &**word);
    let command = shell_words::join(before.chain(["--"]).chain(command.iter().map(|w| &**w)));
    Some(format!(
        "hint: put `--` before the command: evenshard {command}"
    ))
}

/// Makes help and errors say `--quiet`, not `--quiet[=<BOOL>]`.
fn as_defined(error: clap::Error, arguments: &[OsString]) -> clap::Error {
    // The plain definition fails in the same place, unless a switch was given a value.
    let plain = Cli::command().try_get_matches_from(arguments).err();
    let plain = plain.filter(|plain| plain.kind() == error.kind());
    plain.unwrap_or(error)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::{CommandFactory as _, Parser as _};
    use serde::Deserialize as _;
    use serde::de::IntoDeserializer as _;
    use serde::de::value::{Error, MapDeserializer};

    use super::{Cli, with_off_switches};
    use crate::config::{Config, NO_DEFAULTS};

    #[test]
    fn the_command_line_fits_together() {
        Cli::command().debug_assert();
        with_off_switches(Cli::command()).debug_assert();
    }

    /// Checks the example of each command that does work on a suite.
    fn examples(command: &clap::Command) {
        if let Some(help) = command.get_after_help().map(ToString::to_string)
            && let Some(example) = help.strip_prefix("Example:\n")
        {
            for example in example.lines() {
                assert!(example.len() <= 100, "cut in two by help: {example}");
                Cli::try_parse_from(shell_words::split(example).unwrap()).unwrap();
            }
        } else if command.get_name() != "evenshard" && !command.has_subcommands() {
            assert!(
                ["completions", "man"].contains(&command.get_name()),
                "{command}"
            );
        }
        command.get_subcommands().for_each(examples);
    }

    #[test]
    fn each_command_has_an_example_that_works() {
        examples(&Cli::command());
    }

    fn flags(command: &clap::Command, into: &mut BTreeSet<String>) {
        let longs = command.get_arguments().filter_map(clap::Arg::get_long);
        into.extend(longs.map(str::to_owned));
        command
            .get_subcommands()
            .for_each(|below| flags(below, into));
    }

    #[test]
    fn the_keys_are_the_flags_and_the_rules() {
        let none = MapDeserializer::<_, Error>::new([("", 0)].into_iter());
        let message = Config::deserialize(none.into_deserializer()).unwrap_err();
        // serde's message lists them: ``unknown field ``, expected one of `a`, `b` ``.
        let message = message.to_string();
        let (_, keys) = message.rsplit_once(", expected ").unwrap();
        let keys: BTreeSet<&str> = keys.split('`').skip(1).step_by(2).collect();
        let rules = [
            "together",
            "never-split",
            "everywhere",
            "whole-marks",
            "may-split",
            "quarantine",
        ];
        let without: Vec<&str> = NO_DEFAULTS.iter().map(|(flag, _)| *flag).collect();
        let mut all = BTreeSet::new();
        flags(&Cli::command(), &mut all);
        all.remove("help");
        let all: BTreeSet<&str> = all.iter().map(String::as_str).chain(rules).collect();
        let known = keys.iter().chain(&without).copied().collect();
        assert_eq!(all, known);
        assert!(without.iter().all(|flag| !keys.contains(flag)));
    }
}
