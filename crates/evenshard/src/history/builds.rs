//! Groups reports into builds, and orders the builds by age.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::Micros;
use crate::history::{History, Observation, ReportFacts};

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
        let origins = self.reports.iter().map(|&r| &history.reports()[r].origin);
        let mut shards: Vec<(u32, u32)> = origins.clone().filter_map(|o| o.shard).collect();
        shards.sort_unstable();
        shards.dedup();
        let mut reported: BTreeMap<u32, usize> = BTreeMap::new();
        for (_, count) in shards {
            *reported.entry(count).or_default() += 1;
        }
        let all_of = |(&count, &reported): (&u32, &usize)| count > 0 && reported == count as usize;
        origins.clone().any(|o| o.complete) || reported.iter().any(all_of)
    }

    /// Returns the history of its reports alone.
    pub(crate) fn alone(&self, history: &History) -> History {
        let digest = |&report: &usize| history.reports()[report].facts.digest.as_str();
        let digests: FxHashSet<&str> = self.reports.iter().map(digest).collect();
        history.with_reports(|report| digests.contains(report.facts.digest.as_str()))
    }

    /// Returns the wall time of all its reports together, if they have one.
    pub fn wall(&self, history: &History) -> Option<Micros> {
        let walls: Vec<_> = self
            .reports
            .iter()
            .filter_map(|&r| history.reports()[r].facts.wall)
            .collect();
        (!walls.is_empty()).then(|| walls.into_iter().sum())
    }
}

/// Groups reports into builds, the oldest first; builds without a time come before all others.
pub(super) fn group(history: &History) -> Vec<Build> {
    let reports = history.reports();
    let mut order: Vec<usize> = (0..reports.len()).collect();
    order.sort_by_key(|&r| (reports[r].facts.begun_ms, &reports[r].facts.digest));
    let mut tests = OpenBuild::new(history);

    let has_no_time =
        |&r: &usize| reports[r].origin.build.is_none() && reports[r].facts.begun_ms.is_none();
    let (untimed, order): (Vec<usize>, Vec<usize>) = order.into_iter().partition(has_no_time);
    let mut builds = without_time(history, &untimed);
    let mut by_name: FxHashMap<&str, usize> = FxHashMap::default();
    // The newest build without a name, and until when a report may join it.
    let mut open: Option<(usize, i64)> = None;
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
        if let Some((build, open_until)) = &mut open {
            let near = facts.begun_ms.is_some_and(|begun| begun <= *open_until);
            if near && tests.join(report, &builds[*build].reports) {
                builds[*build].reports.push(report);
                *open_until = until.max(*open_until);
                continue;
            }
        }
        open = Some((builds.len(), until));
        builds.push(new_build(None, facts.begun_ms, report));
    }
    builds
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
        let key = (id, if id.is_none() { digest } else { "" });
        let build = by_key.entry(key).or_default();
        build.id.clone_from(&report.origin.build);
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

fn joins_until(info: &ReportFacts) -> i64 {
    let wall_ms = info
        .wall
        .map_or(0, |w| i64::try_from(w.get() / 1_000).unwrap_or(i64::MAX));
    info.begun_ms.map_or(i64::MIN, |b| {
        b.saturating_add(wall_ms)
            .saturating_add(SAME_BUILD_WITHIN_MS)
    })
}

fn new_build(id: Option<String>, begun_ms: Option<i64>, report: usize) -> Build {
    Build {
        id,
        begun_ms,
        reports: vec![report],
    }
}

/// The tests of the newest build without a name, gathered only where two reports are near in
/// time.
struct OpenBuild<'h> {
    history: &'h History,
    by_report: Option<Vec<Vec<u32>>>,
    /// The reports of `build` that `tests` is of.
    gathered: usize,
    /// The first report of the build.
    build: Option<usize>,
    tests: FxHashSet<u32>,
    /// The number of tests that were compared so far.
    steps: usize,
}

impl<'h> OpenBuild<'h> {
    fn new(history: &'h History) -> Self {
        Self {
            history,
            by_report: None,
            gathered: 0,
            build: None,
            tests: FxHashSet::default(),
            steps: 0,
        }
    }

    /// Returns true if a report shares no test with the reports of the build, and so may join them.
    fn join(&mut self, report: usize, build: &[usize]) -> bool {
        let by_report = self.by_report.get_or_insert_with(|| {
            let mut tests = vec![Vec::new(); self.history.reports().len()];
            // A module that is skipped, or cannot be collected, is in the reports of all shards.
            let history = self.history;
            let of_a_shard = |o: &&Observation| {
                let class = history.tests[o.test as usize].class;
                o.sample.outcome.ran() && !history.classes.get(class).is_empty()
            };
            for o in history.observations.iter().filter(of_a_shard) {
                tests[o.report as usize].push(o.test);
            }
            tests
        });
        if self.build != build.first().copied() {
            self.build = build.first().copied();
            self.tests.clear();
            self.gathered = 0;
        }
        // The reports that joined since the last call.
        for &other in &build[self.gathered..] {
            self.steps += by_report[other].len();
            self.tests.extend(&by_report[other]);
        }
        self.gathered = build.len();
        self.steps += by_report[report].len();
        by_report[report]
            .iter()
            .all(|test| !self.tests.contains(test))
    }
}

#[cfg(test)]
mod tests {
    use super::OpenBuild;
    use crate::history::{CaseSeen, History, Origin, ReportFacts};

    #[test]
    fn many_small_reports_of_one_build_are_grouped_in_linear_steps() {
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
        let all: Vec<usize> = (0..history.reports().len()).collect();
        let mut open = OpenBuild::new(&history);
        for &report in &all[1..] {
            assert!(open.join(report, &all[..report]));
        }
        assert!(open.steps <= 2 * all.len(), "{} steps", open.steps);
        assert!(!open.join(0, &all), "the same test again");
        assert_eq!(history.builds().len(), 1);
    }
}
