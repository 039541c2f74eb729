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
    pub(super) fn sum(&self) -> Micros {
        self.runs.sum + self.others().skipped.sum
    }

    /// Returns the total time of the tests that are gone.
    pub(super) fn sum_of_gone(&self) -> Micros {
        self.others().gone.sum
    }

    /// Returns true if no test runs and some are skipped.
    pub(super) fn all_skipped(&self) -> bool {
        self.runs.count == 0 && self.others().skipped.count > 0
    }

    pub(super) fn is_empty(&self) -> bool {
        let Others { skipped, gone } = self.others();
        self.runs.count + skipped.count + gone.count == 0
    }
}

/// A sum and a count, of which [`value`](Self::value) is the mean. The sum saturates: with the
/// largest weight that is at 5,800 years.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mean {
    sum: Micros,
    count: u64,
}

impl Mean {
    pub(super) fn add(&mut self, duration: Micros) {
        self.add_weighted(duration, 1);
    }

    pub(super) fn add_weighted(&mut self, duration: Micros, weight: u64) {
        self.sum += Micros::new(duration.get().saturating_mul(weight));
        self.count += weight;
    }

    /// Returns the mean, rounded to the nearest microsecond.
    pub(super) fn value(self) -> Option<Micros> {
        let sum = self.sum.get().saturating_add(self.count / 2);
        sum.checked_div(self.count).map(Micros::new)
    }
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
