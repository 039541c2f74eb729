//! Tests of the store, by behaviour.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails; helpers outside #[test] as well"
)]

mod check;
mod clouds;
mod content;
mod errors;
mod folder;
mod history;
mod layout;
mod mask;
mod moto;
mod once;
mod outages;
mod prune;
mod server;
mod support;
mod tools;
mod tree;
mod untrusted;
