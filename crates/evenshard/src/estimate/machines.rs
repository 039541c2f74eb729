//! The speed of each report: the jobs of a build run on machines of their own.
//!
//! A slow machine makes all tests of its job look slow, and the next plan would reserve more time
//! than they need. Tests move from job to job, so their other samples show the difference:
//!
//! ```text
//! ratio  = median over a report's tests of (its time / the median of the test's other times)
//! speed := speed * ratio, until no ratio differs from 1 by more than chance would have it
//! ```
//!
//! Newer times weigh more in a test's median, so that a file that became slower for good does not
//! count as a slow machine for long. If tests have only one other time each, either of the two
//! machines can be the usual one: each moves half the way.

use ordered_float::OrderedFloat;

use super::means::weighted_median;
use super::speed::{ENOUGH_TESTS, LEAST_RATIO, MEASURABLE, ShortTests, Speeds};
use crate::Micros;
use crate::history::{History, Samples};

/// The most iterations; ratios usually stop changing after two or three.
const ROUNDS: usize = 5;
/// A ratio counts if it is this number of standard errors away from 1: of equal machines, one in
/// twenty is so by chance.
const SURE: f64 = 2.0;
/// The standard error of a median of `n` values, in median deviations over the root of `n`:
/// 1.4826 makes the deviation of a normal distribution's, 1.2533 is for the median.
const ERROR_OF_MEDIAN: f64 = 1.4826 * 1.2533;
/// A machine is as fast as the others if the sums of its short tests differ by no more. Chosen, not
/// measured.
const LEAST_OF_SHORT: f64 = 0.05;

/// The times of one report beside other times of its tests.
#[derive(Clone, Debug, Default)]
struct Compared {
    /// Of long tests: the ratio and its weight.
    long: Vec<(OrderedFloat<f64>, u64)>,
    short: ShortTests,
    /// The number of tests with more than one other time.
    certain: usize,
}

/// A time of a test at the speed known so far: the time, its report, what it weighs.
type Time = (Micros, usize, u64);

/// Returns the speed of each report: of its build, and of its machine where builds have several
/// reports.
pub(super) fn speeds(history: &History, samples: &Samples) -> Speeds {
    let speeds = Speeds::of_builds(history, samples);
    let builds = history.builds();
    if builds.len() < 2 || builds.iter().all(|build| build.reports.len() < 2) {
        return speeds;
    }
    let slowness = slowness(history, samples, &speeds);
    speeds.without_slowness(&slowness)
}

/// Returns how much slower each report was than the others, 1 for one that was not. `speeds` are
/// those of builds.
fn slowness(history: &History, samples: &Samples, speeds: &Speeds) -> Vec<f64> {
    let mut slowness = vec![1.0; history.reports().len()];
    let mut times: Vec<Time> = Vec::new();
    for _ in 0..ROUNDS {
        let mut compared = vec![Compared::default(); slowness.len()];
        for test in history.tests() {
            times.clear();
            times.extend(samples.of(test).filter_map(|(report, sample)| {
                let time = speeds.normalised(report, sample.duration?);
                let time = Micros::from_secs_f64(time.as_secs_f64() / slowness[report])?;
                Some((time, report, speeds.weight(report)))
            }));
            compare(&mut times, &mut compared);
        }
        let mut stable = true;
        for (slowness, compared) in slowness.iter_mut().zip(compared) {
            let ratio = compared.ratio();
            stable &= (ratio - 1.0).abs() < f64::EPSILON;
            *slowness *= ratio;
        }
        if stable {
            break;
        }
    }
    // Products of ratios drift by a common factor.
    anchor(history, &mut slowness);
    slowness
}

/// Makes the usual machine, the one of middle speed by the tests that it ran, keep its times:
/// ratios alone do not fix the common speed.
fn anchor(history: &History, slowness: &mut [f64]) {
    let reports = history.reports().iter().zip(slowness.iter());
    let mut all: Vec<(OrderedFloat<f64>, u64)> = reports
        .map(|(report, &slow)| (OrderedFloat(slow), u64::from(report.tests)))
        .collect();
    all.sort_unstable();
    let usual = weighted_median(all.into_iter()).map_or(1.0, OrderedFloat::into_inner);
    for slow in slowness {
        *slow /= usual;
    }
}

/// Compares each time of a test with its others.
fn compare(times: &mut [Time], compared: &mut [Compared]) {
    times.sort_unstable();
    let Some(&(_, first, _)) = times.first() else {
        return;
    };
    // One report alone compares with nothing.
    if times.iter().all(|&(_, report, _)| report == first) {
        return;
    }
    for &(time, report, _) in times.iter() {
        let others = || times.iter().filter(|other| other.1 != report);
        // The time itself is left out: a test with few others would look usual on any machine.
        let Some(usual) = weighted_median(others().map(|&(time, _, weight)| (time, weight))) else {
            continue;
        };
        let compared = &mut compared[report];
        compared.certain += usize::from(others().nth(1).is_some());
        if usual < MEASURABLE {
            // Rounded to nothing or one, they have a mean and no median.
            let (mut sum, mut weights) = (0, 0);
            for &(time, _, weight) in others() {
                sum += u128::from(time.get()) * u128::from(weight);
                weights += u128::from(weight);
            }
            compared.short.add(time, sum / weights.max(1));
            continue;
        }
        let ratio = time.as_secs_f64() / usual.as_secs_f64();
        compared.long.push((OrderedFloat(ratio), usual.get()));
    }
}

impl Compared {
    /// Returns the slowness of the report: by its long tests, else by the sum of its short ones. 1
    /// if it has too few of both.
    fn ratio(mut self) -> f64 {
        // Half of the tests have to say which machine is the slow one.
        let certain = self.certain * 2 >= self.short.tests + self.long.len();
        let ratio = if self.long.len() >= ENOUGH_TESTS {
            self.long_ratio()
        } else {
            let ratio = self.short.ratio().unwrap_or(1.0);
            let differs = (ratio - 1.0).abs() > LEAST_OF_SHORT;
            if differs { ratio } else { 1.0 }
        };
        let ratio = ratio.max(LEAST_RATIO);
        if certain { ratio } else { ratio.sqrt() }
    }

    /// Returns the median ratio of long tests, and 1 if it may be chance.
    fn long_ratio(&mut self) -> f64 {
        self.long.sort_unstable();
        let Some(ratio) = weighted_median(self.long.iter().copied()) else {
            return 1.0;
        };
        let deviation = |&(one, weight): &(OrderedFloat<f64>, u64)| {
            let off = one.into_inner() - ratio.into_inner();
            (OrderedFloat(off.abs()), weight)
        };
        let mut deviations: Vec<_> = self.long.iter().map(deviation).collect();
        deviations.sort_unstable();
        let deviation = weighted_median(deviations.into_iter()).unwrap_or_default();
        // The number of tests of equal weight with the same standard error.
        let weights = || self.long.iter().map(|&(_, weight)| u128::from(weight));
        let squares: u128 = weights().map(|weight| weight * weight).sum();
        let sum = weights().sum::<u128>() as f64;
        let tests = sum * sum / squares as f64;
        let error = ERROR_OF_MEDIAN * deviation.into_inner() / tests.sqrt();
        let differs = (ratio.into_inner() - 1.0).abs() > SURE * error;
        if differs { ratio.into_inner() } else { 1.0 }
    }
}
