//! Sums, means and medians of times. All sums are of integers, so the order of reports does not
//! matter.

use crate::Micros;

/// The expected fate of a test in the next build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// It runs.
    Runs,
    /// It is skipped.
    Skipped,
    /// It is not there any longer.
    Gone,
}

/// The means of similar tests, by their expected fate.
#[derive(Clone, Debug, Default)]
pub(super) struct Means {
    runs: Mean,
    /// Boxed, since few groups have any.
    others: Option<Box<Others>>,
}

/// The means of tests that do not run.
#[derive(Clone, Copy, Debug, Default)]
struct Others {
    skipped: Mean,
    gone: Mean,
}

impl Means {
    pub(super) fn of(&mut self, expected: Expected) -> &mut Mean {
        match expected {
            Expected::Runs => &mut self.runs,
            Expected::Skipped => &mut self.others.get_or_insert_default().skipped,
            Expected::Gone => &mut self.others.get_or_insert_default().gone,
        }
    }

    fn others(&self) -> Others {
        self.others.as_deref().copied().unwrap_or_default()
    }

    /// Returns the expected time of one more test: the mean of those that run, else of those
    /// that are skipped, else of those that are gone.
    pub(super) fn value(&self) -> Option<Micros> {
        let Others { skipped, gone } = self.others();
        let value = self.runs.value().or_else(|| skipped.value());
        value.or_else(|| gone.value())
    }

    /// Returns the total time of the tests that are still there.
    pub(super) fn sum(&self) -> u128 {
        self.runs.sum() + self.others().skipped.sum()
    }

    /// Returns the total time of the tests that are gone.
    pub(super) fn sum_of_gone(&self) -> u128 {
        self.others().gone.sum()
    }

    /// Returns true if no test runs and some are skipped.
    pub(super) fn all_skipped(&self) -> bool {
        self.runs.count == 0 && self.others().skipped.count > 0
    }

    pub(super) fn is_empty(&self) -> bool {
        let Others { skipped, gone } = self.others();
        [self.runs, skipped, gone]
            .iter()
            .all(|mean| mean.count == 0)
    }
}

/// A sum and a count, of which [`value`](Self::value) is the mean.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mean {
    /// High and low half: a `u128` has an alignment of 16, which makes each of a million means a
    /// third larger.
    sum: [u64; 2],
    count: u64,
}

impl Mean {
    pub(super) fn add(&mut self, duration: Micros) {
        self.add_weighted(duration, 1);
    }

    pub(super) fn add_weighted(&mut self, duration: Micros, weight: u64) {
        let sum = self.sum() + u128::from(duration.get()) * u128::from(weight);
        let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(u64::MAX);
        self.sum = [half(sum >> 64), half(sum)];
        self.count += weight;
    }

    fn sum(self) -> u128 {
        let [high, low] = self.sum.map(u128::from);
        high << 64 | low
    }

    /// Returns the mean, rounded to the nearest microsecond.
    pub(super) fn value(self) -> Option<Micros> {
        let count = u128::from(self.count);
        let rounded = (self.sum() + count / 2).checked_div(count)?;
        Some(Micros::new(u64::try_from(rounded).unwrap_or(u64::MAX)))
    }
}

/// Converts a sum of microseconds; one that does not fit becomes the largest time.
pub(super) fn total(sum: u128) -> Micros {
    Micros::new(u64::try_from(sum).unwrap_or(u64::MAX))
}

/// Returns the lower median, and zero for nothing.
pub(super) fn median(durations: &mut [Micros]) -> Micros {
    let Some(middle) = durations.len().checked_sub(1).map(|last| last / 2) else {
        return Micros::ZERO;
    };
    *durations.select_nth_unstable(middle).1
}

/// Returns the lower median of sorted values, each with its weight; `None` of nothing.
pub(super) fn weighted_median<T>(sorted: impl Iterator<Item = (T, u64)> + Clone) -> Option<T> {
    let all: u128 = sorted.clone().map(|(_, weight)| u128::from(weight)).sum();
    let mut sum = 0;
    for (value, weight) in sorted {
        sum += u128::from(weight);
        if sum * 2 >= all {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::weighted_median;

    #[test]
    fn a_median_is_where_half_of_the_weight_is() {
        let median = |values: &[(u32, u64)]| weighted_median(values.iter().copied());
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[(1, 5)]), Some(1));
        assert_eq!(median(&[(1, 1), (2, 1)]), Some(1));
        assert_eq!(median(&[(1, 80), (3, 100)]), Some(3));
        assert_eq!(median(&[(1, 80), (1, 64), (3, 100)]), Some(1));
    }
}
