//! Facts about tests from run records, in `timings.json`.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::Micros;
use crate::history::reported::{Reported, Use};
use crate::history::{History, TestId, count};

/// Reports by name, each a set of numbers.
type Reports = BTreeMap<String, BTreeSet<u32>>;

/// The facts from run records, by report.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct WrittenReported {
    /// The reports whose run records have such facts.
    #[serde(default, rename = "told", skip_serializing_if = "BTreeSet::is_empty")]
    reports: BTreeSet<u32>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    homes: Reports,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    positional: Reports,
    /// By fixture that tests of several files share.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    fixtures: BTreeMap<String, Vec<WrittenUse>>,
}

/// (report; cost; the users, as numbers of tests in the order of the file; nothing if all tests of
/// the report use it)
#[derive(Serialize, Deserialize)]
struct WrittenUse(
    u32,
    Micros,
    #[serde(default, skip_serializing_if = "Option::is_none")] Option<BTreeSet<u32>>,
);

impl WrittenReported {
    /// `number` gives each report the number under which it is written.
    pub(super) fn of(history: &History, number: impl Fn(u32) -> u32) -> Self {
        let reported = &history.reported;
        let mut place = vec![0; history.len()];
        let mut seen: FxHashSet<(u32, u32)> = FxHashSet::default();
        // Sorting a million names takes a while, and few suites need it.
        if !reported.fixtures.is_empty() {
            for (at, test) in (0..).zip(in_order(history)) {
                place[test.index()] = at;
            }
            seen.extend(history.observations.iter().map(|o| (o.report, o.test)));
        }
        let numbers = |old: &BTreeSet<u32>| old.iter().map(|&old| number(old)).collect();
        let all = |of: &Reports| {
            let named = of.iter().map(|(name, old)| (name.clone(), numbers(old)));
            named.collect()
        };
        Self {
            reports: numbers(&reported.reports),
            homes: all(&reported.homes),
            positional: all(&reported.positional),
            fixtures: { reported.fixtures.iter() }
                .map(|(fixture, uses)| {
                    let mut uses: Vec<WrittenUse> = { uses.iter() }
                        .map(|(&report, found)| {
                            let users = found.users.as_ref();
                            let users = users.map(|tests| {
                                let tests = tests.iter();
                                let tests = tests.filter(|&&test| seen.contains(&(report, test)));
                                tests.map(|&test| place[test as usize]).collect()
                            });
                            WrittenUse(number(report), found.cost, users)
                        })
                        .collect();
                    uses.sort_by_key(|found| found.0);
                    (fixture.clone(), uses)
                })
                .collect(),
        }
    }

    /// Adds these facts to a history that has its reports and tests.
    pub(super) fn add_to(self, history: &mut History) -> Result<(), String> {
        let reports = count(history.reports.len());
        let named = self.homes.iter().chain(&self.positional);
        let found = named.flat_map(|(name, of)| of.iter().map(move |&r| (name.as_str(), r)));
        let fixtures = self.fixtures.iter();
        let used = fixtures.flat_map(|(name, uses)| uses.iter().map(move |u| (name.as_str(), u.0)));
        let all = self.reports.iter().map(|&report| ("told", report));
        let mut all = all.chain(found).chain(used);
        if let Some((name, report)) = all.find(|&(_, report)| report >= reports) {
            return Err(format!("{name} names report {report}"));
        }
        drop(all);
        let tests: Vec<TestId> = if self.fixtures.is_empty() {
            Vec::new()
        } else {
            in_order(history).collect()
        };
        let mut fixtures: BTreeMap<String, BTreeMap<u32, Use>> = BTreeMap::new();
        for (fixture, uses) in self.fixtures {
            let of_fixture = fixtures.entry(fixture).or_default();
            for WrittenUse(report, cost, users) in uses {
                let test = |at: u32| Some(tests.get(at as usize)?.number());
                let users = users.map(|users| users.into_iter().filter_map(test).collect());
                of_fixture.insert(report, Use { cost, users });
            }
        }
        history.reported = Reported {
            reports: self.reports,
            homes: self.homes,
            positional: self.positional,
            fixtures,
        };
        Ok(())
    }
}

/// Returns the tests of a history in the order of its file: by classname and name.
fn in_order(history: &History) -> impl Iterator<Item = TestId> {
    let mut tests: Vec<TestId> = history.tests().collect();
    tests.sort_unstable_by_key(|&test| (history.classname(test), history.name(test)));
    tests.into_iter()
}
