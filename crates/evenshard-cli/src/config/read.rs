//! From the table of a file to a [`Config`], or to the words that say what is wrong with it.

use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, Error, ValueDeserializer};

use super::find::File;
use super::value::One;
use super::{Config, no_default};
use crate::failure::Failure;
use crate::near::nearest;

pub(super) const QUARANTINE: &str = "quarantine";
const TOGETHER: &str = "together";

impl Config {
    /// Reads a configuration, its relative paths continued from the file's folder. Fails with 78
    /// for unknown keys, and for values that do not fit their keys.
    pub(super) fn read(mut table: DeTable<'_>, file: &File) -> Result<Self, Failure> {
        for (key, value) in &mut table {
            with_lists(key.get_ref(), value);
        }
        // toml asks for the span of the root as well: the whole file.
        let value = Spanned::new(0..file.text.len(), DeValue::Table(table.clone()));
        let mut config = Self::deserialize(ValueDeserializer::from(value))
            .map_err(|error| failure(&error, &table, file))?;
        let timings = config.timings.iter_mut().map(Spanned::get_mut);
        let others = [
            &mut config.history,
            &mut config.junit,
            &mut config.plan,
            &mut config.previous,
            &mut config.record,
        ];
        for One(path) in timings.chain(others.into_iter().flatten()) {
            *path = file.up.join(&path);
        }
        if let Some(One(store)) = &mut config.store
            && !store.contains("://")
            && store != "none"
        {
            *store = file.up.join(&store).to_string_lossy().into_owned();
        }
        Ok(config)
    }
}

/// Puts a value into a list where its key takes lists and it is written without one.
fn with_lists(key: &str, value: &mut Spanned<DeValue<'_>>) {
    match key {
        TOGETHER => {
            for group in listed(value) {
                listed(group);
            }
        }
        QUARANTINE => {
            for entry in listed(value).iter_mut() {
                if let DeValue::Table(entry) = entry.get_mut()
                    && let Some(test) = entry.get_mut("test")
                {
                    listed(test);
                }
            }
        }
        "timings" | "path-map" | "publish" | "never-split" | "everywhere" | "whole-marks"
        | "may-split" => {
            listed(value);
        }
        _ => {}
    }
}

/// Returns a value as a list, put into a new one where it is none.
fn listed<'a, 'i>(value: &'a mut Spanned<DeValue<'i>>) -> &'a mut [Spanned<DeValue<'i>>] {
    if !value.get_ref().is_array() {
        let mut list = DeArray::new();
        list.push(value.clone());
        *value.get_mut() = DeValue::Array(list);
    }
    match value.get_mut() {
        DeValue::Array(list) => list,
        _ => &mut [],
    }
}

/// Says what is wrong as `file:line: 'key' takes a path, not a number`.
fn failure(error: &Error, table: &DeTable<'_>, file: &File) -> Failure {
    let at = error.span().map_or(0, |span| span.start);
    let line = file.line_of(at);
    // serde names no keys in errors of values, only where they are.
    let (key, is_nested) = key_at(table, at);
    let message = error.message();
    if message.starts_with("unknown field ") {
        return unknown(&key, is_nested, message, &line);
    }
    if let Some((found, takes)) = message
        .strip_prefix("invalid type: ")
        .and_then(|message| message.rsplit_once(", expected "))
    {
        let (takes, hint) = takes_of(&key, takes);
        let found = kind(found, file.text.get(at..).unwrap_or_default());
        let failure = Failure::config(format!("{line}: '{key}' takes {takes}, not {found}"));
        return with(failure, hint);
    }
    let (what, hint) = match message.split_once('\n') {
        Some((what, hint)) => (what, Some(hint)),
        None => (
            message,
            takes_of(&key, "").1.filter(|_| key == "whole-marks"),
        ),
    };
    let failure = Failure::config(if what.starts_with('\'') {
        format!("{line}: {what}")
    } else {
        format!("{line}: '{key}'{what}")
    });
    with(failure, hint)
}

/// Finds the last key at or before this offset; true where it is of a quarantine.
fn key_at(table: &DeTable<'_>, at: usize) -> (String, bool) {
    let entries = table
        .get(QUARANTINE)
        .and_then(|value| value.get_ref().as_array());
    let entries = { entries.into_iter() }.flat_map(|list| list.iter());
    let nested = { entries }.filter_map(|entry| entry.get_ref().as_table());
    let nested = nested.flat_map(DeTable::keys).map(|key| (key, true));
    let keys = table.keys().map(|key| (key, false)).chain(nested);
    let before = keys.filter(|(key, _)| key.span().start <= at);
    let last = before.max_by_key(|(key, _)| key.span().start);
    last.map_or_else(Default::default, |(key, is_nested)| {
        (key.get_ref().to_string(), is_nested)
    })
}

/// Says what a key takes, with a hint, where that is more than the kind of its values tells.
fn takes_of<'a>(key: &str, takes: &'a str) -> (&'a str, Option<&'static str>) {
    const PATTERN: &str = "a pattern is a text such as \"tests/db\" or \"tests/test_a.py::TestX\"";
    match key {
        "timings" => ("a path or a list of paths", None),
        "path-map" => ("a text in quotes or a number or a list of these", None),
        "test" => ("a pattern or a list of patterns", None),
        TOGETHER => (
            "a list of groups, each a pattern or a list of patterns",
            Some(PATTERN),
        ),
        "never-split" | "everywhere" | "may-split" => (takes, Some(PATTERN)),
        "whole-marks" => (
            takes,
            Some("a mark is named as in @pytest.mark.NAME, such as \"incremental\""),
        ),
        QUARANTINE => (
            "tables",
            Some("write [[quarantine]], and below it test = \"...\" and reason = \"...\""),
        ),
        _ if takes == "a boolean" => ("true or false", None),
        _ => (takes, None),
    }
}

/// Names the kind of a value as people call it, by serde's name and by its text in the file.
fn kind(name: &str, text: &str) -> &'static str {
    match name.split([' ', '`']).next() {
        Some("string") => "a text",
        Some("integer" | "floating") => "a number",
        Some("boolean") => "true or false",
        Some("sequence") => "a list",
        // toml hands dates to serde as tables.
        _ if text.starts_with(|c: char| c.is_ascii_digit()) => "a date or time",
        _ => "a table",
    }
}

/// Says that there is no such key. serde's message lists the known ones.
fn unknown(key: &str, is_nested: bool, message: &str, line: &str) -> Failure {
    if let Some(why) = no_default(key).filter(|_| !is_nested) {
        return Failure::config(format!("{line}: '{key}' cannot have a default: {why}"))
            .hint(format!("give --{key} where the command is called"));
    }
    let of = if is_nested { " in 'quarantine'" } else { "" };
    let failure = Failure::config(format!("{line}: unknown key '{key}'{of}"));
    // As Python writes it: never_split.
    let plain = key.to_lowercase().replace('_', "-");
    let near = nearest(&plain, known(message));
    with(failure, near.map(|near| format!("did you mean '{near}'?")))
}

fn with(failure: Failure, hint: Option<impl Into<String>>) -> Failure {
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// Lists the known keys that an error names: ``unknown field `x`, expected one of `a`, `b` ``.
fn known(message: &str) -> impl Iterator<Item = &str> {
    let (_, known) = message.rsplit_once(", expected ").unwrap_or_default();
    known.split('`').skip(1).step_by(2)
}
