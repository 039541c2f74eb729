//! Tests of the command line.

mod pytest;
