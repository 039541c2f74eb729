//! The `evenshard` binary.

fn main() {}
