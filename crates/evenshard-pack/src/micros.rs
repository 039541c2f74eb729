//! Durations as whole microseconds: sums are exact, ties are real.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};
use std::time::Duration;

/// A duration in whole microseconds, 0 to about 584,000 years.
///
/// Sums saturate instead of wrapping, so that no input, however absurd, makes a
/// plan wrong by overflow. In JSON it is a plain integer under a key that ends in `_us`.
///
/// ```
/// use evenshard_pack::Micros;
/// let total: Micros = [Micros::from_millis(1_500), Micros::new(250)].into_iter().sum();
/// assert_eq!(total.get(), 1_500_250);
/// assert_eq!(total.to_string(), "1.50 s");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct Micros(u64);

impl Micros {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A duration of `us` microseconds.
    pub const fn new(us: u64) -> Self {
        Self(us)
    }

    /// A duration of `ms` milliseconds.
    pub const fn from_millis(ms: u64) -> Self {
        Self(ms.saturating_mul(1_000))
    }

    /// A duration in seconds, rounded to the nearest microsecond; `None` for negative,
    /// NaN, infinite or absurdly large values.
    pub fn from_secs_f64(seconds: f64) -> Option<Self> {
        Duration::try_from_secs_f64(seconds)
            .ok()
            .and_then(|d| u64::try_from((d.as_nanos() + 500) / 1_000).ok())
            .map(Self)
    }

    /// The number of microseconds.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The duration in seconds, for display and statistics.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// The difference, or zero where `other` is larger.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl From<Duration> for Micros {
    /// Rounded to the nearest microsecond; what is too long for it saturates.
    fn from(duration: Duration) -> Self {
        let rounded = duration.as_nanos().saturating_add(500) / 1_000;
        Self(u64::try_from(rounded).unwrap_or(u64::MAX))
    }
}

impl From<Micros> for Duration {
    fn from(micros: Micros) -> Self {
        Self::from_micros(micros.0)
    }
}

impl Add for Micros {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Micros {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Micros {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Micros {
    /// For people: `0 s`, `850 µs`, `12.3 ms`, `4.21 s`, `3m 05s`, `1h 02m`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let us = self.0;
        let text = match us {
            0 => "0 s".to_owned(),
            1..=999 => format!("{us} µs"),
            1_000..=99_949 => format!("{:.1} ms", us as f64 / 1e3),
            99_950..=999_499 => format!("{:.0} ms", us as f64 / 1e3),
            999_500..=59_994_999 => format!("{:.2} s", us as f64 / 1e6),
            _ => {
                let seconds = us.saturating_add(500_000) / 1_000_000;
                let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
                if hours > 0 {
                    format!("{hours}h {minutes:02}m")
                } else {
                    format!("{minutes}m {:02}s", seconds % 60)
                }
            }
        };
        f.pad(&text)
    }
}
