//! The pipeline: one algorithm after the other, until the plan is provably good. What it
//! guarantees, with an example, is documented where it is public, at [`super::pipeline`].

use super::bins::Bins;
use super::complete::{Outcome, fit};
use super::multifit::multifit;
use super::{lpt, neighbourhood, resplit};
use crate::pack::bounds::{Floor, lifted_floor, simple_floor};
use crate::pack::certificate::BoundKind;

/// How much of the pipeline is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// All of it.
    Full,
    /// Without the searches: a start for something that goes on from there.
    Quick,
}

/// A packing of items by rank, and a bound that holds for all.
#[derive(Clone, Debug)]
pub(crate) struct Solved {
    pub(crate) shard_of: Vec<u32>,
    pub(crate) makespan: u64,
    pub(crate) floor: Floor,
}

/// First-fit-decreasing passes of MULTIFIT.
const PASSES: u32 = 12;
/// Beyond so many items a shard the pair re-split alone is better and faster than MULTIFIT.
const MULTIFIT_RATIO: usize = 64;
/// Calls of the pair re-split: so many, or so many a shard if that is more.
const RESPLITS: (u32, u32) = (20_000, 40);
/// Calls of the pair re-split where something else goes on from there.
const QUICK_RESPLITS: u32 = 4_000;
/// Tries of the neighbourhood search there.
const QUICK_TRIES: u32 = 200;
/// Steps of bin completion in one try there.
const QUICK_STEPS: u32 = 1_000;
/// Tries of the neighbourhood search: so many, or so many a shard if that is more.
const TRIES: (u32, u32) = (1_000, 40);
/// Steps of bin completion in one try.
const TRY_STEPS: u32 = 500;
/// Proofs that are tried, one after the other.
const PROOFS: u32 = 20;
/// Steps of bin completion in one proof.
const PROOF_STEPS: u32 = 50_000;
/// Proofs are tried with at most so many items and shards.
const PROOF_SIZE: (usize, u32) = (120, 60);

/// A makespan that is near enough to stop: a ten-thousandth above the bound.
pub(crate) fn near(floor: u64) -> u64 {
    floor.saturating_add(floor / 10_000)
}

/// Packs falling sizes onto shards, never worse than [`lpt`].
pub(crate) fn solve(falling: &[u64], shards: u32, effort: Effort) -> Solved {
    let m = shards
        .min(u32::try_from(falling.len()).unwrap_or(u32::MAX))
        .max(1);
    let shard_of = lpt::greedy(falling, m);
    let mut solved = Solved {
        makespan: longest(falling, m, &shard_of),
        shard_of,
        floor: simple_floor(falling, m),
    };
    if solved.done() {
        return solved;
    }
    solved.floor = lifted_floor(falling, m, solved.floor);
    for search in [fill, exchange, prove] {
        if solved.done() {
            break;
        }
        search(&mut solved, falling, m, effort);
    }
    solved
}

impl Solved {
    fn done(&self) -> bool {
        self.makespan <= near(self.floor.value)
    }

    fn accept(&mut self, falling: &[u64], shards: u32, shard_of: Vec<u32>) {
        let makespan = longest(falling, shards, &shard_of);
        if makespan < self.makespan {
            self.makespan = makespan;
            self.shard_of = shard_of;
        }
    }
}

/// MULTIFIT, where there are few items a shard.
fn fill(solved: &mut Solved, falling: &[u64], shards: u32, _: Effort) {
    if falling.len() / shards as usize <= MULTIFIT_RATIO {
        let (low, high) = (solved.floor.value, solved.makespan);
        if let Some(shard_of) = multifit(falling, shards, low, high, PASSES) {
            solved.accept(falling, shards, shard_of);
        }
    }
}

/// [`lpt`], or MULTIFIT where that is better.
pub(crate) fn greedy_or_multifit(falling: &[u64], shards: u32) -> Vec<u32> {
    let greedy = lpt::greedy(falling, shards);
    let high = longest(falling, shards, &greedy);
    let low = simple_floor(falling, shards).value;
    multifit(falling, shards, low, high, PASSES).unwrap_or(greedy)
}

/// Pairs, then neighbourhoods, from the best so far.
fn exchange(solved: &mut Solved, falling: &[u64], shards: u32, effort: Effort) {
    let target = near(solved.floor.value);
    let mut bins = Bins::new(falling, shards, &solved.shard_of);
    let calls = match effort {
        Effort::Full => RESPLITS.0.max(RESPLITS.1.saturating_mul(shards)),
        Effort::Quick => QUICK_RESPLITS,
    };
    resplit::resplit(&mut bins, target, calls);
    if effort == Effort::Full && bins.fullest().0 > target {
        let tries = TRIES.0.max(TRIES.1.saturating_mul(shards));
        neighbourhood::search(&mut bins, target, tries, TRY_STEPS);
    }
    solved.accept(falling, shards, bins.shard_of());
}

/// Pairs and neighbourhoods from a placement on, until it is at most `target`.
pub(crate) fn improve(falling: &[u64], shards: u32, start: &[u32], target: u64) -> Vec<u32> {
    let mut bins = Bins::new(falling, shards, start);
    resplit::resplit(&mut bins, target, QUICK_RESPLITS);
    if bins.fullest().0 > target {
        neighbourhood::search(&mut bins, target, QUICK_TRIES, QUICK_STEPS);
    }
    bins.shard_of()
}

/// Bounded proofs by bisection: a time that is proved too short raises the bound, and one
/// that is not comes with a packing.
fn prove(solved: &mut Solved, falling: &[u64], shards: u32, effort: Effort) {
    if effort != Effort::Full || falling.len() > PROOF_SIZE.0 || shards > PROOF_SIZE.1 {
        return;
    }
    let count = u8::try_from(shards).unwrap_or(u8::MAX);
    let (mut low, mut high) = (solved.floor.value, solved.makespan);
    for _ in 0..PROOFS {
        if low >= high || solved.done() {
            return;
        }
        let middle = low + (high - low) / 2;
        match fit(falling, count, middle, PROOF_STEPS) {
            Outcome::Fits(place) => {
                let shard_of = place.into_iter().map(u32::from).collect();
                solved.accept(falling, shards, shard_of);
                high = solved.makespan.min(middle);
            }
            Outcome::Never => {
                low = middle + 1;
                solved.floor = solved.floor.or(low, BoundKind::Search);
            }
            // Neither found nor excluded: see what can be proved below.
            Outcome::Unknown => high = middle,
        }
    }
}

/// The largest load.
pub(crate) fn longest(falling: &[u64], shards: u32, shard_of: &[u32]) -> u64 {
    let mut loads = vec![0u64; shards as usize];
    for (&size, &shard) in falling.iter().zip(shard_of) {
        loads[shard as usize] += size;
    }
    loads.into_iter().max().unwrap_or(0)
}
