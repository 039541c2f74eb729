//! Tests whose outcomes or times differ from build to build.

use crate::model::{FlakyTest, NoisyTest, TestName, Top};
use evenshard::estimate;
use evenshard::history::History;

pub(super) fn flaky(history: &History) -> Top<FlakyTest> {
    Top::first(history.flaky(), |test| FlakyTest {
        test: TestName::new(test.classname, test.name),
        builds: test.builds,
        failed: test.failed,
    })
}

pub(super) fn noisy(history: &History) -> Top<NoisyTest> {
    Top::first(estimate::noisy(history), |noisy| NoisyTest {
        test: TestName::new(history.classname(noisy.test), history.name(noisy.test)),
        builds: noisy.builds,
        lowest_us: noisy.lowest,
        highest_us: noisy.highest,
    })
}
