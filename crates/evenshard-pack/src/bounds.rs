//! Lower bounds: times that no plan can beat, cheapest first.

mod floor;
mod lifted;
mod setup;
mod simple;

use std::num::NonZeroU32;

pub(crate) use floor::Floor;
pub(crate) use lifted::lifted;
pub(crate) use simple::simple;

use crate::certificate::Bound;
use crate::falling::fall;
use crate::items::Items;
use crate::options::Split;
use crate::problem::Problem;

/// Returns a time that no plan of `problem` on so many shards can beat, from sums and sizes
/// alone.
///
/// ```
/// use std::num::NonZeroU32;
/// use evenshard_pack::{BoundKind, Micros, Problem, Split, lower_bound};
/// let two = NonZeroU32::MIN.saturating_add(1);
/// let problem = Problem::flat([9, 2, 2].map(Micros::new));
/// let bound = lower_bound(&problem, Split::Auto, two);
/// assert_eq!((bound.time, bound.kind), (Micros::new(9), BoundKind::Longest));
/// ```
pub fn lower_bound(problem: &Problem, split: Split, shards: NonZeroU32) -> Bound {
    let items = Items::new(problem, split);
    floor(&items, shards.get()).in_micros(items.scale)
}

/// The bound of items with setup costs.
pub(crate) fn floor(items: &Items, shards: u32) -> Floor {
    // Without shared setup the plain bounds are sharper.
    if items.independent() {
        let alone: Vec<u64> = (0..items.len()).map(|item| items.alone(item)).collect();
        simple(&fall(&alone).0, shards)
    } else {
        setup::setup(items, shards)
    }
}
