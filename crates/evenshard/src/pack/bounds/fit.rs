//! Bin-packing bounds: a time in which the items provably do not fit.

/// Raises `low` as far as bin-packing arguments reach below `high`, by bisection.
///
/// That n items do not fit into m bins of capacity T by one of the arguments below proves
/// that no plan takes T or less. The arguments need not be monotone in T; each success is a
/// proof of its own, so bisection gives a valid bound, if not always the best.
///
/// - Source: bisection over the two bounds below.
/// - Complexity: O(n * `SCALES` * log(high - low)).
/// - Guarantee: no plan is shorter.
pub(super) fn raise(falling: &[u64], shards: u32, low: u64, high: u64) -> u64 {
    let (mut low, mut high) = (low, high);
    while low < high {
        let middle = low + (high - low) / 2;
        if overfull(falling, shards, middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// How many dual feasible functions of Fekete and Schepers are tried.
const SCALES: u64 = 12;

/// Whether the items provably need more than so many bins of this capacity.
fn overfull(falling: &[u64], shards: u32, capacity: u64) -> bool {
    martello_toth(falling, capacity) > u128::from(shards)
        || (2..=SCALES).any(|k| fekete_schepers(falling, shards, capacity, k))
}

/// The bound L2: items above half the capacity need a bin each; of those that are at least
/// `a`, the ones up to half the capacity must fit beside items of at most capacity - a.
///
/// Source: S. Martello, P. Toth, *Lower bounds and reduction procedures for the bin packing
/// problem*, Discrete Applied Mathematics 28 (1990).
///
/// Worked example, capacity 10: 7, 7, 6, 4, 4, 4. Three bins for the large; with a = 4 all
/// but the 6 are closed to the fours, so beside 6 there is 4 left, and 12 - 4 = 8 need a
/// fourth bin.
fn martello_toth(falling: &[u64], capacity: u64) -> u128 {
    let half = falling.partition_point(|&size| size > capacity / 2);
    let mut small = 0u128;
    // Large items that leave room for `a`: the more, the smaller `a` gets.
    let mut open = half;
    let mut open_sum = 0u128;
    let mut best = half as u128;
    let mut at = half;
    while at < falling.len() {
        let a = falling[at];
        while at < falling.len() && falling[at] == a {
            small += u128::from(a);
            at += 1;
        }
        while open > 0 && falling[open - 1] <= capacity - a {
            open -= 1;
            open_sum += u128::from(falling[open]);
        }
        let room = (half - open) as u128 * u128::from(capacity) - open_sum;
        let more = small
            .saturating_sub(room)
            .div_ceil(u128::from(capacity.max(1)));
        best = best.max(half as u128 + more);
    }
    best
}

/// Whether the dual feasible function u(k), after rounding up what leaves no room for the
/// smallest items considered and dropping those below, needs more than `shards` bins.
///
/// A size that is a multiple x of capacity / (k + 1) counts x / (k + 1), any other the next
/// lower multiple of 1 / k: sizes that fit together in a bin never count more than one.
///
/// Source: S. P. Fekete, J. Schepers, *New classes of fast lower bounds for bin packing
/// problems*, Mathematical Programming 91 (2001).
///
/// Worked example, capacity 10, k = 2: 4 is above 10 / 3, so it counts 1 / 2; five fours
/// need three bins, although 20 would fit into two.
fn fekete_schepers(falling: &[u64], shards: u32, capacity: u64, k: u64) -> bool {
    // Beyond this the products below would overflow.
    if capacity == 0 || capacity > u64::MAX / (SCALES + 1) {
        return false;
    }
    // Counted in units of 1 / (k * capacity).
    let value = |size: u64| {
        let scaled = size * (k + 1);
        let (quotient, remainder) = (scaled / capacity, scaled % capacity);
        if remainder == 0 {
            u128::from(size) * u128::from(k)
        } else {
            u128::from(quotient) * u128::from(capacity)
        }
    };
    let whole = u128::from(k) * u128::from(capacity);
    let limit = u128::from(shards) * whole;
    // `closed` items count a whole bin, since they leave no room for the smallest; it
    // shrinks as smaller and smaller items are considered.
    let mut closed = falling.partition_point(|&size| size > capacity / 2);
    let mut counted = 0u128;
    let mut at = closed;
    while at < falling.len() {
        let smallest = falling[at];
        counted += value(smallest);
        at += 1;
        while closed > 0 && falling[closed - 1] + smallest <= capacity {
            closed -= 1;
            counted += value(falling[closed]);
        }
        if closed as u128 * whole + counted > limit {
            return true;
        }
    }
    false
}
