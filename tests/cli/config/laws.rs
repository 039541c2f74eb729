//! What holds for every flag there is, read off the command line itself.

use std::any::TypeId;
use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{ArgAction, Command, CommandFactory as _};
use evenshard_cli::args::{self, Cli};
use evenshard_cli::env::Env;
use evenshard_cli::settings::Refused;
use evenshard_cli::streams::Streams;

use crate::support::Folder;

/// Values of all kinds; each flag finds two that it takes.
const VALUES: &[&str] = &[
    "2",
    "3",
    "class",
    "file",
    "lpt",
    "auto",
    "always",
    "load",
    "loadfile",
    "1s",
    "2s",
    "a=b",
    "c=d",
    "one",
    "two",
    "count",
    "hash",
    "collected",
    "longest-first",
    "none",
    "regex",
    "outcomes",
    "failures",
    "static",
    "90",
    "95",
];

/// A command, with what it cannot do without.
struct Subject {
    command: Command,
    before: Vec<String>,
    after: Vec<String>,
    flags: Vec<Flag>,
}

/// A flag that a file can have a default for, with two values as they are typed.
#[derive(Clone)]
struct Flag {
    name: String,
    switch: bool,
    values: [String; 2],
}

/// What came of a command line and a file.
#[derive(Debug, PartialEq)]
enum Came {
    Out(String),
    Usage(ErrorKind),
    Config(String),
}

fn parse(folder: &Folder, arguments: &[String], file: Option<&str>) -> Came {
    let path = folder.path().join("evenshard.toml");
    match file {
        Some(text) => std::fs::write(path, text).unwrap(),
        None => drop(std::fs::remove_file(path)),
    }
    // Which shard it is, is never configured.
    let ci = [
        ("BUILDKITE", "true"),
        ("BUILDKITE_PARALLEL_JOB", "0"),
        ("BUILDKITE_PARALLEL_JOB_COUNT", "2"),
    ];
    let env = Env::from_pairs(ci).in_folder(folder.path());
    let (mut out, mut talk) = (std::io::sink(), std::io::sink());
    let mut streams = Streams::new(&mut out, &mut talk);
    match args::resolve(arguments.iter().map(OsString::from), &env, &mut streams) {
        Ok(settings) => Came::Out(format!("{settings:?}")),
        Err(Refused::Usage(error, _)) => Came::Usage(error.kind()),
        Err(Refused::Failed(failure)) => Came::Config(failure.render()),
    }
}

/// The commands without commands below them, each with the flags that all have; but for those
/// that look at no configuration.
fn subjects(folder: &Folder) -> Vec<Subject> {
    fn leaves(command: &Command, path: &[String], into: &mut Vec<(Command, Vec<String>)>) {
        for below in command.get_subcommands() {
            let path = [path, &[below.get_name().to_owned()]].concat();
            if below.has_subcommands() {
                leaves(below, &path, into);
            } else {
                into.push((below.clone(), path));
            }
        }
    }
    let mut found = Vec::new();
    let root = Cli::command();
    leaves(&root, &["evenshard".to_owned()], &mut found);
    let for_all = root.get_arguments().filter(|arg| arg.is_global_set());
    let for_all = for_all.filter(|arg| arg.get_long() != Some("help"));
    let for_all: Vec<clap::Arg> = for_all.cloned().collect();
    found
        .into_iter()
        .filter(|(command, _)| !["completions", "init", "man"].contains(&command.get_name()))
        .map(|(command, before)| Subject::new(folder, command.args(&for_all), before))
        .collect()
}

impl Subject {
    fn new(folder: &Folder, command: Command, mut before: Vec<String>) -> Self {
        let mut after = Vec::new();
        for arg in command.get_arguments().filter(|arg| arg.is_required_set()) {
            match (arg.get_long(), arg.is_last_set()) {
                (Some(long), _) => {
                    let named = arg.get_possible_values();
                    let value = named.first().map_or("2s", |value| value.get_name());
                    before.push(format!("--{long}={value}"));
                }
                (None, true) => after = vec!["--".to_owned(), "x".to_owned()],
                (None, false) => before.push("x".to_owned()),
            }
        }
        let mut subject = Self {
            command,
            before,
            after,
            flags: Vec::new(),
        };
        subject.flags = subject.flags_of(folder);
        subject
    }

