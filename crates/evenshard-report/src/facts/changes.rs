//! What a build has that the builds before it had not.

use std::collections::BTreeSet;

use evenshard::NodeId;
use evenshard::estimate::{Slowdown, slower};
use evenshard::history::{Build, History, TestId};
use evenshard::verify::{ProblemKind, Verdict};

use crate::model::{
    BuildName, ChangeFacts, FailedFacts, FlakyFacts, NamedTest, SlowerFile, SlowerTest,
    SlowerTimes, TestName, Top,
};

/// The most characters of the message of a failure. Chosen: about two lines of a page.
const MESSAGE: usize = 200;

/// The changes of the newest build of a history.
pub(super) fn newest(history: &History, builds: &[Build]) -> Option<ChangeFacts> {
    Some(of(history, builds, builds.len().checked_sub(1)?))
}

/// The changes of the build that left `results`, which `history` has too.
pub(super) fn of_results(history: &History, results: &History) -> Option<ChangeFacts> {
    let digests: BTreeSet<&str> = { results.reports().iter() }
        .map(|report| report.facts.digest.as_str())
        .collect();
    let builds = history.builds();
    let is_of = |&report: &usize| {
        let digest = history.reports()[report].facts.digest.as_str();
        digests.contains(digest)
    };
    let current = builds.iter().rposition(|b| b.reports.iter().any(is_of))?;
    Some(of(history, &builds, current))
}

fn of(history: &History, builds: &[Build], current: usize) -> ChangeFacts {
    let changed = history.changed(current);
    let slower = slower(history, current);
    let name = |at: usize| build_name(builds, at);
    let test = |id: TestId| TestName::new(history.classname(id), history.name(id));
    let named = |tests: Vec<TestId>| {
        Top::named(tests, |id| NamedTest {
            test: test(id).to_string(),
            shard: None,
        })
    };
    ChangeFacts {
        build: name(current),
        builds_before: u32::try_from(current).unwrap_or(u32::MAX),
        compared: changed.before.map(name),
        failed: Top::named(changed.failed, |id| FailedFacts {
            test: test(id).to_string(),
            shard: None,
            message: String::new(),
        }),
        flaky: Top::named(changed.flaky, |id| FlakyFacts {
            test: test(id).to_string(),
            shard: None,
            runs: None,
        }),
        quarantined: Top::default(),
        newly_skipped: named(changed.newly_skipped),
        gone: named(changed.gone),
        slower_tests: Top::named(slower.tests, |(id, slowdown)| SlowerTest {
            test: test(id),
            times: times(slowdown, builds),
        }),
        slower_files: Top::named(slower.files, |(file, slowdown)| SlowerFile {
            file,
            times: times(slowdown, builds),
        }),
    }
}

fn times(slowdown: Slowdown, builds: &[Build]) -> SlowerTimes {
    SlowerTimes {
        before_us: slowdown.before,
        now_us: slowdown.now,
        began: build_name(builds, slowdown.began),
        builds: slowdown.builds,
    }
}

fn build_name(builds: &[Build], at: usize) -> BuildName {
    let build = builds.get(at);
    BuildName {
        id: build.and_then(|build| build.id.clone()),
        begun_ms: build.and_then(|build| build.begun_ms),
        number: u32::try_from(at + 1).unwrap_or(u32::MAX),
    }
}

/// Replaces what reports alone show by what a verdict proves; `results` are the reports of its build.
pub(super) fn judge(changes: &mut ChangeFacts, verdict: &Verdict, results: Option<&History>) {
    changes.failed = Top::named(verdict.failures.iter().collect(), |failed| FailedFacts {
        test: failed.test.clone(),
        shard: Some(failed.shard),
        message: first_line(&failed.text.message, &failed.text.text),
    });
    changes.flaky = Top::named(verdict.flaky.iter().collect(), |flaky| FlakyFacts {
        test: flaky.test.clone(),
        shard: Some(flaky.shard),
        runs: Some(flaky.runs),
    });
    let quarantined = verdict.quarantined.iter().collect();
    changes.quarantined = Top::named(quarantined, |test| NamedTest {
        test: test.test.clone(),
        shard: Some(test.shard),
    });
    if changes.build.id.is_none() {
        changes.build.id.clone_from(&verdict.build);
    }
    let findings = verdict.problems.iter().chain(&verdict.warnings);
    let missing = findings.filter(|finding| finding.kind == ProblemKind::Missing);
    let missing: BTreeSet<&str> = { missing.flat_map(|finding| &finding.tests) }
        .map(String::as_str)
        .collect();
    // A skipped test has a case in the reports, one that is gone has none.
    let is_there = |test: &&str| {
        results.is_some_and(|results| results.find_id(&NodeId::parse(test)).is_some())
    };
    let (skipped, gone): (Vec<&str>, Vec<&str>) = missing.into_iter().partition(is_there);
    let named = |tests: Vec<&str>| {
        Top::named(tests, |test| NamedTest {
            test: test.to_owned(),
            shard: None,
        })
    };
    changes.newly_skipped = named(skipped);
    changes.gone = named(gone);
}

/// The first line of a failure that says something.
fn first_line(message: &str, text: &str) -> String {
    let mut lines = message.lines().chain(text.lines()).map(str::trim);
    let line = lines.find(|line| !line.is_empty()).unwrap_or_default();
    crate::words::cut(line, MESSAGE, crate::words::Keep::Start)
}
