//! The store: what the jobs of a build share.

mod annotations;
#[cfg(feature = "store")]
mod bucket;
mod builds;
mod ci;
mod clouds;
mod commands;
mod coverage;
mod example;
mod faults;
mod features;
mod retries;
mod seed;
#[cfg(feature = "store")]
#[path = "../store/server.rs"]
#[allow(dead_code, reason = "the tests of the store use all of it")]
mod server;
mod zones;
