//! Joins histories, and forgets old samples. In any grouping and any order, the same reports make
//! the same history.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use crate::address::is_under;
use crate::history::reported::Reported;
use crate::history::{
    FileHint, History, KnownReport, MeasuredCosts, Observation, TestId, TestKey, builds, count,
};

/// A sample is dropped when this number of complete builds is newer. Older builds weigh as the
/// tenth in estimates, so more would add little.
pub const KEPT_BUILDS: usize = 10;
/// The largest number of samples of one test, the newest ones. Chosen as twice [`KEPT_BUILDS`], not
/// measured.
pub const KEPT_SAMPLES: usize = 20;

impl History {
    #[cfg(feature = "junit")]
    /// Merges like [`merge`](Self::merge), without a copy if there is nothing to merge with.
    pub(crate) fn take_in(&mut self, other: Self) {
        // Most often a history file is the first input, and a million tests take a while to copy.
        if self.reports.is_empty() && self.tests.is_empty() && other.is_as_merged() {
            *self = other;
        } else {
            self.merge(&other);
        }
    }

    #[cfg(feature = "junit")]
    /// Returns true if a merge with an empty history changes nothing: it has no report twice, and
    /// no test without a sample.
    fn is_as_merged(&self) -> bool {
        let mut sampled = vec![false; self.tests.len()];
        for o in &self.observations {
            sampled[o.test as usize] = true;
        }
        let numbers: FxHashSet<u32> = { self.reports.iter() }
            .filter_map(|report| self.find_report(&report.facts.digest))
            .collect();
        let named = |report: &&KnownReport| !report.facts.digest.is_empty();
        numbers.len() == self.reports.iter().filter(named).count() && !sampled.contains(&false)
    }

    /// Adds everything in `other`. A report that both have counts once.
    pub fn merge(&mut self, other: &Self) {
        let mut number_of = Vec::with_capacity(other.reports.len());
        for report in &other.reports {
            if let Some(number) = self.find_report(&report.facts.digest) {
                let known = &mut self.reports[number as usize];
                let origin = std::mem::take(&mut known.origin);
                known.origin = origin.joined(report.origin.clone());
                known.broke_off |= report.broke_off;
                number_of.push((number, false));
            } else {
                number_of.push((self.add_report(report.clone()), true));
            }
        }
        for o in &other.observations {
            if let (report, true) = number_of[o.report as usize] {
                self.add_sample(other, o, report);
            }
        }
        for class in other.class_ids() {
            let hint = other.file_hints[class.index()];
            if let (Some(own), Some(_)) = (self.find_class(other.class_name(class)), hint) {
                self.hint(own.number(), hint);
            }
        }
        let here = |report: u32| Some(number_of[report as usize].0);
        self.take_measured(other, here);
        self.take_reported(other, here);
    }

    /// Adds a sample of `other` under the number that its report has here.
    fn add_sample(&mut self, other: &Self, o: &Observation, report: u32) {
        let TestKey { class, name } = other.tests[o.test as usize];
        let test = self.test_id(other.classes.get(class), other.names.get(name));
        let hint = other.file_hints[class as usize];
        self.hint(self.tests[test as usize].class, hint);
        self.observations.push(Observation { test, report, ..*o });
    }

    /// Copies the measured costs of reports that have a number here.
    fn take_measured(&mut self, other: &Self, report: impl Fn(u32) -> Option<u32>) {
        let mut measured = std::mem::take(&mut self.measured);
        measured.merge(&other.measured, report, |test| self.same_test(other, test));
        self.measured = measured;
    }

    /// Returns the number that a test of another history has in this one.
    fn same_test(&self, other: &Self, test: u32) -> Option<u32> {
        let test = TestId(test);
        let here = self.find(other.classname(test), other.name(test));
        here.map(|test| test.0)
    }

    /// Returns the samples under other classnames: `name` gives a classname's new form.
    pub(crate) fn renamed<'a>(&'a self, name: impl Fn(&'a str) -> Option<&'a str>) -> Self {
        let mut renamed = Self {
            reports: self.reports.clone(),
            by_digest: self.by_digest.clone(),
            ..Self::new()
        };
        for o in &self.observations {
            let TestKey { class, name: test } = self.tests[o.test as usize];
            let old = self.classes.get(class);
            let new = name(old).unwrap_or(old);
            let test = renamed.test_id(new, self.names.get(test));
            renamed.observations.push(Observation { test, ..*o });
            // The classname and its file get or lose the same prefix.
            let hint = self.file_hints[class as usize].and_then(|hint| {
                let length = (hint.length as usize + new.len()).checked_sub(old.len())?;
                let length = count(length);
                Some(FileHint { length, ..hint })
            });
            renamed.hint(renamed.tests[test as usize].class, hint);
        }
        let new = |classname| name(classname).unwrap_or(classname);
        renamed.take_groups(self, new, Some);
        let dotted = self.new_names(&name);
        let new_number = |test: u32| {
            let old = self.classname(TestId(test));
            let here = renamed.find(new(old), self.name(TestId(test)));
            here.map(|test| test.0)
        };
        let mut reported = Reported::default();
        reported.take(&self.reported, &dotted, Some, new_number);
        renamed.reported = reported;
        renamed.measured = self.renamed_measured(&renamed, &name, &dotted);
        renamed
    }

