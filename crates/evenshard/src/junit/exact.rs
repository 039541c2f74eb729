//! Numbers of seconds without loss: sums of a file's times are rounded once, at the end.

use crate::Micros;

/// Parts of 1e-21 s in a microsecond.
const PER_MICRO: u128 = 1_000_000_000_000_000;

const HALF_MICRO: u64 = 500_000_000_000_000;

/// Powers of ten from one second down to the smallest part that is kept.
const PLACES: i64 = 21;

/// A time as written, to 1e-21 seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Exact {
    us: u64,
    below: u64,
}

impl Exact {
    pub(super) fn from_parts(parts: u128) -> Option<Self> {
        Some(Self {
            us: u64::try_from(parts / PER_MICRO).ok()?,
            below: u64::try_from(parts % PER_MICRO).ok()?,
        })
    }

    /// Rounds to the nearest microsecond, halves up.
    pub(super) fn rounded(self) -> Micros {
        let up = self.below >= HALF_MICRO;
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

    /// Rounds to the nearest microsecond, halves to even.
    pub(super) fn rounded(self) -> Micros {
        let whole = self.us + self.below / PER_MICRO;
        let rest = (self.below % PER_MICRO) * 2;
        let up = rest > PER_MICRO || (rest == PER_MICRO && whole % 2 == 1);
        Micros::new(u64::try_from(whole + u128::from(up)).unwrap_or(u64::MAX))
    }
}

/// Reads digits with at most one point, as nearly all reports write them.
pub(super) fn plain(text: &[u8]) -> Option<Exact> {
    // 18 digits fit into 64 bits.
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

/// A decimal number: `digits` times ten to the power of `exponent`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number {
    pub(super) digits: u128,
    pub(super) exponent: i64,
}

impl Number {
    /// Returns a number of seconds in parts of 1e-21 s, as many as fit.
    pub(super) fn parts(self) -> u128 {
        let power = u32::try_from((self.exponent + PLACES).unsigned_abs()).unwrap_or(u32::MAX);
        let scale = 10_u128.saturating_pow(power);
        if self.exponent + PLACES < 0 {
            self.digits / scale
        } else {
            self.digits.saturating_mul(scale)
        }
    }
}

/// Reads `12`, `12.5`, `.5` or `12.`, with an exponent or without; nothing before or after.
pub(super) fn number(text: &[u8]) -> Option<Number> {
    let (number, rest) = leading_number(text)?;
    let exponent = match rest {
        [] => 0,
        [b'e' | b'E', rest @ ..] => {
            let (negative, digits) = match rest {
                [b'-', digits @ ..] => (true, digits),
                [b'+', digits @ ..] | digits => (false, digits),
            };
            if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
                return None;
            }
            // Any larger exponent is as absurd, and must not overflow.
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

/// Reads the number without an exponent at the start of a text; also returns the rest.
pub(super) fn leading_number(text: &[u8]) -> Option<(Number, &[u8])> {
    let (mut digits, mut exponent) = (0_u128, 0_i64);
    let (mut point, mut any, mut at) = (false, false, 0);
    while let Some(&byte) = text.get(at) {
        match byte {
            b'0'..=b'9' => {
                any = true;
                // 28 digits are more than any clock has; the power of ten stands for the rest.
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
