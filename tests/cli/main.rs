//! Tests of the command line.

mod agreement;
mod bad_input;
mod explain;
mod planning;
mod pytest;
mod select;
mod support;
mod timings;
