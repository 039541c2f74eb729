//! The shards of a plan, with the largest parts of each.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::facts::ppm;
use crate::model::{PlanFacts, ShardFacts, Top, UnitFacts};
use evenshard::Micros;
use evenshard::plan::{Level, Plan, PlannedShard, Unit};

pub(super) fn facts(plan: &Plan) -> PlanFacts {
    let content = plan.content();
    let sum: Micros = content.shards.iter().map(|s| s.predicted_us).sum();
    let count = content.shards.len() as u64;
    let mean = Micros::new(sum.get() / count.max(1));
    let slowest = content.certificate.makespan.get();
    let over = u128::from(slowest) * u128::from(count);
    let over = over.saturating_sub(u128::from(sum.get()));
    // Rounded up, so that only a perfect balance shows 0.
    let exact = over * 1_000_000 % u128::from(sum.get()).max(1) == 0;
    let shard = |(number, shard): (u32, &PlannedShard)| ShardFacts {
        shard: number,
        ..of_shard(shard, &content.everywhere, content.workers.is_some())
    };
    PlanFacts {
        digest: plan.digest().to_owned(),
        split: content.split,
        workers: content.workers,
        certificate: content.certificate,
        mean_us: mean,
        imbalance_ppm: ppm(over, u128::from(sum.get())) + u64::from(!exact),
        cut_files: shards_of_files(plan).values().filter(|&&n| n > 1).count() as u64,
        shards: (1..).zip(&content.shards).map(shard).collect(),
    }
}

/// The number of shards that each dotted file is on.
pub(super) fn shards_of_files(plan: &Plan) -> BTreeMap<&str, u64> {
    let mut found = BTreeMap::new();
    for shard in &plan.content().shards {
        let files: BTreeSet<&str> = shard.units.iter().map(Unit::file).collect();
        for file in files {
            *found.entry(file).or_default() += 1;
        }
    }
    found
}

fn of_shard(shard: &PlannedShard, everywhere: &[Unit], workers: bool) -> ShardFacts {
    let mut units: Vec<&Unit> = shard.units.iter().chain(everywhere).collect();
    // A stable sort: equal ones stay in the order of the plan, on every machine.
    units.sort_by_key(|unit| Reverse(unit.predicted_us));
    let files: BTreeSet<&str> = units.iter().map(|unit| unit.file()).collect();
    let work: Micros = units.iter().map(|u| u.predicted_us).sum();
    ShardFacts {
        shard: 0,
        predicted_us: shard.predicted_us,
        setup_us: (!workers).then(|| shard.predicted_us.saturating_sub(work)),
        tests: units.iter().map(|u| tests(u)).sum(),
        files: files.len() as u64,
        units: Top::new(units, |u| u.predicted_us, |(_, u)| of_unit(u)),
    }
}

fn tests(unit: &Unit) -> u64 {
    unit.tests.values().map(|names| names.len() as u64).sum()
}

fn of_unit(unit: &Unit) -> UnitFacts {
    let class = unit.tests.iter().next();
    let what = match (unit.level, class) {
        (Level::File, _) | (_, None) => unit.file().to_owned(),
        (Level::Test, Some((class, names))) if names.len() == 1 => {
            format!("{class}::{}", names[0])
        }
        (_, Some((class, _))) => class.clone(),
    };
    UnitFacts {
        level: unit.level,
        what,
        tests: tests(unit),
        predicted_us: unit.predicted_us,
    }
}
