//! The packing core: laws first, against a brute-force twin, then examples.

mod bonds;
mod brute;
mod documented;
mod flat;
mod grouped;
mod laws;
mod level;
mod shared;
mod sizing;
mod steady;
mod workers;
