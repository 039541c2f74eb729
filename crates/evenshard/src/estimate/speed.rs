//! The speed of each build. Between builds the same tests took 1.2 to 6.2 times as long, depending
//! on the machine and its other load.

use ordered_float::OrderedFloat;

use super::means::{median, weighted_median};
use crate::Micros;
use crate::history::{History, Samples, builds};

/// Shorter times are mostly rounding, which is to milliseconds, and show nothing about a machine's
/// speed. Chosen, not measured.
pub(super) const MEASURABLE: Micros = Micros::from_millis(5);
/// The fewest tests by which a build is compared. Chosen, not measured.
pub(super) const ENOUGH_TESTS: usize = 10;
/// The fewest short tests by which a build is compared: each is mostly rounding. Chosen, not
/// measured.
const ENOUGH_SHORT: usize = 100;
/// The least ratio, so that no speed is infinite. Chosen, not measured: between builds, ratios of up
/// to 6.2 were seen.
pub(super) const LEAST_RATIO: f64 = 0.01;
/// The indices of the factors for short and for long tests.
const SHORT: usize = 0;
const LONG: usize = 1;
/// The weights of samples by the age of their build, the newest first; older ones have the last
/// weight. Each is four fifths of the one before: chosen, not measured.
const WEIGHTS: [u64; 10] = [100, 80, 64, 51, 41, 33, 26, 21, 17, 13];

/// The speed of each report, relative to the common speed.
#[derive(Clone, Debug)]
pub(super) struct Speeds {
    /// By report: the factors for its short and its long times.
    factor: Vec<[f64; 2]>,
    /// By report: the position of its build, newest 0.
    age: Vec<usize>,
}

impl Speeds {
    /// Compares the builds by the tests that they share. The ratio of a build is, for long tests,
    /// the weighted median of its time over the median of all builds; for short tests, each of
    /// which is mostly rounding, the ratio of their sums. The build of middle speed keeps its
    /// times.
    pub(super) fn of_builds(history: &History, samples: &Samples) -> Self {
        let builds = history.builds();
        let build_of = builds::ranks_of(history, &builds);
        let mut compared = vec![Compared::default(); builds.len()];
        // One build alone cannot be compared.
        if builds.len() > 1 {
            for test in history.tests() {
                let times = samples
                    .of(test)
                    .filter_map(|(report, s)| Some((build_of[report], s.duration?)));
                compare(&times.collect::<Vec<_>>(), &mut compared);
            }
        }
        let speeds: Vec<[f64; 2]> = compared.into_iter().map(Compared::speeds).collect();
        let mut order: Vec<usize> = (0..speeds.len()).collect();
        // By long tests: their ratio is more exact than that of short ones.
        order.sort_by_key(|&build| (OrderedFloat(speeds[build][LONG]), build));
        let common = order
            .get(order.len().saturating_sub(1) / 2)
            .map_or([1.0; 2], |&build| speeds[build]);
        let factor = |&build: &usize| [SHORT, LONG].map(|kind| common[kind] / speeds[build][kind]);
        Self {
            factor: build_of.iter().map(factor).collect(),
            age: build_of.iter().map(|&b| builds.len() - 1 - b).collect(),
        }
    }

    /// Compares reports test by test, each with the same weight, so that one long test that became slower
    /// does not make its machine look slow. A report with too few tests is compared as a part of its
    /// build.
    pub(super) fn evenly(history: &History, samples: &Samples) -> Self {
        let builds = history.builds();
        let build_of = builds::ranks_of(history, &builds);
        let mut by_report = vec![Vec::new(); build_of.len()];
        let mut by_build = vec![Vec::new(); builds.len()];
        for test in history.tests() {
            let times = samples.of(test).filter_map(|(r, s)| Some((r, s.duration?)));
            let times: Vec<(usize, Micros)> = times.collect();
            let usual = median(&mut times.iter().map(|t| t.1).collect::<Vec<_>>());
            if usual < MEASURABLE || times.len() < 2 {
                continue;
            }
            for (report, time) in times {
                let ratio = OrderedFloat(time.as_secs_f64() / usual.as_secs_f64());
                by_report[report].push((ratio, 1));
                by_build[build_of[report]].push((ratio, 1));
            }
        }
        let builds_speed: Vec<f64> = by_build.into_iter().map(usual).collect();
        let speed = |(report, ratios): (usize, Vec<_>)| match ratios.len() {
            0..ENOUGH_TESTS => builds_speed[build_of[report]],
            _ => usual(ratios),
        };
        let speeds = by_report.into_iter().enumerate().map(speed);
        Self {
            factor: speeds.map(|speed| [1.0 / speed; 2]).collect(),
            age: build_of.iter().map(|&b| builds.len() - 1 - b).collect(),
        }
    }

