//! Tests of the library.
#![allow(
    clippy::unwrap_used,
    reason = "a test whose set-up fails should stop there"
)]

mod api;
mod architecture;
mod dependencies;
mod history;
mod ingest;
mod junit;
mod pack;
mod plan;
mod record;
mod support;
mod verify;
