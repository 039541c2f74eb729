//! Bisection.

/// The smallest number from `low` to `high` that fits, where all above one that fits do; `high`
/// is taken to fit.
pub(crate) fn bisect(mut low: u64, mut high: u64, fits: impl Fn(u64) -> bool) -> u64 {
    while low < high {
        let middle = low + (high - low) / 2;
        if fits(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}
