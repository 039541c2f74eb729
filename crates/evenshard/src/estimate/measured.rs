//! Measured setup costs: imports of files, fixtures of modules and classes.
//!
//! A cost is the smallest of the shards and builds that measured it. The first file that a process
//! imports pays for everything that files share (a framework, a helper), whichever file that is:
//! such a measurement is used only if there is no other, and then limited to the median of the
//! other files.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::Micros;
use crate::estimate::speed::Speeds;
use crate::history::{ClassId, Cost, First, History, Sample, TestId, What};

/// Measured setup costs, at the common speed.
#[derive(Clone, Debug, Default)]
pub(super) struct MeasuredSetup {
    imports: FxHashMap<String, Micros>,
    modules: FxHashMap<String, Micros>,
    classes: FxHashMap<ClassId, Micros>,
    /// By report and test, the cost within the sample.
    paid: FxHashMap<(usize, u32), Micros>,
    /// By report: true if its run record names the tests that paid for fixtures.
    reports: Vec<bool>,
}

impl MeasuredSetup {
    pub(super) fn learn(history: &History, speeds: &Speeds) -> Self {
        let mut learnt = Self {
            reports: vec![false; history.reports().len()],
            ..Self::default()
        };
        let mut imports: BTreeMap<&str, Cost> = BTreeMap::new();
        for (report, what, name, mut cost) in history.measured().named() {
            let report = report as usize;
            // Such a record names the tests that paid, so no other test did.
            learnt.reports[report] = true;
            cost.cost = speeds.normalised(report, cost.cost);
            match what {
                What::Import => {
                    let known = imports.entry(name).or_insert(cost);
                    *known = cost.min(*known);
                }
                What::Modules => {
                    let known = learnt.modules.entry(name.to_owned()).or_insert(cost.cost);
                    *known = cost.cost.min(*known);
                }
                What::Class => {
                    // Its tests may all be gone from the history.
                    if let Some(class) = history.find_class(name) {
                        let known = learnt.classes.entry(class).or_insert(cost.cost);
                        *known = cost.cost.min(*known);
                    }
                }
                What::Paid => {}
            }
        }
        learnt.imports = import_costs(&imports);
        let paid = history.measured().paid();
        learnt.paid = paid.map(|(r, test, us)| ((r as usize, test), us)).collect();
        learnt
    }

    /// Returns the cost of importing and collecting a dotted file.
    pub(super) fn import(&self, file: &str) -> Option<Micros> {
        self.imports.get(file).copied()
    }

    /// Returns the cost of the module fixtures of a dotted file.
    pub(super) fn modules(&self, file: &str) -> Option<Micros> {
        self.modules.get(file).copied()
    }

    /// Returns the cost of the fixtures of a class.
    pub(super) fn class(&self, class: ClassId) -> Option<Micros> {
        self.classes.get(&class).copied()
    }

    /// Returns a sample at the common speed, without measured setup costs: those of its test if the
    /// run record has them, else those of the class or file if its test was the first there.
    pub(super) fn net(
        &self,
        (test, class, file): (TestId, ClassId, &str),
        speeds: &Speeds,
        report: usize,
        sample: Sample,
    ) -> Option<Micros> {
        let duration = sample.duration?;
        if self.reports[report] {
            let paid = self.paid.get(&(report, test.number())).copied();
            let net = duration.saturating_sub(paid.unwrap_or_default());
            return Some(speeds.normalised(report, net));
        }
        let of_class = || self.class(class);
        let of_file = || self.modules(file);
        // Without a record, the first test of its class or file is the one that paid.
        let paid = [
            (sample.first >= First::Class).then(of_class).flatten(),
            (sample.first >= First::File).then(of_file).flatten(),
        ];
        let paid = paid.into_iter().flatten().sum();
        Some(speeds.normalised(report, duration).saturating_sub(paid))
    }
}

/// Returns the import cost of each file, given the best measurement of each.
fn import_costs(imports: &BTreeMap<&str, Cost>) -> FxHashMap<String, Micros> {
    let sorted = |first: bool| {
        let of_kind = imports.values().filter(|cost| cost.first == first);
        let mut costs: Vec<Micros> = of_kind.map(|cost| cost.cost).collect();
        costs.sort_unstable();
        costs
    };
    // Other files show what one costs without the shared part.
    let (later, first) = (sorted(false), sorted(true));
    let cost = |cost: &Cost| {
        if !cost.first {
            return cost.cost;
        }
        let others = if later.is_empty() {
            median_without(&first, cost.cost)
        } else {
            median_without(&later, Micros::new(u64::MAX))
        };
        others.map_or(cost.cost, |median| median.min(cost.cost))
    };
    { imports.iter() }
        .map(|(file, import)| ((*file).to_owned(), cost(import)))
        .collect()
}

/// Returns the lower median of sorted costs without one of them; `None` if nothing is left.
fn median_without(sorted: &[Micros], one: Micros) -> Option<Micros> {
    // A cost that is not among them leaves all.
    let at = sorted.binary_search(&one).unwrap_or(sorted.len());
    let left = sorted.len() - usize::from(at < sorted.len());
    let middle = left.checked_sub(1)? / 2;
    sorted.get(middle + usize::from(middle >= at)).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{import_costs, median_without};
    use crate::Micros;
    use crate::history::Cost;

    fn costs(imports: &[(&'static str, u64, bool)]) -> Vec<(String, u64)> {
        let cost = |&(file, us, first): &(&'static str, u64, bool)| {
            let cost = Micros::new(us);
            (file, Cost { first, cost })
        };
        let costs = import_costs(&imports.iter().map(cost).collect());
        let costs: BTreeMap<_, _> = costs.into_iter().map(|(f, c)| (f, c.get())).collect();
        costs.into_iter().collect()
    }

    fn of(files: &[(&str, u64)]) -> Vec<(String, u64)> {
        files.iter().map(|&(f, us)| (f.to_owned(), us)).collect()
    }

    #[test]
    fn the_first_file_of_a_process_costs_no_more_than_the_others() {
        let imports = [
            ("a", 900, true),
            ("b", 5, false),
            ("c", 7, false),
            ("d", 9, false),
        ];
        assert_eq!(
            costs(&imports),
            of(&[("a", 7), ("b", 5), ("c", 7), ("d", 9)])
        );
        assert_eq!(
            costs(&[("a", 3, true), ("b", 5, false)]),
            of(&[("a", 3), ("b", 5)])
        );
    }

    #[test]
    fn files_that_were_all_first_are_compared_with_each_other() {
        assert_eq!(costs(&[("a", 900, true)]), of(&[("a", 900)]));
        let imports = [("a", 900, true), ("b", 600, true), ("c", 700, true)];
        assert_eq!(costs(&imports), of(&[("a", 600), ("b", 600), ("c", 600)]));
    }

    #[test]
    fn the_median_leaves_one_out() {
        let sorted = [1, 2, 3, 9].map(Micros::new);
        let without = |us| median_without(&sorted, Micros::new(us)).map(Micros::get);
        assert_eq!([1, 2, 3, 9, 5].map(without), [3, 3, 2, 2, 2].map(Some));
        assert_eq!(median_without(&sorted[..1], sorted[0]), None);
    }
}
