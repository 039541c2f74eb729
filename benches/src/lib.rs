//! Seeded generators and helpers that the benchmarks share.

pub mod clock;
pub mod families;
pub mod random;
pub mod reports;
pub mod suites;
