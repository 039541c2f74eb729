//! Estimates of tests that are skipped: the cost of skipping them.
//!
//! A test that was skipped in the newest builds is likely to be skipped again. But perhaps only
//! that machine lacked what the test needs. So each build with a skip takes a third off the
//! estimate, and one build that runs the test restores all of it.

use crate::Micros;
use crate::estimate::means::Mean;
use crate::estimate::speed::Speeds;
use crate::history::Sample;

/// After this number of builds with a skip, a test weighs no more than skipping it. Chosen, not
/// measured.
const BUILDS: u64 = 3;

/// The skips of a test since it ran last, and their cost.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Skips {
    /// The number of builds since the newest one that ran it, or of all builds with it if none did.
    since: u64,
    /// The mean cost of skipping it; `None` if it was never skipped.
    cost: Option<Micros>,
}

impl Skips {
    /// Counts the skips in the samples of one test with their reports, the oldest build first.
    pub(super) fn of(
        samples: impl DoubleEndedIterator<Item = (usize, Sample)>,
        speeds: &Speeds,
    ) -> Self {
        let mut skips = Self::default();
        let mut cost = Mean::default();
        let mut newest_first = samples.rev().peekable();
        while let Some(&(report, _)) = newest_first.peek() {
            let age = speeds.age(report);
            let mut ran = false;
            while let Some((report, sample)) =
                newest_first.next_if(|&(report, _)| speeds.age(report) == age)
            {
                ran |= sample.outcome.ran();
                if !sample.outcome.ran() {
                    let took = sample.skip_time.unwrap_or_default();
                    cost.add_weighted(speeds.normalised(report, took), speeds.weight(report));
                }
            }
            // Older builds say nothing about what is skipped now.
            if ran {
                break;
            }
            skips.since += 1;
        }
        skips.cost = cost.value();
        skips
    }

    /// Returns true if a test, `sampled` or not, is expected to be skipped.
    pub(super) fn ends_it(self, sampled: bool) -> bool {
        self.since >= BUILDS || (self.since > 0 && !sampled)
    }

    /// Returns the estimate of a test that takes `own` if it runs.
    pub(super) fn faded(self, own: Option<Micros>) -> Option<Micros> {
        if self.since == 0 {
            return own;
        }
        // In thirds, so that one skipped build changes little.
        let left = BUILDS.saturating_sub(self.since);
        let own = own.map(|own| Micros::new(own.get() / BUILDS * left));
        own.max(self.cost)
    }
}
