//! What the jobs of a build did: when, with which tests, and where the time went.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use evenshard::history::History;
use evenshard::record::{RunRecord, State};
use evenshard::{Micros, NodeId};

use crate::model::{JobFacts, PlanFacts, PriceFacts, ShardTest, ShardTests, TimeFacts};

/// The most tests of all shards together. Chosen: JSON of about two megabytes.
const MOST_TESTS: usize = 20_000;
const MICROS_A_MINUTE: u128 = 60_000_000;

/// All jobs, by start.
pub(super) fn jobs(records: &[&RunRecord]) -> Vec<JobFacts> {
    let first = records.iter().filter_map(|r| r.begun_ms).min();
    let mut jobs: Vec<JobFacts> = records.iter().map(|record| job(record, first)).collect();
    jobs.sort_by_key(|job| (job.start_us, job.shard, job.attempt));
    jobs
}

fn job(record: &RunRecord, first: Option<i64>) -> JobFacts {
    let finished = record.state == State::Finished;
    let took = record.command_us.or(record.wall_us).filter(|_| finished);
    let all = took.unwrap_or_default();
    let cases = record.cases_us.unwrap_or_default();
    let (imports, fixtures) = setup(record);
    let start = first.zip(record.begun_ms).map(|(first, own)| {
        let ms = u64::try_from(own.saturating_sub(first)).unwrap_or_default();
        Micros::new(ms.saturating_mul(1_000))
    });
    // The times of workers add up and are no part of the time of their job.
    let parallel = record.workers.is_some_and(|n| n > 0) || cases > all;
    let (tests, setup) = if parallel {
        (record.wall_us.unwrap_or(all).min(all), Micros::ZERO)
    } else {
        let tests = cases.saturating_sub(fixtures);
        (tests, (imports + fixtures).min(all.saturating_sub(tests)))
    };
    JobFacts {
        shard: record.shard.number(),
        attempt: record.attempt,
        job: record.job.clone(),
        begun_ms: record.begun_ms,
        start_us: start,
        took_us: took,
        tests_us: tests,
        setup_us: setup,
        startup_us: all.saturating_sub(tests + setup),
        tests: record.selected.len() as u64,
        exit_status: record.exit_status,
    }
}

/// The time in imports, which are no part of any test, and in fixtures, which are.
fn setup(record: &RunRecord) -> (Micros, Micros) {
    let files = || record.setup.files.values();
    let imports = files().filter_map(|file| file.import_us).sum();
    let of_files: Micros = files().filter_map(|file| file.fixtures_us).sum();
    let of_classes: Micros = files()
        .flat_map(|file| file.classes_us.values())
        .copied()
        .sum();
    let shared: Micros = record.session_us.iter().map(|fixture| fixture.us).sum();
    (imports, of_files + of_classes + shared)
}

/// Where the time of jobs went; `None` if none of them finished.
pub(super) fn measured(jobs: &[JobFacts], price: Option<u64>) -> Option<TimeFacts> {
    let done: Vec<&JobFacts> = jobs.iter().filter(|job| job.took_us.is_some()).collect();
    let last = done.iter().map(|job| job.end()).max()?;
    // A further attempt at a shard leaves the job before it nothing to wait for.
    let mut ends: BTreeMap<u32, Micros> = BTreeMap::new();
    for job in &done {
        let latest = ends.entry(job.shard).or_default();
        *latest = job.end().max(*latest);
    }
    let sum = |part: fn(&JobFacts) -> Micros| done.iter().map(|job| part(job)).sum::<Micros>();
    Some(facts(
        TimeFacts {
            measured: true,
            jobs: done.len() as u64,
            tests_us: sum(|job| job.tests_us),
            setup_us: sum(|job| job.setup_us),
            startup_us: sum(|job| job.startup_us),
            idle_us: ends.values().map(|&end| last.saturating_sub(end)).sum(),
            machine_us: Micros::ZERO,
            price: None,
        },
        price,
    ))
}

