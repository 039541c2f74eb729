//! The number of known tests among others.

use serde::{Deserialize, Serialize};

/// A number of tests, and of the known ones among them: known to the history of a plan, or to the
/// plan of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// All tests.
    pub tests: u64,
    /// The known ones among them.
    pub known: u64,
}

impl Match {
    /// Returns the known share in percent, rounded down to hundredths; 100 for no tests at all.
    pub fn percent(self) -> f64 {
        if self.tests == 0 {
            return 100.0;
        }
        // Rounded down, so that 100 % means all.
        let hundredths = u128::from(self.known) * 10_000 / u128::from(self.tests);
        u32::try_from(hundredths).map_or(100.0, f64::from) / 100.0
    }
}
