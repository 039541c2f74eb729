//! The worth of a plan: its makespan beside a time that no plan can beat.

use std::fmt;

use crate::micros::Micros;

/// The argument behind a lower bound: why no plan can be faster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum BoundKind {
    /// All work, split evenly: more shards would help.
    #[default]
    Work,
    /// All work with the setup that cannot be avoided, split evenly.
    SetUp,
    /// The longest unit with its setup: only cutting or speeding it up would help.
    Longest,
    /// The longest units: some shards must take several of them.
    Several,
    /// A bounded search that found no faster plan because there is none.
    Search,
}

impl fmt::Display for BoundKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Work => "all work, evenly shared",
            Self::SetUp => "all work and unavoidable setup, evenly shared",
            Self::Longest => "the longest unit",
            Self::Several => "several long units on one shard",
            Self::Search => "exhaustive search",
        })
    }
}

/// A time that no plan can beat, and the argument behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Bound {
    /// The time.
    pub time: Micros,
    /// The argument.
    pub kind: BoundKind,
}

impl Bound {
    pub(crate) const fn new(time: Micros, kind: BoundKind) -> Self {
        Self { time, kind }
    }

    /// The higher of two bounds; the first where they are equal.
    pub(crate) fn or(self, time: Micros, kind: BoundKind) -> Self {
        if time > self.time {
            Self { time, kind }
        } else {
            self
        }
    }
}

/// A makespan and the proof of how good it is.
///
/// `makespan <= lower_bound * (1 + gap)`, and no plan under the same split and setup costs
/// beats `lower_bound`.
///
/// ```
/// use evenshard_pack::{BoundKind, Certificate, Micros};
/// let certificate = Certificate::new(Micros::new(1_001), Micros::new(1_000), BoundKind::Work);
/// assert_eq!(certificate.gap_ppm, 1_000);
/// assert!(!certificate.proved_optimal);
/// assert_eq!(
///     certificate.to_string(),
///     "slowest shard 1.0 ms, lower bound 1.0 ms (all work, evenly shared), gap 0.1000 %"
/// );
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Certificate {
    /// The time of the slowest shard.
    #[cfg_attr(feature = "serde", serde(rename = "makespan_us"))]
    pub makespan: Micros,
    /// A time that no plan can beat.
    #[cfg_attr(feature = "serde", serde(rename = "lower_bound_us"))]
    pub lower_bound: Micros,
    /// The argument behind `lower_bound`.
    pub bound: BoundKind,
    /// `makespan / lower_bound - 1` in millionths, rounded up; 0/0 is 0, and a gap beyond
    /// `u64::MAX` (as over a bound of zero) is `u64::MAX`.
    pub gap_ppm: u64,
    /// The makespan equals the lower bound.
    pub proved_optimal: bool,
}

impl Certificate {
    /// The certificate of `makespan` under `lower_bound`; a bound above the makespan is
    /// taken for the makespan, since no plan can be faster than possible.
    pub fn new(makespan: Micros, lower_bound: Micros, bound: BoundKind) -> Self {
        let lower_bound = lower_bound.min(makespan);
        let over = u128::from(makespan.get() - lower_bound.get()) * 1_000_000;
        let gap = match u128::from(lower_bound.get()) {
            _ if over == 0 => 0,
            0 => u128::MAX,
            bound => over.div_ceil(bound),
        };
        Self {
            makespan,
            lower_bound,
            bound,
            gap_ppm: u64::try_from(gap).unwrap_or(u64::MAX),
            proved_optimal: makespan == lower_bound,
        }
    }
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            makespan,
            lower_bound,
            bound,
            ..
        } = self;
        write!(
            f,
            "slowest shard {makespan}, lower bound {lower_bound} ({bound}), "
        )?;
        if self.proved_optimal {
            f.write_str("proved optimal")
        } else {
            write!(f, "gap {:.4} %", self.gap_ppm as f64 / 1e4)
        }
    }
}
