//! What of a configuration an invocation takes: what was typed wins.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory as _, FromArgMatches as _, Id};

use crate::args::{Cli, TalkArgs};
use crate::config::Refused;
use crate::config::flags::WITHOUT_CONFIG;
use crate::config::read::{Config, Setting, invalid};
use crate::failure::Failure;

/// What was typed, mistakes and gaps aside.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// The command and those below it: `timings`, `update`.
    path: Vec<String>,
    /// The arguments that have a value of their own.
    ids: BTreeSet<Id>,
}

/// What was typed about talk, whatever else is wrong: a call for help is no hindrance.
pub(super) fn talk(command: &Command, arguments: &[OsString]) -> TalkArgs {
    fn without_help(command: Command) -> Command {
        let off = |arg: Arg| match arg.get_action() {
            ArgAction::HelpShort => arg.action(ArgAction::SetTrue),
            _ => arg,
        };
        command.mut_args(off).mut_subcommands(without_help)
    }
    let lenient = without_help(command.clone()).ignore_errors(true);
    let matches = lenient.try_get_matches_from(arguments).ok();
    let talk = matches.and_then(|matches| TalkArgs::from_arg_matches(&matches).ok());
    talk.unwrap_or_default()
}

impl Typed {
    /// Looks at the arguments without asking for what the configuration may still give.
    ///
    /// # Errors
    /// A call for help or the version.
    pub(super) fn of(command: &Command, arguments: &[OsString]) -> Result<Self, Refused> {
        let lenient = command.clone().ignore_errors(true);
        let matches = lenient
            .try_get_matches_from(arguments)
            .map_err(|error| Refused::Usage(Box::new(as_defined(error, arguments)), None))?;
        let mut typed = Self::default();
        let (mut at, mut command): (&ArgMatches, &Command) = (&matches, command);
        while let Some((name, below)) = at.subcommand() {
            let Some(found) = command.find_subcommand(name) else {
                break;
            };
            typed.path.push(name.to_owned());
            (at, command) = (below, found);
        }
        if command.has_subcommands() {
            typed.path.clear();
            return Ok(typed);
        }
        let given = |arg: &&Arg| {
            !matches!(
                at.value_source(arg.get_id().as_str()),
                None | Some(ValueSource::DefaultValue)
            )
        };
        let ids = command.get_arguments().filter(given);
        typed.ids = ids.map(|arg| arg.get_id().clone()).collect();
        Ok(typed)
    }

    /// False for a bare `evenshard` or `evenshard timings`, and for commands that are not
    /// about a project.
    pub(super) fn takes_settings(&self) -> bool {
        let first = self.path.first();
        first.is_some_and(|name| !WITHOUT_CONFIG.contains(&name.as_str()))
    }

    fn command<'a>(&self, root: &'a Command) -> Option<&'a Command> {
        self.path
            .iter()
            .try_fold(root, |at, name| at.find_subcommand(name))
    }

    /// Where the arguments of the command begin.
    fn begin(&self, root: &Command, arguments: &[OsString]) -> usize {
        let mut command = root;
        let mut begin = 1;
        for name in &self.path {
            let is_it = |word: &OsString| {
                let found = command.find_subcommand(word);
                found.is_some_and(|found| found.get_name() == name)
            };
            let rest = arguments.iter().skip(begin);
            begin += rest.take_while(|word| !is_it(word)).count() + 1;
            command = command.find_subcommand(name).unwrap_or(command);
        }
        begin.min(arguments.len())
    }
}

/// Help, or an error, as it reads without the ways to take switches back: `--quiet`, not
/// `--quiet[=<BOOL>]`.
pub(super) fn as_defined(error: clap::Error, arguments: &[OsString]) -> clap::Error {
    let plain = Cli::command().try_get_matches_from(arguments).err();
    plain
        .filter(|plain| plain.kind() == error.kind())
        .unwrap_or(error)
}

/// The arguments with the configured ones among them.
#[derive(Debug)]
pub(super) struct Applied<'a> {
    /// The whole command line.
    pub(super) arguments: Vec<OsString>,
    used: Vec<&'a Setting>,
    /// What stood in the way of a setting that was left out: the flag that was typed.
    gave_way: Vec<(&'a Setting, Why)>,
}

/// Why a setting was left out.
#[derive(Debug, PartialEq, Eq)]
enum Why {
    /// It and what was typed exclude each other.
    Typed(String),
    /// It needs what is not there.
    Alone,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Typed(by) => write!(f, "there is {by}"),
            Self::Alone => f.write_str("what it goes with is not there"),
        }
    }
}

/// A setting and the argument of the command that it is for.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    setting: &'a Setting,
    arg: &'a Arg,
}

