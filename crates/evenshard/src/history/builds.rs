//! Groups reports into builds, and orders the builds by age.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::Micros;
use crate::history::{History, ReportFacts, TestId};

/// A report without a build's name joins the build of the report before it if they share no test
/// that ran, and it starts while that one runs or at most this much later. An estimate of how far
/// the jobs of one build start apart, not a measurement.
const SAME_BUILD_WITHIN_MS: i64 = 15 * 60 * 1_000;

/// One build: the reports that its jobs left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Build {
    /// Its name, if a run record or the caller gave one.
    pub id: Option<String>,
    /// The start of its first report, in milliseconds since 1970.
    pub begun_ms: Option<i64>,
    /// Its reports, as indices into [`History::reports`].
    pub reports: Vec<usize>,
}

impl Build {
    /// Returns true if all of its shards reported, or it was declared complete.
    pub fn is_complete(&self, history: &History) -> bool {
        let mut origins = self.reports.iter().map(|&r| &history.reports()[r].origin);
        let mut reported: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for (shard, count) in origins.clone().filter_map(|o| o.shard) {
            reported.entry(count).or_default().insert(shard);
        }
        let all_of = |(&count, shards): (&u32, &BTreeSet<u32>)| shards.len() == count as usize;
        origins.any(|o| o.complete) || reported.iter().any(all_of)
    }

    /// Returns the tests of each of its reports, in the order of `reports`, each once.
    pub(crate) fn tests(&self, history: &History) -> Vec<Vec<TestId>> {
        let places = self.reports.iter().enumerate();
        let places: FxHashMap<usize, usize> = places.map(|(at, &report)| (report, at)).collect();
        let mut tests = vec![Vec::new(); self.reports.len()];
        for o in &history.observations {
            if let Some(&at) = places.get(&(o.report as usize)) {
                tests[at].push(TestId(o.test));
            }
        }
        for of_report in &mut tests {
            // A test of several suite elements has a sample of each.
            of_report.sort_unstable();
            of_report.dedup();
        }
        tests
    }

    /// Returns the history of its reports alone.
    #[doc(hidden)]
    pub fn alone(&self, history: &History) -> History {
        history_of(std::slice::from_ref(self), history)
    }

    /// Returns the wall time of all its reports together, if they have one.
    pub fn wall(&self, history: &History) -> Option<Micros> {
        let facts = self.reports.iter().map(|&r| &history.reports()[r].facts);
        let walls = facts.filter_map(|facts| facts.wall);
        walls.reduce(|sum, wall| sum + wall)
    }
}

/// Returns the history of some of its builds.
pub(crate) fn history_of(builds: &[Build], history: &History) -> History {
    let reports = builds.iter().flat_map(|build| &build.reports);
    let digests: FxHashSet<&str> = reports
        .map(|&report| history.reports()[report].facts.digest.as_str())
        .collect();
    history.with_reports(|report| digests.contains(report.facts.digest.as_str()))
}

/// Groups reports into builds, the oldest first; builds without a time come before all others.
pub(super) fn group(history: &History) -> Vec<Build> {
    let reports = history.reports();
    let mut order: Vec<usize> = (0..reports.len()).collect();
    order.sort_by_key(|&r| (reports[r].facts.begun_ms, &reports[r].facts.digest));

    let has_no_time =
        |&r: &usize| reports[r].origin.build.is_none() && reports[r].facts.begun_ms.is_none();
    let (untimed, order): (Vec<usize>, Vec<usize>) = order.into_iter().partition(has_no_time);
    let mut builds = without_time(history, &untimed);
    let mut by_name: FxHashMap<&str, usize> = FxHashMap::default();
    let mut open: Option<Open> = None;
    // Gathered only where two reports are near in time.
    let mut tests_of: Option<Vec<Vec<u32>>> = None;
    for report in order {
        let facts = &reports[report].facts;
        if let Some(id) = &reports[report].origin.build {
            if let Some(&build) = by_name.get(id.as_str()) {
                builds[build].reports.push(report);
            } else {
                by_name.insert(id, builds.len());
                builds.push(new_build(Some(id.clone()), facts.begun_ms, report));
            }
            continue;
        }
        // Reports come in order of time, so only the newest build can take this one.
        let until = joins_until(facts);
        if let Some(open) = &mut open
            && facts.begun_ms.is_some_and(|begun| begun <= open.until)
        {
            let tests_of = tests_of.get_or_insert_with(|| tests_that_ran(history));
            let joined = &mut builds[open.build].reports;
            // Each report is gathered once, however many ask to join the build.
            for &other in &joined[open.gathered..] {
                open.tests.extend(&tests_of[other]);
            }
            open.gathered = joined.len();
            if { tests_of[report].iter() }.all(|test| !open.tests.contains(test)) {
                joined.push(report);
                open.until = until.max(open.until);
                continue;
            }
        }
        open = Some(Open {
            build: builds.len(),
            until,
            gathered: 0,
            tests: FxHashSet::default(),
        });
        builds.push(new_build(None, facts.begun_ms, report));
    }
    builds
}

