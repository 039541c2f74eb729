//! Times as reports write them: seconds, in the notations of a hundred producers.

use std::fmt;

use crate::Micros;

/// A longer time than this is no measurement of a test but a mistake in the unit: 30 days.
const ABSURD: u64 = 30 * 24 * 3_600 * 1_000_000;

/// Units of an [`Exact`]'s second part in a microsecond: 1e-21 s each.
const PER_MICRO: u128 = 1_000_000_000_000_000;

/// Powers of ten from one second down to the smallest part that is told apart.
const PLACES: i64 = 21;

/// Why a time is doubtful, or unusable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Doubt {
    /// There is nothing.
    Empty,
    /// It is below zero.
    Negative,
    /// It is NaN or infinite.
    NotFinite,
    /// It is over 30 days.
    Absurd,
    /// It is no time.
    Unreadable,
    /// A comma was taken for the decimal point: `0,160`.
    DecimalComma,
    /// A comma could be the decimal point or group thousands: `1,234`.
    AmbiguousComma,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "is empty: not used",
            Self::Negative => "is negative: not used",
            Self::NotFinite => "is not finite: not used",
            Self::Absurd => "is over 30 days: not used",
            Self::Unreadable => "is no time: not used",
            Self::DecimalComma => "has a comma, taken for the decimal point",
            Self::AmbiguousComma => "has a comma that may be the decimal point or group thousands",
        })
    }
}

/// What [`parse_time`] made of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// The time, where it can be used.
    pub value: Option<Micros>,
    /// Why it deserves a warning, if it does.
    pub doubt: Option<Doubt>,
}

/// Reads a time, in seconds unless it names units.
///
/// Notations: `1.5`, `.5`, `12.`, `+1.5`, `1.5e-05`; grouped thousands `1,234.5` and
/// `14,029.255`; the decimal comma `0,160` and `1.234,5`; Go's durations `2.500s`, `850.2ms`,
/// `1m3s`; blanks around any of them. A single comma before three digits (`1,234`) is taken to
/// group thousands. Everything else, and what is negative, infinite or over 30 days, has no
/// value.
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
    let reading = read(text);
    let value = reading.exact.map(Exact::rounded);
    let absurd = value.is_some_and(|us| us.get() > ABSURD);
    Time {
        value: value.filter(|_| !absurd),
        doubt: if absurd {
            Some(Doubt::Absurd)
        } else {
            reading.doubt
        },
    }
}

/// A time as written, to 1e-21 seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Exact {
    us: u64,
    below: u64,
}

impl Exact {
    fn from_parts(units: u128) -> Option<Self> {
        Some(Self {
            us: u64::try_from(units / PER_MICRO).ok()?,
            below: u64::try_from(units % PER_MICRO).ok()?,
        })
    }

    /// To the nearest microsecond, halves up.
    fn rounded(self) -> Micros {
        let up = u128::from(self.below) * 2 >= PER_MICRO;
        Micros::new(self.us.saturating_add(u64::from(up)))
    }
}

/// An exact sum of times, rounded only when it is read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    us: u128,
    below: u128,
}

impl Sum {
    pub(super) fn add(&mut self, time: Exact) {
        self.us += u128::from(time.us);
        self.below += u128::from(time.below);
    }

    /// To the nearest microsecond, halves to even.
    pub(super) fn rounded(self) -> Micros {
        let whole = self.us + self.below / PER_MICRO;
        let rest = (self.below % PER_MICRO) * 2;
        let up = rest > PER_MICRO || (rest == PER_MICRO && whole % 2 == 1);
        Micros::new(u64::try_from(whole + u128::from(up)).unwrap_or(u64::MAX))
    }
}

/// A text taken at its word: what it says, however absurd, and what is odd about the notation.
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

    fn of(units: Option<u128>, doubt: Option<Doubt>) -> Self {
        match units.and_then(Exact::from_parts) {
            Some(exact) => Self {
                exact: Some(exact),
                doubt,
            },
            None => Self::nothing(Doubt::Absurd),
        }
    }

    /// The time that can be used, and the doubt about it.
    pub(super) fn usable(self) -> Time {
        let value = self.exact.map(Exact::rounded);
        match value {
            Some(us) if us.get() > ABSURD => Time {
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

/// Reads a text, each on its own.
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
        [b'+', body @ ..] => (false, body),
        body => (false, body),
    };
    let reading = unsigned(body);
    match reading.exact {
        Some(exact) if negative && exact != Exact::default() => Reading::nothing(Doubt::Negative),
        _ => reading,
    }
}

/// The same text where the file is known to write decimal commas.
pub(super) fn read_decimal_comma(text: &str) -> Reading {
    let text = text.trim().as_bytes();
    let comma = memchr::memchr(b',', text);
    match comma.and_then(|at| join(&[&text[..at]], &text[at + 1..])) {
        Some(units) => Reading::of(Some(units), Some(Doubt::DecimalComma)),
        None => Reading::nothing(Doubt::Unreadable),
    }
}

/// What nearly all reports write, digits with at most one point, without a detour.
fn plain(text: &[u8]) -> Option<Exact> {
    if text.is_empty() || text.len() > 18 {
        return None;
    }
    let (mut mantissa, mut places, mut point) = (0_u64, 0_u32, false);
    for &byte in text {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa * 10 + u64::from(byte - b'0');
                places += u32::from(point);
            }
            b'.' if !point => point = true,
            _ => return None,
        }
    }
    if text.len() == 1 && point {
        return None;
    }
    if places <= 6 {
        let us = mantissa.checked_mul(10_u64.pow(6 - places))?;
        return Some(Exact { us, below: 0 });
    }
    let scale = 10_u64.pow(places - 6);
    Some(Exact {
        us: mantissa / scale,
        below: (mantissa % scale) * 10_u64.pow(21 - places),
    })
}

