//! Tests and files that became slower: beyond what they vary anyway, and since when.
//!
//! Times are compared at one speed, without setup that is known to be paid for others. A time is
//! beyond noise if it passes all of three limits over the builds before:
//!
//! - median + 3.5 / 0.6745 × the median absolute deviation from it: the modified z-score that Iglewicz and
//!   Hoaglin (How to Detect and Handle Outliers, 1993) recommend, for three builds or more. Fewer show no
//!   deviation, so there the time has to be twice the median;
//! - a quarter more than the median;
//! - 100 ms more than the median; 250 ms where fewer than three builds are before.
//!
//! A test is slower since the first build from which on all its times are beyond noise.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::means::median;
use super::noise::LEAST;
use super::setup::Setup;
use super::speed::Speeds;
use crate::Micros;
use crate::history::{Build, Files, History, Sample, Samples, TestId, builds};
use crate::intern::count;

/// The fewest builds whose median absolute deviation says something: of two, it is half of their
/// difference.
const ENOUGH_BUILDS: usize = 3;
/// The least slowdown over one or two builds: collecting garbage takes a test of 1 ms to 120 ms now and then,
/// as in the histories of attrs and statsmodels.
const LEAST_OF_FEW: Micros = Micros::from_millis(250);
/// The number of median absolute deviations beyond the median that is no chance any more: 3.5 / 0.6745, in
/// millionths.
const DEVIATIONS_PPM: u128 = 5_189_029;

/// The times before and since a test or file became slower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slowdown {
    /// The first slow build, as an index into [`History::builds`].
    pub began: usize,
    /// The median time before it.
    pub before: Micros,
    /// The median time since, at the same speed.
    pub now: Micros,
    /// The number of builds before it that measured the time.
    pub builds: u32,
}

/// What became slower.
#[derive(Clone, Debug, Default)]
pub struct Slower {
    /// Tests: first those that lost the most time, then by classname and name.
    pub tests: Vec<(TestId, Slowdown)>,
    /// Dotted files, by the sums of their tests, in the same order.
    pub files: Vec<(String, Slowdown)>,
}

/// A time in each build that has one, the oldest first.
type Times = BTreeMap<usize, (Micros, u32)>;

/// Finds what became slower up to the build `current`, an index into [`History::builds`]. Newer
/// builds are left out, as are times of tests that failed at any attempt.
pub fn slower(history: &History, current: usize) -> Slower {
    let all = history.builds();
    let series = Series::new(history, &all, current);
    let mut found = Slower::default();
    let mut by_file: BTreeMap<&str, Times> = BTreeMap::new();
    for test in history.tests() {
        let (times, file) = (series.of(test), series.file(test));
        if let Some(slowdown) = slowdown(&times, current) {
            found.tests.push((test, slowdown));
        }
        let sums = by_file.entry(file).or_default();
        for (build, (time, _)) in times {
            let sum = sums.entry(build).or_default();
            *sum = (sum.0 + time, sum.1 + 1);
        }
    }
    for (file, mut times) in by_file {
        let tests = times.get(&current).map_or(0, |t| t.1);
        // A build that ran less than half of a file does not show how long the file takes.
        times.retain(|_, (_, ran)| *ran >= tests.div_ceil(2));
        if let Some(slowdown) = slowdown(&times, current) {
            found.files.push((file.to_owned(), slowdown));
        }
    }
    let lost = |s: &Slowdown| Reverse(s.now.saturating_sub(s.before));
    found.tests.sort_by_key(|(test, s)| {
        let test = *test;
        (lost(s), history.classname(test), history.name(test))
    });
    // Stable: files of one loss stay in the order of their names.
    found.files.sort_by_key(|(_, s)| lost(s));
    found
}

/// The times of all tests, at one speed.
struct Series<'h> {
    history: &'h History,
    samples: Samples,
    speeds: Speeds,
    setup: Setup,
    files: Files,
    build_of: Vec<usize>,
    current: usize,
}

impl<'h> Series<'h> {
    fn new(history: &'h History, all: &[Build], current: usize) -> Self {
        let samples = history.samples();
        let files = Files::of_history(history);
        let speeds = Speeds::evenly(history, &samples);
        Self {
            setup: Setup::learn(history, &samples, &speeds, &files),
            build_of: builds::ranks_of(history, all),
            history,
            samples,
            speeds,
            files,
            current,
        }
    }

