//! Values that flags and the configuration file take, read from their text.

use std::num::NonZeroU32;

use clap::ColorChoice;
use clap::ValueEnum;
use evenshard::Micros;
use evenshard::pack::{Algorithm, Distribution, Split};
use evenshard::plan::Percentile;
use evenshard::verify::MostMissing;
use jiff::civil::Date;
use jiff::{SignedDuration, Span, SpanRelativeTo};

use crate::path_map::ReportMapping;
use crate::work_dir::WorkDir;

/// A value with one way to read it, wherever it is written.
pub(crate) trait Value: Clone + Send + Sync + Sized + 'static {
    /// Reads the value.
    fn read(text: &str) -> Result<Self, String>;
}

macro_rules! by_from_str {
    ($($kind:ty)*) => {$(
        impl Value for $kind {
            fn read(text: &str) -> Result<Self, String> {
                text.parse().map_err(|error| format!("{error}"))
            }
        }
    )*};
}

macro_rules! by_name {
    ($($kind:ty)*) => {$(
        impl Value for $kind {
            fn read(text: &str) -> Result<Self, String> {
                // As clap reads it, which compares upper and lower case.
                <$kind as ValueEnum>::from_str(text, false).map_err(|_| {
                    let all = Self::value_variants().iter();
                    let names = all.filter_map(ValueEnum::to_possible_value);
                    let names: Vec<String> = names.map(|name| name.get_name().to_owned()).collect();
                    format!("it is one of {}", names.join(", "))
                })
            }
        }
    )*};
}

by_from_str! { Algorithm Distribution MostMissing NonZeroU32 Percentile ReportMapping Split WorkDir u32 }
by_name! { ColorChoice Escape FirstBuild Order StoreContent StoreFallback }

impl Value for Micros {
    /// Reads `50ms`, `1.5s`, `1h30m` or `0`.
    fn read(text: &str) -> Result<Self, String> {
        duration(text)
            .ok_or_else(|| "give a duration with its unit, such as 50ms, 1.5s or 2m".to_owned())
    }
}

fn duration(text: &str) -> Option<Micros> {
    if text == "0" {
        return Some(Micros::ZERO);
    }
    let seconds = text.strip_suffix('s').and_then(|s| s.parse::<f64>().ok());
    if let Some(micros) = seconds.and_then(Micros::from_secs_f64) {
        return Some(micros);
    }
    let mut rest = text.trim();
    let mut sum = None;
    // Each number with its unit by itself: jiff takes them in one order, and each once.
    while rest.starts_with(|c: char| c.is_ascii_digit()) {
        let unit = rest.find(char::is_alphabetic)?;
        let end = rest[unit..].find(|c: char| c.is_ascii_digit());
        let (part, behind) = rest.split_at(end.map_or(rest.len(), |end| unit + end));
        sum = Some(sum.unwrap_or(0_u64).checked_add(micros(part)?)?);
        rest = behind;
    }
    sum.filter(|_| rest.is_empty()).map(Micros::new)
}

/// The microseconds of a number with its unit.
fn micros(text: &str) -> Option<u64> {
    /// Mean lengths in the Gregorian calendar: 365.25 days, and a twelfth of that in whole minutes.
    const YEAR: SignedDuration = SignedDuration::from_secs(31_557_600);
    const MONTH: SignedDuration = SignedDuration::from_secs(2_630_016);
    let span: Span = text.parse().ok()?;
    let calendar = YEAR
        .checked_mul(i32::from(span.get_years()))?
        .checked_add(MONTH.checked_mul(span.get_months())?)?;
    // jiff refuses to take years and months for a number of hours.
    let exact = span.years(0).months(0);
    let exact = exact
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .ok()?;
    u64::try_from(exact.checked_add(calendar)?.as_micros()).ok()
}

/// A percentage from 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Percent(f64);

impl Percent {
    /// The number before the sign.
    pub(crate) fn get(self) -> f64 {
        self.0
    }
}

impl Value for Percent {
    fn read(text: &str) -> Result<Self, String> {
        // The sign is free: TOML has bare numbers.
        let number = text.strip_suffix('%').unwrap_or(text).trim();
        match number.parse::<f64>() {
            Ok(value) if (0.0..=100.0).contains(&value) => Ok(Self(value)),
            _ => Err("give a percentage from 0 to 100, such as 90%".to_owned()),
        }
    }
}

/// A price in millionths of its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Price(u64);

impl Price {
    /// The price in millionths.
    pub(crate) fn millionths(self) -> u64 {
        self.0
    }
}

