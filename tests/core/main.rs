//! Tests of the library.

mod pack;
