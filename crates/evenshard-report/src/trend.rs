//! The figures of one build, small enough to keep those of many builds.

use std::cmp::Reverse;

use evenshard::Micros;
use evenshard::suite::Suite;
use evenshard::verify::Verdict;
use serde::{Deserialize, Serialize};

/// The number of slowest tests that are kept of a build.
const SLOWEST: usize = 5;

/// One build in a trend over many.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct BuildFigures {
    /// The build.
    pub build: String,
    /// Its start, in milliseconds since 1970.
    pub begun_ms: u64,
    /// The finished run records that the figures are over: more after a retried job.
    pub records: u32,
    /// It is proved that each test ran once.
    pub proved: bool,
    /// The number of tests.
    pub tests: u64,
    /// The number of tests that failed.
    pub failed: u64,
    /// The number of shards.
    pub shards: u32,
    /// The time of the slowest shard.
    pub slowest_us: Micros,
    /// The mean time of all shards.
    pub mean_us: Micros,
    /// The slowest tests, the longest first: names and times.
    pub slowest_tests: Vec<(String, Micros)>,
}

impl BuildFigures {
    /// Takes the figures of a build from its verdict and the suite of its results.
    pub fn of(verdict: &Verdict, suite: &Suite<'_>) -> Self {
        let balance = verdict.balance.as_ref();
        let mut tests: Vec<_> = suite.estimates().collect();
        // Stable: the canonical order decides between equals.
        tests.sort_by_key(|test| Reverse(test.estimate));
        let slowest = tests.iter().take(SLOWEST);
        Self {
            build: verdict.build.clone().unwrap_or_default(),
            proved: verdict.proved,
            tests: verdict.totals.tests,
            failed: verdict.failures.len() as u64,
            shards: verdict.shard_count,
            slowest_us: balance.map_or(Micros::ZERO, |balance| balance.slowest_us),
            mean_us: balance.map_or(Micros::ZERO, |balance| balance.mean_us),
            slowest_tests: slowest
                .map(|test| (format!("{}::{}", test.classname, test.name), test.estimate))
                .collect(),
            ..Self::default()
        }
    }

    /// The time of the slowest shard over the mean, less 1.
    pub fn imbalance(&self) -> f64 {
        if self.mean_us == Micros::ZERO {
            return 0.0;
        }
        self.slowest_us.get() as f64 / self.mean_us.get() as f64 - 1.0
    }
}
