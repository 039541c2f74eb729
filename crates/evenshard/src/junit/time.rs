//! Times as reports write them: seconds, in the notations of a hundred producers.

use super::exact::{Exact, Number, leading_number, number, plain};
use crate::Micros;

/// The longest time that counts, 30 days: a longer one is a mistake in the unit, not a test.
pub(super) const ABSURD: Micros = Micros::new(30 * 24 * 3_600 * 1_000_000);

/// Reasons for which a time is doubtful or unusable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Doubt {
    /// It is empty.
    #[error("is empty: not used")]
    Empty,
    /// It is below zero.
    #[error("is negative: not used")]
    Negative,
    /// It is NaN or infinite.
    #[error("is not finite: not used")]
    NotFinite,
    /// It is over 30 days.
    #[error("is over 30 days: not used")]
    Absurd,
    /// It is no time.
    #[error("is no time: not used")]
    Unreadable,
    /// A comma was taken for the decimal point: `0,160`.
    #[error("has a comma, taken for the decimal point")]
    DecimalComma,
    /// A comma could be the decimal point or group thousands: `1,234`.
    #[error("has a comma that may be the decimal point or group thousands")]
    AmbiguousComma,
}

/// A time as [`parse_time`] reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Time {
    /// The time, where it can be used.
    pub value: Option<Micros>,
    /// The reason for a warning, if it needs one.
    pub doubt: Option<Doubt>,
}

/// Reads a time, in seconds unless it names units.
///
/// Notations: `1.5`, `.5`, `12.`, `+1.5`, `1.5e-05`; grouped thousands `1,234.5` and
/// `14,029.255`; the decimal comma `0,160` and `1.234,5`; Go's durations `2.500s`, `850.2ms`,
/// `1m3s`; blanks around any of them. A single comma before three digits (`1,234`) is taken to
/// group thousands. Everything else has no value, and so have times that are negative, infinite or
/// over 30 days.
///
/// ```
/// use evenshard::junit::{Doubt, parse_time};
/// let us = |text| parse_time(text).value.map(|t| t.get());
/// assert_eq!(us(" 1.5e-05 "), Some(15));
/// assert_eq!(us("14,029.255"), Some(14_029_255_000));
/// assert_eq!(us("1m3s"), Some(63_000_000));
/// assert_eq!(us("0,160"), Some(160_000));
/// assert_eq!(parse_time("0,160").doubt, Some(Doubt::DecimalComma));
/// assert_eq!(us("-0.000"), Some(0));
/// assert_eq!(us("-1.2"), None);
/// ```
pub fn parse_time(text: &str) -> Time {
    read(text).usable()
}

/// A time as written, however absurd, with an oddity of its notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) exact: Option<Exact>,
    pub(super) doubt: Option<Doubt>,
}

impl Reading {
    const fn nothing(doubt: Doubt) -> Self {
        Self {
            exact: None,
            doubt: Some(doubt),
        }
    }

    fn of(parts: u128, doubt: Option<Doubt>) -> Self {
        match Exact::from_parts(parts) {
            Some(exact) => Self {
                exact: Some(exact),
                doubt,
            },
            None => Self::nothing(Doubt::Absurd),
        }
    }

    /// Returns the time if it can be used, and the doubt about it.
    pub(super) fn usable(self) -> Time {
        let value = self.exact.map(Exact::rounded);
        match value {
            Some(us) if us > ABSURD => Time {
                value: None,
                doubt: Some(Doubt::Absurd),
            },
            _ => Time {
                value,
                doubt: self.doubt,
            },
        }
    }
}

/// Reads a text on its own.
pub(super) fn read(text: &str) -> Reading {
    let text = text.trim();
    if let Some(exact) = plain(text.as_bytes()) {
        return Reading {
            exact: Some(exact),
            doubt: None,
        };
    }
    let (negative, body) = match text.as_bytes() {
        [] => return Reading::nothing(Doubt::Empty),
        [b'-', body @ ..] => (true, body),
        [b'+', body @ ..] | body => (false, body),
    };
    let reading = unsigned(body);
    match reading.exact {
        Some(exact) if negative && exact != Exact::default() => Reading::nothing(Doubt::Negative),
        _ => reading,
    }
}