/// Where the time of the shards of a plan will go, each with this overhead.
pub(super) fn predicted(plan: &PlanFacts, overhead: Micros, price: Option<u64>) -> TimeFacts {
    let shards = || plan.shards.iter();
    let setup: Micros = shards().filter_map(|shard| shard.setup_us).sum();
    let all: Micros = shards().map(|shard| shard.predicted_us).sum();
    let count = plan.shards.len() as u64;
    let wait = |time: Micros| plan.certificate.makespan.saturating_sub(time);
    facts(
        TimeFacts {
            measured: false,
            jobs: count,
            tests_us: all.saturating_sub(setup),
            setup_us: setup,
            startup_us: Micros::new(overhead.get().saturating_mul(count)),
            idle_us: shards().map(|shard| wait(shard.predicted_us)).sum(),
            machine_us: Micros::ZERO,
            price: None,
        },
        price,
    )
}

/// Adds up the time of the machines, and its price.
fn facts(parts: TimeFacts, price: Option<u64>) -> TimeFacts {
    let machine = parts.tests_us + parts.setup_us + parts.startup_us;
    TimeFacts {
        machine_us: machine,
        price: price.map(|minute| PriceFacts {
            minute_millionths: minute,
            build_millionths: price_of(machine, minute),
        }),
        ..parts
    }
}

/// The price of a time by the price of a minute, rounded to the nearest.
pub(crate) fn price_of(time: Micros, minute: u64) -> u64 {
    let price = u128::from(time.get()) * u128::from(minute) + MICROS_A_MINUTE / 2;
    u64::try_from(price / MICROS_A_MINUTE).unwrap_or(u64::MAX)
}

/// The median of the startup of jobs that finished; `None` if none did.
pub(super) fn usual_startup(jobs: &[JobFacts]) -> Option<Micros> {
    let done = jobs.iter().filter(|job| job.took_us.is_some());
    let mut startups: Vec<Micros> = done.map(|job| job.startup_us).collect();
    startups.sort_unstable();
    startups.get(startups.len().checked_sub(1)? / 2).copied()
}

/// The tests of each shard, of the last record of each that has any, in the order in which they ran.
pub(super) fn ran(records: &[&RunRecord], results: &History) -> Vec<ShardTests> {
    let mut last: BTreeMap<u32, &RunRecord> = BTreeMap::new();
    for &record in records {
        // An attempt at failed tests only leaves most of a shard's tests to the one before.
        let known = last.entry(record.shard.number()).or_insert(record);
        let newer = (!record.failed_only, record.attempt) > (!known.failed_only, known.attempt);
        if newer && !record.selected.is_empty() {
            *known = record;
        }
    }
    let samples = results.samples();
    let of_test = |line: &String| {
        let found = results.find_id(&NodeId::parse(line));
        let found: Vec<_> = found.into_iter().flat_map(|id| samples.of(id)).collect();
        let times = found.iter().filter_map(|(_, sample)| sample.duration);
        ShardTest {
            test: line.clone(),
            duration_us: times.reduce(|sum, time| sum + time),
            outcome: found.last().map(|(_, sample)| sample.outcome),
        }
    };
    let shards = last.into_iter().map(|(shard, record)| {
        let tests = record.selected.iter().map(of_test).collect();
        (shard, tests)
    });
    bounded(shards.collect())
}

/// At most [`MOST_TESTS`] tests: failed ones and the slowest of each shard.
fn bounded(shards: Vec<(u32, Vec<ShardTest>)>) -> Vec<ShardTests> {
    let all: usize = shards.iter().map(|(_, tests)| tests.len()).sum();
    let most = if all > MOST_TESTS {
        MOST_TESTS / shards.len().max(1)
    } else {
        MOST_TESTS
    };
    let shards = shards.into_iter();
    let one = |(shard, tests): (u32, Vec<ShardTest>)| ShardTests {
        shard,
        count: tests.len() as u64,
        tests: failed_and_slowest(tests, most),
    };
    shards.map(one).collect()
}

/// At most so many tests, in their own order: failed ones first, then the slowest.
pub(crate) fn failed_and_slowest(tests: Vec<ShardTest>, most: usize) -> Vec<ShardTest> {
    if tests.len() <= most {
        return tests;
    }
    let mut order: Vec<usize> = (0..tests.len()).collect();
    order.sort_by_key(|&at| Reverse((tests[at].failed(), tests[at].duration_us)));
    let mut kept = vec![false; tests.len()];
    for at in order.into_iter().take(most) {
        kept[at] = true;
    }
    let mut kept = kept.into_iter();
    let mut tests = tests;
    tests.retain(|_| kept.next().unwrap_or(false));
    tests
}
