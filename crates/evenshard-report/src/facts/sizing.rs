//! Numbers of shards: wall and machine time of each, the floor, the recommended one.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use crate::facts::{Assumed, Settings, ppm};
use crate::model::{ChosenBy, Floor, Point, Recommended, Sizing, TargetFacts, TestName};
use evenshard::Micros;
use evenshard::Shard;
use evenshard::pack::{Certificate, Target};
use evenshard::plan::{Alternatives, Plan};
use evenshard::threads::side_by_side;

/// The most shards that are tried by default. Chosen, not measured.
const MOST: u32 = 256;
/// The number up to which each is tried; then steps of an eighth, which a curve of a few
/// hundred pixels cannot show any finer.
const EACH: u32 = 16;

/// The number of shards that was asked for, and the reason.
#[derive(Default)]
pub(super) struct Asked<'p> {
    shards: Option<(NonZeroU32, ChosenBy)>,
    target: Option<TargetFacts>,
    /// The plan at hand, which has the figures of its number of shards itself.
    plan: Option<&'p Plan>,
}

impl<'p> Asked<'p> {
    /// The number of a plan, with the target that it met.
    pub(super) fn planned(plan: &'p Plan) -> Self {
        let shards = NonZeroU32::new(plan.shard_count()).unwrap_or(NonZeroU32::MIN);
        let met = plan.content().target.map(|met| TargetFacts {
            target_us: met.time,
            shards: Some(shards.get()),
            proved_smallest: met.proved_smallest,
            room: met.room,
            obstacle: None,
        });
        Self {
            shards: Some((shards, ChosenBy::Plan)),
            target: met,
            plan: Some(plan),
        }
    }
}