    fn flags_of(&self, folder: &Folder) -> Vec<Flag> {
        let all = self.command.get_arguments();
        all.filter_map(|arg| {
            let name = arg.get_long()?.to_owned();
            let refused = self.typed(folder, &[], Some(&format!("{name} = 1\n")));
            if matches!(refused, Came::Config(text) if text.contains("cannot have a default")) {
                return None;
            }
            // One that is on by default takes the word that turns it off.
            let is_bool = arg.get_value_parser().type_id() == TypeId::of::<bool>();
            let switch = is_bool || matches!(arg.get_action(), ArgAction::SetTrue);
            let takes = |value: &&&str| {
                let typed = [format!("--{name}={value}")];
                let bad = [ErrorKind::InvalidValue, ErrorKind::ValueValidation];
                let came = self.typed(folder, &typed, None);
                !bad.map(Came::Usage).contains(&came)
            };
            let known = if switch { &["true", "false"] } else { VALUES };
            let values: Vec<String> = known
                .iter()
                .filter(takes)
                .take(2)
                .map(|&value| value.to_owned())
                .collect();
            let values = values.try_into();
            Some(Flag {
                switch,
                values: values.unwrap_or_else(|v| panic!("too few values for --{name}: {v:?}")),
                name,
            })
        })
        .collect()
    }

    /// What comes of these flags in addition to what the command cannot do without.
    fn typed(&self, folder: &Folder, flags: &[String], file: Option<&str>) -> Came {
        let arguments = [&self.before[..], flags, &self.after].concat();
        parse(folder, &arguments, file)
    }
}

impl Flag {
    fn typed(&self, value: usize) -> String {
        format!("--{}={}", self.name, self.values[value])
    }

    fn configured(&self, value: usize) -> String {
        let quote = if self.switch { "" } else { "\"" };
        format!("{} = {quote}{}{quote}\n", self.name, self.values[value])
    }
}

#[test]
fn every_command_has_flags_that_a_file_can_give() {
    let folder = Folder::new();
    let subjects = subjects(&folder);
    assert!(subjects.len() >= 8);
    for subject in &subjects {
        assert!(!subject.flags.is_empty(), "{}", subject.command);
    }
    let names = subjects.iter().flat_map(|s| &s.flags).map(|f| &*f.name);
    let names: std::collections::BTreeSet<&str> = names.collect();
    for name in ["shard", "output", "tests"] {
        assert!(!names.contains(name), "{name} in {names:?}");
    }
    for name in [
        "timings", "split", "history", "junit", "target", "scope", "color",
    ] {
        assert!(names.contains(name), "{name} in {names:?}");
    }
}

#[test]
fn what_is_typed_always_wins_over_what_is_configured() {
    let folder = Folder::new();
    for subject in subjects(&folder) {
        let name = subject.command.get_name();
        for typed in &subject.flags {
            let flag = [typed.typed(0)];
            let alone = subject.typed(&folder, &flag, None);
            let same = subject.typed(&folder, &flag, Some(&typed.configured(1)));
            assert_eq!(same, alone, "{name} --{}", typed.name);

            for other in subject.flags.iter().filter(|f| f.name != typed.name) {
                let both = [typed.typed(0), other.typed(0)];
                let both = subject.typed(&folder, &both, None);
                let came = subject.typed(&folder, &flag, Some(&other.configured(0)));
                let exclude = both == Came::Usage(ErrorKind::ArgumentConflict);
                let as_typed = if exclude { &alone } else { &both };
                let waits = came == alone && matches!(both, Came::Usage(_));
                assert!(
                    came == *as_typed || waits,
                    "{name} --{} with {} in the file: {came:?}",
                    typed.name,
                    other.name
                );
            }
        }
    }
}

#[test]
fn what_is_configured_is_as_good_as_typed() {
    let folder = Folder::new();
    for subject in subjects(&folder) {
        let name = subject.command.get_name();
        for (at, one) in subject.flags.iter().enumerate() {
            for other in &subject.flags[at..] {
                let mut typed = vec![one.typed(0)];
                let mut file = one.configured(0);
                if one.name != other.name {
                    typed.push(other.typed(0));
                    file += &other.configured(0);
                }
                let typed = subject.typed(&folder, &typed, None);
                let came = subject.typed(&folder, &[], Some(&file));
                let fits = match typed {
                    Came::Usage(ErrorKind::ArgumentConflict) => {
                        matches!(&came, Came::Config(text) if text.contains("contradicts"))
                    }
                    // One of them waits for a third.
                    Came::Usage(ErrorKind::MissingRequiredArgument) => true,
                    typed => came == typed,
                };
                assert!(fits, "{name}: {file} gives {came:?}");
            }
        }
    }
}
