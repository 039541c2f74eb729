//! `evenshard run` with real pytest, in the environments of `scripts/venvs`.
//!
//! Most of the time of a start goes into importing pytest, so under `scripts/test` most starts are
//! forks of a process that has done so (`warm_server.py`, [`warm`]). Scenarios whose subject is the
//! process, as of launching, signals or forks, take [`Python::cold`].
//!
//! Each scenario runs a throw-away project once under plain pytest and once in
//! shards, and compares what a witness inside pytest saw. The harness is in
//! [`python`], [`project`], [`check`] and [`report`]; the rest are scenarios.

mod check;
mod project;
pub(crate) mod python;
mod report;

pub(crate) mod shop;
mod zoo;

mod arguments;
mod bisect;
mod collectors;
mod disk;
mod exit_status;
mod failed_only;
mod faults;
mod files;
mod first_build;
mod groups;
mod homes;
mod imports;
mod invisible;
mod launch;
mod meddling;
mod nested;
mod order;
mod own_environment;
mod partition;
mod plugins;
mod proof;
mod quarantine;
mod repeats;
mod selection;
mod setup;
mod several;
mod shared_fixtures;
mod signals;
mod sources;
mod surroundings;
mod unselected;
mod verify;
mod warm;

pub(crate) use check::{Differs, assert_partition, assert_partition_of};
pub(crate) use project::{Outcome, Project};
pub(crate) use python::Python;
pub(crate) use report::Report;
