//! The entry: the packer that a problem needs, run for one number of shards.

use std::num::NonZeroU32;

use crate::options::Options;
use crate::packing::Packing;
use crate::problem::Problem;
use crate::{newcomers, shared};

/// Packs a problem onto so many shards.
///
/// The same problem and options give the same packing, everywhere. Under
/// [`Algorithm::Auto`](crate::Algorithm::Auto) it is never worse than under
/// [`Algorithm::Lpt`](crate::Algorithm::Lpt).
///
/// ```
/// use std::num::NonZeroU32;
/// use evenshard_pack::{Micros, Options, Problem, balance};
/// let problem = Problem::flat([30, 30, 20, 20, 20].map(Micros::from_millis));
/// let two = NonZeroU32::MIN.saturating_add(1);
/// let packing = balance(&problem, two, &Options::default());
/// assert_eq!(packing.loads, [Micros::from_millis(60), Micros::from_millis(60)]);
/// assert!(packing.certificate.proved_optimal);
/// ```
pub fn balance(problem: &Problem, shards: NonZeroU32, options: &Options<'_>) -> Packing {
    newcomers::spread(problem, shards, options)
        .unwrap_or_else(|| shared::packer(problem, *options).pack(shards))
}
