//! Items that share set-up costs: files kept whole while they fit, cut where they must be.

mod cut;

pub(crate) use cut::{Piece, cost, cut};