fn unsigned(body: &[u8]) -> Reading {
    if let Some(number) = number(body) {
        return Reading::of(number.units(), None);
    }
    if let Some(reading) = with_commas(body) {
        return reading;
    }
    if let Some(units) = with_units(body) {
        return Reading::of(units, None);
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

/// A decimal number: `digits` times ten to the power of `exponent`.
#[derive(Clone, Copy, Debug)]
struct Number {
    digits: u128,
    exponent: i64,
}

impl Number {
    /// The number of seconds in units of 1e-21 s; `None` where it is too large.
    fn units(self) -> Option<u128> {
        let power = u32::try_from((self.exponent + PLACES).unsigned_abs()).unwrap_or(u32::MAX);
        let scale = 10_u128.checked_pow(power);
        if self.exponent + PLACES < 0 {
            return Some(scale.map_or(0, |scale| self.digits / scale));
        }
        match scale {
            Some(scale) => self.digits.checked_mul(scale),
            None => (self.digits == 0).then_some(0),
        }
    }
}

/// `12`, `12.5`, `.5`, `12.`, each with an exponent or without; nothing before or after.
fn number(text: &[u8]) -> Option<Number> {
    let (number, rest) = leading_number(text)?;
    let exponent = match rest {
        [] => 0,
        [b'e' | b'E', rest @ ..] => {
            let (negative, digits) = match rest {
                [b'-', digits @ ..] => (true, digits),
                [b'+', digits @ ..] => (false, digits),
                digits => (false, digits),
            };
            if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
                return None;
            }
            let size = digits.iter().fold(0_i64, |value, digit| {
                (value * 10 + i64::from(digit - b'0')).min(1_000_000)
            });
            if negative { -size } else { size }
        }
        _ => return None,
    };
    Some(Number {
        exponent: number.exponent + exponent,
        ..number
    })
}

/// The number without an exponent that a text starts with, and what follows it.
fn leading_number(text: &[u8]) -> Option<(Number, &[u8])> {
    let (mut digits, mut exponent) = (0_u128, 0_i64);
    let (mut point, mut any, mut at) = (false, false, 0);
    while let Some(&byte) = text.get(at) {
        match byte {
            b'0'..=b'9' => {
                any = true;
                // 28 digits reach from the largest time that can be told down to 1e-14 s.
                if digits < 10_u128.pow(27) {
                    digits = digits * 10 + u128::from(byte - b'0');
                    exponent -= i64::from(point);
                } else {
                    exponent += i64::from(!point);
                }
            }
            b'.' if !point => point = true,
            _ => break,
        }
        at += 1;
    }
    any.then_some((Number { digits, exponent }, &text[at..]))
}

/// Grouped thousands and decimal commas.
fn with_commas(text: &[u8]) -> Option<Reading> {
    let comma = memchr::memchr(b',', text)?;
    let (whole, point) = match memchr::memchr(b'.', text) {
        Some(point) => (&text[..point], Some(point)),
        None => (text, None),
    };
    let fraction = point.map_or(&b""[..], |point| &text[point + 1..]);
    if point.is_none_or(|point| point > comma)
        && let Some(groups) = grouped(whole, b',')
        && (point.is_none() || !fraction.is_empty())
    {
        let doubt = (point.is_none() && groups.len() == 2).then_some(Doubt::AmbiguousComma);
        return join(&groups, fraction).map(|units| Reading::of(Some(units), doubt));
    }
    let (whole, fraction) = (&text[..comma], &text[comma + 1..]);
    if whole.is_empty() || fraction.is_empty() {
        return None;
    }
    let groups = grouped(whole, b'.').unwrap_or_else(|| vec![whole]);
    join(&groups, fraction).map(|units| Reading::of(Some(units), Some(Doubt::DecimalComma)))
}

/// Splits `1,234,567` at its separators; `None` unless it has the form of grouped thousands.
fn grouped(whole: &[u8], separator: u8) -> Option<Vec<&[u8]>> {
    let groups: Vec<&[u8]> = whole.split(|&b| b == separator).collect();
    let (first, rest) = groups.split_first()?;
    let leads = matches!(first.len(), 1..=3) && first[0] != b'0';
    (leads && !rest.is_empty() && rest.iter().all(|group| group.len() == 3)).then_some(groups)
}

/// Units of `groups` of digits before and `fraction` after the decimal point; `None` where
/// these are anything but digits.
fn join(groups: &[&[u8]], fraction: &[u8]) -> Option<u128> {
    let mut text = groups.concat();
    text.push(b'.');
    text.extend_from_slice(fraction);
    let points = text.iter().filter(|&&b| b == b'.').count();
    (points == 1)
        .then(|| number(&text))?
        .filter(|_| plain_digits(&text))?
        .units()
}

fn plain_digits(text: &[u8]) -> bool {
    text.iter().all(|b| b.is_ascii_digit() || *b == b'.')
}

/// Go's durations: numbers, each with its unit, one after the other. The inner `None` is a
/// duration too long to tell.
fn with_units(text: &[u8]) -> Option<Option<u128>> {
    let (mut rest, mut sum) = (text, Some(0_u128));
    while !rest.is_empty() {
        if rest[0] == b'.' {
            return None;
        }
        let (number, after) = leading_number(rest)?;
        let (power, factor, after) = unit(after)?;
        let part = Number {
            digits: number.digits.checked_mul(factor)?,
            exponent: number.exponent + power,
        };
        sum = sum.zip(part.units()).and_then(|(a, b)| a.checked_add(b));
        rest = after;
    }
    Some(sum)
}

/// The unit at the start of a text, as a power of ten and a factor of seconds.
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
