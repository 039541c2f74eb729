//! Tests of the library.

mod junit;
mod pack;