/// Reads a text of a file that is known to write decimal commas.
pub(super) fn read_decimal_comma(text: &str) -> Reading {
    let text = text.trim().as_bytes();
    let comma = memchr::memchr(b',', text);
    match comma.and_then(|at| join(&[&text[..at]], &text[at + 1..])) {
        Some(parts) => Reading::of(parts, Some(Doubt::DecimalComma)),
        None => Reading::nothing(Doubt::Unreadable),
    }
}

fn unsigned(body: &[u8]) -> Reading {
    if let Some(number) = number(body) {
        return Reading::of(number.parts(), None);
    }
    if let Some(reading) = with_commas(body) {
        return reading;
    }
    if let Some(parts) = with_units(body) {
        return Reading::of(parts, None);
    }
    let word = body.to_ascii_lowercase();
    if ["nan", "inf", "infinity"]
        .iter()
        .any(|w| w.as_bytes() == word)
    {
        return Reading::nothing(Doubt::NotFinite);
    }
    Reading::nothing(Doubt::Unreadable)
}

/// Reads grouped thousands and decimal commas.
fn with_commas(text: &[u8]) -> Option<Reading> {
    let comma = memchr::memchr(b',', text)?;
    let (whole, point) = match memchr::memchr(b'.', text) {
        Some(point) => (&text[..point], Some(point)),
        None => (text, None),
    };
    let fraction = point.map_or(&b""[..], |point| &text[point + 1..]);
    // A comma after the point groups nothing.
    if point.is_none_or(|point| point > comma)
        && let Some(groups) = grouped(whole, b',')
        && (point.is_none() || !fraction.is_empty())
    {
        let doubt = (point.is_none() && groups.len() == 2).then_some(Doubt::AmbiguousComma);
        return join(&groups, fraction).map(|parts| Reading::of(parts, doubt));
    }
    let (whole, fraction) = (&text[..comma], &text[comma + 1..]);
    if whole.is_empty() || fraction.is_empty() {
        return None;
    }
    let groups = grouped(whole, b'.').unwrap_or_else(|| vec![whole]);
    join(&groups, fraction).map(|parts| Reading::of(parts, Some(Doubt::DecimalComma)))
}

/// Splits `1,234,567` at its separators; `None` unless it has the form of grouped thousands.
fn grouped(whole: &[u8], separator: u8) -> Option<Vec<&[u8]>> {
    let groups: Vec<&[u8]> = whole.split(|&b| b == separator).collect();
    let (first, rest) = groups.split_first()?;
    // Nobody groups `0,123`.
    let leads = matches!(first.len(), 1..=3) && first[0] != b'0';
    (leads && !rest.is_empty() && rest.iter().all(|group| group.len() == 3)).then_some(groups)
}

/// Reads `groups` of digits before the decimal point and `fraction` after it; `None` for anything
/// but digits.
fn join(groups: &[&[u8]], fraction: &[u8]) -> Option<u128> {
    let mut text = groups.concat();
    if !text.iter().chain(fraction).all(u8::is_ascii_digit) {
        return None;
    }
    text.push(b'.');
    text.extend_from_slice(fraction);
    number(&text).map(Number::parts)
}

/// Reads Go's durations: numbers, each with its unit.
fn with_units(text: &[u8]) -> Option<u128> {
    let (mut rest, mut sum) = (text, 0_u128);
    while let Some(first) = rest.first() {
        if *first == b'.' {
            return None;
        }
        let (number, after) = leading_number(rest)?;
        let (power, factor, after) = unit(after)?;
        let part = Number {
            digits: number.digits.saturating_mul(factor),
            exponent: number.exponent + power,
        };
        sum = sum.saturating_add(part.parts());
        rest = after;
    }
    Some(sum)
}

/// Reads the unit at the start of a text, as a power of ten and a factor of seconds.
fn unit(text: &[u8]) -> Option<(i64, u128, &[u8])> {
    const UNITS: [(&str, i64, u128); 8] = [
        ("ns", -9, 1),
        ("us", -6, 1),
        ("µs", -6, 1),
        ("μs", -6, 1),
        ("ms", -3, 1),
        ("s", 0, 1),
        ("m", 0, 60),
        ("h", 0, 3_600),
    ];
    UNITS.iter().find_map(|&(name, power, factor)| {
        text.strip_prefix(name.as_bytes())
            .map(|rest| (power, factor, rest))
    })
}
