//! Draws estimates from few noisy, rounded samples to the mean of similar tests.
//!
//! Two thousand parameters of one function take about the same time each, and reports have them at
//! 0, 1 or 3 ms by rounding and by the load of the machine. A plan from these numbers would put
//! thousands of zeros beside a few threes. So the estimates of one function's parameters, and of
//! the plain tests of one class, move towards their mean by the part of their spread that noise
//! explains:
//!
//! ```text
//! estimate = mean + (own - mean) * max(0, 1 - noise / spread)
//! noise    = (0.5 ms + 0.3 * mean)^2 / samples of each
//! spread   = variance of the group's own estimates
//! ```
//!
//! Source: W. James, C. Stein, *Estimation with quadratic loss* (1961). The factor 0.3 was measured
//! between builds of the same code. If tests really differ, the spread is far above the noise and
//! little changes.

use crate::Micros;
use crate::address::parametrised;
use crate::history::{History, TestId};

/// The noise of one sample: half the resolution of reports, and a part of the mean time, which was
/// measured between builds of the same code.
const ROUNDING_US: f64 = 500.0;
const NOISE: f64 = 0.3;
/// The fewest tests whose spread is used. Chosen, not measured.
const FEWEST: usize = 5;

/// The sums over a group of similar tests.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    tests: u64,
    samples: u64,
    sum: u128,
    squares: u128,
}

/// Moves each estimate towards the mean of its group. `samples` is the number of samples of each.
pub(super) fn shrink(history: &History, estimates: &mut [Option<Micros>], samples: &[u8]) {
    let measured = |test: &TestId| estimates[test.index()].is_some();
    let mut tests: Vec<TestId> = history.tests().filter(measured).collect();
    // Stable, and so linear where the tests of each class came together.
    tests.sort_by_key(|&test| history.class_of(test));
    let mut alike: Vec<(&str, TestId)> = Vec::new();
    for of_class in tests.chunk_by(|&a, &b| history.class_of(a) == history.class_of(b)) {
        if of_class.len() < FEWEST {
            continue;
        }
        let function = |&test| (parametrised(history.name(test)), test);
        alike.clear();
        alike.extend(of_class.iter().map(function));
        alike.sort_unstable();
        for group in alike.chunk_by(|a, b| a.0 == b.0) {
            shrink_group(group, estimates, samples);
        }
    }
}

fn shrink_group(tests: &[(&str, TestId)], estimates: &mut [Option<Micros>], samples: &[u8]) {
    if tests.len() < FEWEST {
        return;
    }
    let mut group = Group::default();
    for &(_, test) in tests {
        if let Some(own) = estimates[test.index()] {
            group.add(own, samples[test.index()]);
        }
    }
    for &(_, test) in tests {
        if let Some(own) = &mut estimates[test.index()] {
            *own = group.shrunk(*own);
        }
    }
}

impl Group {
    fn add(&mut self, own: Micros, samples: u8) {
        let us = u128::from(own.get());
        self.tests += 1;
        self.samples += u64::from(samples);
        self.sum += us;
        // A square of an absurd time may not fit.
        self.squares = self.squares.saturating_add(us.saturating_mul(us));
    }

    fn shrunk(&self, own: Micros) -> Micros {
        let tests = self.tests as f64;
        let mean = self.sum as f64 / tests;
        let spread = self.squares as f64 / tests - mean * mean;
        let noise = (ROUNDING_US + NOISE * mean).powi(2) * tests / self.samples.max(1) as f64;
        // All of the spread may be noise: then all are alike.
        let trust = if spread > noise {
            1.0 - noise / spread
        } else {
            0.0
        };
        let own_us = own.get() as f64;
        let shrunk = (mean + (own_us - mean) * trust) / 1e6;
        Micros::from_secs_f64(shrunk).unwrap_or(own)
    }
}