impl<'a> Applied<'a> {
    /// Adds the settings that the command has flags for, unless these or others that exclude
    /// them were typed.
    ///
    /// # Errors
    /// Code 78 for two settings that exclude each other on this command.
    pub(super) fn settle(
        root: &'a Command,
        typed: &Typed,
        arguments: &[OsString],
        config: &'a Config,
    ) -> Result<Self, Failure> {
        let mut applied = Self {
            arguments: arguments.to_vec(),
            used: Vec::new(),
            gave_way: Vec::new(),
        };
        let Some(command) = typed.command(root) else {
            return Ok(applied);
        };
        let mut candidates = Vec::new();
        for setting in config.settings.iter().filter(|s| !s.arguments.is_empty()) {
            let has = |arg: &&Arg| arg.get_long() == Some(setting.key.as_str());
            let Some(arg) = command.get_arguments().find(has) else {
                continue;
            };
            if typed.ids.contains(arg.get_id()) {
                continue;
            }
            let mut given = command.get_arguments();
            let excluded = given
                .find(|other| typed.ids.contains(other.get_id()) && exclude(command, arg, other));
            match excluded {
                Some(by) => applied.gave_way.push((setting, Why::Typed(named(by)))),
                None => candidates.push(Candidate { setting, arg }),
            }
        }
        contradictions(command, &candidates)?;
        let begin = typed.begin(root, arguments);
        applied.leave_out_what_lacks_its_other(root, begin, arguments, &mut candidates);
        applied.used = candidates.iter().map(|c| c.setting).collect();
        applied.arguments = with(arguments, begin, &applied.used);
        Ok(applied)
    }

    /// `max-shards` without the `target` that it belongs to is no mistake: it waits for one.
    /// clap does not tell what a flag requires, so it is found out by leaving it away.
    fn leave_out_what_lacks_its_other(
        &mut self,
        root: &Command,
        begin: usize,
        arguments: &[OsString],
        candidates: &mut Vec<Candidate<'a>>,
    ) {
        let missing = |settings: &[&Setting]| missing(root, &with(arguments, begin, settings));
        loop {
            let all: Vec<&Setting> = candidates.iter().map(|c| c.setting).collect();
            let now = missing(&all);
            if now.is_empty() {
                return;
            }
            let lacks = (0..all.len()).find(|&leave| {
                let mut without = all.clone();
                without.remove(leave);
                missing(&without).len() < now.len()
            });
            let Some(lacks) = lacks else { return };
            let left = candidates.remove(lacks);
            self.gave_way.push((left.setting, Why::Alone));
        }
    }

    /// What is said of the settings and rules that were used, and of what gave way.
    pub(super) fn line(&self, config: &Config, rules: &[&str]) -> Option<String> {
        let settings = self.used.iter().map(|s| s.key.as_str());
        let used: Vec<&str> = settings.chain(rules.iter().copied()).collect();
        let left: Vec<String> = self
            .gave_way
            .chunk_by(|(_, one), (_, other)| one == other)
            .map(|alike| {
                let keys: Vec<&str> = alike.iter().map(|(s, _)| s.key.as_str()).collect();
                let why = alike.first().map(|(_, why)| why.to_string());
                format!("{} ({})", keys.join(", "), why.unwrap_or_default())
            })
            .collect();
        let mut line = match used.as_slice() {
            [] if left.is_empty() => return None,
            [] => format!("settings from {}: none", config.name),
            used => format!("settings from {}: {}", config.name, used.join(", ")),
        };
        if !left.is_empty() {
            line.push_str("; not ");
            line.push_str(&left.join(", "));
        }
        Some(line)
    }

    /// What to say beside an error of the command line, which also names flags of the file.
    pub(super) fn note(&self, config: &Config) -> Option<String> {
        let flags: Vec<String> = self.used.iter().map(|s| format!("--{}", s.key)).collect();
        let flags = (!flags.is_empty()).then(|| flags.join(", "))?;
        Some(format!("note: {} gives {flags}", config.name))
    }
}

/// The arguments with those of the settings right after the command's name.
fn with(arguments: &[OsString], begin: usize, settings: &[&Setting]) -> Vec<OsString> {
    let (before, after) = arguments.split_at(begin);
    let added = settings.iter().flat_map(|s| &s.arguments);
    before.iter().chain(added).chain(after).cloned().collect()
}

/// What is missing on this command line.
fn missing(root: &Command, arguments: &[OsString]) -> Vec<String> {
    let Err(error) = root.clone().try_get_matches_from(arguments) else {
        return Vec::new();
    };
    match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::MissingRequiredArgument, Some(ContextValue::Strings(missing))) => {
            missing.clone()
        }
        _ => Vec::new(),
    }
}

/// Two settings of one file that exclude each other: nobody can tell which was meant.
fn contradictions(command: &Command, candidates: &[Candidate<'_>]) -> Result<(), Failure> {
    for (at, second) in candidates.iter().enumerate() {
        for first in candidates.iter().take(at) {
            if exclude(command, first.arg, second.arg) {
                let message = format!(
                    "{}: '{}' contradicts '{}' ({}): `evenshard {}` takes one of them",
                    second.setting.place,
                    second.setting.key,
                    first.setting.key,
                    first.setting.place,
                    command.get_name(),
                );
                let hint = "keep one; where a command needs the other, type it: flags win";
                return Err(invalid(message).hint(hint));
            }
        }
    }
    Ok(())
}

/// Whether two arguments exclude each other. Either one may say so, or a group of both.
fn exclude(command: &Command, one: &Arg, other: &Arg) -> bool {
    let says = |one: &Arg, other: &Arg| {
        let conflicts = command.get_arg_conflicts_with(one);
        conflicts.iter().any(|arg| arg.get_id() == other.get_id())
    };
    let one_of = |group: &clap::ArgGroup| {
        let has = |arg: &Arg| group.get_args().any(|id| id == arg.get_id());
        !group.clone().is_multiple() && has(one) && has(other)
    };
    one.get_id() != other.get_id()
        && (says(one, other) || says(other, one) || command.get_groups().any(one_of))
}

/// What people call an argument.
fn named(arg: &Arg) -> String {
    match arg.get_long() {
        Some(long) => format!("--{long}"),
        None => arg.get_id().to_string(),
    }
}
