//! The cases that reports have of the lines.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::{History, TestId};
use crate::suite::{Alignment, has_cases, tests_of_lines};
use crate::verify::Build;
use crate::verify::attempts::Attempts;
use crate::verify::evidence::Evidence;
use crate::verify::lists::list;
use crate::verify::lists::shares::Lines;
use crate::verify::problem::{Findings, ProblemKind, Weight, counted};

/// The lines that the reports have cases of.
pub(super) struct Seen<'b> {
    /// By line, the indices of the shards whose reports have cases of it.
    shards: BTreeMap<&'b str, BTreeSet<usize>>,
    /// The lines that reports without a shard have cases of.
    unclaimed: BTreeSet<&'b str>,
    /// The lines that share all of their cases with another line.
    shared: BTreeSet<&'b str>,
    /// Some job left a report.
    pub(super) reports: bool,
    /// The cases of all reports, with names as in the lines.
    pub(super) together: History,
}

impl<'b> Seen<'b> {
    pub(super) fn new(build: &Build<'b>, lines: &Lines<'b>) -> Self {
        let unclaimed = &build.gathered.unclaimed_cases;
        let mut together = unclaimed.clone();
        let counting = || build.attempts.iter().map(Attempts::counting);
        for evidence in counting().flatten() {
            together.merge(&evidence.cases);
        }
        // Over all shards, since one shard may have too few lines to show a prefix.
        let alignment = Alignment::find(lines.all.iter().copied(), &together);
        let results = counting().flatten().map(|evidence| &evidence.results);
        let mut seen = Self {
            shards: BTreeMap::new(),
            unclaimed: BTreeSet::new(),
            shared: BTreeSet::new(),
            reports: !together.reports().is_empty() || results.flatten().next().is_some(),
            together: alignment.apply(&together),
        };
        for (at, counting) in counting().enumerate() {
            for evidence in counting.iter().filter(|e| !e.cases.is_empty()) {
                seen.add(at, &alignment.apply(&evidence.cases), lines);
            }
        }
        if !unclaimed.is_empty() {
            let has = has_cases(lines.all.iter().copied(), &alignment.apply(unclaimed));
            let has = lines.all.iter().zip(has).filter(|(_, has)| *has);
            seen.unclaimed = has.map(|(line, _)| *line).collect();
        }
        seen
    }

    /// Adds the cases of a shard, first those of its own lines. Producers that shorten file names
    /// as far as the files of one run allow can have one name for files of two shards.
    fn add(&mut self, at: usize, cases: &History, lines: &Lines<'b>) {
        let is_own = |line: &&str| lines.shares.get(line).is_some_and(|at_| at_.contains(&at));
        let (own, others): (Vec<&'b str>, Vec<&'b str>) =
            lines.all.iter().copied().partition(is_own);
        let mut owners: BTreeMap<TestId, Vec<&'b str>> = BTreeMap::new();
        for (line, tests) in own.iter().zip(tests_of_lines(own.iter().copied(), cases)) {
            if !tests.is_empty() {
                self.shards.entry(line).or_default().insert(at);
            }
            for test in tests {
                owners.entry(test).or_default().push(line);
            }
        }
        let of_others = tests_of_lines(others.iter().copied(), cases);
        for (line, tests) in others.into_iter().zip(of_others) {
            // Tests that a line of its own explains say nothing about others.
            if tests.iter().any(|test| !owners.contains_key(test)) {
                self.shards.entry(line).or_default().insert(at);
            }
        }
        let (alone, several): (Vec<_>, Vec<_>) =
            owners.into_values().partition(|lines| lines.len() == 1);
        let alone: BTreeSet<&str> = alone.into_iter().flatten().collect();
        let several = several.into_iter().flatten();
        self.shared
            .extend(several.filter(|line| !alone.contains(line)));
    }

    /// Returns true if there are cases of a line in its shard. Reports without a shard count for
    /// jobs that cannot name theirs.
    pub(super) fn has(&self, line: &str, at: usize, evidence: &Evidence) -> bool {
        let shards = self.shards.get(line);
        let names_none = list(evidence).is_some_and(|list| !list.reports);
        shards.is_some_and(|shards| shards.contains(&at))
            || names_none && self.unclaimed.contains(line)
    }

    /// Checks that no line has cases in a shard without it in its share.
    pub(super) fn in_their_shares(&self, lines: &Lines<'_>, found: &mut Findings) {
        let mut elsewhere: BTreeMap<(u32, bool), Vec<&str>> = BTreeMap::new();
        for (&line, seen) in &self.shards {
            let shares = lines.shares.get(line);
            let own = |at: &usize| shares.is_some_and(|shares| shares.contains(at));
            // If its own shard ran it as well, it ran twice.
            let twice = seen.iter().any(own);
            for at in seen.iter().filter(|at| !own(at)) {
                let number = lines.build.attempts[*at].number();
                elsewhere.entry((number, twice)).or_default().push(line);
            }
        }
        for ((number, twice), lines) in elsewhere {
            let (kind, also) = if twice {
                (ProblemKind::RanTwice, ", as well as the shard that has it")
            } else {
                (ProblemKind::Misplaced, "")
            };
            found.about(Weight::Problem, kind, [number], lines, |n| {
                let n = counted(n, "line");
                format!("shard {number} ran {n} of another share{also}")
            });
        }
    }