impl Value for Price {
    fn read(text: &str) -> Result<Self, String> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let is_price = digits(whole) && digits(fraction) && fraction.len() <= 6 && whole.len() <= 9;
        // Digits, so integers: a price has no rounding of its own.
        let price = format!("{whole}{fraction:0<6}").parse().ok();
        let price = price.filter(|_| is_price && !(whole.is_empty() && fraction.is_empty()));
        price.map(Self).ok_or_else(|| {
            "give the price of a minute as a number with at most six decimals, such as 0.008"
                .to_owned()
        })
    }
}

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day(pub(crate) Date);

impl Day {
    /// Reads a day as TOML has it, or says what is wrong.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let date = text.parse::<Date>().ok();
        let date = date.filter(|date| date.to_string() == text);
        date.map(Self)
            .ok_or_else(|| "it is the last day, such as 2026-12-31".to_owned())
    }
}

/// Reads the digest of a plan. An empty CI variable is wrong usage, not a digest to wait for.
pub(crate) fn digest(text: &str) -> Result<String, String> {
    let is_hex = !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit());
    is_hex
        .then(|| text.to_owned())
        .ok_or_else(|| "give the digest of a plan, in hexadecimal".to_owned())
}

/// The split of a build without timings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FirstBuild {
    /// By the numbers of tests in files.
    Count,
    /// By a hash of file names.
    Hash,
}

/// The order in which xdist's workers get the tests of a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Order {
    /// As pytest collects them.
    Collected,
    /// The longest first.
    LongestFirst,
}

/// The escaping of lines for a runner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Escape {
    /// Not at all.
    None,
    /// For a regular expression.
    Regex,
}

/// What tests printed that goes into the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StoreContent {
    /// Nothing.
    Outcomes,
    /// That of tests that failed.
    Failures,
    /// All of it.
    Full,
}

/// The way on for a job whose store cannot be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StoreFallback {
    /// None: the job stops.
    None,
    /// A plan without the store.
    Static,
}

/// The format of a plan or of timings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs; versioned, stable in its order.
    Json,
}

/// The format of a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum VerdictFormat {
    /// For people.
    #[default]
    Text,
    /// For programs; versioned, stable in its order.
    Json,
    /// For a Buildkite annotation or GitHub's step summary.
    Markdown,
    /// For the log of a GitHub job: text, then at most ten `::error` lines.
    Github,
}

impl VerdictFormat {
    /// Returns true for text that begins with the line of a gate.
    pub(crate) fn is_for_people(self) -> bool {
        matches!(self, Self::Text | Self::Github)
    }
}

/// The format of a number of jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CountFormat {
    /// For programs; versioned, stable in its order.
    Json,
    /// Lines of outputs for a matrix of GitHub Actions.
    Github,
    /// The number alone, for `parallelism`.
    Buildkite,
}

/// A CI that a pipeline can be written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Provider {
    /// GitHub Actions: a workflow.
    Github,
    /// Buildkite: steps.
    Buildkite,
}

/// The format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people.
    Text,
    /// For programs; versioned, stable in its order.
    Json,
    /// For a pull request, an annotation or a wiki.
    Markdown,
    /// One page with charts.
    Html,
}

/// The format that `timings export` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// pytest-split's `.test_durations`: node ids and seconds.
    PytestSplit,
}

/// The format that `timings import` reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportFormat {
    /// A node id or a path, a tab, and seconds on each line.
    Tsv,
}

#[cfg(test)]
mod tests {
    use evenshard::Micros;

    use super::Value as _;

    #[test]
    fn durations_are_read_as_people_type_them() {
        for (text, micros) in [
            ("0", Some(0)),
            ("50ms", Some(50_000)),
            ("1.5s", Some(1_500_000)),
            ("90s", Some(90_000_000)),
            ("5m", Some(300_000_000)),
            ("1.5m", Some(90_000_000)),
            ("1h30m", Some(5_400_000_000)),
            ("1h 30 min", Some(5_400_000_000)),
            ("5s 5m", Some(305_000_000)),
            ("0.5h 3m", Some(1_980_000_000)),
            ("2 hours 5 minutes", Some(7_500_000_000)),
            ("10us", Some(10)),
            ("1day", Some(86_400_000_000)),
            ("1month", Some(2_630_016_000_000)),
            ("1y", Some(31_557_600_000_000)),
            ("", None),
            ("5", None),
            ("m", None),
            ("-5m", None),
            ("5m ago", None),
            ("PT5M", None),
            ("00:05:00", None),
            ("1h, 30m", None),
            ("5 lightyears", None),
            ("9999999999999999h", None),
        ] {
            assert_eq!(Micros::read(text).ok(), micros.map(Micros::new), "{text}");
        }
    }
}
