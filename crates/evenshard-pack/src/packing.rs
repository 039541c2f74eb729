//! The result of packing.

use std::num::NonZeroU32;

use crate::certificate::{Bound, Certificate};
use crate::micros::Micros;
use crate::problem::Problem;
use crate::shard::RunsOn;

/// The shard of each atom, and the worth of that plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct Packing {
    /// The shard that runs each atom, or all of them.
    pub shard_of: Vec<RunsOn>,
    /// The time of each shard: its atoms and their setup costs.
    pub loads: Vec<Micros>,
    /// The slowest shard beside a time that no plan under the same split can beat.
    pub certificate: Certificate,
}

impl Packing {
    /// A packing with the loads that its atoms come to.
    pub(crate) fn new(shard_of: Vec<RunsOn>, loads: Vec<Micros>, bound: Bound) -> Self {
        let makespan = loads.iter().copied().max().unwrap_or_default();
        Self {
            shard_of,
            loads,
            certificate: Certificate::new(makespan, bound.time, bound.kind),
        }
    }

    /// The packing of a problem whose shards have one worker each and share nothing but classes
    /// and files: the shard of each atom by its index.
    pub(crate) fn plain(problem: &Problem, on: &[u32], shards: NonZeroU32, bound: Bound) -> Self {
        let shard_of = RunsOn::each(on, shards);
        let loads = problem.loads(&shard_of, shards);
        Self::new(shard_of, loads, bound)
    }

    /// The packing with the lower makespan, this one if both have the same.
    pub(crate) fn or(self, other: Self) -> Self {
        if other.certificate.makespan < self.certificate.makespan {
            other
        } else {
            self
        }
    }

    /// The same packing where every shard that runs anything takes `startup` before its first
    /// atom.
    pub fn with_startup(mut self, startup: Micros) -> Self {
        if startup == Micros::ZERO || self.shard_of.is_empty() {
            return self;
        }
        let mut runs = vec![false; self.loads.len()];
        for on in &self.shard_of {
            runs[on.indices(self.loads.len())].fill(true);
        }
        // A shard without tests starts no session.
        for (load, _) in self.loads.iter_mut().zip(runs).filter(|(_, runs)| *runs) {
            *load += startup;
        }
        let of = self.certificate;
        self.certificate =
            Certificate::new(of.makespan + startup, of.lower_bound + startup, of.bound);
        self
    }
}
