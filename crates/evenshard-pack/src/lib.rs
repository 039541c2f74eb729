#![doc = include_str!("../README.md")]
//!
//! # Steps
//!
//! 1. The problem is reduced to the finest units of its [`Split`], and [`lower_bound`] says what
//!    no plan can beat.
//! 2. Units that share no setup are the plain problem: greedy, MULTIFIT, pairs of shards,
//!    neighbourhoods, proofs.
//! 3. Else files are kept whole while they fit into the bound and cut at class borders where
//!    they do not; the pieces are packed as in the plain problem; the fullest shard gives
//!    pieces away, or parts of them; two shards split one file anew; whole parts are exchanged.
//!    Where all that stays more than a thousandth above the bound, another way to cut is tried.
//! 4. Where items longer than a fair share set the pace, the rest is planned again for the
//!    other shards, so that no shard is filled up to the longest for nothing.
//! 5. With [`Options::previous`], that plan is kept and repaired no more than needed.
//! 6. With [`Options::groups`], atoms that share a shard are contracted to one, and those that
//!    run everywhere to a constant, before all this.
//! 7. With several [`Workers`] a shard, a shard's time is that of its workers.
//! 8. With [`Options::shared`], the atoms that need a costly setup are tried on one shard, on
//!    two, on as few as can hold them, and wherever they balance best.
//! 9. With [`Options::untimed`], files of atoms that nobody has timed are spread thin.
//!
//! # Guarantees
//!
//! - Every atom is on exactly one shard, or on all of them, and no unit of the split is cut.
//! - [`Certificate::lower_bound`] holds for every plan under the same split and setup costs.
//! - Never worse than [`Algorithm::Lpt`] under the same options; without setup costs thus at
//!   most 4/3 - 1/(3m) of the optimum. With a previous plan at most a hundredth above the
//!   bound or the fresh plan.
//! - The same problem and options give the same packing, everywhere: integers only, every budget
//!   is a count, one thread. Memory grows with the number of atoms and of shards.
//!
//! # Features
//!
//! `serde` adds `Serialize` and `Deserialize` to durations, options and certificates. Without it
//! the crate depends on the standard library alone.

mod balance;
mod bounds;
mod certificate;
mod error;
mod falling;
mod files;
pub mod flat;
mod groups;
mod items;
mod level;
mod loads;
mod micros;
mod newcomers;
mod options;
mod packer;
mod packing;
mod problem;
mod shard;
mod shared;
mod single;
mod sizing;
mod steady;
mod workers;

pub use balance::balance;
pub use bounds::lower_bound;
pub use certificate::{Bound, BoundKind, Certificate};
pub use error::Error;
pub use micros::Micros;
pub use options::{Algorithm, Distribution, Groups, Options, SharedSetup, Split, Workers};
pub use packing::Packing;
pub use problem::{Atom, Class, File, Problem};
pub use shard::{RunsOn, Shard};
pub use sizing::{Obstacle, Sized, Target, longest_unit, smallest_shards};
