//! Facts about tests from run records: the files and classes that stay whole, the functions whose
//! parameter ids are positions, and the fixtures that tests of several files share.
//!
//! The newest build whose run records have them counts. Without any, names decide: see
//! `suite::sightings`.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use crate::Micros;
use crate::address::{function_of, is_under};
use crate::history::measured::prefixed;
use crate::history::{ClassId, History, builds};
use crate::record::{RunRecord, Users};

/// The facts in the run records beside reports.
#[derive(Clone, Debug, Default)]
pub(super) struct Reported {
    /// The reports whose run records have such facts.
    pub(super) reports: BTreeSet<u32>,
    /// By dotted file or classname: the reports in which its tests stayed together.
    pub(super) homes: BTreeMap<String, BTreeSet<u32>>,
    /// By function (`classname::function`): the reports in which its ids were positions.
    pub(super) positional: BTreeMap<String, BTreeSet<u32>>,
    /// By fixture that tests of several files share: the reports in which it was set up.
    pub(super) fixtures: BTreeMap<String, BTreeMap<u32, Use>>,
}

/// The cost of a fixture in one report, and its users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) cost: Micros,
    /// Tests, by number; `None` for all tests of the report.
    pub(crate) users: Option<BTreeSet<u32>>,
}

impl Reported {
    /// Adds the facts of a run record. A record of failed tests only is ignored: it has but a part
    /// of each file.
    ///
    /// `find` returns the number of a node id.
    pub(super) fn note(
        &mut self,
        report: u32,
        record: &RunRecord,
        find: impl Fn(&str) -> Option<u32>,
    ) {
        // A job that collected nothing knows nothing of this.
        let Some(positional) = &record.positional else {
            return;
        };
        if record.failed_only {
            return;
        }
        self.reports.insert(report);
        // A lone item of a collector needs no other test.
        for home in record.home.iter().filter(|home| home.binds()) {
            let of = prefixed(record, home.of.clone());
            self.homes.entry(of).or_default().insert(report);
        }
        for function in positional {
            let function = prefixed(record, function.clone());
            self.positional.entry(function).or_default().insert(report);
        }
        for found in &record.session_us {
            let users = match &found.users {
                Users::All => None,
                Users::Tests(tests) => Some(tests.iter().filter_map(|id| find(id)).collect()),
            };
            let cost = found.us;
            let of_fixture = self.fixtures.entry(found.fixture.clone()).or_default();
            of_fixture.insert(report, Use { cost, users });
        }
    }

    /// Adds the facts in `other` about reports that have a number here, under new dotted names;
    /// `test` returns the number that a test has here.
    pub(super) fn take<'o>(
        &mut self,
        other: &'o Self,
        report: impl Fn(u32) -> Option<u32>,
        test: impl Fn(u32) -> Option<u32>,
        dotted: impl Fn(&'o str) -> String,
    ) {
        let numbers = |old: &BTreeSet<u32>| -> BTreeSet<u32> {
            old.iter().filter_map(|&old| report(old)).collect()
        };
        self.reports.extend(numbers(&other.reports));
        let take = |into: &mut BTreeMap<String, BTreeSet<u32>>, from: &'o BTreeMap<String, _>| {
            for (key, reports) in from {
                let reports = numbers(reports);
                if !reports.is_empty() {
                    // A function comes after its class.
                    let (class, function) = key.split_at(key.rfind("::").unwrap_or(key.len()));
                    let key = dotted(class) + function;
                    into.entry(key).or_default().extend(reports);
                }
            }
        };
        take(&mut self.homes, &other.homes);
        take(&mut self.positional, &other.positional);
        for (fixture, uses) in &other.fixtures {
            for (&old, found) in uses {
                let Some(report) = report(old) else { continue };
                let users = found.users.as_ref();
                let here = Use {
                    cost: found.cost,
                    users: users.map(|tests| tests.iter().filter_map(|&old| test(old)).collect()),
                };
                let of_fixture = self.fixtures.entry(fixture.clone()).or_default();
                match of_fixture.get_mut(&report) {
                    Some(known) => known.join(here),
                    None => {
                        of_fixture.insert(report, here);
                    }
                }
            }
        }
    }
}

