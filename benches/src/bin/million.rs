//! From a report to a plan, as a job does it: `cargo run --release -p evenshard-benches --bin
//! million [-- 1000000]`. Prints Markdown: CPU time of each step and peak memory.
//!
//! The report is generated from a fixed seed into a temporary file; a process of its own
//! reads it, so that the generator's memory does not count.
#![allow(clippy::print_stdout, reason = "a benchmark prints its results")]

use std::fs::File;
use std::process::Command;

use evenshard::estimate::Estimates;
use evenshard::history::History;
use evenshard::ingest::{self, Source};
use evenshard::suite::Suite;
use evenshard::{Error, Planner};
use evenshard_benches::clock::timed;
use evenshard_benches::reports::{Shape, pytest};

type Failed = Box<dyn std::error::Error>;

fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, path] = arguments.as_slice()
        && flag == "--measure"
    {
        return measure(path);
    }
    let asked: Vec<u64> = arguments.iter().filter_map(|a| a.parse().ok()).collect();
    let sizes = if asked.is_empty() {
        vec![20_000, 200_000, 1_000_000]
    } else {
        asked
    };
    println!(
        "| cases | MB | read into a history | suite with estimates | plan, 100 shards | all | peak memory |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|");
    for cases in sizes {
        let path = std::env::temp_dir().join(format!("evenshard-bench-{}.xml", std::process::id()));
        std::fs::write(&path, pytest(Shape { cases, body: 0 }))?;
        let status = Command::new(std::env::current_exe()?)
            .arg("--measure")
            .arg(&path)
            .status();
        std::fs::remove_file(&path)?;
        assert!(status?.success(), "the measuring process failed");
    }
    Ok(())
}

fn measure(path: &str) -> Result<(), Failed> {
    let file = File::open(path)?;
    let megabytes = file.metadata()?.len() as f64 / 1e6;
    let mut history = History::new();
    let (summary, reading) = timed(|| ingest::read(file, Source::named(path), &mut history));
    assert!(
        summary.warnings.is_empty(),
        "{:?}",
        summary.warnings.first()
    );
    let (suite, estimating) = timed(|| Suite::from_history(&Estimates::new(&history)));
    let (plan, planning) = timed(|| -> Result<_, Error> { Planner::new(100)?.plan(&suite) });
    assert_eq!(plan?.content().matched.tests, history.len() as u64);
    let all = reading + estimating + planning;
    println!(
        "| {} | {megabytes:.0} | {reading:.2?} | {estimating:.2?} | {planning:.2?} | {all:.2?} | {} |",
        summary.cases,
        peak_memory().unwrap_or_else(|| "unknown".to_owned())
    );
    Ok(())
}

/// The most memory that this process had, from the kernel.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(format!("{:.0} MB", kilobytes / 1e3))
}
