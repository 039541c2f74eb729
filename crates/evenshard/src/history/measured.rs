//! Measured setup costs, from the run records beside reports.
//!
//! Each cost belongs to a report, counts once with it and is forgotten with it.

use std::collections::BTreeMap;

use crate::Micros;
use crate::address::NodeId;
use crate::history::History;
use crate::intern::Interner;
use crate::record::{FileSetup, RunRecord};

/// All measured costs, by report.
#[derive(Clone, Debug, Default)]
pub(crate) struct MeasuredCosts {
    /// Of files and classes. Not the history's own: files are no classes with tests.
    names: Interner,
    costs: BTreeMap<Key, Cost>,
}

/// The report and the source of a cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    report: u32,
    what: What,
    /// A test's number for [`What::Paid`], else that of a name.
    of: u32,
}

/// The kinds of measured costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum What {
    /// Import and collection of a dotted file.
    Import,
    /// The module fixtures of a dotted file.
    Modules,
    /// The class fixtures of a classname.
    Class,
    /// The part of a test's duration that is setup of fixtures of its file and class.
    Paid,
}

/// A measured cost. Of several the smallest counts; one of a first import counts only if there is no
/// other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cost {
    /// True for the file that its process imported first.
    pub(crate) first: bool,
    pub(crate) cost: Micros,
}

impl From<Micros> for Cost {
    fn from(cost: Micros) -> Self {
        Self { first: false, cost }
    }
}

impl MeasuredCosts {
    pub(crate) fn is_empty(&self) -> bool {
        self.costs.is_empty()
    }

    /// Returns the costs of files and classes: report, kind, name, cost.
    pub(crate) fn named(&self) -> impl Iterator<Item = (u32, What, &str, Cost)> {
        let named = self.costs.iter().filter(|(key, _)| key.what != What::Paid);
        named.map(|(key, &cost)| (key.report, key.what, self.names.get(key.of), cost))
    }

    /// Returns the setup costs within the durations of tests: report, test, cost.
    pub(crate) fn paid(&self) -> impl Iterator<Item = (u32, u32, Micros)> {
        let paid = self.costs.iter().filter(|(key, _)| key.what == What::Paid);
        paid.map(|(key, cost)| (key.report, key.of, cost.cost))
    }

    pub(super) fn note(&mut self, report: u32, what: What, name: &str, cost: Cost) {
        let of = self.names.intern(name);
        self.insert(Key { report, what, of }, cost);
    }

    pub(super) fn note_paid(&mut self, report: u32, test: u32, paid: Micros) {
        let (what, of) = (What::Paid, test);
        self.insert(Key { report, what, of }, paid.into());
    }

    fn insert(&mut self, key: Key, cost: Cost) {
        // Several jobs can have measured it; noise only adds.
        let known = self.costs.entry(key).or_insert(cost);
        *known = cost.min(*known);
    }

    /// Adds the costs in `other` of reports that have a number here, and of tests that have one,
    /// under new dotted names.
    pub(super) fn take<'o>(
        &mut self,
        other: &'o Self,
        report: impl Fn(u32) -> Option<u32>,
        test: impl Fn(u32) -> Option<u32>,
        dotted: impl Fn(&'o str) -> String,
    ) {
        for (old, what, name, cost) in other.named() {
            if let Some(report) = report(old) {
                self.note(report, what, &dotted(name), cost);
            }
        }
        for (old, of, paid) in other.paid() {
            if let (Some(report), Some(test)) = (report(old), test(of)) {
                self.note_paid(report, test, paid);
            }
        }
    }

    /// Keeps the newest costs only of each file and class; `age` orders reports, the newest last.
    pub(super) fn keep_newest<A: Ord>(&mut self, most: usize, age: impl Fn(u32) -> A) {
        let mut by_name: BTreeMap<(What, u32), Vec<u32>> = BTreeMap::new();
        for key in self.costs.keys().filter(|key| key.what != What::Paid) {
            let reports = by_name.entry((key.what, key.of)).or_default();
            reports.push(key.report);
        }
        for ((what, of), mut reports) in by_name {
            let old = reports.len().saturating_sub(most);
            reports.sort_by_key(|&report| age(report));
            for &report in &reports[..old] {
                self.costs.remove(&Key { report, what, of });
            }
        }
    }
}

impl History {
    /// Returns the measured setup costs.
    pub(crate) fn measured(&self) -> &MeasuredCosts {
        &self.measured
    }

    /// Adds the setup costs and the facts about tests of a run record.
    pub(super) fn note_record(&mut self, report: u32, record: &RunRecord) {
        let mut reported = std::mem::take(&mut self.reported);
        reported.note(report, record, |id| self.find_reported(record, id));
        self.reported = reported;
        for (path, setup) in &record.setup.files {
            let file = prefixed(record, NodeId::parse(path).dotted_file());
            self.note_file(report, &file, setup);
            for (id, &paid) in &setup.paid_us {
                if let Some(test) = self.find_reported(record, id) {
                    self.measured.note_paid(report, test, paid);
                }
            }
        }
    }

    fn note_file(&mut self, report: u32, file: &str, setup: &FileSetup) {
        if let Some(cost) = setup.import_us {
            let cost = Cost {
                first: setup.first,
                cost,
            };
            self.measured.note(report, What::Import, file, cost);
        }
        if let Some(cost) = setup.fixtures_us {
            self.measured.note(report, What::Modules, file, cost.into());
        }
        for (class, &cost) in &setup.classes_us {
            let class = format!("{file}.{class}");
            self.measured.note(report, What::Class, &class, cost.into());
        }
    }

    /// Finds the test with this node id, under the name that its report gives it.
    fn find_reported(&self, record: &RunRecord, id: &str) -> Option<u32> {
        let id = NodeId::parse(id);
        let class = self.find_class(&prefixed(record, id.classname()))?;
        self.find_id_in(class, &id).map(|test| test.0)
    }
}

/// Returns a dotted name as reports have it: with pytest's `--junit-prefix`.
pub(super) fn prefixed(record: &RunRecord, name: String) -> String {
    if record.junit_prefix.is_empty() {
        name
    } else {
        format!("{}.{name}", record.junit_prefix)
    }
}
