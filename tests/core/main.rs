//! Tests of the library.

mod junit;
mod pack;
mod plan;
mod support;
