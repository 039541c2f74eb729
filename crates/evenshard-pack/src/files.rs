//! Items that share setup costs: files kept whole while they fit, cut where they must be.

mod cut;
mod exchange;
mod layout;
mod plan;
mod polish;
mod repair;
mod shards;
mod swap;

pub(crate) use layout::{Layout, Piece};
pub(crate) use plan::{enough, greedy, mended, plan, touched_up};
pub(crate) use shards::Shards;
