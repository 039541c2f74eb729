//! Values of a configuration file as serde reads them.
//!
//! Errors say what a key takes; [`read`](super::read) puts the key and its line before them.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::path::PathBuf;

use evenshard::address::Pattern;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{
    Deserialize, Deserializer, Error, IntoDeserializer as _, MapAccess, SeqAccess, Unexpected,
    Visitor,
};
use toml::Spanned;
use toml::value::Datetime;

use crate::values::Value;

/// A kind of value, by what TOML has for it.
pub(super) trait Kind: Sized {
    /// Names one value: `a path`.
    const ONE: &'static str;
    /// Goes on from `ONE` where several are taken: ` or a list of paths`.
    const MANY: &'static str;
    /// Says that TOML's numbers are taken as well as texts.
    const NUMBERS: bool = false;
    /// Says that TOML's dates are taken as well as texts.
    const DATES: bool = false;

    /// Reads a value.
    ///
    /// # Errors
    /// Says what is wrong, to follow the key.
    fn read(text: &str) -> Result<Self, String>;
}

impl<T: Value> Kind for T {
    const ONE: &'static str = "a text in quotes or a number";
    const MANY: &'static str = " or a list of these";
    const NUMBERS: bool = true;

    fn read(text: &str) -> Result<Self, String> {
        Value::read(text).map_err(|what| format!(" cannot be '{text}': {what}"))
    }
}

impl Kind for PathBuf {
    const ONE: &'static str = "a path";
    const MANY: &'static str = " or a list of paths";

    fn read(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err(" is an empty path".to_owned());
        }
        Ok(text.into())
    }
}

impl Kind for String {
    const ONE: &'static str = "a text in quotes";
    const MANY: &'static str = " or a list of texts";

    fn read(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

impl Kind for Pattern {
    const ONE: &'static str = "a list of patterns";
    const MANY: &'static str = "";

    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error| format!(": {error}"))
    }
}

/// One value.
#[derive(Clone, Debug)]
pub(crate) struct One<T>(pub(crate) T);

/// A list of values, or one that is written without a list; each with its place in the file.
#[derive(Clone, Debug)]
pub(crate) struct Many<T>(pub(crate) Vec<Spanned<T>>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Many<T> {
    pub(crate) fn into_values(self) -> impl Iterator<Item = T> {
        self.0.into_iter().map(Spanned::into_inner)
    }
}

impl<'de, T: Kind> Deserialize<'de> for One<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(Single::<T>("", PhantomData))
            .map(Self)
    }
}

impl<'de, T: Kind> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list = Spanned::<OneOrMore<Item<T>>>::deserialize(deserializer)?;
        let values = spread(list).map(|(place, Item(value))| Spanned::new(place, value));
        Ok(Self(values.collect()))
    }
}

/// Takes a text, or a number or a date where the kind does.
struct Single<T>(&'static str, PhantomData<T>);

impl<T: Kind> Single<T> {
    fn number<E: Error>(&self, number: impl fmt::Display, as_is: Unexpected<'_>) -> Result<T, E> {
        if !T::NUMBERS {
            return Err(E::invalid_type(as_is, self));
        }
        // Rust writes NaN as nobody writes it in TOML.
        T::read(&number.to_string().to_lowercase()).map_err(E::custom)
    }
}

impl<'de, T: Kind> Visitor<'de> for Single<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", T::ONE, self.0)
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
        let date = Datetime::deserialize(MapAccessDeserializer::new(map))?;
        T::read(&date.to_string()).map_err(A::Error::custom)
    }
}

/// A value of a list.
pub(super) struct Item<T>(pub(super) T);

impl<'de, T: Kind> Deserialize<'de> for Item<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(Single::<T>(T::MANY, PhantomData))
            .map(Self)
    }
}

/// A list, or one item that is written without a list.
pub(super) enum OneOrMore<I> {
    One(I),
    More(Vec<Spanned<I>>),
}

/// Lists the items with their places.
pub(super) fn spread<I>(list: Spanned<OneOrMore<I>>) -> impl Iterator<Item = (Range<usize>, I)> {
    let place = list.span();
    let items = match list.into_inner() {
        OneOrMore::One(item) => vec![Spanned::new(place, item)],
        OneOrMore::More(items) => items,
    };
    items
        .into_iter()
        .map(|item| (item.span(), item.into_inner()))
}

impl<'de, I: Deserialize<'de>> Deserialize<'de> for OneOrMore<I> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListOrItem(PhantomData))
    }
}

/// Takes a list, and leaves all else to the item.
struct ListOrItem<I>(PhantomData<I>);

macro_rules! leave_to_item {
    ($($visit:ident($kind:ty))*) => {$(
        fn $visit<E: Error>(self, value: $kind) -> Result<OneOrMore<I>, E> {
            I::deserialize(value.into_deserializer()).map(OneOrMore::One)
        }
    )*};
}

impl<'de, I: Deserialize<'de>> Visitor<'de> for ListOrItem<I> {
    type Value = OneOrMore<I>;

    leave_to_item! { visit_str(&str) visit_i64(i64) visit_u64(u64) visit_f64(f64) visit_bool(bool) }

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OneOrMore<I>, A::Error> {
        I::deserialize(MapAccessDeserializer::new(map)).map(OneOrMore::One)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<OneOrMore<I>, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(OneOrMore::More)
    }
}