/// The newest build without a name, which the next report without one may join.
struct Open {
    /// Its index.
    build: usize,
    /// The latest start of a report that may join it, in milliseconds since 1970.
    until: i64,
    /// The number of its reports that `tests` is of.
    gathered: usize,
    tests: FxHashSet<u32>,
}

/// Returns the tests that ran in each report.
fn tests_that_ran(history: &History) -> Vec<Vec<u32>> {
    let mut tests = vec![Vec::new(); history.reports().len()];
    for o in &history.observations {
        // A module that is skipped, or cannot be collected, is in the reports of all shards.
        let class = history.tests[o.test as usize].class;
        if o.sample.outcome.ran() && !history.classes.get(class).is_empty() {
            tests[o.report as usize].push(o.test);
        }
    }
    tests
}

/// Groups reports that have neither a build's name nor a time, such as Maven's, one a class. A
/// build has each test once, so a test that comes again belongs to another build.
fn without_time(history: &History, reports: &[usize]) -> Vec<Build> {
    let mut tests = vec![Vec::new(); history.reports().len()];
    if !reports.is_empty() {
        for o in &history.observations {
            tests[o.report as usize].push(o.test);
        }
    }
    let mut builds: Vec<Build> = Vec::new();
    // By test, the first build that can take a report with it.
    let mut next = vec![0; history.len()];
    for &report in reports {
        let of_tests = tests[report].iter().map(|&test| next[test as usize]);
        let build = of_tests.max().unwrap_or(0);
        for &test in &tests[report] {
            next[test as usize] = build + 1;
        }
        match builds.get_mut(build) {
            Some(known) => known.reports.push(report),
            None => builds.push(new_build(None, None, report)),
        }
    }
    builds
}

/// Groups reports by the names of builds alone, the oldest first; a report without a name is a
/// build of its own.
pub(super) fn named(history: &History) -> Vec<Build> {
    let reports = history.reports();
    let mut by_key: BTreeMap<(Option<&str>, &str), Build> = BTreeMap::new();
    for (number, report) in reports.iter().enumerate() {
        let id = report.origin.build.as_deref();
        let digest = report.facts.digest.as_str();
        // The digest keeps reports without a name apart.
        let key = (id, if id.is_none() { digest } else { "" });
        let build = by_key.entry(key).or_default();
        build.id.clone_from(&report.origin.build);
        // The earliest of its reports.
        build.begun_ms = match (build.begun_ms, report.facts.begun_ms) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        build.reports.push(number);
    }
    let mut builds: Vec<_> = by_key.into_iter().collect();
    builds.sort_by_key(|(key, build)| (build.begun_ms, *key));
    builds.into_iter().map(|(_, build)| build).collect()
}

/// Returns the position in time of each report's build.
pub(crate) fn ranks(history: &History) -> Vec<usize> {
    ranks_of(history, &group(history))
}

/// Returns the position of each report's build among `builds`.
pub(crate) fn ranks_of(history: &History, builds: &[Build]) -> Vec<usize> {
    let mut ranks = vec![0; history.reports().len()];
    for (rank, build) in builds.iter().enumerate() {
        for &report in &build.reports {
            ranks[report] = rank;
        }
    }
    ranks
}

/// Returns until when another report may join the build of this one.
fn joins_until(facts: &ReportFacts) -> i64 {
    let wall_ms = facts.wall.unwrap_or_default().get() / 1_000;
    let wall_ms = i64::try_from(wall_ms).unwrap_or(i64::MAX);
    facts.begun_ms.map_or(i64::MIN, |begun| {
        let end = begun.saturating_add(wall_ms);
        end.saturating_add(SAME_BUILD_WITHIN_MS)
    })
}

fn new_build(id: Option<String>, begun_ms: Option<i64>, report: usize) -> Build {
    Build {
        id,
        begun_ms,
        reports: vec![report],
    }
}

#[cfg(test)]
mod tests {
    use crate::history::{CaseSeen, History, Origin, ReportFacts};

    #[test]
    fn many_small_reports_are_one_build_until_a_test_comes_again() {
        let mut history = History::new();
        let reports = 3_000;
        for number in 0..reports {
            let mut report = history.report();
            report.case(&CaseSeen {
                classname: "t.test_a",
                name: &format!("test_{number}"),
                ..CaseSeen::default()
            });
            let facts = ReportFacts {
                digest: number.to_string(),
                begun_ms: Some(number),
                wall: None,
            };
            report.finish(facts, Origin::default());
        }
        assert_eq!(history.builds().len(), 1);
        let mut report = history.report();
        report.case(&CaseSeen {
            classname: "t.test_a",
            name: "test_0",
            ..CaseSeen::default()
        });
        let facts = ReportFacts {
            digest: "again".to_owned(),
            begun_ms: Some(reports),
            wall: None,
        };
        report.finish(facts, Origin::default());
        assert_eq!(history.builds().len(), 2, "the same test again");
    }
}
