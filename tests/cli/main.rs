//! Tests of the command line.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails; helpers outside #[test] as well"
)]

mod agreement;
mod bad_input;
mod buildkite;
mod ci_docs;
mod config;
mod docs;
mod exec;
mod explain;
mod flaky;
mod github;
mod init;
mod mistakes;
mod planning;
mod pytest;
mod quarantine;
mod recipes;
mod release;
mod reliability;
mod report;
mod report_html;
mod room;
mod runners;
mod safety;
mod select;
mod shells;
mod sizing;
mod store;
mod support;
mod terminal;
mod timings;
mod verify;
