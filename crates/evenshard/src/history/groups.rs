//! The `xdist_group` of tests that were reported with one.
//!
//! Under `--dist loadgroup` xdist appends `@group` to the ids of marked tests, and reports have it.
//! It is no part of a test's identity, so it is removed from the name and kept here, as long as the
//! sample that came with it.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::history::{History, TestId, builds};
use crate::intern::Interner;

/// The groups that tests had, by report.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    names: Interner,
    /// By test and report.
    of: BTreeMap<(u32, u32), u32>,
}

impl Groups {
    /// Notes the group of a test in a report; of several the first by name.
    pub(super) fn note(&mut self, test: u32, report: u32, group: &str) {
        let group = self.names.intern(group);
        let known = *self.of.entry((test, report)).or_insert(group);
        // The first by name, whatever order the suites of a report come in.
        if self.names.get(group) < self.names.get(known) {
            self.of.insert((test, report), group);
        }
    }

    /// Adds the groups in `other` of reports and tests that have a number here.
    pub(super) fn take(
        &mut self,
        other: &Self,
        report: impl Fn(u32) -> Option<u32>,
        test: impl Fn(u32) -> Option<u32>,
    ) {
        for (old, of, group) in other.iter() {
            if let (Some(test), Some(report)) = (test(old.0), report(of)) {
                self.note(test, report, group);
            }
        }
    }

    /// Returns every known group with its test and report.
    pub(super) fn iter(&self) -> impl Iterator<Item = (TestId, u32, &str)> {
        let named = |(&(test, report), &group)| (TestId(test), report, self.names.get(group));
        self.of.iter().map(named)
    }
}

impl History {
    /// Returns the group that each test had in the newest report with one.
    pub(crate) fn groups(&self) -> FxHashMap<TestId, &str> {
        let mut newest = FxHashMap::default();
        if self.groups.of.is_empty() {
            return newest;
        }
        let rank = builds::ranks(self);
        let mut found: Vec<_> = self.groups.iter().collect();
        found.sort_by_key(|&(test, report, group)| {
            // Within a build no report is newer; the digest decides.
            let digest = &self.reports[report as usize].facts.digest;
            (test, rank[report as usize], digest, group)
        });
        newest.extend(found.into_iter().map(|(test, _, group)| (test, group)));
        newest
    }

    /// Forgets the groups that came with samples which are gone.
    pub(super) fn drop_groups_without_samples(&mut self) {
        if !self.groups.of.is_empty() {
            let kept = self.observations.iter().map(|o| (o.test, o.report));
            let kept: FxHashSet<(u32, u32)> = kept.collect();
            self.groups.of.retain(|key, _| kept.contains(key));
        }
    }
}
