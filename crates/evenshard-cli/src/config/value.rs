//! From TOML's values to those of a flag.

use std::ffi::OsString;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeInteger, DeValue};

use crate::config::flags::{Flag, Takes};

/// What is wrong with a value.
#[derive(Debug)]
pub(super) struct Wrong {
    /// Where it begins in the file, in bytes.
    pub(super) at: usize,
    /// To be said after the key: `takes a path, not a number`.
    pub(super) what: String,
}

/// The values that a flag gets, relative paths led on from `up`.
///
/// # Errors
/// The first value that does not fit the flag.
pub(super) fn of_flag(
    flag: &Flag,
    value: &Spanned<DeValue<'_>>,
    up: &Path,
) -> Result<Vec<OsString>, Wrong> {
    let one = |value: &Spanned<DeValue<'_>>| {
        one(flag, value.get_ref(), up).map_err(|what| Wrong {
            at: value.span().start,
            what,
        })
    };
    match value.get_ref() {
        DeValue::Array(list) if flag.many => list.iter().map(one).collect(),
        _ => one(value).map(|value| vec![value]),
    }
}

fn one(flag: &Flag, value: &DeValue<'_>, up: &Path) -> Result<OsString, String> {
    let text = match (flag.takes, value) {
        (Takes::Switch, DeValue::Boolean(on)) => on.to_string(),
        (Takes::Switch, _) => return Err(wrong_type(flag, value)),
        (_, DeValue::String(text)) => text.to_string(),
        (Takes::Parsed, DeValue::Integer(number)) => decimal(number),
        (Takes::Parsed, DeValue::Float(number)) => number.as_str().to_owned(),
        _ => return Err(wrong_type(flag, value)),
    };
    if flag.takes == Takes::Path && text.is_empty() {
        return Err("is an empty path".to_owned());
    }
    flag.check(&text)
        .map_err(|objection| format!("cannot be '{text}': {objection}"))?;
    Ok(match flag.takes {
        Takes::Path => up.join(text).into_os_string(),
        _ => text.into(),
    })
}

fn wrong_type(flag: &Flag, value: &DeValue<'_>) -> String {
    let (one, many) = match flag.takes {
        Takes::Switch => ("true or false", ""),
        Takes::Path => ("a path", " or a list of paths"),
        Takes::Text => ("a text in quotes", " or a list of texts"),
        Takes::Parsed => ("a text in quotes or a number", " or a list of these"),
    };
    let many = if flag.many { many } else { "" };
    format!("takes {one}{many}, not {}", kind(value))
}

/// What people call a value of this type.
pub(super) fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// TOML also writes `0x14`.
fn decimal(number: &DeInteger<'_>) -> String {
    i128::from_str_radix(number.as_str(), number.radix())
        .map_or_else(|_| number.to_string(), |number| number.to_string())
}
