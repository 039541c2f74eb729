//! Tests of the store, by behaviour.

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
