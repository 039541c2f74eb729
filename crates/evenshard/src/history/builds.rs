//! Which reports are of one build, and which build is older.

use rustc_hash::FxHashSet;

use crate::history::{History, ReportInfo};
use crate::micros::Micros;

/// Where nothing names the build, a report is taken as part of the one before it when it
/// shares no test with it and begins while that one runs, or at most this much later.
const SAME_BUILD_WITHIN_MS: i64 = 15 * 60 * 1_000;

/// One build: the reports that its jobs left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build {
    /// Its name, where something gave one.
    pub id: Option<String>,
    /// When its first report was begun, in milliseconds since 1970.
    pub begun_ms: Option<i64>,
    /// Its reports, as indices into [`History::reports`].
    pub reports: Vec<usize>,
}

impl Build {
    /// The wall time of all its reports together, where they give one.
    pub fn wall(&self, history: &History) -> Option<Micros> {
        let walls: Vec<_> = self
            .reports
            .iter()
            .filter_map(|&r| history.reports()[r].wall)
            .collect();
        (!walls.is_empty()).then(|| walls.into_iter().sum())
    }
}

/// The builds, oldest first; builds without a time come before all others.
pub(super) fn group(history: &History) -> Vec<Build> {
    let reports = history.reports();
    let mut order: Vec<usize> = (0..reports.len()).collect();
    order.sort_by_key(|&r| (reports[r].begun_ms, &reports[r].digest));
    let tests = tests_of_reports(history);

    let mut builds: Vec<Build> = Vec::new();
    // The newest build without a name, its tests, and until when a report may join it.
    let mut open: Option<(usize, FxHashSet<u32>, i64)> = None;
    for report in order {
        let info = &reports[report];
        if let Some(id) = &info.build {
            match builds.iter_mut().find(|b| b.id.as_ref() == Some(id)) {
                Some(build) => build.reports.push(report),
                None => builds.push(new_build(info.build.clone(), info.begun_ms, report)),
            }
            continue;
        }
        let until = joins_until(info);
        if let Some((build, seen, open_until)) = &mut open {
            let near = info.begun_ms.is_some_and(|begun| begun <= *open_until);
            if near && tests[report].iter().all(|t| !seen.contains(t)) {
                builds[*build].reports.push(report);
                seen.extend(&tests[report]);
                *open_until = until.max(*open_until);
                continue;
            }
        }
        open = Some((builds.len(), tests[report].iter().copied().collect(), until));
        builds.push(new_build(None, info.begun_ms, report));
    }
    builds
}

/// The position of each report's build in time.
pub(super) fn ranks(history: &History) -> Vec<u32> {
    let mut ranks = vec![0; history.reports().len()];
    for (rank, build) in (0..).zip(group(history)) {
        for report in build.reports {
            ranks[report] = rank;
        }
    }
    ranks
}

fn joins_until(info: &ReportInfo) -> i64 {
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

fn tests_of_reports(history: &History) -> Vec<Vec<u32>> {
    let mut tests = vec![Vec::new(); history.reports().len()];
    for o in &history.observations {
        tests[o.report as usize].push(o.test);
    }
    tests
}
