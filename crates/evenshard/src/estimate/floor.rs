//! What a run costs beyond the reported times of its tests.
//!
//! JUnit rounds to milliseconds, and about half a millisecond to a millisecond of the
//! runner's own work per test is in no `time` at all; nor is the import of test files. Where
//! a suite gives its wall time, what that exceeds the sum of its cases by holds both. Where
//! imports were measured they are taken off. Else one number cannot tell the two apart: the
//! runner is given the least that was seen of runners, files and tests halve the rest, and
//! what that is more than a file is taken to cost where nothing is known is the tests' again.
//! Without a floor, plain LPT puts all zero-time tests of a suite onto one shard; and without
//! that limit, 50 ms a file would outweigh all tests of a suite that takes two seconds.

use rustc_hash::FxHashSet;

use super::means::median;
use crate::history::{FileNumbers, History, Samples, What};
use crate::micros::Micros;

/// What a file is taken to cost where nothing tells: its import and collection.
pub(crate) const DEFAULT_IMPORT: Micros = Micros::from_millis(50);

/// The floor where nothing tells.
const DEFAULT: Micros = Micros::from_millis(1);
const LEAST: Micros = Micros::new(500);
const MOST: Micros = Micros::from_millis(2);
/// Below so many tests, start-up drowns the rest.
const FEW_TESTS: u32 = 100;

/// Costs that are in no test's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outside {
    /// Of every test.
    pub(super) floor: Micros,
    /// The most that the import of a file takes on average; `None` where nothing tells.
    pub(super) import: Option<Micros>,
}

impl Outside {
    /// Lower medians over the reports that tell; parallel ones do not, nor those whose wall
    /// time is but the sum of their cases.
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
            if report.tests < FEW_TESTS || report.is_parallel() {
                continue;
            }
            let outside = wall.saturating_sub(report.cases + measured).get();
            let beyond = outside.saturating_sub(LEAST.get() * tests);
            let mut imported = 0;
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

/// What imports took in each report that measured them.
fn measured_imports(history: &History) -> Vec<Micros> {
    let mut imports = vec![Micros::ZERO; history.reports().len()];
    for (report, what, _, cost) in history.measured().named() {
        if what == What::Import {
            imports[report as usize] += cost.cost;
        }
    }
    imports
}

/// How many files each report has tests of.
fn files_of_reports(history: &History, samples: &Samples, files: &FileNumbers<'_>) -> Vec<u64> {
    let mut seen: FxHashSet<(usize, u32)> = FxHashSet::default();
    let mut counts = vec![0; history.reports().len()];
    let mut last = None;
    for test in history.tests() {
        let class = history.class_of(test);
        for (report, _) in samples.of(test) {
            // Most tests are of the class of the one before.
            if last.replace((report, class)) != Some((report, class))
                && seen.insert((report, files.of(class)))
            {
                counts[report] += 1;
            }
        }
    }
    counts
}