/// The number that the settings ask for.
pub(super) fn asked(prepared: &Alternatives<'_>, settings: &Settings) -> Asked<'static> {
    let Some(time) = settings.target else {
        return Asked {
            shards: settings.shards.map(|n| (n, ChosenBy::Asked)),
            ..Asked::default()
        };
    };
    let target = Target {
        time,
        max_shards: settings.max_shards.unwrap_or(max_count()).min(max_count()),
        overhead: settings.job_overhead,
    };
    let room = settings.room;
    let (sized, obstacle) = match prepared.smallest(&target, room) {
        Ok(sized) => (Some(sized), None),
        Err(obstacle) => (
            None,
            Some(prepared.unmet(&target, room, &obstacle).to_string()),
        ),
    };
    Asked {
        plan: None,
        shards: sized.as_ref().map(|s| (s.shards, ChosenBy::Target)),
        target: Some(TargetFacts {
            target_us: target.time,
            shards: sized.as_ref().map(|s| s.shards.get()),
            proved_smallest: sized.is_some_and(|s| s.proved_smallest),
            room,
            obstacle,
        }),
    }
}

fn max_count() -> NonZeroU32 {
    NonZeroU32::new(Shard::MAX_COUNT).unwrap_or(NonZeroU32::MIN)
}

/// The figures of each number, and the number to show in detail: the one that was asked for,
/// else the `usual` one, else the recommended one.
pub(super) fn sizing(
    prepared: &Alternatives<'_>,
    settings: &Settings,
    asked: Asked<'_>,
    usual: Option<NonZeroU32>,
) -> (Sizing, NonZeroU32) {
    let overhead = settings.job_overhead;
    let usual = usual.filter(|n| *n <= max_count());
    let wanted = asked.shards.or(usual.map(|n| (n, ChosenBy::Builds)));
    let most = NonZeroU32::new(MOST).unwrap_or(NonZeroU32::MIN);
    let most = settings.max_shards.unwrap_or(most).min(max_count());

    let (floor, what) = prepared.floor();
    let near = Target {
        time: floor + Micros::new(floor.get() / 1_000),
        max_shards: most,
        overhead: Micros::ZERO,
    };
    // Its own search, since the numbers below are sampled.
    let largest_useful = prepared
        .smallest(&near, None)
        .ok()
        .map(|sized| sized.shards);
    let numbers = numbers(largest_useful.unwrap_or(most), wanted.map(|(n, _)| n));
    let points = points(prepared, &numbers, overhead, asked.plan);
    let extra = settings.assumed.filter(|_| overhead == Micros::ZERO);
    let extra = extra.unwrap_or_default();
    let knee = knee(&points, extra.assumed + extra.measured);
    let (chosen, chosen_by) = wanted.unwrap_or((
        NonZeroU32::new(knee).unwrap_or(NonZeroU32::MIN),
        ChosenBy::Knee,
    ));
    let recommended = recommended(&points, knee, overhead, extra);
    let sizing = Sizing {
        job_overhead_us: overhead,
        points,
        floor: Floor {
            wall_us: floor + overhead,
            is_mean: is_mean(prepared, &what),
            what,
        },
        recommended,
        largest_useful: largest_useful.map(NonZeroU32::get),
        knee,
        chosen: chosen.get(),
        chosen_by,
        target: asked.target,
    };
    (sizing, chosen)
}

/// The numbers of shards to try: all up to [`EACH`], then steps that grow with the number.
fn numbers(last: NonZeroU32, also: Option<NonZeroU32>) -> Vec<NonZeroU32> {
    let mut numbers: BTreeSet<NonZeroU32> = also.into_iter().collect();
    let mut next = NonZeroU32::MIN;
    while next < last {
        numbers.insert(next);
        // Steps of an eighth of the number, at least one.
        next = next.saturating_add((next.get() / (EACH / 2)).max(1));
    }
    numbers.insert(last);
    numbers.into_iter().collect()
}

fn points(
    prepared: &Alternatives<'_>,
    numbers: &[NonZeroU32],
    overhead: Micros,
    plan: Option<&Plan>,
) -> Vec<Point> {
    let pack = |shards: NonZeroU32| {
        let jobs = |times: &mut dyn Iterator<Item = Micros>| times.map(|t| t + overhead).sum();
        if let Some(plan) = plan.filter(|plan| plan.shard_count() == shards.get()) {
            let content = plan.content();
            let mut times = content.shards.iter().map(|s| s.predicted_us);
            return (content.certificate, jobs(&mut times));
        }
        let packing = prepared.pack(shards);
        let mut times = packing.loads.iter().copied();
        (packing.certificate, jobs(&mut times))
    };
    let packed = side_by_side(numbers, |&shards| pack(shards));
    // The first number is 1.
    let alone = packed.first().map_or(Micros::ZERO, |first| first.1);
    let mut points: Vec<Point> = Vec::with_capacity(numbers.len());
    for (&shards, (certificate, agents)) in numbers.iter().zip(packed) {
        let mut point = point(shards, certificate, agents, overhead, alone);
        if let Some(before) = points.last() {
            let saved = before.wall_us.saturating_sub(point.wall_us).get();
            point.saved_us = Micros::new(saved / u64::from(shards.get() - before.shards));
        }
        points.push(point);
    }
    points
}

/// The figures of a number of shards: `agents` is the time of all jobs together, `alone` that
/// of one job for everything.
fn point(
    shards: NonZeroU32,
    certificate: Certificate,
    agents: Micros,
    overhead: Micros,
    alone: Micros,
) -> Point {
    let wall = certificate.makespan + overhead;
    let held = u128::from(wall.get()) * u128::from(shards.get());
    // The first job pays its overhead as well; further ones are what costs.
    let beyond = u128::from(agents.saturating_sub(alone).get());
    Point {
        shards: shards.get(),
        certificate,
        wall_us: wall,
        agents_us: agents,
        overhead_ppm: ppm(beyond, u128::from(agents.get())),
        efficiency_ppm: ppm(u128::from(alone.get()), held).min(1_000_000),
        saved_us: Micros::ZERO,
    }
}

/// The figures of the recommended number.
fn recommended(points: &[Point], knee: u32, asked: Micros, extra: Assumed) -> Recommended {
    let more = extra.assumed + extra.measured;
    let point = points.iter().find(|point| point.shards == knee);
    let of_jobs = Micros::new(more.get().saturating_mul(u64::from(knee)));
    Recommended {
        overhead_us: asked + more,
        assumed_us: extra.assumed,
        measured_us: extra.measured,
        wall_us: point.map_or(Micros::ZERO, |point| point.wall_us + more),
        machine_us: point.map_or(Micros::ZERO, |point| point.agents_us + of_jobs),
    }
}

/// Returns true if the name is of a test without timings, whose time is a mean of others.
fn is_mean(prepared: &Alternatives<'_>, name: &str) -> bool {
    let mut unknown = prepared.suite().estimates().filter(|test| !test.known);
    unknown.any(|test| TestName::new(test.classname, test.name).to_string() == name)
}

/// The number with the lowest number × wall time², each job with so much more overhead; the smallest of several.
fn knee(points: &[Point], more: Micros) -> u32 {
    // In units whose squares, times the number of shards, fit 128 bits.
    let time = |point: &Point| (point.wall_us + more).get();
    let longest = points.iter().map(time).max().unwrap_or(0);
    let unit = u128::from(longest >> 40).max(1);
    let cost = |point: &&Point| {
        let wall = u128::from(time(point)) / unit;
        wall * wall * u128::from(point.shards)
    };
    points
        .iter()
        .min_by_key(cost)
        .map_or(1, |point| point.shards)
}

#[cfg(test)]
mod tests {
    use super::{NonZeroU32, numbers};

    #[test]
    fn numbers_begin_with_all_and_end_with_the_last() {
        let of = |last, also| -> Vec<u32> {
            let also = NonZeroU32::new(also);
            let numbers = numbers(NonZeroU32::new(last).unwrap(), also);
            numbers.into_iter().map(NonZeroU32::get).collect()
        };
        assert_eq!(of(1, 0), [1]);
        assert_eq!(of(4, 9), [1, 2, 3, 4, 9]);
        let many = of(1_000, 77);
        assert_eq!(many[..16], (1..=16).collect::<Vec<u32>>()[..]);
        assert!(many.contains(&77) && many.last() == Some(&1_000));
        assert!(many.is_sorted() && many.len() < 60);
    }
}
