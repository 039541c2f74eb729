//! docs/threats.md: each promise that is made there about untrusted input.

mod folders;
mod names;
mod paths;
#[cfg(unix)]
mod streams;
