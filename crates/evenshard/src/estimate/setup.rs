//! Setup costs within the times of first tests: the first test that uses a fixture of a class or a
//! module builds it, in every shard that touches the class or file.
//!
//! Measured costs count (`measured`). The others are learnt:
//!
//! The excess of a first test is its time minus the median of its siblings (the other parameters of
//! its function if it has some, else the tests of its class). The smallest excess over the builds
//! is the setup cost, if it is 20 ms or more: of the class if other classes of the file have one
//! too, else of the file. One build alone does not distinguish a slow fixture from a slow test, so
//! there another class of the file has to show an excess too. An excess that only the very first
//! test of a report ever has (databases, containers) is the session's: every shard pays it,
//! whatever it runs. With one build alone, only reports that start with different tests show that.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::Micros;
use crate::address::parametrised;
use crate::estimate::means::median;
use crate::estimate::measured::MeasuredSetup;
use crate::estimate::speed::Speeds;
use crate::history::{ClassId, Files, First, History, Sample, Samples, TestId};

/// Smaller excesses are noise. Chosen, not measured; `scripts/histories.py`, which makes the figures
/// of docs/performance.md, scores with the same limit.
const NOTICEABLE: Micros = Micros::from_millis(20);
/// The fewest siblings whose median is used. Chosen, not measured.
const FEWEST_SIBLINGS: usize = 2;
/// Larger excesses of the very first test are the session's, smaller ones the first file's. Chosen,
/// not measured.
const SESSION: Micros = Micros::from_millis(1_000);

/// Setup costs, measured or learnt from first tests.
#[derive(Clone, Debug, Default)]
pub(super) struct Setup {
    measured: MeasuredSetup,
    /// The learnt costs of classes without a measured one.
    classes: FxHashMap<ClassId, Micros>,
    files: FxHashMap<String, Micros>,
    session: Micros,
}

/// The smallest excess of a class's first test, by the set of tests that it was the first of.
#[derive(Clone, Copy, Debug, Default)]
struct Excess {
    class: Option<Micros>,
    file: Option<Micros>,
    report: Option<Micros>,
    /// The number of reports with an excess.
    seen: u32,
}

impl Setup {
    pub(super) fn learn(
        history: &History,
        samples: &Samples,
        speeds: &Speeds,
        files: &Files,
    ) -> Self {
        let measured = MeasuredSetup::learn(history, speeds);
        let net = |(test, class): (TestId, ClassId), report, sample| {
            let of = (test, class, files.of(history, class));
            measured.net(of, speeds, report, sample)
        };
        let excesses: Vec<(ClassId, Excess)> = excesses(history, samples, net).collect();
        let several_builds = speeds.several_builds();
        let of_session = of_session(excesses.iter().map(|(_, excess)| excess));
        let of_session =
            of_session.filter(|&(cost, certain)| cost > SESSION && (certain || several_builds));
        let mut setup = Self {
            session: of_session.map_or(Micros::ZERO, |(cost, _)| cost),
            ..Self::default()
        };
        let mut by_file: BTreeMap<&str, Vec<(ClassId, Excess)>> = BTreeMap::new();
        for (class, excess) in excesses {
            let of_file = by_file.entry(files.of(history, class)).or_default();
            of_file.push((class, excess));
        }
        for (file, classes) in by_file {
            setup.learn_file(file, &classes, several_builds);
        }
        // A measured cost replaces a learnt one: excesses contain noise.
        let classes = &mut setup.classes;
        classes.retain(|&class, _| measured.class(class).is_none());
        let files = &mut setup.files;
        files.retain(|file, _| measured.modules(file).is_none());
        setup.measured = measured;
        setup
    }

    fn learn_file(&mut self, file: &str, classes: &[(ClassId, Excess)], several_builds: bool) {
        let inner: Vec<Micros> = classes.iter().filter_map(|c| c.1.class).collect();
        let paying = inner.iter().filter(|&&e| e >= NOTICEABLE).count();
        // Half of the classes with a first test of their own.
        let classes_pay = paying * 2 >= inner.len() && paying > 0;
        let several = classes.iter().filter(|c| c.1.is_noticeable()).count() > 1;
        let evident = |excess: Excess| several_builds || excess.seen > 1;
        for &(class, excess) in classes {
            if let Some(own) = excess.class.filter(|&e| e >= NOTICEABLE) {
                if several || evident(excess) {
                    self.classes.insert(class, own);
                }
                continue;
            }
            // The first class of its file: the excess is the class's own if other classes of the
            // file have one.
            let after_session = |e: Micros| e.saturating_sub(self.session);
            // The very first test of a report also paid for the session.
            let leading = excess.file.or(excess.report.map(after_session));
            let Some(leading) = leading.filter(|&e| e >= NOTICEABLE) else {
                continue;
            };
            if classes_pay {
                self.classes.insert(class, leading);
            } else if evident(excess) {
                let known = self.files.entry(file.to_owned()).or_default();
                // Several classes can have led their file; the largest excess had all of its
                // fixtures.
                *known = leading.max(*known);
            }
        }
    }

