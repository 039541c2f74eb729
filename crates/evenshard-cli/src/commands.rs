//! One command a file; each turns settled arguments into calls of the library.

pub(crate) mod completions;
pub(crate) mod exec;
pub(crate) mod explain;
pub(crate) mod man;
pub(crate) mod plan;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod select;
pub(crate) mod timings;
pub(crate) mod verify;