    /// Checks that each line has cases in its shard. Returns the number of lines that have some;
    /// `None` if no report names a line.
    pub(super) fn have_cases(&self, lines: &Lines<'_>, found: &mut Findings) -> Option<u64> {
        let build = lines.build;
        let names_lines = !self.shards.is_empty() || !self.unclaimed.is_empty();
        let mut with_cases = BTreeSet::new();
        let mut had_some = false;
        for (at, of_shard) in build.attempts.iter().enumerate() {
            let last = of_shard.last();
            let selected = last.record.selected.iter().map(String::as_str);
            let (has, lacks): (BTreeSet<&str>, BTreeSet<&str>) =
                selected.partition(|line| self.has(line, at, last));
            // A line can have cases in a shard whose report is not complete.
            with_cases.extend(has);
            // A missing report is a problem of its own.
            if !last.has_all_results() && list(last).is_some_and(|list| list.reports) {
                continue;
            }
            let known = list(last).into_iter().flat_map(|list| &list.known);
            let known: BTreeSet<&str> = known.map(String::as_str).collect();
            let baseline = build.expected.baseline.as_ref();
            let had = |line: &&str| {
                known.contains(line) || baseline.is_some_and(|b| b.lines.contains(*line))
            };
            let (known, new): (Vec<&str>, Vec<&str>) = lacks.into_iter().partition(had);
            // Without any report nothing can be said of lines.
            if self.reports && !known.is_empty() {
                had_some = true;
                no_cases(of_shard.number(), known, Weight::Problem, found);
            }
            if names_lines {
                no_cases(of_shard.number(), new, Weight::Warning, found);
            }
        }
        let shared = self.shared.iter().copied();
        found.about(Weight::Warning, ProblemKind::NoNames, [], shared, |n| {
            let n = counted(n, "line");
            format!("{n} have cases that may be of another line: reports have one name for both")
        });
        if !names_lines {
            if !had_some {
                self.names_no_line(build, found);
            }
            return None;
        }
        let of_most = lines.of_most.iter().flat_map(|list| &list.lines);
        let counted = of_most.filter(|line| with_cases.contains(line.as_str()));
        Some(counted.count() as u64)
    }

    fn names_no_line(&self, build: &Build<'_>, found: &mut Findings) {
        let asked = |s: &Attempts<'_>| list(s.last()).is_some_and(|list| list.reports);
        let message = if !self.together.is_empty() {
            "the reports name no line of the list: that each line was in one share is proved, not what ran of it"
        } else if self.reports || build.attempts.iter().any(asked) {
            return;
        } else {
            "there are no reports: that each line was in one share is proved, not what ran of it"
        };
        found.warning(ProblemKind::NoNames, message);
    }
}

/// Warns of tests in several reports of one shard: the runner may have run them twice.
pub(super) fn without_repeats(build: &Build<'_>, found: &mut Findings) {
    let shards = build
        .attempts
        .iter()
        .map(|s| (Some(s.number()), &s.last().cases));
    let unclaimed = (None, &build.gathered.unclaimed_cases);
    for (shard, cases) in shards.chain([unclaimed]) {
        let samples = cases.samples();
        let in_several = |&test: &TestId| {
            let mut ran = samples.of(test).filter(|(_, sample)| sample.outcome.ran());
            let first = ran.next().map(|(report, _)| report);
            ran.any(|(report, _)| Some(report) != first)
        };
        // Without a name it is a file, whose time can be in several suites.
        let again = cases.tests().filter(|test| !cases.name(*test).is_empty());
        let again: Vec<String> = { again.filter(in_several) }
            .map(|test| cases.shown(test))
            .collect();
        found.about(Weight::Warning, ProblemKind::Repeated, shard, again, |n| {
            let of = shard.map_or("nobody named".to_owned(), |n| format!("shard {n} left"));
            format!("{} in several of the reports that {of}", counted(n, "test"))
        });
    }
}

/// Reports lines without cases: a problem where they had some in the newest build.
fn no_cases(number: u32, lines: Vec<&str>, weight: Weight, found: &mut Findings) {
    found.about(weight, ProblemKind::NoCases, [number], lines, |n| {
        let verb = if n == 1 { "has" } else { "have" };
        let had = match weight {
            Weight::Problem => ", and had some in the newest build",
            Weight::Warning => "",
        };
        format!(
            "{} of shard {number} {verb} no cases in its reports{had}",
            counted(n, "line")
        )
    });
}

/// Returns true for the statuses of a shell whose command was not found or was ended by a signal.
fn is_of_shell(status: u8) -> bool {
    matches!(status, 126 | 127) || status > 128
}

/// Checks the exit statuses of runners whose reports do not explain them. With the status of a
/// shell, and lines without cases, the runner did not finish.
pub(super) fn exits(build: &Build<'_>, seen: &Seen<'_>, found: &mut Findings) {
    for (at, of_shard) in build.attempts.iter().enumerate() {
        let last = of_shard.last();
        let Some(status) = last.record.exit_status.filter(|status| *status != 0) else {
            continue;
        };
        let selected = &last.record.selected;
        let without = selected.iter().filter(|line| !seen.has(line, at, last));
        let without = without.count();
        let number = of_shard.number();
        let ended = format!("the runner of shard {number} ended with {status}");
        let has_results = !last.results.is_empty();
        // A runner that was killed can leave the reports of what it ran before.
        if is_of_shell(status) && without > 0 && (has_results || !seen.reports) {
            let left = format!("{ended}, and left no cases of {}", counted(without, "line"));
            let problem = found.problem(ProblemKind::CutShort, left);
            problem.shards([number]);
        } else if !has_results {
            let left = format!("{ended}, and left no report");
            let warning = found.warning(ProblemKind::NoCases, left);
            warning.shards([number]);
        }
    }
}
