//! The longest tests and files, what cutting each would gain, and tests that are new.

use std::cmp::Reverse;
use std::num::NonZeroU32;

use crate::facts::{SHOWN, ppm, shards};
use crate::model::{NewTest, Sampled, SlowFile, SlowTest, SuiteFacts, TestName, Top};
use evenshard::Micros;
use evenshard::history::{Build, History, Samples};
use evenshard::pack::{BoundKind, Certificate};
use evenshard::plan::{Alternatives, Match, Plan};
use evenshard::suite::{Estimate, Suite};

/// Gains are worked out for so many tests and files.
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

/// The longest tests; what earlier builds measured of them, where that is known.
pub(super) fn tests(weigh: &Weigh<'_>, measured: Option<(&History, &[Build])>) -> Top<SlowTest> {
    let all: Micros = weigh.prepared.suite().estimates().map(|t| t.estimate).sum();
    let mut order: Vec<_> = weigh.prepared.suite().estimates().enumerate().collect();
    // The canonical order decides between equals.
    order.sort_by_key(|(_, test)| Reverse(test.estimate));
    let rest = order.split_off(order.len().min(SHOWN));
    let samples = measured.map(|(history, builds)| (history, builds, history.samples()));
    let slow = |(rank, (test, found)): (usize, (usize, Estimate<'_>))| {
        let test_name = name(&found);
        SlowTest {
            estimate_us: found.estimate,
            share_ppm: ppm(found.estimate.get().into(), all.get().into()),
            gain_us: weigh.gain(rank, || weigh.prepared.halved(test, weigh.shards)),
            samples: samples
                .as_ref()
                .map_or_else(Vec::new, |(history, builds, samples)| {
                    sampled(&test_name, history, builds, samples)
                }),
            test: test_name,
        }
    };
    Top {
        shown: order.into_iter().enumerate().map(slow).collect(),
        more: rest.len() as u64,
        more_us: rest.iter().map(|(_, test)| test.estimate).sum(),
    }
}

/// What each build measured of a test.
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

/// The files that take longest.
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
        let next = files[at..].iter().position(|f| f.file == test.file);
        at += next.unwrap_or(0);
        let file = &mut files[at];
        file.tests += 1;
        file.work_us += test.estimate;
        file.longest_us = file.longest_us.max(test.estimate);
    }
    let whole = |file: &SlowFile| file.work_us + file.setup_us;
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by_key(|&file| Reverse(whole(&files[file])));
    let rest = order.split_off(order.len().min(SHOWN));
    let on = shards::shards_of_files(plan);
    let slow = |(rank, number): (usize, usize)| {
        let file = files[number].clone();
        let shards = on.get(file.file.as_str()).copied().unwrap_or(0);
        let gain_us = weigh.file(rank, number, shards);
        SlowFile {
            shards,
            gain_us,
            ..file
        }
    };
    Top {
        more: rest.len() as u64,
        more_us: rest.iter().map(|&file| whole(&files[file])).sum(),
        shown: order.into_iter().enumerate().map(slow).collect(),
    }
}

/// What other ways to cut would come to.
pub(super) struct Weigh<'p> {
    prepared: &'p Alternatives<'p>,
    shards: NonZeroU32,
    now: Certificate,
}

impl<'p> Weigh<'p> {
    /// Against the plan for as many shards as this one has.
    pub(super) fn new(prepared: &'p Alternatives<'p>, plan: &Plan) -> Self {
        let shards = NonZeroU32::new(plan.shard_count()).unwrap_or(NonZeroU32::MIN);
        Self {
            prepared,
            shards,
            now: prepared.pack(shards).certificate,
        }
    }

    /// How much sooner all would be through with another packing, for the first few.
    fn gain(&self, rank: usize, other: impl FnOnce() -> Option<Micros>) -> Option<Micros> {
        // Where all work is shared out evenly, no way to cut gains anything.
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

    /// What cutting a file gains, against keeping it whole.
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

/// Listed tests that no timings know.
pub(super) fn unknown(suite: &Suite<'_>) -> Top<NewTest> {
    let mut new: Vec<Estimate<'_>> = suite.estimates().filter(|t| !t.known).collect();
    let rest = new.split_off(new.len().min(SHOWN));
    Top {
        more: rest.len() as u64,
        more_us: rest.iter().map(|t| t.estimate).sum(),
        shown: new
            .into_iter()
            .map(|test| NewTest {
                test: name(&test),
                estimate_us: test.estimate,
            })
            .collect(),
    }
}

fn name(test: &Estimate<'_>) -> TestName {
    TestName::new(test.classname, test.name)
}
