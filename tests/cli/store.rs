//! The store: what the jobs of a build share.

mod annotations;
mod builds;
mod ci;
mod commands;
mod example;
mod faults;
mod features;
mod retries;
mod seed;
mod zones;
