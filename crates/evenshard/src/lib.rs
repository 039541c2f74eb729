//! Timing-aware sharding of test suites.

pub mod address;
pub mod error;
pub mod estimate;
pub mod history;
#[cfg(feature = "junit")]
pub mod ingest;
mod intern;
#[cfg(feature = "junit")]
pub mod junit;
mod micros;
pub mod pack;
pub mod plan;
mod shard;
pub mod suite;

pub use address::{Address, NodeId};
pub use error::{Error, ErrorKind, Location, Warning};
pub use micros::Micros;
pub use plan::{Plan, Planner};
pub use shard::Shard;
