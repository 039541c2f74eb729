//! The longest tests and files, what cutting each would gain, and tests that are new.

use std::cmp::Reverse;
use std::num::NonZeroU32;

use crate::Micros;
use crate::history::{Build, History, Samples};
use crate::pack::{BoundKind, Certificate};
use crate::plan::{Match, Plan, Prepared};
use crate::report::model::{NewTest, Sampled, SlowFile, SlowTest, SuiteFacts, TestName, Top};
use crate::report::{SHOWN, ppm, shards};
use crate::suite::{Suite, SuiteTest};

/// Gains are worked out for so many tests and files.
const WEIGHED: usize = 10;

pub(super) fn suite_facts(prepared: &Prepared<'_>) -> SuiteFacts {
    let suite = prepared.suite();
    let work: Micros = suite.tests.iter().map(|t| t.estimate).sum();
    SuiteFacts {
        files: suite.files.len() as u64,
        classes: suite.classes.len() as u64,
        matched: Match {
            tests: suite.len() as u64,
            known: suite.known() as u64,
        },
        work_us: work,
        setup_us: (0..suite.files.len())
            .map(|f| prepared.setup_of_file(f))
            .sum(),
    }
}

/// The longest tests; what earlier builds measured of them, where that is known.
pub(super) fn tests(weigh: &Weigh<'_>, measured: Option<(&History, &[Build])>) -> Top<SlowTest> {
    let suite = weigh.prepared.suite();
    let all: Micros = suite.tests.iter().map(|t| t.estimate).sum();
    let mut order: Vec<usize> = (0..suite.tests.len()).collect();
    // The canonical order decides between equals.
    order.sort_by_key(|&test| Reverse(suite.tests[test].estimate));
    let rest = order.split_off(order.len().min(SHOWN));
    let samples = measured.map(|(history, builds)| (history, builds, history.samples()));
    let slow = |(rank, test): (usize, usize)| {
        let found = &suite.tests[test];
        SlowTest {
            test: name(suite, found),
            estimate_us: found.estimate,
            share_ppm: ppm(found.estimate.get().into(), all.get().into()),
            gain_us: weigh.gain(rank, || weigh.prepared.halved(test, weigh.shards)),
            samples: samples
                .as_ref()
                .map_or_else(Vec::new, |(history, builds, samples)| {
                    sampled(&name(suite, found), history, builds, samples)
                }),
        }
    };
    Top {
        shown: order.into_iter().enumerate().map(slow).collect(),
        more: rest.len() as u64,
        more_us: rest.iter().map(|&t| suite.tests[t].estimate).sum(),
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
    let suite = prepared.suite();
    let mut files: Vec<SlowFile> = (0..suite.files.len())
        .map(|file| SlowFile {
            file: suite.files[file].name.clone().into_owned(),
            tests: 0,
            work_us: Micros::ZERO,
            setup_us: prepared.setup_of_file(file),
            longest_us: Micros::ZERO,
            shards: 0,
            gain_us: None,
        })
        .collect();
    for test in &suite.tests {
        let file = &mut files[suite.classes[test.class as usize].file as usize];
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
    prepared: &'p Prepared<'p>,
    shards: NonZeroU32,
    now: Certificate,
}

impl<'p> Weigh<'p> {
    /// Against the plan for as many shards as this one has.
    pub(super) fn new(prepared: &'p Prepared<'p>, plan: &Plan) -> Self {
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
    let mut new: Vec<&SuiteTest<'_>> = suite.tests.iter().filter(|t| !t.known).collect();
    let rest = new.split_off(new.len().min(SHOWN));
    Top {
        more: rest.len() as u64,
        more_us: rest.iter().map(|t| t.estimate).sum(),
        shown: new
            .into_iter()
            .map(|test| NewTest {
                test: name(suite, test),
                estimate_us: test.estimate,
            })
            .collect(),
    }
}

fn name(suite: &Suite<'_>, test: &SuiteTest<'_>) -> TestName {
    TestName::new(&suite.classes[test.class as usize].classname, &test.name)
}
