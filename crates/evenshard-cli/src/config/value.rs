//! Values of a configuration file as serde reads them.
//!
//! Errors say what a key takes; [`read`](super::read) puts the key and its line before them.

use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;

use evenshard::address::Pattern;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Unexpected, Visitor};
use toml::Spanned;
use toml::value::Datetime;

use crate::values::Value;

/// A kind of value, by its form in TOML.
pub(super) trait Kind: Sized {
    /// Names a value: `a path`.
    const NAME: &'static str;
    /// Says that TOML's numbers are taken as well as texts.
    const NUMBERS: bool = false;
    /// Says that TOML's dates are taken as well as texts.
    const DATES: bool = false;

    /// Reads a value, or says what is wrong, in words that follow the key.
    fn read(text: &str) -> Result<Self, String>;
}

impl<T: Value> Kind for T {
    const NAME: &'static str = "a text in quotes or a number";
    const NUMBERS: bool = true;

    fn read(text: &str) -> Result<Self, String> {
        Value::read(text).map_err(|what| format!(" cannot be '{text}': {what}"))
    }
}

impl Kind for PathBuf {
    const NAME: &'static str = "a path";

    fn read(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err(" is an empty path".to_owned());
        }
        Ok(text.into())
    }
}

impl Kind for String {
    const NAME: &'static str = "a text in quotes";

    fn read(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

impl Kind for Pattern {
    const NAME: &'static str = "a list of patterns";

    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error| format!(": {error}"))
    }
}

/// A value of one kind.
#[derive(Clone, Debug)]
pub(crate) struct One<T>(pub(crate) T);

/// Values with their spans in the file.
pub(crate) type Many<T> = Vec<Spanned<One<T>>>;

/// Takes the values out.
pub(crate) fn values<T>(list: Many<T>) -> impl Iterator<Item = T> {
    list.into_iter().map(|item| item.into_inner().0)
}

impl<'de, T: Kind> Deserialize<'de> for One<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader(PhantomData)).map(Self)
    }
}

/// Takes a text, or a number or a date where the kind does.
struct Reader<T>(PhantomData<T>);

impl<T: Kind> Reader<T> {
    fn number<E: Error>(&self, number: impl fmt::Display, found: Unexpected<'_>) -> Result<T, E> {
        if !T::NUMBERS {
            return Err(E::invalid_type(found, self));
        }
        // Rust writes NaN, TOML nan.
        T::read(&number.to_string().to_lowercase()).map_err(E::custom)
    }
}

impl<'de, T: Kind> Visitor<'de> for Reader<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::NAME)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::read(text).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        self.number(number, Unexpected::Signed(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        self.number(number, Unexpected::Unsigned(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        self.number(number, Unexpected::Float(number))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        if !T::DATES {
            return Err(A::Error::invalid_type(Unexpected::Map, &self));
        }
        // TOML has dates of its own, without quotes.
        let date = Datetime::deserialize(MapAccessDeserializer::new(map))?;
        T::read(&date.to_string()).map_err(A::Error::custom)
    }
}
