//! What every test costs beyond its reported time.
//!
//! JUnit rounds to milliseconds, and about a millisecond of the runner's own work per test
//! is in no `time` at all. Without a floor, plain LPT puts all zero-time tests of a suite
//! onto one shard. Where a suite gives its wall time, the floor is what that exceeds the sum
//! of its cases by, per test; start-up and imports are in there too. Imports are taken off
//! where they were measured, and what is left is kept within what was seen of runners' own
//! work.

use crate::history::{History, What};
use crate::micros::Micros;

/// The floor where nothing tells.
const DEFAULT: Micros = Micros::from_millis(1);
const LEAST: Micros = Micros::new(500);
const MOST: Micros = Micros::from_millis(2);
/// Below so many tests, start-up drowns the rest.
const FEW_TESTS: u32 = 100;

/// The median over the reports that tell; parallel ones do not.
pub(super) fn fit(history: &History) -> Micros {
    let mut imports = vec![Micros::ZERO; history.reports().len()];
    for (report, what, _, cost) in history.measured().named() {
        if what == What::Import {
            imports[report as usize] += cost.cost;
        }
    }
    let mut floors: Vec<Micros> = history
        .reports()
        .iter()
        .zip(imports)
        .filter(|(r, _)| r.tests >= FEW_TESTS && !r.is_parallel())
        .filter_map(|(r, imports)| {
            let outside = r.facts.wall?.saturating_sub(r.cases + imports);
            Some(Micros::new(outside.get() / u64::from(r.tests)))
        })
        .collect();
    if floors.is_empty() {
        return DEFAULT;
    }
    super::median(&mut floors).clamp(LEAST, MOST)
}
