//! Tests of the library.

mod junit;
