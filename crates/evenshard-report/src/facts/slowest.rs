//! The longest tests and files, the gain of cutting each, and new tests.

use std::cmp::Reverse;
use std::num::NonZeroU32;

use crate::facts::{ppm, shards};
use crate::model::{NewTest, Sampled, SlowFile, SlowTest, SuiteFacts, TestName, Top};
use evenshard::Micros;
use evenshard::history::{Build, History, Samples};
use evenshard::pack::{BoundKind, Certificate};
use evenshard::plan::{Alternatives, Match, Plan};
use evenshard::suite::{Estimate, Suite};

/// The number of tests and files whose gains are worked out: each takes a packing of its own.
/// Chosen: text shows eight of them.
const WEIGHED: usize = 10;

pub(super) fn suite_facts(prepared: &Alternatives<'_>) -> SuiteFacts {
    let suite = prepared.suite();
    let mut classes: Vec<&str> = suite.estimates().map(|t| t.classname).collect();
    // The tests of a class follow one another.
    classes.dedup();
    SuiteFacts {
        files: prepared.files().len() as u64,
        classes: classes.len() as u64,
        matched: Match {
            tests: suite.len() as u64,
            known: suite.known() as u64,
        },
        work_us: suite.estimates().map(|t| t.estimate).sum(),
        setup_us: prepared.files().map(|(_, setup)| setup).sum(),
    }
}

/// The longest tests, with their times in earlier builds.
pub(super) fn tests(weigh: &Weigh<'_>, measured: Option<(&History, &[Build])>) -> Top<SlowTest> {
    let all: Micros = weigh.prepared.suite().estimates().map(|t| t.estimate).sum();
    let mut order: Vec<_> = weigh.prepared.suite().estimates().enumerate().collect();
    // The canonical order decides between equals.
    order.sort_by_key(|(_, test)| Reverse(test.estimate));
    let samples = measured.map(|(history, builds)| (history, builds, history.samples()));
    let slow = |(rank, (test, found)): (usize, (usize, Estimate<'_>))| {
        let name = name(&found);
        SlowTest {
            estimate_us: found.estimate,
            share_ppm: ppm(found.estimate.get().into(), all.get().into()),
            gain_us: weigh.gain(rank, || weigh.prepared.halved(test, weigh.shards)),
            samples: match &samples {
                Some((history, builds, samples)) => sampled(&name, history, builds, samples),
                None => Vec::new(),
            },
            test: name,
        }
    };
    Top::new(order, |(_, test)| test.estimate, slow)
}

/// The times of a test in each build.
fn sampled(
    test: &TestName,
    history: &History,
    builds: &[Build],
    samples: &Samples,
) -> Vec<Sampled> {
    let Some(id) = history.find(&test.classname, &test.name) else {
        return Vec::new();
    };
    let mut found: Vec<Sampled> = Vec::new();
    for (report, sample) in samples.of(id) {
        let build = builds.iter().position(|b| b.reports.contains(&report));
        let (Some(build), Some(duration)) = (build, sample.duration) else {
            continue;
        };
        let build = u32::try_from(build).unwrap_or(u32::MAX);
        // Attempts of one build add up, and the last outcome is the one that counts.
        match found.iter_mut().find(|s| s.build == build) {
            Some(same) => {
                same.duration_us += duration;
                same.outcome = sample.outcome;
            }
            None => found.push(Sampled {
                build,
                duration_us: duration,
                outcome: sample.outcome,
            }),
        }
    }
    found
}

/// The longest files.
pub(super) fn files(weigh: &Weigh<'_>, plan: &Plan) -> Top<SlowFile> {
    let prepared = weigh.prepared;
    let mut files: Vec<SlowFile> = prepared
        .files()
        .map(|(file, setup)| SlowFile {
            file: file.to_owned(),
            tests: 0,
            work_us: Micros::ZERO,
            setup_us: setup,
            longest_us: Micros::ZERO,
            shards: 0,
            gain_us: None,
        })
        .collect();
    let mut at = 0;
    for test in prepared.suite().estimates() {
        // Tests come in the order of their files.
        // Onwards only: a search from the start would be quadratic.
        let next = files[at..].iter().position(|f| f.file == test.file);
        at += next.unwrap_or(0);
        let file = &mut files[at];
        file.tests += 1;
        file.work_us += test.estimate;
        file.longest_us = file.longest_us.max(test.estimate);
    }
    let whole = |file: &SlowFile| file.work_us + file.setup_us;
    let mut order: Vec<(usize, SlowFile)> = files.into_iter().enumerate().collect();
    order.sort_by_key(|(_, file)| Reverse(whole(file)));
    let on = shards::shards_of_files(plan);
    let slow = |(rank, (number, file)): (usize, (usize, SlowFile))| {
        let shards = on.get(file.file.as_str()).copied().unwrap_or(0);
        SlowFile {
            shards,
            gain_us: weigh.file(rank, number, shards),
            ..file
        }
    };
    Top::new(order, |(_, file)| whole(file), slow)
}

/// A plan, and other ways to cut its suite.
pub(super) struct Weigh<'p> {
    prepared: &'p Alternatives<'p>,
    shards: NonZeroU32,
    now: Certificate,
}

impl<'p> Weigh<'p> {
    /// A comparison with the plan for as many shards as this one has.
    pub(super) fn new(prepared: &'p Alternatives<'p>, plan: &Plan) -> Self {
        let shards = NonZeroU32::new(plan.shard_count()).unwrap_or(NonZeroU32::MIN);
        Self {
            prepared,
            shards,
            now: prepared.pack(shards).certificate,
        }
    }

    /// The time that another packing saves, for the first few.
    fn gain(&self, rank: usize, other: impl FnOnce() -> Option<Micros>) -> Option<Micros> {
        // With all work split evenly, no other cut gains anything. A thousandth is what is left
        // where the sum cannot be divided any better.
        let even = matches!(self.now.bound, BoundKind::Work | BoundKind::SetUp);
        if even && self.now.gap_ppm < 1_000 {
            return Some(Micros::ZERO);
        }
        if rank >= WEIGHED {
            return None;
        }
        let other = other().unwrap_or(self.now.makespan);
        Some(self.now.makespan.saturating_sub(other))
    }

    /// The time that cutting a file saves, against keeping it whole.
    fn file(&self, rank: usize, file: usize, shards: u64) -> Option<Micros> {
        if shards > 1 {
            let whole = || self.prepared.whole(file, self.shards);
            return (rank < WEIGHED).then(|| whole().saturating_sub(self.now.makespan));
        }
        if self.prepared.may_cut_files() {
            // The plan could have cut it, and did not.
            return Some(Micros::ZERO);
        }
        self.gain(rank, || Some(self.prepared.freed(file, self.shards)))
    }
}

/// Listed tests without timings.
pub(super) fn unknown(suite: &Suite<'_>) -> Top<NewTest> {
    let new = suite.estimates().filter(|t| !t.known).collect();
    let entry = |(_, test): (usize, Estimate<'_>)| NewTest {
        test: name(&test),
        estimate_us: test.estimate,
    };
    Top::new(new, |test| test.estimate, entry)
}

fn name(test: &Estimate<'_>) -> TestName {
    TestName::new(test.classname, test.name)
}
