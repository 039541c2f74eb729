//! Targets with room, on builds that are simulated from real histories in ../shared/timings.
//!
//! Each test of a simulated build takes one of the times that it took in a real one, and each shard
//! runs on a machine of its own, some slower. The figures go to stderr.

use std::io::Write as _;
use std::num::NonZeroU32;
use std::path::Path;

use evenshard::estimate::Estimates;
use evenshard::history::{CaseSeen, History, Origin, ReportFacts};
use evenshard::pack::Target;
use evenshard::suite::Suite;
use evenshard::threads::side_by_side;
use evenshard::{Address, Micros, Plan, Planner, ingest};

use crate::support::shared;

const DAY: i64 = 86_400_000;
/// The builds that a history keeps, and the number that are tried after it.
const KEPT: usize = 10;
const TRIED: usize = 12;
/// The slowness of machines in percent, one drawn for each shard.
const MACHINES: [u64; 8] = [95, 98, 100, 100, 102, 105, 110, 125];

/// Numbers that look random and are the same in each run (Knuth's MMIX generator).
struct Draws(u64);

impl Draws {
    fn below(&mut self, end: usize) -> usize {
        let (factor, step) = (6_364_136_223_846_793_005, 1_442_695_040_888_963_407);
        self.0 = self.0.wrapping_mul(factor).wrapping_add(step);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// A test with the times that it took in real builds.
struct Timed {
    address: Address,
    times: Vec<u64>,
}

fn tests(folder: &Path) -> Vec<Timed> {
    let mut history = History::new();
    for build in 1..=3 {
        let path = folder.join(format!("build-{build}.junit.xml.gz"));
        let file = std::fs::File::open(&path).unwrap();
        let source = ingest::Source::named("build");
        assert!(ingest::read(file, source, &mut history).warnings.is_empty());
    }
    let samples = history.samples();
    let timed = history.tests().filter_map(|test| {
        let times = samples.of(test).filter_map(|(_, sample)| sample.duration);
        let times: Vec<u64> = times.map(Micros::get).collect();
        let (classname, name) = (history.classname(test), history.name(test));
        let (classname, name) = (classname.to_owned(), name.to_owned());
        let address = Address { classname, name };
        (!times.is_empty()).then_some(Timed { address, times })
    });
    timed.collect()
}

/// A simulated build over these shards: the time of each shard, with its tests and their times.
fn simulated<'t>(shards: &[Vec<&'t Timed>], draws: &mut Draws) -> Vec<Vec<(&'t Timed, u64)>> {
    let of_shard = |tests: &Vec<&'t Timed>, draws: &mut Draws| {
        let slow = MACHINES[draws.below(MACHINES.len())];
        let times = tests.iter().map(|test| {
            let time = test.times[draws.below(test.times.len())];
            (*test, time * slow / 100)
        });
        times.collect()
    };
    shards.iter().map(|tests| of_shard(tests, draws)).collect()
}

fn total(shard: &[(&Timed, u64)]) -> u64 {
    shard.iter().map(|(_, time)| time).sum()
}

/// Adds a build to a history, as its reports would.
fn add(history: &mut History, number: usize, build: &[Vec<(&Timed, u64)>]) {
    for (shard, tests) in (1..).zip(build) {
        let mut report = history.report();
        for (test, time) in tests {
            report.case(&CaseSeen {
                classname: &test.address.classname,
                name: &test.address.name,
                sample: Some(Micros::new(*time)),
                ..CaseSeen::default()
            });
        }
        let facts = ReportFacts {
            digest: format!("{number}-{shard}"),
            begun_ms: Some(i64::try_from(number).unwrap() * DAY),
            wall: Some(Micros::new(total(tests))),
        };
        let origin = Origin {
            build: Some(number.to_string()),
            shard: Some((shard, u32::try_from(build.len()).unwrap())),
            ..Origin::default()
        };
        report.finish(facts, origin);
    }
}

fn shards_of<'t>(plan: &Plan, tests: &'t [Timed]) -> Vec<Vec<&'t Timed>> {
    let of_shard = |shard| {
        let known: std::collections::BTreeSet<(String, String)> = plan
            .tests(shard)
            .map(|test| (test.classname, test.name))
            .collect();
        let is_own = |test: &&Timed| {
            known.contains(&(test.address.classname.clone(), test.address.name.clone()))
        };
        tests.iter().filter(is_own).collect()
    };
    plan.shards().map(of_shard).collect()
}

/// Of the builds that come after a history: how many meet a target that four shards are predicted
/// to just meet, without a percentile and with 50, 80 and 90.
fn met(tests: &[Timed], seed: usize) -> [usize; 4] {
    let mut draws = Draws(u64::try_from(seed).unwrap());
    let four: Vec<Vec<&Timed>> = (0..4)
        .map(|shard| tests.iter().skip(shard).step_by(4).collect())
        .collect();
    let mut history = History::new();
    for number in 0..KEPT {
        add(&mut history, number, &simulated(&four, &mut draws));
    }
    let estimates = Estimates::new(&history);
    let suite = Suite::from_history(&estimates);
    let planner = Planner::new(4).unwrap().setup_cost(Micros::ZERO);
    let time = planner.plan(&suite).unwrap().certificate().makespan;
    let planner = Planner::for_target(Target {
        time,
        max_shards: NonZeroU32::new(500).unwrap(),
        overhead: Micros::ZERO,
    })
    .setup_cost(Micros::ZERO);
    [None, Some("50"), Some("80"), Some("90")].map(|percentile| {
        let room = percentile.map(|p| planner.learn_room(&history, p.parse().unwrap()).unwrap());
        let plan = planner.clone().room(room).plan(&suite).unwrap();
        let shards = shards_of(&plan, tests);
        let next = || simulated(&shards, &mut draws);
        let builds = std::iter::repeat_with(next).take(TRIED);
        let in_time =
            |build: &Vec<Vec<(&Timed, u64)>>| build.iter().all(|shard| total(shard) <= time.get());
        builds.filter(in_time).count()
    })
}

#[test]
fn simulated_builds_meet_a_target_as_often_as_its_percentile_says() {
    let Some(timings) = shared("timings") else {
        return;
    };
    for name in ["attrs", "jinja2"] {
        let tests = tests(&timings.join(name));
        let seeds: Vec<usize> = (0..6).collect();
        let all = side_by_side(&seeds, |&seed| met(&tests, seed));
        let of = seeds.len() * TRIED;
        let [without, fifty, eighty, ninety] =
            [0, 1, 2, 3].map(|at| all.iter().map(|met| met[at]).sum::<usize>());
        let figures = format!(
            "{name}: of {of} builds {without} meet the target without a percentile, {fifty} with 50, {eighty} with 80, {ninety} with 90"
        );
        let _ = writeln!(std::io::stderr(), "{figures}");
        // So many builds are met as often as that, but for chance: five of a hundred less.
        for (met, percentile) in [(fifty, 50), (eighty, 80), (ninety, 90)] {
            assert!(
                met * 100 >= (percentile - 5) * of,
                "{met} of {of} with {percentile}"
            );
        }
        assert!(without < ninety, "{without} of {of}");
    }
}
