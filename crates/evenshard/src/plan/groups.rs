//! The groups of a suite: tests that share a shard by rules, marks, order or positions.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::address::{Pattern, Subject};
use crate::pack::{Groups, RunsOn, Shard};
use crate::plan::placement::hash;
use crate::plan::rules::{self, Group, PlannedRules, Rules};
use crate::suite::{Suite, SuiteTest};

/// The atoms of a suite and their groups.
pub(super) struct Grouped<'r> {
    rules: &'r Rules,
    /// The tests of each atom, as a range.
    pub(super) atoms: Vec<Range<usize>>,
    pub(super) groups: Groups,
    /// By group of the rules, one of its atoms; `None` if no test of it is known.
    of_group: Vec<Option<u32>>,
}

impl<'r> Grouped<'r> {
    pub(super) fn new(rules: &'r Rules, suite: &Suite<'_>) -> Self {
        let covered = Covered::of(rules, suite);
        let atoms = suite.atoms(&covered.everywhere, &covered.free);
        let mut grouped = Self {
            rules,
            of_group: vec![None; rules.together.len()],
            atoms,
            groups: Groups::default(),
        };
        grouped.group(&covered, suite);
        grouped
    }

    fn group(&mut self, covered: &Covered, suite: &Suite<'_>) {
        // Most suites: no atom has to be looked at.
        if self.rules.is_empty() && suite.groups.is_empty() && !suite.has_homes() {
            return;
        }
        let mut groups: BTreeMap<Reason, Vec<u32>> = BTreeMap::new();
        for (atom, tests) in (0..).zip(&self.atoms) {
            let first = &suite.tests[tests.start];
            if covered.everywhere[tests.start] {
                self.groups.everywhere.push(atom);
                continue;
            }
            // Rules that let tests be cut apart win over their order.
            if let (Some(home), false) = (
                suite.classes[first.class as usize].home,
                covered.free[tests.start],
            ) {
                groups.entry(Reason::Home(home)).or_default().push(atom);
            }
            if suite.stays_whole(tests.start, &covered.free) {
                // Tests that run everywhere can have cut it.
                let (name, group) = first.whole_name();
                let function = Reason::Function(first.class, name.to_owned(), group);
                groups.entry(function).or_default().push(atom);
            }
            let marks = suite.tests[tests.clone()]
                .iter()
                .filter_map(|test| test.group);
            for mark in marks {
                groups.entry(Reason::Mark(mark)).or_default().push(atom);
            }
            for group in covered.together(tests) {
                // Any atom will do: all of a group get one shard.
                if let Reason::Group(number) = group {
                    self.of_group[*number].get_or_insert(atom);
                }
                groups.entry(group.clone()).or_default().push(atom);
            }
        }
        self.groups.together = groups.into_values().collect();
    }

    /// Returns the rules with the shard of each group. A group without known tests goes by a fixed
    /// hash of its first pattern.
    pub(super) fn planned(&self, shard_of: &[RunsOn], shards: usize) -> PlannedRules {
        let group = |(patterns, atom): (&Vec<Pattern>, &Option<u32>)| {
            let on = atom.and_then(|atom| shard_of.get(atom as usize));
            let known = on.and_then(|on| on.shard()).map(Shard::index);
            // Its first test may come later, and all jobs have to send it to one shard.
            let shard = known.or_else(|| Some(hash(patterns.first()?.as_str(), shards)))?;
            let patterns = patterns.clone();
            Some(Group { shard, patterns })
        };
        self.rules.with_groups(|groups| {
            let groups = groups.iter().zip(&self.of_group);
            groups.filter_map(group).collect()
        })
    }

    /// Returns the tests of each shard, ascending, and those that every shard runs.
    pub(super) fn tests_of_shards(
        &self,
        shard_of: &[RunsOn],
        shards: usize,
    ) -> (Vec<Vec<usize>>, Vec<usize>) {
        let (mut of_shard, mut everywhere) = (vec![Vec::new(); shards], Vec::new());
        for (tests, on) in self.atoms.iter().zip(shard_of) {
            match on {
                RunsOn::Everywhere => everywhere.extend(tests.clone()),
                RunsOn::Shard(shard) => of_shard[shard.index() as usize].extend(tests.clone()),
            }
        }
        (of_shard, everywhere)
    }
}

/// The reason why tests share a shard.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    /// A group of the rules, by number.
    Group(usize),
    /// A unit that is never cut: the number of its file, and its names within that.
    Whole(u32, String),
    /// The tests of a function that are not cut apart: its class, and their common name.
    Function(u32, String, Option<u32>),
    /// An `xdist_group`, by its number in the suite.
    Mark(u32),
    /// A file or class whose tests depend on their order, by its number in the suite.
    Home(u32),
}

/// The rules that cover each test of a suite.
struct Covered {
    everywhere: Vec<bool>,
    /// Tests that may always be cut apart.
    free: Vec<bool>,
    /// Tests that share a shard with others, and why; sorted.
    together: Vec<(usize, Reason)>,
}

impl Covered {
    fn of(rules: &Rules, suite: &Suite<'_>) -> Self {
        let mut covered = Self {
            everywhere: vec![false; suite.tests.len()],
            free: vec![false; suite.tests.len()],
            together: Vec::new(),
        };
        if rules.is_empty() {
            return covered;
        }
        let file_of = |test: &SuiteTest<'_>| suite.classes[test.class as usize].file;
        let mut start = 0;
        for of_file in suite.tests.chunk_by(|a, b| file_of(a) == file_of(b)) {
            let number = file_of(&of_file[0]);
            let file = &suite.files[number as usize].name;
            let near = rules.near(file);
            // Most files are of no rule.
            for (at, test) in (start..).zip(of_file).filter(|_| !near.is_empty()) {
                let classname = &suite.classes[test.class as usize].classname;
                let subject = Subject::of_address(file, classname, &test.name);
                covered.of_test(at, number, file, &subject, &near);
            }
            start += of_file.len();
        }
        covered
    }

    fn of_test(&mut self, test: usize, number: u32, file: &str, subject: &Subject, near: &Rules) {
        let covers = |patterns: &[Pattern]| rules::covering(patterns, file, subject).is_some();
        // It runs in every shard, so no group can move it.
        if covers(&near.everywhere) {
            self.everywhere[test] = true;
            return;
        }
        self.free[test] = covers(&near.may_split);
        let groups = near.together.iter().enumerate();
        let groups = groups.filter(|(_, patterns)| covers(patterns));
        let groups = groups.map(|(number, _)| (test, Reason::Group(number)));
        self.together.extend(groups);
        if let Some(end) = rules::whole(&near.never_split, file, subject) {
            let names = subject.text[..end].to_owned();
            self.together.push((test, Reason::Whole(number, names)));
        }
    }

    /// Returns the reasons why tests of this range share a shard with others.
    fn together(&self, tests: &Range<usize>) -> impl Iterator<Item = &Reason> {
        let start = self
            .together
            .partition_point(|(test, _)| *test < tests.start);
        let of_range = self.together[start..].iter();
        let end = tests.end;
        of_range
            .take_while(move |(test, _)| *test < end)
            .map(|(_, why)| why)
    }
}
