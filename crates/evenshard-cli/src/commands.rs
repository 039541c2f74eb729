//! One command a file; each turns settled arguments into calls of the library.

pub mod completions;
pub mod exec;
pub mod explain;
pub mod man;
pub mod plan;
pub mod report;
pub mod run;
pub mod select;
pub mod timings;
pub mod verify;
