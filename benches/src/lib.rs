//! Seeded generators and helpers that the benchmarks share.

pub mod reports;
