//! Lower bounds: times that no plan can beat, cheapest first.

mod lifted;
mod setup;
mod simple;

use std::num::NonZeroU32;

use super::certificate::BoundKind;
use super::items::Items;
use super::options::Split;
use super::problem::Problem;
use crate::Micros;

/// A time that no plan can beat, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Bound {
    /// The time.
    pub time: Micros,
    /// The argument behind it.
    pub kind: BoundKind,
}

/// A bound in the integers of [`Items`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Floor {
    pub(crate) value: u64,
    pub(crate) kind: BoundKind,
}

impl Floor {
    /// The higher of two bounds; the first where they are equal, since it is the simpler.
    pub(crate) fn or(self, value: u64, kind: BoundKind) -> Self {
        if value > self.value {
            Self { value, kind }
        } else {
            self
        }
    }
}

/// A time that no plan of `problem` on so many shards can beat, from sums and sizes alone.
///
/// ```
/// use std::num::NonZeroU32;
/// use evenshard::Micros;
/// use evenshard::pack::{BoundKind, Problem, Split, bounds};
/// let two = NonZeroU32::MIN.saturating_add(1);
/// let problem = Problem::flat([9, 2, 2].map(Micros::new));
/// let bound = bounds::lower_bound(&problem, Split::Auto, two);
/// assert_eq!((bound.time, bound.kind), (Micros::new(9), BoundKind::Longest));
/// ```
pub fn lower_bound(problem: &Problem, split: Split, shards: NonZeroU32) -> Bound {
    let items = Items::new(problem, split);
    let floor = floor(&items, shards.get());
    Bound {
        time: Micros::new(items.scale.up(floor.value)),
        kind: floor.kind,
    }
}

/// The cheap bound of the plain problem.
pub(crate) fn simple_floor(falling: &[u64], shards: u32) -> Floor {
    simple::floor(falling, shards)
}

/// A bound of the plain problem from its longest items, or `floor` where that is higher.
pub(crate) fn lifted_floor(falling: &[u64], shards: u32, floor: Floor) -> Floor {
    floor.or(lifted::lifted(falling, shards), BoundKind::Several)
}

/// The cheap bounds of items with set-up costs.
pub(crate) fn floor(items: &Items, shards: u32) -> Floor {
    if items.independent() {
        let alone: Vec<u64> = (0..items.len()).map(|item| items.alone(item)).collect();
        let (falling, _) = super::flat::fall(&alone);
        simple::floor(&falling, shards)
    } else {
        setup::floor(items, shards)
    }
}
