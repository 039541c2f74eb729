//! Nearer to the mean of its like: an estimate that rests on a few noisy, rounded samples.
//!
//! Two thousand parameters of one function take about the same time each, and reports have
//! them at 0, 1 or 3 ms, as rounding and the machine would have it. Taken at their word, the
//! planner would put thousands of zeros beside a few threes. So the estimates of one
//! function's parameters, and of the plain tests of one class, move towards their mean by as
//! much of their spread as noise explains:
//!
//! ```text
//! estimate = mean + (own - mean) * max(0, 1 - noise / spread)
//! noise    = (0.5 ms + 0.3 * mean)^2 / samples of each
//! spread   = variance of the group's own estimates
//! ```
//!
//! Source: W. James, C. Stein, *Estimation with quadratic loss* (1961); 0.3 is what was seen
//! between builds of the same code. Where tests really differ, the spread is far above the
//! noise and little changes.

use rustc_hash::FxHashMap;

use crate::address::function_of;
use crate::history::{ClassId, History, TestId};
use crate::micros::Micros;

/// The noise of one sample: rounding, and a part of what the tests take on average.
const ROUNDING_US: f64 = 500.0;
const NOISE: f64 = 0.3;
/// Fewer tests tell nothing of their spread.
const FEWEST: u64 = 5;

/// What a group of like tests adds up to.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    tests: u64,
    samples: u64,
    sum: u128,
    squares: u128,
}

/// Moves each estimate towards the mean of its group. `samples` says on
/// how many samples each one rests.
pub(super) fn shrink(history: &History, estimates: &mut [Option<Micros>], samples: &[u64]) {
    let mut numbers: FxHashMap<(ClassId, &str), usize> = FxHashMap::default();
    let mut groups: Vec<Group> = Vec::new();
    let mut group_of = vec![0; estimates.len()];
    for test in history.tests() {
        let group = *numbers.entry(key(history, test)).or_insert_with(|| {
            groups.push(Group::default());
            groups.len() - 1
        });
        group_of[test.index()] = group;
        if let Some(own) = estimates[test.index()] {
            groups[group].add(own, samples[test.index()]);
        }
    }
    for (estimate, &group) in estimates.iter_mut().zip(&group_of) {
        if let Some(own) = estimate {
            *own = groups[group].shrunk(*own);
        }
    }
}

/// The parameters of one function are alike, and the plain tests of one class.
fn key(history: &History, test: TestId) -> (ClassId, &str) {
    let name = history.name(test);
    let function = if name.contains('[') {
        function_of(name)
    } else {
        ""
    };
    (history.class_of(test), function)
}

impl Group {
    fn add(&mut self, own: Micros, samples: u64) {
        let us = u128::from(own.get());
        self.tests += 1;
        self.samples += samples;
        self.sum += us;
        self.squares = self.squares.saturating_add(us.saturating_mul(us));
    }

    fn shrunk(&self, own: Micros) -> Micros {
        if self.tests < FEWEST {
            return own;
        }
        let tests = self.tests as f64;
        let mean = self.sum as f64 / tests;
        let spread = self.squares as f64 / tests - mean * mean;
        let noise = (ROUNDING_US + NOISE * mean).powi(2) * tests / self.samples.max(1) as f64;
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
