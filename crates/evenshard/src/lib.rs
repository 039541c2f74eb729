//! Timing-aware sharding of test suites.

pub mod error;
mod micros;
pub mod pack;
mod shard;

pub use error::{Error, ErrorKind, Location, Warning};
pub use micros::Micros;
pub use shard::Shard;
