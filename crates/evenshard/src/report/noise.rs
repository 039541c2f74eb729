//! Tests whose outcomes or times differ from build to build.

use crate::estimate;
use crate::history::History;
use crate::report::SHOWN;
use crate::report::model::{FlakyTest, NoisyTest, TestName, Top};

pub(super) fn flaky(history: &History) -> Top<FlakyTest> {
    let found = history.flaky();
    Top {
        more: found.len().saturating_sub(SHOWN) as u64,
        shown: found
            .into_iter()
            .take(SHOWN)
            .map(|test| FlakyTest {
                test: TestName {
                    classname: test.classname.to_owned(),
                    name: test.name.to_owned(),
                },
                builds: test.builds,
                failed: test.failed,
            })
            .collect(),
        ..Top::default()
    }
}

pub(super) fn noisy(history: &History) -> Top<NoisyTest> {
    let found = estimate::noisy(history);
    Top {
        more: found.len().saturating_sub(SHOWN) as u64,
        shown: found
            .into_iter()
            .take(SHOWN)
            .map(|noisy| NoisyTest {
                test: TestName {
                    classname: history.classname(noisy.test).to_owned(),
                    name: history.name(noisy.test).to_owned(),
                },
                builds: noisy.builds,
                lowest_us: noisy.lowest,
                highest_us: noisy.highest,
            })
            .collect(),
        ..Top::default()
    }
}
