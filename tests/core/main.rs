//! Tests of the library.

mod history;
mod junit;
mod pack;
mod plan;
mod support;
