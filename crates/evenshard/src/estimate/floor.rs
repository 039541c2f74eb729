//! The cost of a run beyond the reported times of its tests.
//!
//! JUnit times are rounded to milliseconds, and about half a millisecond to a millisecond of the
//! runner's own work per test is in no `time` at all; nor is the import of test files. If a suite
//! gives its wall time, the difference to the sum of its cases contains both. Measured imports are
//! subtracted. Without them one number has to be split: the runner gets the smallest cost per test
//! that was seen of runners, files and tests share the rest equally, and the tests get the part
//! above the default cost of a file. Without a floor, plain LPT puts all zero-time tests of a suite
//! onto one shard; without the limit, 50 ms a file would outweigh all tests of a suite that takes
//! two seconds.

use rustc_hash::FxHashSet;

use super::means::median;
use crate::Micros;
use crate::history::{FileNumbers, History, Samples, What};

/// The cost of importing and collecting a file if nothing is known. Chosen, not measured; the wall
/// times of reports can only lower it.
pub(crate) const DEFAULT_IMPORT: Micros = Micros::from_millis(50);

/// The floor if nothing is known, and its limits. The lower limit is the smallest cost per test that
/// was seen of runners; the others are chosen as twice and four times that.
const DEFAULT: Micros = Micros::from_millis(1);
const LEAST: Micros = Micros::new(500);
const MOST: Micros = Micros::from_millis(2);
/// Reports with fewer tests are ignored: startup hides the rest. Chosen, not measured.
const FEW_TESTS: u32 = 100;

/// Costs that are in no test's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outside {
    /// The cost of every test.
    pub(super) floor: Micros,
    /// The largest mean cost of importing a file; `None` if nothing is known.
    pub(super) import: Option<Micros>,
}

impl Outside {
    /// Fits both as lower medians over reports. Parallel reports are ignored, and those whose wall
    /// time is the sum of their cases.
    pub(super) fn fit(history: &History, samples: &Samples, files: &FileNumbers<'_>) -> Self {
        let mut fitted = Self {
            floor: DEFAULT,
            import: None,
        };
        let of_reports = files_of_reports(history, samples, files);
        let measured = measured_imports(history);
        let (mut floors, mut imports) = (Vec::new(), Vec::new());
        let reports = history.reports().iter().zip(of_reports).zip(measured);
        for ((report, files), measured) in reports {
            let tests = u64::from(report.tests);
            let Some(wall) = report.facts.wall else {
                continue;
            };
            // Workers share the wall time of a parallel run, so it is less than the sum of cases.
            if report.tests < FEW_TESTS || report.is_parallel() {
                continue;
            }
            // Measured imports are known, and nobody has to guess their part.
            let outside = wall.saturating_sub(report.cases + measured).get();
            let beyond = outside.saturating_sub(LEAST.get() * tests);
            let mut imported = 0;
            // Half of what is left goes to files, the other half to tests.
            if let Some(import) = beyond
                .checked_div(2 * files)
                .filter(|_| beyond > 0 && measured == Micros::ZERO)
            {
                let import = Micros::new(import).min(DEFAULT_IMPORT);
                imports.push(import);
                imported = import.get() * files;
            }
            floors.push(Micros::new((outside - imported) / tests));
        }
        if !floors.is_empty() {
            fitted.floor = median(&mut floors).clamp(LEAST, MOST);
        }
        if !imports.is_empty() {
            fitted.import = Some(median(&mut imports));
        }
        fitted
    }
}

/// Returns the measured cost of all imports, by report.
fn measured_imports(history: &History) -> Vec<Micros> {
    let mut imports = vec![Micros::ZERO; history.reports().len()];
    for (report, what, _, cost) in history.measured().named() {
        if what == What::Import {
            imports[report as usize] += cost.cost;
        }
    }
    imports
}

/// Returns the number of files with tests, by report.
fn files_of_reports(history: &History, samples: &Samples, files: &FileNumbers<'_>) -> Vec<u64> {
    let mut seen: FxHashSet<(usize, u32)> = FxHashSet::default();
    let mut counts = vec![0; history.reports().len()];
    let mut last = None;
    for test in history.tests() {
        let class = history.class_of(test);
        for (report, _) in samples.of(test) {
            // Most tests have the class of the one before.
            if last.replace((report, class)) != Some((report, class))
                && seen.insert((report, files.of(class)))
            {
                counts[report] += 1;
            }
        }
    }
    counts
}