    /// Returns the new form of every dotted name: of a file, the new form of a class in it without
    /// the class.
    fn new_names<'a>(
        &'a self,
        name: &impl Fn(&'a str) -> Option<&'a str>,
    ) -> impl Fn(&'a str) -> String {
        let classes = self.class_ids().map(|class| self.class_name(class));
        let classes: BTreeMap<&'a str, &'a str> =
            classes.filter_map(|old| Some((old, name(old)?))).collect();
        move |dotted: &'a str| {
            let mut named_alike = classes
                .range(dotted..)
                .take_while(|(old, _)| old.starts_with(dotted));
            let found = named_alike.find(|(old, _)| is_under(old, dotted));
            let new = found.and_then(|(old, new)| new.strip_suffix(&old[dotted.len()..]));
            new.unwrap_or(dotted).to_owned()
        }
    }

    /// Returns the measured costs under the names of `renamed`.
    fn renamed_measured<'a>(
        &'a self,
        renamed: &Self,
        name: &impl Fn(&'a str) -> Option<&'a str>,
        dotted: &impl Fn(&'a str) -> String,
    ) -> MeasuredCosts {
        let mut measured = MeasuredCosts::default();
        if self.measured.is_empty() {
            return measured;
        }
        for (report, what, old, cost) in self.measured.named() {
            measured.note(report, what, &dotted(old), cost);
        }
        for (report, test, paid) in self.measured.paid() {
            let test = TestId(test);
            let old = self.classname(test);
            let new = name(old).unwrap_or(old);
            if let Some(test) = renamed.find(new, self.name(test)) {
                measured.note_paid(report, test.0, paid);
            }
        }
        measured
    }

    /// Drops samples that are older than [`KEPT_BUILDS`] complete builds, or than [`KEPT_SAMPLES`]
    /// samples of the same test; a test goes with its last sample. Partial builds do not count, so
    /// any number of them drops nothing.
    #[doc(hidden)]
    #[must_use]
    pub fn without_the_old(&self) -> Self {
        // By name: a guess about which reports belong together could change with the next one.
        let builds = builds::named(self);
        let rank = builds::ranks_of(self, &builds);
        let complete = (0..builds.len())
            .rev()
            .filter(|&at| builds[at].is_complete(self));
        let oldest_kept = { complete }.nth(KEPT_BUILDS - 1).unwrap_or(0);
        // The digest orders reports of one build in the same way wherever they were merged.
        let mut newest_first: Vec<&Observation> = self
            .observations
            .iter()
            .filter(|o| rank[o.report as usize] >= oldest_kept)
            .collect();
        let key = |o: &&Observation| {
            let digest = &self.reports[o.report as usize].facts.digest;
            (
                o.test,
                std::cmp::Reverse((rank[o.report as usize], digest, o.sample)),
            )
        };
        newest_first.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
        let mut kept = Self::new();
        let mut number_of = vec![None; self.reports.len()];
        for of_test in newest_first.chunk_by(|a, b| a.test == b.test) {
            for o in of_test.iter().take(KEPT_SAMPLES) {
                let number = *number_of[o.report as usize].get_or_insert_with(|| {
                    kept.add_report(self.reports[o.report as usize].clone())
                });
                kept.add_sample(self, o, number);
            }
        }
        // Complete builds count by their number even where all of their samples are gone.
        for (report, info) in self.reports.iter().enumerate() {
            if number_of[report].is_none() && rank[report] >= oldest_kept {
                number_of[report] = Some(kept.add_report(info.clone()));
            }
        }
        kept.measured = self.kept_measured(&kept, &number_of, &rank);
        kept.take_reported(self, |report| number_of[report as usize]);
        kept.drop_groups_without_samples();
        kept
    }

    /// Copies from `other` the facts from run records about reports that have a number here, and
    /// the groups of their tests.
    fn take_reported(&mut self, other: &Self, report: impl Fn(u32) -> Option<u32>) {
        let mut reported = std::mem::take(&mut self.reported);
        reported.take(&other.reported, str::to_owned, &report, |test| {
            self.same_test(other, test)
        });
        self.reported = reported;
        self.take_groups(other, |classname| classname, report);
    }

    /// Returns the history of some of its reports.
    ///
    /// ```
    /// use evenshard::history::History;
    /// assert!(History::new().with_reports(|_| true).is_empty());
    /// ```
    #[doc(hidden)]
    #[must_use]
    pub fn with_reports(&self, keep: impl Fn(&KnownReport) -> bool) -> Self {
        let mut some = Self::new();
        let number_of: Vec<Option<u32>> = { self.reports.iter() }
            .map(|report| keep(report).then(|| some.add_report(report.clone())))
            .collect();
        for o in &self.observations {
            if let Some(report) = number_of[o.report as usize] {
                some.add_sample(self, o, report);
            }
        }
        let report = |report: u32| number_of[report as usize];
        some.take_measured(self, report);
        some.take_reported(self, report);
        some.drop_groups_without_samples();
        some
    }

    /// Returns the measured costs of the reports that are kept; of setup within a test's time, only
    /// those with a sample.
    fn kept_measured(
        &self,
        kept: &Self,
        number_of: &[Option<u32>],
        rank: &[usize],
    ) -> MeasuredCosts {
        let mut measured = MeasuredCosts::default();
        if self.measured.is_empty() {
            return measured;
        }
        let age = |report: u32| {
            let digest = &self.reports[report as usize].facts.digest;
            (rank[report as usize], digest)
        };
        let newest = self.measured.newest(KEPT_SAMPLES, age);
        let report = |report: u32| number_of[report as usize];
        measured.merge(&newest, report, |_| None);
        let samples: FxHashSet<(u32, u32)> = kept
            .observations
            .iter()
            .map(|o| (o.report, o.test))
            .collect();
        for (old, test, paid) in self.measured.paid() {
            let (test, report) = (TestId(test), report(old));
            let test = kept.find(self.classname(test), self.name(test));
            if let (Some(report), Some(test)) = (report, test)
                && samples.contains(&(report, test.0))
            {
                measured.note_paid(report, test.0, paid);
            }
        }
        measured
    }
}