    fn file(&self, test: TestId) -> &'h str {
        self.files.of(self.history, self.history.class_of(test))
    }

    /// The times of a test by build; attempts of one build count with their mean.
    fn of(&self, test: TestId) -> Times {
        let class = self.history.class_of(test);
        let of = (test, class, self.file(test));
        let mut sums: BTreeMap<usize, (Micros, u32)> = BTreeMap::new();
        for (report, sample) in self.samples.of(test) {
            let build = self.build_of[report];
            let usable = build <= self.current && !failed(sample);
            let net = || self.setup.net(of, &self.speeds, report, sample);
            if let Some(time) = usable.then(net).flatten() {
                let sum = sums.entry(build).or_default();
                *sum = (sum.0 + time, sum.1 + 1);
            }
        }
        let mean = |sum: (Micros, u32)| (Micros::new(sum.0.get() / u64::from(sum.1)), 1);
        sums.into_iter().map(|(b, sum)| (b, mean(sum))).collect()
    }
}

/// Returns true if an attempt failed: it ended early or late, and its time says nothing about the next run that
/// passes.
fn failed(sample: Sample) -> bool {
    sample.flaky || sample.outcome.failed()
}

/// Finds the first build from which on all times are beyond noise.
fn slowdown(times: &Times, current: usize) -> Option<Slowdown> {
    let last = times.get(&current)?.0;
    let lowest = times.values().map(|t| t.0).min()?;
    // Most tests end here, without a sort.
    if last < lowest + LEAST {
        return None;
    }
    let times: Vec<(usize, Micros)> = times.iter().map(|(&b, t)| (b, t.0)).collect();
    (1..times.len()).find_map(|at| {
        let (before, since) = times.split_at(at);
        let mut before: Vec<Micros> = before.iter().map(|t| t.1).collect();
        let (median_before, limit) = limit(&mut before);
        let mut since_then: Vec<Micros> = since.iter().map(|t| t.1).collect();
        let slow = since_then.iter().all(|&time| time > limit);
        slow.then(|| Slowdown {
            began: since[0].0,
            before: median_before,
            now: median(&mut since_then),
            builds: count(before.len()),
        })
    })
}

/// The median of some times, and the longest time that is within their noise.
fn limit(times: &mut [Micros]) -> (Micros, Micros) {
    let middle = median(times);
    let mut deviations: Vec<Micros> = times
        .iter()
        .map(|time| Micros::new(time.get().abs_diff(middle.get())))
        .collect();
    let few = times.len() < ENOUGH_BUILDS;
    let noise = if few {
        middle.get().max(LEAST_OF_FEW.get())
    } else {
        let deviation = u128::from(median(&mut deviations).get());
        u64::try_from(deviation * DEVIATIONS_PPM / 1_000_000).unwrap_or(u64::MAX)
    };
    let least = noise.max(middle.get() / 4).max(LEAST.get());
    (middle, Micros::new(middle.get().saturating_add(least)))
}

#[cfg(test)]
mod tests {
    use super::{Times, limit, slowdown};
    use crate::Micros;

    fn ms(ms: u64) -> Micros {
        Micros::from_millis(ms)
    }

    /// Times of builds 0, 1, 2, … in milliseconds.
    fn times(all: &[u64]) -> Times {
        let times = all.iter().map(|&t| (ms(t), 1));
        times.enumerate().collect()
    }

    #[test]
    fn a_step_is_found_with_the_build_where_it_began() {
        let all = times(&[1_000, 1_040, 980, 1_010, 2_000, 2_100]);
        let found = slowdown(&all, 5).unwrap();
        assert_eq!((found.began, found.builds), (4, 4));
        assert_eq!((found.before, found.now), (ms(1_000), ms(2_000)));
    }

    #[test]
    fn noise_is_no_slowdown() {
        // As far from the median as other builds were before.
        let noisy = times(&[1_000, 1_900, 600, 1_500, 800, 1_950]);
        assert_eq!(slowdown(&noisy, 5), None);
        // Too little in seconds, and too little as a share.
        assert_eq!(slowdown(&times(&[10, 10, 10, 10, 90]), 4), None);
        assert_eq!(slowdown(&times(&[10_000, 10_000, 10_000, 12_000]), 3), None);
        // Slow once, and fast again.
        assert_eq!(
            slowdown(&times(&[1_000, 1_000, 1_000, 3_000, 1_000]), 4),
            None
        );
    }

    #[test]
    fn few_builds_need_twice_the_time() {
        assert_eq!(slowdown(&times(&[1_000, 1_900]), 1), None);
        assert_eq!(slowdown(&times(&[1_000, 2_100]), 1).unwrap().began, 1);
        assert_eq!(slowdown(&times(&[1]), 0), None);
        assert_eq!(slowdown(&times(&[1, 1, 120]), 2), None);
        assert_eq!(limit(&mut [ms(1_000)]), (ms(1_000), ms(2_000)));
        // 3.5 / 0.6745 deviations of 100 ms.
        let spread = &mut [ms(900), ms(1_000), ms(1_100)];
        assert_eq!(limit(spread).1, Micros::new(1_518_902));
    }
}
