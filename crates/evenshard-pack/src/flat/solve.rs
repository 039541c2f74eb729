//! The pipeline of the plain problem: greedy, MULTIFIT, pair re-split, neighbourhoods and
//! bounded proofs, each only while the makespan is more than a ten-thousandth above the best
//! lower bound.
//!
//! - Source: those of its parts; the order and the budgets are by measurement
//!   (docs/balancing.md, "What each part is worth").
//! - Complexity: O(n log n + 12 n log m), and searches of bounded steps: at most 40 m pairs and
//!   40 m neighbourhoods, or 20,000 and 1,000 if that is more.
//! - Guarantee: never worse than [`lpt`], nor than MULTIFIT where there are at most 64
//!   items a shard; the bound holds for every plan.
//!
//! Worked example, Graham's worst case for three shards: 5, 5, 4, 4, 3, 3, 3. Greedy makes 11,
//! the even share is 9, and MULTIFIT finds 5 + 4, 5 + 4 and 3 + 3 + 3.

use crate::bounds::{Floor, lifted, simple};
use crate::certificate::BoundKind;
use crate::flat::bins::Bins;
use crate::flat::complete::{Outcome, fit};
use crate::flat::lpt::lpt;
use crate::flat::multifit::{makespan, multifit};
use crate::flat::neighbourhood::search;
use crate::flat::resplit::resplit;
use crate::problem::count;

/// The parts of the pipeline that run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// All of them.
    Full,
    /// All but the searches: a start for local search.
    Quick,
}

/// A packing of items by rank, and a bound that holds for all packings.
#[derive(Clone, Debug)]
pub(crate) struct Solved {
    pub(crate) shard_of: Vec<u32>,
    pub(crate) makespan: u64,
    pub(crate) floor: Floor,
}

// The budgets are round numbers, chosen against the published families of `scripts/performance
// pack`: docs/performance.md has the gaps and times that they lead to.

/// The most items a shard for MULTIFIT: beyond, the pair re-split alone is better and faster.
const MULTIFIT_RATIO: usize = 64;
/// Calls of the pair re-split: so many, or so many a shard if that is more.
const RESPLITS: (u32, u32) = (20_000, 40);
/// Calls of the pair re-split where local search goes on from there.
const QUICK_RESPLITS: u32 = 4_000;
/// Tries of the neighbourhood search: so many, or so many a shard if that is more.
const TRIES: (u32, u32) = (1_000, 40);
/// Steps of bin completion in one try.
const TRY_STEPS: u32 = 500;
/// Tries of the neighbourhood search between rounds of local search, and steps in one try.
const QUICK_TRIES: (u32, u32) = (200, 1_000);
/// Proofs that are tried, one after the other, and steps of bin completion in one proof.
const PROOFS: (u32, u32) = (20, 50_000);
/// The most items and shards for which proofs are tried.
const PROOF_SIZE: (usize, u32) = (120, 60);

/// The makespan that ends the pipeline: a ten-thousandth above the bound.
fn near(floor: u64) -> u64 {
    floor.saturating_add(floor / 10_000)
}

/// Packs falling sizes onto shards.
pub(crate) fn solve(falling: &[u64], shards: u32, effort: Effort) -> Solved {
    // Shards beyond the number of items stay empty.
    let m = shards.min(count(falling.len())).max(1);
    let shard_of = lpt(falling, m);
    let mut solved = Solved {
        makespan: makespan(falling, m, &shard_of),
        shard_of,
        floor: simple(falling, m),
    };
    if solved.done() {
        return solved;
    }
    // Only now: these bounds take longer than greedy itself.
    solved.floor = lifted(falling, m, solved.floor);
    if !solved.done() && falling.len() / m as usize <= MULTIFIT_RATIO {
        let (low, high) = (solved.floor.value, solved.makespan);
        if let Some(shard_of) = multifit(falling, m, low, high) {
            solved.accept(falling, m, shard_of);
        }
    }
    if !solved.done() {
        let found = exchange(&solved, falling, m, effort);
        solved.accept(falling, m, found);
    }
    if effort == Effort::Full && falling.len() <= PROOF_SIZE.0 && m <= PROOF_SIZE.1 {
        prove(&mut solved, falling, m);
    }
    solved
}

impl Solved {
    fn done(&self) -> bool {
        self.makespan <= near(self.floor.value)
    }

    fn accept(&mut self, falling: &[u64], shards: u32, shard_of: Vec<u32>) {
        let makespan = makespan(falling, shards, &shard_of);
        if makespan < self.makespan {
            self.makespan = makespan;
            self.shard_of = shard_of;
        }
    }
}

/// Pairs, then neighbourhoods, from the best so far.
fn exchange(solved: &Solved, falling: &[u64], shards: u32, effort: Effort) -> Vec<u32> {
    let target = near(solved.floor.value);
    let mut bins = Bins::new(falling, shards, &solved.shard_of);
    // More shards have more pairs.
    let of = |budget: (u32, u32)| budget.0.max(budget.1.saturating_mul(shards));
    if effort == Effort::Full {
        resplit(&mut bins, target, of(RESPLITS));
        search(&mut bins, target, of(TRIES), TRY_STEPS);
    } else {
        resplit(&mut bins, target, QUICK_RESPLITS);
    }
    bins.shard_of()
}

/// Pairs and neighbourhoods from a packing on, until it is at most `target`.
pub(crate) fn improve(falling: &[u64], shards: u32, start: &[u32], target: u64) -> Vec<u32> {
    let mut bins = Bins::new(falling, shards, start);
    resplit(&mut bins, target, QUICK_RESPLITS);
    search(&mut bins, target, QUICK_TRIES.0, QUICK_TRIES.1);
    bins.shard_of()
}

/// Bounded proofs by bisection: a time that is proved too short raises the bound, and one
/// that is not comes with a packing.
fn prove(solved: &mut Solved, falling: &[u64], shards: u32) {
    let count = u8::try_from(shards).unwrap_or(u8::MAX);
    let (mut low, mut high) = (solved.floor.value, solved.makespan);
    for _ in 0..PROOFS.0 {
        if low >= high || solved.done() {
            return;
        }
        let middle = low + (high - low) / 2;
        match fit(falling, count, middle, PROOFS.1) {
            Outcome::Fits(found) => {
                let shard_of = found.into_iter().map(u32::from).collect();
                solved.accept(falling, shards, shard_of);
                high = solved.makespan.min(middle);
            }
            Outcome::Never => {
                low = middle + 1;
                solved.floor = solved.floor.or(low, BoundKind::Search);
            }
            // Neither found nor excluded: shorter times may be easier to exclude.
            Outcome::Unknown => high = middle,
        }
    }
}
