//! Tests that are skipped: they weigh what skipping costs.
//!
//! A test that was skipped in the newest builds is likely to be skipped again. It may as well
//! have met a machine without what it needs, so each build takes off a third of what it weighs,
//! and one build that runs it brings all of it back.

use crate::estimate::means::Mean;
use crate::estimate::speed::Speeds;
use crate::history::Sample;
use crate::micros::Micros;

/// A test that was skipped in so many builds, one after the other, weighs no more than that.
const BUILDS: u64 = 3;

/// How often a test was skipped since it ran last, and what that took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Skips {
    /// The builds since the newest one that ran it; all that have it where none did.
    since: u64,
    /// What skipping it takes; `None` where it was never skipped.
    cost: Option<Micros>,
}

impl Skips {
    /// `samples` are those of one test with their reports, the oldest build first.
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
            if ran {
                break;
            }
            skips.since += 1;
        }
        skips.cost = cost.value();
        skips
    }

    /// True when a test, which has samples or not, is taken for one that is skipped.
    pub(super) fn ends_it(self, sampled: bool) -> bool {
        self.since >= BUILDS || (self.since > 0 && !sampled)
    }

    /// What a test weighs that takes so long where it runs.
    pub(super) fn faded(self, own: Option<Micros>) -> Option<Micros> {
        if self.since == 0 {
            return own;
        }
        let left = BUILDS.saturating_sub(self.since);
        let own = own.map(|own| Micros::new(own.get() / BUILDS * left));
        own.max(self.cost)
    }
}