impl Use {
    /// Joins the facts of another history about the same report.
    fn join(&mut self, other: Self) {
        // The smaller one, as of all measured costs: noise only adds.
        self.cost = other.cost.min(self.cost);
        self.users = match (self.users.take(), other.users) {
            (Some(mut users), Some(others)) => {
                users.extend(others);
                Some(users)
            }
            _ => None,
        };
    }
}

impl History {
    /// Returns the fixtures that tests of several files share, and the reports in which they were
    /// set up.
    pub(crate) fn shared_fixtures(&self) -> &BTreeMap<String, BTreeMap<u32, Use>> {
        &self.reported.fixtures
    }

    /// Returns, by test, the newest report whose run record has its fixtures.
    pub(crate) fn newest_reported(&self) -> Vec<Option<u32>> {
        if self.reported.fixtures.is_empty() {
            return vec![None; self.tests.len()];
        }
        let newest = self.newest_with_facts(&builds::ranks(self));
        newest.into_iter().map(|newest| Some(newest?.2)).collect()
    }

    /// Returns, by test, the newest report with facts from a run record: the rank of its build, its
    /// digest and its number.
    fn newest_with_facts(&self, rank: &[usize]) -> Vec<Option<(usize, &str, u32)>> {
        let mut newest = vec![None; self.tests.len()];
        for o in &self.observations {
            if self.reported.reports.contains(&o.report) {
                let digest = self.reports[o.report as usize].facts.digest.as_str();
                let known = &mut newest[o.test as usize];
                *known = (*known).max(Some((rank[o.report as usize], digest, o.report)));
            }
        }
        newest
    }

    /// Returns the dotted files and classnames that stay whole: those with a home in the newest
    /// build that has tests of them and facts from run records.
    pub(crate) fn homes(&self) -> BTreeSet<&str> {
        let reported = &self.reported;
        if reported.homes.is_empty() {
            return BTreeSet::new();
        }
        let rank = builds::ranks(self);
        let mut newest: BTreeMap<&str, usize> = BTreeMap::new();
        for (test, seen) in self.tests().zip(self.newest_with_facts(&rank)) {
            if let Some((seen, ..)) = seen {
                let newest = newest.entry(self.classname(test)).or_default();
                *newest = seen.max(*newest);
            }
        }
        let stays = |(of, reports): &(&String, &BTreeSet<u32>)| {
            // Names below a file or class begin with its name, so they sort right behind it.
            let from = newest.range(of.as_str()..);
            let below = from.take_while(|(class, _)| class.starts_with(of.as_str()));
            let below = below.filter(|(class, _)| is_under(class, of));
            let last = below.map(|(_, &rank)| rank).max();
            last.is_some_and(|last| reports.iter().any(|&r| rank[r as usize] >= last))
        };
        let homes = reported.homes.iter().filter(stays);
        homes.map(|(of, _)| of.as_str()).collect()
    }

    /// Returns, by function in run records, true if its ids are positions in the newest build with
    /// such a record.
    pub(crate) fn positional(&self) -> FxHashMap<(ClassId, &str), bool> {
        let reported = &self.reported;
        let mut newest: FxHashMap<(ClassId, &str), usize> = FxHashMap::default();
        if reported.reports.is_empty() {
            return FxHashMap::default();
        }
        let rank = builds::ranks(self);
        for (test, seen) in self.tests().zip(self.newest_with_facts(&rank)) {
            let name = self.name(test);
            // Only parameters have positions.
            if let (Some((seen, ..)), true) = (seen, name.contains('[')) {
                let function = (self.class_of(test), function_of(name));
                let newest = newest.entry(function).or_default();
                *newest = seen.max(*newest);
            }
        }
        let is_positional = |(class, function): (ClassId, &str), last: usize| {
            let key = format!("{}::{function}", self.class_name(class));
            let reports = reported.positional.get(&key).into_iter().flatten();
            { reports }.any(|&report| rank[report as usize] >= last)
        };
        let functions = newest.into_iter();
        functions
            .map(|(function, last)| (function, is_positional(function, last)))
            .collect()
    }
}
