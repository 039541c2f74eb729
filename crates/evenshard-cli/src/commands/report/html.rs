//! The report as one HTML page.

use evenshard::report::Report;

use crate::failure::Failure;

/// The whole page.
pub(super) fn render(report: &Report) -> Result<String, Failure> {
    let _ = report;
    Ok(String::new())
}
