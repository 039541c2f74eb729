//! A bound in the integers inside.

use crate::certificate::{Bound, BoundKind};
use crate::items::Scale;

/// A [`Bound`] in scaled units.
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

    /// The even share of all work, rounded up.
    pub(crate) fn even(work: u128, shards: u32) -> Self {
        let even = work.div_ceil(u128::from(shards));
        Self {
            value: u64::try_from(even).unwrap_or(u64::MAX),
            kind: BoundKind::Work,
        }
    }

    pub(crate) fn in_micros(self, scale: Scale) -> Bound {
        Bound::new(scale.up(self.value), self.kind)
    }
}
