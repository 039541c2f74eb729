//! CPU time on large suites.

use std::io::{self, Write};

use evenshard::Micros;
use evenshard::pack::{Options, Problem, Split, balance};
use evenshard_benches::clock::timed;
use evenshard_benches::suites::{Shape, suite};

use crate::count;

const INTRODUCTION: &str = "## Large suites

CPU time from durations to plan, one thread.";

/// The kernel counts CPU time in ticks of some milliseconds, so runs are timed together.
const RUNS: u32 = 10;

/// CPU time from durations to plan, on large suites.
pub(crate) fn large(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{INTRODUCTION}\n")?;
    writeln!(out, "| suite | shards | gap | CPU |\n|---|---|---|---|")?;
    let million = in_files(1_000_000, 0);
    let durations = million.atoms().iter().map(|atom| atom.duration);
    row(out, "1M tests, no files", &Problem::flat(durations), 1_000)?;
    row(out, "1M tests in files, no set-up", &million, 1_000)?;
    row(
        out,
        "1M tests in files, 50 ms",
        &in_files(1_000_000, 50),
        1_000,
    )?;
    let large = in_files(100_000, 500);
    for shards in [20, 100, 200, 500, 1_000] {
        row(out, "100k tests in 5k files, 500 ms", &large, shards)?;
    }
    row(
        out,
        "10k tests in 500 files, 500 ms",
        &in_files(10_000, 500),
        20,
    )
}

fn in_files(tests: usize, setup: u64) -> Problem {
    let shape = Shape {
        tests,
        per_file: 20,
        file_setup: Micros::from_millis(setup),
        class_setup: Micros::ZERO,
    };
    suite(shape, 1)
}

/// One suite under both splits that may cut everything.
fn row(out: &mut impl Write, name: &str, problem: &Problem, shards: u32) -> io::Result<()> {
    for split in [Split::Auto, Split::Test] {
        let options = Options {
            split,
            ..Options::default()
        };
        let (found, cpu) = timed(|| {
            let mut packing = balance(problem, count(shards), &options);
            for _ in 1..RUNS {
                packing = balance(problem, count(shards), &options);
            }
            packing
        });
        writeln!(
            out,
            "| {name}, split {split} | {shards} | {:.4} % | {:.1} ms |",
            found.certificate.gap_ppm as f64 / 1e4,
            cpu.as_secs_f64() * 1e3 / f64::from(RUNS),
        )?;
    }
    Ok(())
}
