//! Which flags there are, and which of them a project can have a default for.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::ValueParser;
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, Command, CommandFactory as _, value_parser};

use crate::args::Cli;

/// Flags that make no sense as a default of a project, and why. All others do.
const NO_DEFAULTS: &[(&str, &str)] = &[
    ("attempt", "it differs from job to job"),
    ("build", "it differs from build to build"),
    ("complete", "it is said of one build's results"),
    ("expect-digest", "it is of one plan"),
    ("failed-only", "it is said of one attempt"),
    ("format", "what a command prints is its caller's choice"),
    ("ignore-ci", "it goes with --shard"),
    ("no-prune", "as a default it is `prune = false`"),
    ("null", "it goes with --tests"),
    ("output", "where a command prints is its caller's choice"),
    ("shard", "it differs from job to job"),
    ("tests", "what a command reads is its caller's choice"),
];

/// Commands that are about the tool and not about a project.
pub(super) const WITHOUT_CONFIG: [&str; 2] = ["completions", "man"];

/// The command line, on which every switch that can be configured can also be taken back:
/// `--allow-no-timings=false`. Without that, flags could not win over the file. The flags of
/// every command stand in each of them.
pub(super) fn command() -> Command {
    fn with_off_switches(command: Command) -> Command {
        let off_switch = |arg: Arg| {
            let switch = matches!(arg.get_action(), ArgAction::SetTrue);
            if !switch || arg.get_long().and_then(no_default).is_some() {
                return arg;
            }
            arg.action(ArgAction::Set)
                .value_parser(value_parser!(bool))
                .value_name("BOOL")
                .num_args(0..=1)
                .require_equals(true)
                .default_missing_value("true")
                .default_value("false")
                .hide_default_value(true)
                .hide_possible_values(true)
        };
        command
            .mut_args(off_switch)
            .mut_subcommands(with_off_switches)
    }
    fn with_those_above(command: Command) -> Command {
        let own = command.get_arguments();
        let for_all: Vec<Arg> = own.filter(|arg| arg.is_global_set()).cloned().collect();
        command.mut_subcommands(|below| with_those_above(below.args(&for_all)))
    }
    with_those_above(with_off_switches(Cli::command()))
}

/// Why a flag cannot be configured, if it cannot.
pub(super) fn no_default(flag: &str) -> Option<&'static str> {
    let found = NO_DEFAULTS.iter().find(|(name, _)| *name == flag);
    found.map(|(_, why)| *why)
}

/// The flags that can be configured, by name.
#[derive(Debug, Default)]
pub(super) struct Flags(BTreeMap<String, Flag>);

/// What a flag takes.
#[derive(Clone, Debug)]
pub(super) struct Flag {
    /// How many values, and of which kind.
    pub(super) takes: Takes,
    /// True when several values can be given.
    pub(super) many: bool,
    /// True for a switch that is on unless something turns it off.
    pub(super) is_on_by_default: bool,
    parser: ValueParser,
}

/// The kinds of values that differ in how TOML writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// `true` or `false`.
    Switch,
    /// A path.
    Path,
    /// Any text.
    Text,
    /// Text with a meaning, such as a number or a duration; TOML's numbers as well.
    Parsed,
}

impl Flags {
    /// The flags of a command and of all commands below it.
    pub(super) fn of(command: &Command) -> Self {
        let mut flags = Self::default();
        flags.add(command);
        flags
    }

    fn add(&mut self, command: &Command) {
        for arg in command.get_arguments() {
            let Some(name) = arg.get_long() else { continue };
            let asks = matches!(
                arg.get_action(),
                ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version
            );
            if !asks && no_default(name).is_none() {
                self.0
                    .entry(name.to_owned())
                    .or_insert_with(|| Flag::of(arg));
            }
        }
        command.get_subcommands().for_each(|below| self.add(below));
    }

