//! Joins histories, and forgets old samples. In any grouping and any order, the same reports make
//! the same history.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::address::is_under;
use crate::history::{FileHint, History, KnownReport, Observation, TestId, TestKey, builds, count};

/// A sample is dropped when this number of complete builds is newer. In estimates the tenth build has
/// an eighth of the newest one's weight, so older ones would add little.
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
        let numbers: std::collections::BTreeSet<u32> = { self.reports.iter() }
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
                self.add_sample(other, o, report, |class| class);
            }
        }
        // A list or a further report can have shown the file of a class whose reports are known.
        for class in other.class_ids() {
            let hint = other.file_hints[class.index()];
            if let (Some(own), Some(_)) = (self.find_class(other.class_name(class)), hint) {
                self.hint(own.number(), hint);
            }
        }
        let here = |report: u32| Some(number_of[report as usize].0);
        self.take_facts(other, here, |class| class, str::to_owned);
    }

    /// Adds a sample of `other` under the number that its report has here, and the new name of its
    /// class.
    fn add_sample<'o>(
        &mut self,
        other: &'o Self,
        o: &Observation,
        report: u32,
        class_name: impl Fn(&'o str) -> &'o str,
    ) {
        let TestKey { class, name } = other.tests[o.test as usize];
        let old = other.classes.get(class);
        let new = class_name(old);
        let test = self.test_id(new, other.names.get(name));
        // The classname and its file get or lose the same prefix.
        let hint = other.file_hints[class as usize].and_then(|hint| {
            let length = (hint.length as usize + new.len()).checked_sub(old.len())?;
            let length = count(length);
            Some(FileHint { length, ..hint })
        });
        self.hint(self.tests[test as usize].class, hint);
        self.observations.push(Observation { test, report, ..*o });
    }

    /// Adds what `other` knows beside samples about reports that have a number here: measured
    /// costs, facts from run records, groups. `class_name` and `dotted` return the new names of
    /// classes, and of anything dotted.
    fn take_facts<'o>(
        &mut self,
        other: &'o Self,
        report: impl Fn(u32) -> Option<u32>,
        class_name: impl Fn(&'o str) -> &'o str,
        dotted: impl Fn(&'o str) -> String,
    ) {
        // Taken out, so that the tests here can be looked up meanwhile.
        let mut measured = std::mem::take(&mut self.measured);
        let mut reported = std::mem::take(&mut self.reported);
        let mut groups = std::mem::take(&mut self.groups);
        let test = |old: u32| {
            let old = TestId(old);
            let here = self.find(class_name(other.classname(old)), other.name(old));
            here.map(|test| test.0)
        };
        measured.take(&other.measured, &report, test, &dotted);
        reported.take(&other.reported, &report, test, &dotted);
        groups.take(&other.groups, &report, test);
        (self.measured, self.reported, self.groups) = (measured, reported, groups);
        self.drop_groups_without_samples();
    }

    /// Returns the samples under other classnames: `name` gives a classname's new form.
    pub(crate) fn renamed<'a>(&'a self, name: impl Fn(&'a str) -> Option<&'a str>) -> Self {
        let mut renamed = Self {
            reports: self.reports.clone(),
            by_digest: self.by_digest.clone(),
            ..Self::new()
        };
        let new = |classname| name(classname).unwrap_or(classname);
        for o in &self.observations {
            renamed.add_sample(self, o, o.report, new);
        }
        renamed.take_facts(self, Some, new, self.new_names(&name));
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
        let age = |report: u32| {
            let digest = &self.reports[report as usize].facts.digest;
            (rank[report as usize], digest)
        };
        let is_new = |o: &&Observation| rank[o.report as usize] >= oldest_kept;
        let mut newest_first: Vec<&Observation> = self.observations.iter().filter(is_new).collect();
        let key = |o: &Observation| (o.test, Reverse((age(o.report), o.sample)));
        newest_first.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
        let mut kept = Self::new();
        let mut number_of = vec![None; self.reports.len()];
        // By test, since each has its own newest samples.
        for of_test in newest_first.chunk_by(|a, b| a.test == b.test) {
            for o in of_test.iter().take(KEPT_SAMPLES) {
                let number = *number_of[o.report as usize].get_or_insert_with(|| {
                    kept.add_report(self.reports[o.report as usize].clone())
                });
                kept.add_sample(self, o, number, |class| class);
            }
        }
        // Complete builds count by their number even where all of their samples are gone.
        for (report, info) in self.reports.iter().enumerate() {
            if number_of[report].is_none() && rank[report] >= oldest_kept {
                number_of[report] = Some(kept.add_report(info.clone()));
            }
        }
        let here = |report: u32| number_of[report as usize];
        kept.take_facts(self, here, |class| class, str::to_owned);
        let mut ages = vec![None; kept.reports.len()];
        for (old, new) in (0..).zip(&number_of) {
            if let Some(new) = new {
                ages[*new as usize] = Some(age(old));
            }
        }
        let age = |report: u32| ages[report as usize];
        kept.measured.keep_newest(KEPT_SAMPLES, age);
        kept
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
                some.add_sample(self, o, report, |class| class);
            }
        }
        let here = |report: u32| number_of[report as usize];
        some.take_facts(self, here, |class| class, str::to_owned);
        some
    }
}