    /// Returns the setup cost of a class.
    pub(super) fn of_class(&self, class: ClassId) -> Micros {
        let learnt = || self.classes.get(&class).copied();
        let known = self.measured.class(class).or_else(learnt);
        known.unwrap_or_default()
    }

    /// Returns the setup cost of a file.
    pub(super) fn of_file(&self, file: &str) -> Micros {
        let learnt = || self.files.get(file).copied();
        let known = self.measured.modules(file).or_else(learnt);
        known.unwrap_or_default()
    }

    /// Returns the cost that every first test of a report pays, learnt from reports alone.
    pub(super) fn of_session(&self) -> Micros {
        self.session
    }

    /// Returns the measured costs.
    pub(super) fn measured(&self) -> &MeasuredSetup {
        &self.measured
    }

    /// Returns a sample at the common speed, without the setup costs in it.
    pub(super) fn net(
        &self,
        (test, class, file): (TestId, ClassId, &str),
        speeds: &Speeds,
        report: usize,
        sample: Sample,
    ) -> Option<Micros> {
        let net = self
            .measured
            .net((test, class, file), speeds, report, sample)?;
        let (of_class, of_file) = (self.classes.get(&class), || self.files.get(file));
        let learnt = [
            of_class.filter(|_| sample.first >= First::Class),
            (sample.first >= First::File).then(of_file).flatten(),
            (sample.first == First::Report).then_some(&self.session),
        ];
        let learnt = learnt.into_iter().flatten().copied().sum();
        Some(net.saturating_sub(learnt))
    }
}

/// Returns the excess of each class whose first tests can be compared with their siblings; `net`
/// returns the part of a sample that counts.
fn excesses(
    history: &History,
    samples: &Samples,
    net: impl Fn((TestId, ClassId), usize, Sample) -> Option<Micros>,
) -> impl Iterator<Item = (ClassId, Excess)> {
    let classes = history.class_ids().zip(history.tests_by_class());
    classes.filter_map(move |(class, tests)| {
        let count: usize = tests.iter().map(|&test| samples.of(test).len()).sum();
        // In some suites most classes are too small to compare.
        if count <= FEWEST_SIBLINGS {
            return None;
        }
        let mut first: BTreeMap<usize, (First, Micros, &str)> = BTreeMap::new();
        let mut siblings: BTreeMap<usize, Vec<Micros>> = BTreeMap::new();
        for &test in &tests {
            for (report, sample) in samples.of(test) {
                let Some(duration) = net((test, class), report, sample) else {
                    continue;
                };
                if sample.first == First::No {
                    siblings.entry(report).or_default().push(duration);
                } else {
                    let function = parametrised(history.name(test));
                    first.insert(report, (sample.first, duration, function));
                }
            }
        }
        // A function that is slow with all of its parameters needs no fixture.
        let functions: FxHashSet<&str> = first.values().map(|first| first.2).collect();
        let mut alike: FxHashMap<(usize, &str), Vec<Micros>> = FxHashMap::default();
        let tests = tests
            .iter()
            .map(|&test| (parametrised(history.name(test)), test));
        for (function, test) in tests.filter(|(f, _)| !f.is_empty() && functions.contains(f)) {
            for (report, sample) in samples.of(test).filter(|(_, s)| s.first == First::No) {
                if let Some(time) = net((test, class), report, sample) {
                    alike.entry((report, function)).or_default().push(time);
                }
            }
        }
        let mut excess = Excess::default();
        for (report, (first, duration, function)) in first {
            // One other parameter is more like the first than any number of other tests.
            let alike = alike.get_mut(&(report, function));
            let others = siblings.get_mut(&report);
            // One sibling alone may be the odd one.
            let others = others.filter(|siblings| siblings.len() >= FEWEST_SIBLINGS);
            if let Some(siblings) = alike.or(others) {
                excess.note(first, duration.saturating_sub(median(siblings)));
            }
        }
        let any = excess.class.or(excess.file).or(excess.report);
        any.map(|_| (class, excess))
    })
}

/// Returns the smallest excess of the first tests of all reports, beyond that of their file or
/// class, and true if the reports distinguish the two.
fn of_session<'e>(excesses: impl Iterator<Item = &'e Excess>) -> Option<(Micros, bool)> {
    let leading: Vec<&Excess> = excesses.filter(|e| e.report.is_some()).collect();
    let certain = leading.len() > 1 || leading.iter().any(|e| e.own().is_some());
    let beyond = leading.iter().filter_map(|excess| {
        let own = excess.own().unwrap_or_default();
        Some(excess.report?.saturating_sub(own))
    });
    Some((beyond.min()?, certain))
}

impl Excess {
    fn is_noticeable(&self) -> bool {
        let any = self.own().or(self.report);
        any.is_some_and(|excess| excess >= NOTICEABLE)
    }

    /// Returns the excess of the first test of a file or class, in reports where another test was
    /// the very first.
    fn own(&self) -> Option<Micros> {
        self.file.or(self.class)
    }

    fn note(&mut self, first: First, excess: Micros) {
        let slot = match first {
            First::No => return,
            First::Class => &mut self.class,
            First::File => &mut self.file,
            First::Report => &mut self.report,
        };
        *slot = Some(slot.map_or(excess, |known| known.min(excess)));
        self.seen += 1;
    }
}