    pub(super) fn get(&self, name: &str) -> Option<&Flag> {
        self.0.get(name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl Flag {
    fn of(arg: &Arg) -> Self {
        let parser = arg.get_value_parser().clone();
        let kind = parser.type_id();
        let is = |id: TypeId| kind == id;
        let takes = if is(TypeId::of::<bool>()) {
            Takes::Switch
        } else if is(TypeId::of::<PathBuf>()) || is(TypeId::of::<OsString>()) {
            Takes::Path
        } else if is(TypeId::of::<String>()) {
            Takes::Text
        } else {
            Takes::Parsed
        };
        Self {
            takes,
            many: matches!(arg.get_action(), ArgAction::Append),
            is_on_by_default: arg.get_default_values().iter().any(|value| value == "true"),
            parser,
        }
    }

    /// Whether the flag takes this value.
    ///
    /// # Errors
    /// What the flag says against it.
    pub(super) fn check(&self, value: &str) -> Result<(), String> {
        // The flag itself may require or exclude others; its value is judged alone.
        let probe = Arg::new("value").value_parser(self.parser.clone());
        let alone = Command::new("value").no_binary_name(true).arg(probe);
        let checked = alone.try_get_matches_from(["--", value]);
        checked.map(drop).map_err(|error| objection(&error))
    }
}

/// What is wrong with a value, without the words about a command line.
fn objection(error: &clap::Error) -> String {
    if let Some(source) = std::error::Error::source(error) {
        return source.to_string();
    }
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(known)) if !known.is_empty() => {
            format!("it is one of {}", known.join(", "))
        }
        _ => "it is not a value of this flag".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use clap::{Command, CommandFactory as _};

    use super::{Flag, Flags, NO_DEFAULTS, Takes, command};
    use crate::args::Cli;

    fn longs(command: &Command, into: &mut BTreeMap<String, Vec<Flag>>) {
        for arg in command.get_arguments() {
            if let Some(long) = arg.get_long() {
                into.entry(long.to_owned()).or_default().push(Flag::of(arg));
            }
        }
        command
            .get_subcommands()
            .for_each(|below| longs(below, into));
    }

    fn all() -> BTreeMap<String, Vec<Flag>> {
        let mut all = BTreeMap::new();
        longs(&command(), &mut all);
        all
    }

    #[test]
    fn the_command_line_fits_together() {
        command().debug_assert();
    }

    #[test]
    fn flags_without_a_default_exist() {
        let mut all = BTreeMap::new();
        longs(&Cli::command(), &mut all);
        for (name, _) in NO_DEFAULTS {
            assert!(all.contains_key(*name), "there is no --{name}");
        }
    }

    #[test]
    fn the_documentation_names_all_flags_without_a_default() {
        let page = include_str!("../../../../docs/configuration.md");
        let list = page.split_once("without a default:").unwrap().1;
        let list = list.split_once("\n\n").unwrap().0;
        let named: Vec<&str> = list.split('`').skip(1).step_by(2).collect();
        let named: Vec<&str> = named.iter().map(|n| n.trim_start_matches("--")).collect();
        let known: Vec<&str> = NO_DEFAULTS.iter().map(|(name, _)| *name).collect();
        assert_eq!(named, known);
    }

    #[test]
    fn a_flag_that_can_be_configured_takes_the_same_on_every_command() {
        let flags = Flags::of(&command());
        for (name, on_commands) in all() {
            let Some(known) = flags.get(&name) else {
                continue;
            };
            for flag in on_commands {
                let same = flag.parser.type_id() == known.parser.type_id();
                // A runner of `exec` can write several reports; one place is configured.
                let as_many = flag.many == known.many || name == "junit";
                assert!(same && as_many, "--{name} differs");
            }
        }
    }

    #[test]
    fn kinds_are_told_apart() {
        let flags = Flags::of(&command());
        let takes = |name: &str| flags.get(name).map(|f| (f.takes, f.many));
        assert_eq!(takes("timings"), Some((Takes::Path, true)));
        assert_eq!(takes("plan"), Some((Takes::Path, false)));
        assert_eq!(takes("path-map"), Some((Takes::Parsed, true)));
        assert_eq!(takes("scope"), Some((Takes::Text, false)));
        assert_eq!(takes("allow-no-timings"), Some((Takes::Switch, false)));
        assert_eq!(takes("shards"), Some((Takes::Parsed, false)));
        assert_eq!(takes("shard"), None);
        assert_eq!(takes("help"), None);
    }
}
