//! The commands, one per file. Each takes its settings, calls the library and prints text.

#[cfg(feature = "store")]
pub(crate) mod build;
pub(crate) mod completions;
pub(crate) mod exec;
pub(crate) mod explain;
pub(crate) mod init;
pub(crate) mod man;
pub(crate) mod plan;
pub(crate) mod quarantine;
#[cfg(feature = "store")]
pub(crate) mod read;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod select;
pub(crate) mod shards;
pub(crate) mod store;
pub(crate) mod timings;
pub(crate) mod verify;
