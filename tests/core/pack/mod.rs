//! The packing core: laws first, against a brute-force twin, then examples.

mod brute;
mod flat;
mod grouped;
mod laws;
mod sizing;
mod steady;
mod workers;
