//! The part of a configuration that a command uses: flags that were typed win.

use std::collections::BTreeSet;

use clap::{Arg, Command, Id};
use toml::de::{DeTable, DeValue};

use super::find::{self, File};
use super::{Config, Quarantine, Rules};
use crate::env::Env;
use crate::failure::Failure;
use crate::streams::Streams;

/// Keys that do nothing without another flag, on one command: (command, key, flag).
const NEEDS: [(&str, &str, &str); 4] = [
    ("plan", "max-shards", "target"),
    ("plan", "job-overhead", "target"),
    ("plan", "percentile", "target"),
    ("report", "percentile", "target"),
];

/// The values of a configuration that a command uses.
#[derive(Debug, Default)]
pub(crate) struct Layer {
    pub(crate) config: Config,
    pub(crate) rules: Rules,
    pub(crate) quarantine: Quarantine,
    pub(crate) file: Option<File>,
    /// The keys that are used, in the order of the file.
    used: Vec<String>,
    /// Keys that are left out, and why.
    gave_way: Vec<(String, String)>,
}

/// A key that no typed flag excludes.
struct Candidate<'a> {
    key: &'a str,
    /// The offset of the key in the file.
    at: usize,
    /// The flag of the command that the key is for.
    arg: &'a Arg,
}

impl Layer {
    /// Finds the configuration, checks all of it, and keeps the values that the command has
    /// flags for, unless these or others that exclude them were typed.
    pub(crate) fn of(
        command: &Command,
        typed: &BTreeSet<Id>,
        env: &Env,
        streams: &mut Streams<'_>,
    ) -> Result<Self, Failure> {
        let Some(file) = find::upward(env, streams)? else {
            return Ok(Self::default());
        };
        let table = file.parse()?.unwrap_or_default();
        // All of it: a mistake shows in the first job, not in the one that needs the key.
        let all = Config::read(table.clone(), &file)?;
        let mut layer = Self {
            rules: Rules::of(&all, &file),
            quarantine: Quarantine::of(&all.quarantine, &file),
            ..Self::default()
        };
        layer.choose(&table, (command, typed), &file)?;
        let used = |key: &str| layer.used.iter().any(|used| used == key);
        let table = table.into_iter().filter(|(key, _)| used(key.get_ref()));
        layer.config = Config::read(table.collect(), &file)?;
        layer.file = Some(file);
        Ok(layer)
    }

    /// Separates the keys that are used from those that give way.
    fn choose(
        &mut self,
        table: &DeTable<'_>,
        (command, typed): (&Command, &BTreeSet<Id>),
        file: &File,
    ) -> Result<(), Failure> {
        let mut candidates: Vec<Candidate<'_>> = Vec::new();
        let mut entries: Vec<_> = table.iter().collect();
        // The table is sorted by name; messages name keys in the order of the file.
        entries.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in entries {
            let (at, key) = (key.span().start, key.get_ref().as_ref());
            let Some(arg) = flag(command, key).filter(|_| is_set(key, value.get_ref())) else {
                continue;
            };
            if typed.contains(arg.get_id()) {
                continue;
            }
            let mut others = command.get_arguments();
            let excludes =
                |other: &&Arg| typed.contains(other.get_id()) && exclude(command, arg, other);
            match others.find(excludes) {
                Some(other) => {
                    let why = format!("there is {}", named(other));
                    self.gave_way.push((key.to_owned(), why));
                }
                None => candidates.push(Candidate { key, at, arg }),
            }
        }
        // After the typed flags, one of which may have excluded either key.
        contradictions(command, &candidates, file)?;
        let is_given = |key: &str| {
            candidates.iter().any(|c| c.key == key)
                || flag(command, key).is_some_and(|arg| typed.contains(arg.get_id()))
        };
        for Candidate { key, .. } in &candidates {
            let needs = { NEEDS.iter() }
                .find(|(name, needy, _)| *name == command.get_name() && needy == key);
            if needs.is_none_or(|(_, _, needed)| is_given(needed)) {
                self.used.push((*key).to_owned());
            } else {
                let why = "what it goes with is not there".to_owned();
                self.gave_way.push(((*key).to_owned(), why));
            }
        }
        Ok(())
    }

    /// Names the keys that are used and those that are left out, for the log; `rules` are the
    /// keys that no flag stands for.
    pub(crate) fn summary(&self, rules: &[&str]) -> Option<String> {
        let file = self.file.as_ref()?;
        let flags = self.used.iter().map(String::as_str);
        let used: Vec<&str> = flags.chain(rules.iter().copied()).collect();
        if used.is_empty() && self.gave_way.is_empty() {
            return None;
        }
        let none = if used.is_empty() { "none" } else { "" };
        let mut line = format!("settings from {}: {none}{}", file.name, used.join(", "));
        // Keys that give way to the same flag share its name.
        let alike = self.gave_way.chunk_by(|(_, one), (_, other)| one == other);
        for (at, alike) in alike.enumerate() {
            let keys: Vec<&str> = alike.iter().map(|(key, _)| key.as_str()).collect();
            let begin = if at == 0 { "; not " } else { ", " };
            let why = alike.first().map_or("", |(_, why)| why);
            line.extend([begin, &keys.join(", "), " (", why, ")"]);
        }
        Some(line)
    }

    /// Names the flags that the file gives, to go with an error about flags.
    pub(crate) fn note(&self) -> Option<String> {
        let flags: Vec<String> = self.used.iter().map(|key| format!("--{key}")).collect();
        let file = self.file.as_ref().filter(|_| !flags.is_empty())?;
        Some(format!("note: {} gives {}", file.name, flags.join(", ")))
    }
}

fn flag<'c>(command: &'c Command, key: &str) -> Option<&'c Arg> {
    let mut args = command.get_arguments();
    args.find(|arg| arg.get_long() == Some(key))
}

/// Returns false for a switch that is off, and for an empty list: it can exclude nothing. Files
/// are pruned unless a key says otherwise.
fn is_set(key: &str, value: &DeValue<'_>) -> bool {
    match value {
        DeValue::Boolean(on) => *on || key == "prune",
        DeValue::Array(list) => !list.is_empty(),
        _ => true,
    }
}

/// Stops for two keys that exclude each other: nobody can tell which was meant.
fn contradictions(
    command: &Command,
    candidates: &[Candidate<'_>],
    file: &File,
) -> Result<(), Failure> {
    for (at, second) in candidates.iter().enumerate() {
        let mut before = candidates.iter().take(at);
        if let Some(first) = before.find(|first| exclude(command, first.arg, second.arg)) {
            let message = format!(
                "{}: '{}' contradicts '{}' ({}): `evenshard {}` takes one of them",
                file.line_of(second.at),
                second.key,
                first.key,
                file.line_of(first.at),
                command.get_name(),
            );
            let hint = "keep one; where a command needs the other, type it: flags win";
            return Err(Failure::config(message).hint(hint));
        }
    }
    Ok(())
}

/// Returns true for two arguments that exclude each other. Either may say so.
fn exclude(command: &Command, one: &Arg, other: &Arg) -> bool {
    let says = |one: &Arg, other: &Arg| {
        let conflicts = command.get_arg_conflicts_with(one);
        conflicts.iter().any(|arg| arg.get_id() == other.get_id())
    };
    // clap knows a conflict only from the side that declares it.
    one.get_id() != other.get_id() && (says(one, other) || says(other, one))
}

/// Names an argument as it is typed.
fn named(arg: &Arg) -> String {
    match arg.get_long() {
        Some(long) => format!("--{long}"),
        None => arg.get_id().to_string(),
    }
}