    /// Divides the times of each report by the slowness of its machine.
    pub(super) fn without_slowness(mut self, slowness: &[f64]) -> Self {
        for (factor, slowness) in self.factor.iter_mut().zip(slowness) {
            *factor = factor.map(|factor| factor / slowness);
        }
        self
    }

    /// Returns true if there is more than one build.
    pub(super) fn several_builds(&self) -> bool {
        self.age.iter().any(|&age| age > 0)
    }

    /// Returns a time of this report at the common speed.
    pub(super) fn normalised(&self, report: usize, time: Micros) -> Micros {
        let kind = if time < MEASURABLE { SHORT } else { LONG };
        Micros::from_secs_f64(time.as_secs_f64() * self.factor[report][kind]).unwrap_or(time)
    }

    /// Returns the number of builds that are newer than that of this report.
    pub(super) fn age(&self, report: usize) -> usize {
        self.age[report]
    }

    /// Returns the weight of this report's samples in a mean.
    pub(super) fn weight(&self, report: usize) -> u64 {
        WEIGHTS[self.age[report].min(WEIGHTS.len() - 1)]
    }
}

/// The times of a build beside those of others.
#[derive(Clone, Debug, Default)]
struct Compared {
    /// Of long tests: the ratio, and its weight.
    long: Vec<(OrderedFloat<f64>, u64)>,
    short: ShortTests,
}

/// Short tests, each of which is mostly rounding: only sums of them can be compared.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ShortTests {
    /// The number of them.
    pub(super) tests: usize,
    took: u128,
    usual: u128,
}

impl ShortTests {
    /// Adds a time of a test, and the test's usual time.
    pub(super) fn add(&mut self, time: Micros, usual: u128) {
        self.tests += 1;
        self.took += u128::from(time.get());
        self.usual += usual;
    }

    /// Returns the time of all over the usual time; `None` for too few tests.
    pub(super) fn ratio(self) -> Option<f64> {
        let enough = self.tests >= ENOUGH_SHORT && self.usual > 0;
        enough.then(|| self.took as f64 / self.usual as f64)
    }
}

/// Compares a test's times, each with its build, with one another.
fn compare(times: &[(usize, Micros)], compared: &mut [Compared]) {
    // Samples come by build, so the ends tell whether there are several.
    if times.first().map(|t| t.0) == times.last().map(|t| t.0) {
        return;
    }
    let reference = median(&mut times.iter().map(|t| t.1).collect::<Vec<_>>());
    if reference < MEASURABLE {
        let sum: u128 = times.iter().map(|t| u128::from(t.1.get())).sum();
        for &(build, time) in times {
            let usual = sum / times.len() as u128;
            compared[build].short.add(time, usual);
        }
        return;
    }
    for &(build, time) in times {
        let ratio = time.as_secs_f64() / reference.as_secs_f64();
        compared[build]
            .long
            .push((OrderedFloat(ratio), reference.get()));
    }
}

impl Compared {
    /// Returns the speeds for short and for long tests.
    fn speeds(self) -> [f64; 2] {
        let long = usual(self.long);
        let short = self.short.ratio().map(|ratio| ratio.max(LEAST_RATIO));
        [short.unwrap_or(long), long]
    }
}

/// Returns the weighted median, and 1 for too few ratios.
fn usual(mut ratios: Vec<(OrderedFloat<f64>, u64)>) -> f64 {
    if ratios.len() < ENOUGH_TESTS {
        return 1.0;
    }
    ratios.sort_unstable();
    weighted_median(ratios.into_iter()).map_or(1.0, |OrderedFloat(ratio)| ratio.max(LEAST_RATIO))
}

#[cfg(test)]
mod tests {
    use super::{Speeds, usual};
    use crate::Micros;
    use crate::history::{CaseSeen, History, Origin, ReportFacts};

    #[test]
    fn a_slow_build_is_brought_to_the_common_speed() {
        let mut history = History::new();
        for (build, slow) in [(0, 1), (1, 3), (2, 1)] {
            let mut report = history.report();
            for test in 0..20 {
                report.case(&CaseSeen {
                    classname: "t.test_a",
                    name: &format!("test_{test}"),
                    sample: Some(Micros::from_millis((10 + test) * slow)),
                    ..CaseSeen::default()
                });
            }
            let facts = ReportFacts {
                digest: build.to_string(),
                begun_ms: Some(build * 86_400_000),
                wall: None,
            };
            report.finish(facts, Origin::default());
        }
        let speeds = Speeds::of_builds(&history, &history.samples());
        assert_eq!(
            speeds.normalised(1, Micros::from_millis(30)),
            Micros::from_millis(10)
        );
        assert_eq!(
            speeds.normalised(2, Micros::from_millis(10)),
            Micros::from_millis(10)
        );
        assert!(speeds.weight(2) > speeds.weight(0));
    }

    #[test]
    fn a_few_tests_tell_nothing_of_speed() {
        assert!((usual(vec![(5.0.into(), 1); 3]) - 1.0).abs() < f64::EPSILON);
    }
}
