//! What a build has that the builds before it had not: failures, flaky tests, tests that are newly skipped or
//! gone.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use crate::address::function_of;
use crate::history::{Build, ClassId, History, Sample, TestId, builds};
use crate::outcome::Outcome;

/// The tests of one build whose results a reader asks for by name, in the order of classname and name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Tests that failed in the end.
    pub failed: Vec<TestId>,
    /// Tests that failed at first and passed in the end.
    pub flaky: Vec<TestId>,
    /// The whole build before, as an index into [`History::builds`]; `None` if there is none of the
    /// same selection, or this one is not whole.
    pub before: Option<usize>,
    /// Tests that the build before ran, and this one skipped.
    pub newly_skipped: Vec<TestId>,
    /// Tests that the build before ran, and this one does not have.
    pub gone: Vec<TestId>,
}

/// The results of a test in one build.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    there: bool,
    ran: bool,
    failed_once: bool,
    /// The outcome in the report that began last.
    last: Option<(Option<i64>, Outcome)>,
}

impl Seen {
    fn add(&mut self, begun: Option<i64>, sample: Sample) {
        let Sample { outcome, flaky, .. } = sample;
        self.there = true;
        self.ran |= outcome.ran();
        self.failed_once |= outcome.failed() || flaky;
        // Attempts are reports of one build.
        if self.last.is_none_or(|(last, _)| last <= begun) {
            self.last = Some((begun, outcome));
        }
    }
}

impl History {
    /// Compares a build, an index into [`builds`](Self::builds), with the whole build of the same selection
    /// before it.
    #[doc(hidden)]
    pub fn changed(&self, build: usize) -> Changed {
        let all = self.builds();
        let Some(this) = all.get(build) else {
            return Changed::default();
        };
        let is_whole = |build: &Build| self.is_whole(build);
        let alike = |other: &&(usize, &Build)| {
            is_whole(other.1) && self.selections(other.1) == self.selections(this)
        };
        let before = all[..build].iter().enumerate().rev();
        let before = before
            .filter(|_| is_whole(this))
            .find(|other| alike(&other));
        let before = before.map(|(at, _)| at);
        let (samples, build_of) = (self.samples(), builds::ranks_of(self, &all));
        let mut found = Changed {
            before,
            ..Changed::default()
        };
        let mut missing = Vec::new();
        // Functions with tests that the build before did not have.
        let mut renamed: FxHashSet<(ClassId, &str)> = FxHashSet::default();
        for test in self.tests() {
            let (mut now, mut then) = (Seen::default(), Seen::default());
            for (report, sample) in samples.of(test) {
                let begun = self.reports()[report].facts.begun_ms;
                if build_of[report] == build {
                    now.add(begun, sample);
                } else if Some(build_of[report]) == before {
                    then.add(begun, sample);
                }
            }
            let failed = now.last.is_some_and(|(_, outcome)| outcome.failed());
            match now {
                _ if failed => found.failed.push(test),
                now if now.failed_once => found.flaky.push(test),
                now if !then.ran || now.ran => {}
                now if now.there => found.newly_skipped.push(test),
                _ => missing.push(test),
            }
            if now.there && !then.there {
                renamed.insert((self.class_of(test), function_of(self.name(test))));
            }
        }
        // Parameters that are made anew in every process have other ids each time.
        missing.retain(|&test| {
            !renamed.contains(&(self.class_of(test), function_of(self.name(test))))
        });
        found.gone = missing;
        let Changed {
            failed,
            flaky,
            newly_skipped,
            gone,
            ..
        } = &mut found;
        for tests in [failed, flaky, newly_skipped, gone] {
            tests.sort_by_key(|&test| (self.classname(test), self.name(test)));
        }
        found
    }

    /// Returns true if every shard of a build reported; a single report that is of no shard is a
    /// whole build.
    fn is_whole(&self, build: &Build) -> bool {
        let mut reports = build.reports.iter().map(|&r| &self.reports()[r]);
        let alone = build.reports.len() == 1 && reports.clone().all(|r| r.origin.shard.is_none());
        !reports.any(|r| r.broke_off) && (alone || build.is_complete(self))
    }

    fn selections(&self, build: &Build) -> BTreeSet<Option<&str>> {
        let origins = build.reports.iter().map(|&r| &self.reports()[r].origin);
        origins.map(|o| o.selection.as_deref()).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::history::{CaseSeen, History, Origin, ReportFacts};

    fn build(history: &mut History, begun_ms: i64, names: &[&str]) {
        let mut report = history.report();
        for name in names {
            report.case(&CaseSeen {
                classname: "tests.test_a",
                name,
                ..CaseSeen::default()
            });
        }
        let facts = ReportFacts {
            digest: begun_ms.to_string(),
            begun_ms: Some(begun_ms),
            wall: None,
        };
        report.finish(facts, Origin::default());
    }

    #[test]
    fn parameters_with_new_ids_are_not_gone() {
        let mut history = History::new();
        build(
            &mut history,
            0,
            &["test_x[1f]", "test_y[1]", "test_y[2]", "test_z"],
        );
        build(&mut history, 86_400_000, &["test_x[2c]", "test_y[1]"]);
        let changed = history.changed(1);
        assert_eq!(changed.before, Some(0));
        let gone = changed.gone.iter().map(|&test| history.name(test));
        assert_eq!(gone.collect::<Vec<_>>(), ["test_y[2]", "test_z"]);
        assert_eq!(history.changed(0).before, None);
    }
}
