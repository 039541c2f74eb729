//! What a history says that a test will take next time.

use rustc_hash::FxHashMap;

use crate::history::{History, TestId};
use crate::micros::Micros;

/// What every test costs beyond its reported time.
///
/// JUnit rounds to milliseconds, and about a millisecond of the runner's own work per test
/// is in no `time` at all. Without a floor, plain LPT puts all zero-time tests of a suite
/// onto one shard.
pub const FLOOR: Micros = Micros::from_millis(1);

/// Estimates for every test of a history, and for tests that it does not know.
#[derive(Clone, Debug)]
pub struct Estimates {
    /// One a test of the history; `None` where it was seen but never sampled.
    measured: Vec<Option<Micros>>,
    by_class: FxHashMap<String, Mean>,
    by_file: FxHashMap<String, Mean>,
    suite: Mean,
}

/// A mean in the making.
#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    sum: u128,
    count: u64,
}

impl Mean {
    fn add(&mut self, duration: Micros) {
        self.sum += u128::from(duration.get());
        self.count += 1;
    }

    /// The mean, rounded to the nearest microsecond.
    fn value(self) -> Option<Micros> {
        let count = u128::from(self.count);
        (count > 0)
            .then(|| Micros::new(u64::try_from((self.sum + count / 2) / count).unwrap_or(u64::MAX)))
    }
}

/// Where an estimate comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The test's own samples.
    Samples,
    /// The mean of the tests of its class.
    Class,
    /// The mean of the tests of its file.
    File,
    /// The mean of all tests.
    Suite,
    /// Nothing was measured at all: the floor alone.
    Floor,
}

impl Estimates {
    /// Estimates from all samples of `history`: the mean of a test's samples plus
    /// [`FLOOR`]. `file_of` tells the dotted file of a classname.
    pub fn new<'a>(history: &'a History, file_of: impl Fn(&'a str) -> &'a str) -> Self {
        let samples = history.samples();
        let mut estimates = Self {
            measured: Vec::with_capacity(history.len()),
            by_class: FxHashMap::default(),
            by_file: FxHashMap::default(),
            suite: Mean::default(),
        };
        for test in history.tests() {
            let mut mean = Mean::default();
            for duration in samples.of(test).iter().filter_map(|s| s.duration) {
                mean.add(duration);
            }
            let estimate = mean.value().map(|m| m + FLOOR);
            estimates.measured.push(estimate);
            if let Some(estimate) = estimate {
                let classname = history.classname(test);
                add(&mut estimates.by_class, classname, estimate);
                add(&mut estimates.by_file, file_of(classname), estimate);
                estimates.suite.add(estimate);
            }
        }
        estimates
    }

    /// The estimate for a test of this class and dotted file, with what it rests on. `test`
    /// is its number in the history, if it is known there.
    pub fn of(&self, test: Option<TestId>, classname: &str, file: &str) -> (Micros, Basis) {
        let own = test.and_then(|t| self.measured.get(t.index()).copied().flatten());
        own.map(|e| (e, Basis::Samples))
            .or_else(|| mean_of(&self.by_class, classname).map(|e| (e, Basis::Class)))
            .or_else(|| mean_of(&self.by_file, file).map(|e| (e, Basis::File)))
            .or_else(|| self.suite.value().map(|e| (e, Basis::Suite)))
            .unwrap_or((FLOOR, Basis::Floor))
    }

    /// The estimate for all tests of a dotted file together; the mean of the known files,
    /// and `false`, where it is not known.
    pub fn of_file(&self, file: &str) -> (Micros, bool) {
        let total = |sum: u128| Micros::new(u64::try_from(sum).unwrap_or(u64::MAX));
        if let Some(mean) = self.by_file.get(file) {
            return (total(mean.sum), true);
        }
        let files = self.by_file.len() as u128;
        (
            self.suite.sum.checked_div(files).map_or(FLOOR, total),
            false,
        )
    }
}

fn add(means: &mut FxHashMap<String, Mean>, key: &str, estimate: Micros) {
    match means.get_mut(key) {
        Some(mean) => mean.add(estimate),
        None => means.entry(key.to_owned()).or_default().add(estimate),
    }
}

fn mean_of(means: &FxHashMap<String, Mean>, key: &str) -> Option<Micros> {
    means.get(key).copied().and_then(Mean::value)
}
