//! Timing-aware sharding of test suites.

pub mod error;
#[cfg(feature = "junit")]
pub mod junit;
mod micros;
mod shard;

pub use error::{Error, ErrorKind, Location, Warning};
pub use micros::Micros;
pub use shard::Shard;
