#![doc = include_str!("../README.md")]
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
mod bisect;
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
