//! Tests whose times differ from build to build, with builds brought to one speed.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::machines;
use crate::Micros;
use crate::history::{History, TestId, builds};
use crate::intern::count;

/// Smaller differences come from rounding and from other work of a machine. Chosen, not measured.
pub(super) const LEAST: Micros = Micros::from_millis(100);

/// A test whose times differ from build to build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noisy {
    /// The test.
    pub test: TestId,
    /// The number of builds that measured it.
    pub builds: u32,
    /// Its shortest time, builds brought to one speed.
    pub lowest: Micros,
    /// Its longest time.
    pub highest: Micros,
}

/// Returns the tests whose longest time is at least half as long again as their shortest and at
/// least a tenth of a second longer: first those that differ by the most seconds, then by classname
/// and name.
pub fn noisy(history: &History) -> Vec<Noisy> {
    let samples = history.samples();
    let speeds = machines::speeds(history, &samples);
    let build_of = builds::ranks(history);
    let mut found = Vec::new();
    for test in history.tests() {
        let mut by_build: BTreeMap<usize, Micros> = BTreeMap::new();
        for (report, sample) in samples.of(test) {
            if let Some(duration) = sample.duration {
                let time = speeds.normalised(report, duration);
                // Its attempts in several reports of one build add up.
                *by_build.entry(build_of[report]).or_default() += time;
            }
        }
        let lowest = by_build.values().copied().min().unwrap_or_default();
        let highest = by_build.values().copied().max().unwrap_or_default();
        let spread = highest.saturating_sub(lowest);
        if spread >= LEAST && spread.get() >= lowest.get() / 2 {
            found.push(Noisy {
                test,
                builds: count(by_build.len()),
                lowest,
                highest,
            });
        }
    }
    let name = |test| (history.classname(test), history.name(test));
    found.sort_by(|a, b| {
        let spread = |n: &Noisy| Reverse(n.highest.saturating_sub(n.lowest));
        (spread(a), name(a.test)).cmp(&(spread(b), name(b.test)))
    });
    found
}
