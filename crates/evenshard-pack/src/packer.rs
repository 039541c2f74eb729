//! The steps that every kind of problem is packed by.

use std::num::NonZeroU32;

use crate::certificate::Bound;
use crate::micros::Micros;
use crate::packing::Packing;

/// One problem under its options, to be packed onto any number of shards.
pub(crate) trait Packer {
    /// The number of units to place.
    fn units(&self) -> u32;

    /// The longest unit that nothing can cut: its atoms, ascending, and its time with setup.
    fn longest(&self) -> (Vec<usize>, Micros);

    /// A time that no plan on so many shards can beat.
    fn bound(&self, shards: NonZeroU32) -> Bound;

    /// Packs the problem onto so many shards.
    fn pack(&self, shards: NonZeroU32) -> Packing;

    /// The packing with a shard for each unit, of at least as many shards, where `pack` does not
    /// try it.
    fn one_each(&self, _shards: NonZeroU32) -> Option<Packing> {
        None
    }
}
