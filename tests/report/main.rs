//! Tests of the report.
#![allow(
    clippy::unwrap_used,
    reason = "a test whose setup fails should stop there"
)]

mod escape;
mod figures;
mod markup;
mod palette;
mod words;

/// Compiling is the test: a report may be made on one thread and shown on others.
#[test]
fn a_report_can_be_sent_and_shared() {
    fn shared<T: Send + Sync + Unpin>() {}
    shared::<evenshard_report::Report>();
}
