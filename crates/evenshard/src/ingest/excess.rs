//! Times of files beyond their cases, from the times of suites.
//!
//! A Jest file that loads for ten seconds and then runs a millisecond of tests shows that in its
//! suite only. If all cases in a suite are of one file, the suite's time is the file's, and the
//! part beyond the sum of its cases is the file's own. Of nested suites the outermost with a single
//! file counts, and only for the part that inner suites have not counted.

use crate::Micros;
use crate::junit::Suite;

/// Smaller excesses are rounding: reports give milliseconds.
const LEAST: Micros = Micros::from_millis(1);

/// Collects the times of the cases in each suite, and their file.
#[derive(Debug, Default)]
pub(super) struct Excess {
    suites: Vec<Tally>,
}

/// The cases of one suite.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    files: Files,
    /// The time of its cases, with those of the suites in it.
    cases: Micros,
    /// The time of its own cases, and of the suites in it by their own times or their cases.
    inside: Micros,
}

/// The files that the cases of a suite belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Files {
    /// None: it has no cases.
    #[default]
    None,
    /// One file.
    One(u32),
    /// Several files, or an unknown one.
    Many,
}

impl Files {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, files) | (files, Self::None) => files,
            (one, other) if one == other => one,
            _ => Self::Many,
        }
    }
}

impl Excess {
    /// Counts a case of a suite; `unit` is the number of its file, if it has one.
    pub(super) fn count(&mut self, suite: usize, unit: Option<u32>, sample: Option<Micros>) {
        if self.suites.len() <= suite {
            self.suites.resize(suite + 1, Tally::default());
        }
        let tally = &mut self.suites[suite];
        tally.files = tally.files.and(unit.map_or(Files::Many, Files::One));
        tally.cases += sample.unwrap_or_default();
        // Suites within it are added once all cases are counted.
        tally.inside = tally.cases;
    }

    /// Subtracts a part of the cases of a suite that counted twice.
    pub(super) fn take_off(&mut self, suite: usize, twice: Micros) {
        if let Some(tally) = self.suites.get_mut(suite) {
            tally.cases = tally.cases.saturating_sub(twice);
            tally.inside = tally.cases;
        }
    }

    /// Returns the suites whose cases took longer together than the suite, because they ran in
    /// parallel, with both times.
    pub(super) fn side_by_side(&self, suites: &[Suite]) -> Vec<(usize, Micros, Micros)> {
        let tallies = suites.iter().zip(&self.suites).enumerate();
        let less = tallies.filter_map(|(at, (suite, tally))| {
            // A result of Go's cache has the times of its tests and none of its own.
            let own = suite.time.filter(|&own| own > Micros::ZERO)?;
            (own < tally.cases).then_some((at, own, tally.cases))
        });
        less.collect()
    }

    /// Returns files by number and their times beyond their cases; one file can come several times.
    pub(super) fn of(mut self, suites: &[Suite]) -> Vec<(u32, Micros)> {
        self.suites.resize(suites.len(), Tally::default());
        // A suite starts after the one around it, so from the last to the first every suite is
        // complete when its turn comes.
        for (at, suite) in suites.iter().enumerate().rev() {
            let tally = self.suites[at];
            let own = suite.time.unwrap_or_default();
            // The time of a suite of several files is nobody's.
            let took = match tally.files {
                Files::One(_) => own.max(tally.inside),
                Files::None | Files::Many => tally.inside,
            };
            self.suites[at].inside = took;
            if let Some(outer) = suite.parent.and_then(|p| self.suites.get_mut(p.index())) {
                outer.files = outer.files.and(tally.files);
                outer.cases += tally.cases;
                outer.inside += took;
            }
        }
        let outermost = |suite: &&(&Suite, &Tally)| {
            let around = suite.0.parent.and_then(|p| self.suites.get(p.index()));
            around.is_none_or(|outer| outer.files == Files::Many)
        };
        let tallies: Vec<(&Suite, &Tally)> = suites.iter().zip(&self.suites).collect();
        tallies
            .iter()
            .filter(outermost)
            .filter_map(|(_, tally)| match tally.files {
                Files::One(unit) => Some((unit, tally.inside.saturating_sub(tally.cases))),
                Files::None | Files::Many => None,
            })
            .filter(|&(_, excess)| excess >= LEAST)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Excess;
    use crate::Micros;
    use crate::junit;

    /// What the files `a` (0) and `b` (1) took beyond their cases, which are named like them.
    fn excess(xml: &str) -> Vec<(u32, u64)> {
        let mut excess = Excess::default();
        let report = junit::read(xml.as_bytes(), "r.xml", &mut |case| {
            let unit = ["a", "b"].iter().position(|n| *n == case.name);
            let unit = unit.and_then(|unit| u32::try_from(unit).ok());
            excess.count(case.suite.index(), unit, case.time);
        });
        let found = excess.of(&report.unwrap().suites);
        found
            .into_iter()
            .map(|(f, e)| (f, e.get() / 1_000))
            .collect()
    }

    #[test]
    fn a_suite_that_says_more_than_its_cases_gives_the_rest_to_their_file() {
        let xml =
            "<r><testsuite time='5'><testcase name='a' time='1'/><testcase name='a'/></testsuite>
            <testsuite time='1'><testcase name='b' time='2'/></testsuite></r>";
        assert_eq!(excess(xml), [(0, 4_000)]);
    }

    #[test]
    fn parents_of_nested_suites_do_not_count_twice() {
        let inner = "<testsuite time='2'><testcase name='a' time='1'/></testsuite>";
        let within = |time| format!("<testsuite time='{time}'>{inner}{inner}</testsuite>");
        assert_eq!(excess(&within(5)), [(0, 3_000)]);
        assert_eq!(excess(&within(3)), [(0, 2_000)], "less than its parts say");
        assert_eq!(excess(&format!("<r>{inner}{inner}</r>")), [(0, 1_000); 2]);
    }

    #[test]
    fn the_time_of_a_suite_of_several_files_is_nobodys() {
        let a = "<testsuite time='2'><testcase name='a' time='1'/></testsuite>";
        let xml = format!("<testsuite time='90'>{a}<testcase name='b' time='1'/></testsuite>");
        assert_eq!(excess(&xml), [(0, 1_000)]);
        let xml =
            "<testsuite time='9'><testcase name='a' time='1'/><testcase name='?'/></testsuite>";
        assert_eq!(excess(xml), []);
    }

    #[test]
    fn what_counted_twice_can_be_taken_off() {
        let mut excess = Excess::default();
        excess.count(0, Some(0), Some(Micros::from_millis(30)));
        excess.take_off(0, Micros::from_millis(10));
        let report = junit::read(&b"<testsuite time='0.025'/>"[..], "r.xml", &mut |_| {});
        assert_eq!(
            excess.of(&report.unwrap().suites),
            [(0, Micros::from_millis(5))]
        );
    }
}
