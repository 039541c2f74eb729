//! The packing core: laws first, against a brute-force twin, then examples.

mod brute;
mod documented;
mod flat;
mod grouped;
mod groups;
mod laws;
mod level;
mod micros;
mod shared;
mod sizing;
mod steady;
mod workers;
