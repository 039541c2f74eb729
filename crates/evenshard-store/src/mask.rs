//! Masking the values of secret variables in everything that is put.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use memchr::memmem::Finder;

mod decode;

use decode::{Decoded, Escapes};

/// Patterns of the names of variables whose values are secret. Those that Buildkite masks by
/// default end in the same words; `*_KEY` stands for its `*_ACCESS_KEY` and `*_SECRET_KEY`.
pub const REDACTED_NAMES: [&str; 5] = [
    "*_PASSWORD",
    "*_SECRET",
    "*_TOKEN",
    "*_KEY",
    "*_CONNECTION_STRING",
];

/// Names that end in `_KEY` and hold names, not secrets.
const NAMES_OF_KEYS: [&str; 4] = [
    "BUILDKITE_STEP_KEY",
    "BUILDKITE_GROUP_KEY",
    "EVENSHARD_STORE_KEY",
    "STORE_KEY",
];

/// Buildkite masks no shorter values either: they would be found everywhere.
const SHORTEST: usize = 6;

const MASK: &[u8] = b"[REDACTED]";

/// Replaces values with `[REDACTED]`, also where they are escaped as XML or JSON.
///
/// A value of several lines is masked whole and line by line, as failures show it. Values and
/// lines under 6 bytes stay.
#[derive(Clone, Default)]
pub struct Masker {
    /// The longest first, so that a value that holds another one goes whole.
    values: Vec<Finder<'static>>,
}

impl Masker {
    /// Masks nothing.
    pub fn none() -> Self {
        Self::default()
    }

    /// Masks these values.
    pub fn new<V: AsRef<str>>(values: impl IntoIterator<Item = V>) -> Self {
        let mut needles = std::collections::BTreeSet::new();
        for value in values {
            let value = value.as_ref().trim();
            for part in std::iter::once(value).chain(value.lines().map(str::trim)) {
                if part.len() >= SHORTEST {
                    needles.insert(part.to_owned());
                }
            }
        }
        let mut needles: Vec<String> = needles.into_iter().collect();
        needles.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
        let finders = needles.iter().map(|n| Finder::new(n).into_owned());
        Self {
            values: finders.collect(),
        }
    }

    /// Masks the values of the variables whose names are redacted by [`REDACTED_NAMES`] or by
    /// `patterns`, such as those of `BUILDKITE_AGENT_REDACTED_VARS`.
    pub fn of_variables<'a>(
        variables: impl IntoIterator<Item = (&'a str, &'a str)>,
        patterns: &[&str],
    ) -> Self {
        let secret = variables
            .into_iter()
            .filter(|(name, _)| is_redacted(name, patterns));
        Self::new(secret.map(|(_, value)| value))
    }

    /// Masks plain text.
    pub fn text<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        self.mask(text, &[&[]]).0
    }

    /// Masks XML: values as they are, with references, and with a backslash's escapes, as
    /// `repr` and JSON in captured output have them.
    pub(crate) fn xml<'t>(&self, xml: &'t [u8]) -> (Cow<'t, [u8]>, usize) {
        let ways: [&[Escapes]; 4] = [
            &[],
            &[Escapes::Backslash],
            &[Escapes::Xml],
            &[Escapes::Xml, Escapes::Backslash],
        ];
        self.mask(xml, &ways)
    }

    /// Masks JSON: values as they are, escaped, and escaped within an escaped text.
    pub(crate) fn json<'t>(&self, json: &'t [u8]) -> (Cow<'t, [u8]>, usize) {
        let ways: [&[Escapes]; 3] = [
            &[],
            &[Escapes::Backslash],
            &[Escapes::Backslash, Escapes::Backslash],
        ];
        self.mask(json, &ways)
    }

    /// Masks `text` as it is and as each of `ways` reads it; counts the places.
    fn mask<'t>(&self, text: &'t [u8], ways: &[&[Escapes]]) -> (Cow<'t, [u8]>, usize) {
        let mut places: Vec<Range<usize>> = Vec::new();
        if self.values.is_empty() {
            return (Cow::Borrowed(text), 0);
        }
        for way in ways {
            let read = Decoded::of(text, way);
            for value in &self.values {
                for found in occurrences(value, read.bytes()) {
                    places.push(read.source(found.start)..read.source(found.end));
                }
            }
        }
        let places = merged(places);
        if places.is_empty() {
            return (Cow::Borrowed(text), 0);
        }
        let mut out = Vec::with_capacity(text.len());
        let mut end = 0;
        for place in &places {
            out.extend_from_slice(&text[end..place.start]);
            out.extend_from_slice(MASK);
            end = place.end;
        }
        out.extend_from_slice(&text[end..]);
        (Cow::Owned(out), places.len())
    }
}

impl fmt::Debug for Masker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Masker({} values)", self.values.len())
    }
}

/// All places of a value, those that overlap as one: `aXaXa` has `aXa` twice.
fn occurrences(value: &Finder<'_>, text: &[u8]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut from = 0;
    while let Some(at) = value.find(&text[from..]) {
        let start = from + at;
        let end = start + value.needle().len();
        match found.last_mut() {
            Some(last) if start < last.end => last.end = end,
            _ => found.push(start..end),
        }
        from = start + 1;
    }
    found
}

/// Ranges in order, those that overlap as one.
fn merged(mut places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    places.sort_by_key(|place| place.start);
    let mut out: Vec<Range<usize>> = Vec::new();
    for place in places {
        match out.last_mut() {
            Some(last) if place.start < last.end => last.end = last.end.max(place.end),
            _ => out.push(place),
        }
    }
    out
}

/// Returns true where the value of a variable is secret by its name: one of [`REDACTED_NAMES`]
/// or `patterns` matches it, whatever the case. In a pattern `*` stands for any text and `?` for
/// one character.
pub fn is_redacted(name: &str, patterns: &[&str]) -> bool {
    let name = name.to_ascii_uppercase();
    let given = |pattern: &&str| matches(pattern.to_ascii_uppercase().as_bytes(), name.as_bytes());
    if patterns.iter().any(given) {
        return true;
    }
    !NAMES_OF_KEYS.contains(&name.as_str()) && REDACTED_NAMES.iter().any(given)
}

fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    // Where the last star is, and how much of the name it has taken.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(&byte) if byte == b'?' || byte == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    n = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}
