//! `evenshard timings show --flaky`

use std::fmt::Write as _;

use evenshard::address::likely_node_id;
use evenshard::history::{Build, FlakyTest, History};
use evenshard_report::escape::printable;
use evenshard_report::words::{counted, day, grouped};
use serde::Serialize;

use crate::values::Format;

/// The output.
#[derive(Debug, Serialize)]
struct Listed<'h> {
    version: u32,
    /// The number of builds in the history.
    builds: usize,
    flaky: Vec<Row<'h>>,
}

#[derive(Debug, Serialize)]
struct Row<'h> {
    classname: &'h str,
    name: &'h str,
    builds: u32,
    failed: u32,
    passed: u32,
    last_failure: When,
}

#[derive(Debug, Serialize)]
struct When {
    build: Option<String>,
    begun_ms: Option<i64>,
}

impl From<FlakyTest<'_>> for When {
    fn from(test: FlakyTest<'_>) -> Self {
        let Build { id, begun_ms, .. } = test.last_failure;
        Self {
            build: id,
            begun_ms,
        }
    }
}

/// Lists the tests whose outcomes differ between attempts or builds.
pub(super) fn render(history: &History, format: Format) -> String {
    let rows = history.flaky().into_iter().map(|test| Row {
        classname: test.classname,
        name: test.name,
        builds: test.builds,
        failed: test.failed,
        passed: test.passed,
        last_failure: test.into(),
    });
    let listed = Listed {
        version: 1,
        builds: history.builds().len(),
        flaky: rows.collect(),
    };
    match format {
        Format::Json => serde_json::to_string_pretty(&listed).unwrap_or_default() + "\n",
        Format::Text => table(&listed),
    }
}

fn table(listed: &Listed<'_>) -> String {
    let builds = counted(listed.builds, "build");
    if listed.flaky.is_empty() {
        return format!("no flaky test in {builds}\n");
    }
    let mut text = String::from("failed  passed  builds  last failure            test\n");
    for row in &listed.flaky {
        let _ = writeln!(
            text,
            "{:>6}  {:>6}  {:>6}  {:<22}  {}",
            grouped(row.failed),
            grouped(row.passed),
            grouped(row.builds),
            printable(&when(&row.last_failure)),
            printable(&likely_node_id(&format!("{}::{}", row.classname, row.name))),
        );
    }
    let flaky = counted(listed.flaky.len(), "flaky test");
    let _ = writeln!(text, "{flaky} in {builds}");
    text
}

/// Names a build by its day, its name, or both.
fn when(when: &When) -> String {
    match (when.begun_ms.and_then(day), &when.build) {
        (Some(day), Some(build)) => format!("{day} {build}"),
        (Some(day), None) => day,
        (None, Some(build)) => build.clone(),
        (None, None) => "-".to_owned(),
    }
}
