//! Tests of the command line.

mod bad_input;
mod explain;
mod planning;
mod pytest;
mod select;
mod support;
mod timings;
