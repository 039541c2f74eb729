//! Joining histories, and forgetting what is old. In any grouping and any order, the same
//! reports make the same history.

use crate::history::{History, Observation, Report, TestKey, builds, count};

/// A sample goes when so many complete builds are newer.
pub const KEPT_BUILDS: usize = 10;
/// Of each test, so many of the newest samples are kept at most.
pub const KEPT_SAMPLES: usize = 20;

impl History {
    /// Takes in all of `other`. A report that both know counts once.
    pub fn merge(&mut self, other: &Self) {
        let mut number_of = Vec::with_capacity(other.reports.len());
        for report in &other.reports {
            let same =
                |r: &Report| !r.facts.digest.is_empty() && r.facts.digest == report.facts.digest;
            if let Some(known) = self.reports.iter().position(same) {
                let origin = std::mem::take(&mut self.reports[known].origin);
                self.reports[known].origin = origin.joined(report.origin.clone());
                number_of.push(None);
            } else {
                number_of.push(Some(count(self.reports.len())));
                self.reports.push(report.clone());
            }
        }
        for o in &other.observations {
            if let Some(report) = number_of[o.report as usize] {
                let TestKey { class, name } = other.tests[o.test as usize];
                let test = self.test_id(other.classes.get(class), other.names.get(name));
                self.observations.push(Observation {
                    test,
                    report,
                    sample: o.sample,
                });
            }
        }
        for class in other.class_ids() {
            let hint = other.file_hints[class.index()];
            if let (Some(own), Some(_)) = (self.find_class(other.class_name(class)), hint) {
                self.hint(own.number(), hint);
            }
        }
    }

    /// The same samples under other classnames: `name` gives a classname's new form.
    pub(crate) fn renamed<'a>(&'a self, name: impl Fn(&'a str) -> Option<&'a str>) -> Self {
        let mut renamed = Self {
            reports: self.reports.clone(),
            ..Self::new()
        };
        for o in &self.observations {
            let TestKey { class, name: test } = self.tests[o.test as usize];
            let old = self.classes.get(class);
            let new = name(old).unwrap_or(old);
            let test = renamed.test_id(new, self.names.get(test));
            renamed.observations.push(Observation { test, ..*o });
            // What is cut off or put before a classname is so for its file as well.
            let length = self.file_hints[class as usize]
                .and_then(|length| (length as usize + new.len()).checked_sub(old.len()));
            renamed.hint(renamed.tests[test as usize].class, length.map(count));
        }
        renamed
    }

    /// Forgets samples that [`KEPT_BUILDS`] complete builds, or [`KEPT_SAMPLES`] samples of
    /// the same test, are newer than; tests without any sample go with their last one.
    /// Partial builds never make anything be forgotten by their number.
    #[must_use]
    pub fn without_the_old(&self) -> Self {
        // By name: a guess which reports belong together could change with the next one.
        let builds = builds::named(self);
        let rank = builds::ranks_of(self, &builds);
        let complete: Vec<u32> = (0..)
            .zip(&builds)
            .filter(|(_, b)| b.is_complete(self))
            .map(|(r, _)| r)
            .collect();
        let oldest_kept = complete
            .len()
            .checked_sub(KEPT_BUILDS)
            .map_or(0, |at| complete[at]);
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
                    kept.reports.push(self.reports[o.report as usize].clone());
                    count(kept.reports.len() - 1)
                });
                let TestKey { class, name } = self.tests[o.test as usize];
                let test = kept.test_id(self.classes.get(class), self.names.get(name));
                kept.hint(
                    kept.tests[test as usize].class,
                    self.file_hints[class as usize],
                );
                kept.observations.push(Observation {
                    test,
                    report: number,
                    sample: o.sample,
                });
            }
        }
        // Complete builds count by their number even where all of their samples are gone.
        for (report, info) in self.reports.iter().enumerate() {
            if number_of[report].is_none() && rank[report] >= oldest_kept {
                kept.reports.push(info.clone());
            }
        }
        kept
    }
}
