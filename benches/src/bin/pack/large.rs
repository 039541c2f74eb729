//! CPU time on large suites.

use std::io::{self, Write};

use evenshard::Micros;
use evenshard::pack::{Options, Problem, Split, balance};
use evenshard_benches::clock::timed;
use evenshard_benches::suites::{Shape, suite};

use crate::{aim, count};

const INTRODUCTION: &str = "## Large suites

CPU time from durations to plan, one thread.";

/// The kernel counts CPU time in ticks of some milliseconds, so runs are timed together.
const RUNS: u32 = 10;

/// The time that a plan may take, in milliseconds: of a million tests, and of a hundred thousand.
const AIM: (f64, f64) = (150.0, 60.0);

/// CPU time from durations to plan, on large suites.
pub(crate) fn large(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{INTRODUCTION}\n")?;
    writeln!(out, "| suite | shards | gap | CPU |\n|---|---|---|---|")?;
    let million = in_files(1_000_000, 0);
    let flat = Problem::flat(million.atoms().iter().map(|atom| atom.duration));
    let dear = in_files(1_000_000, 50);
    let large = in_files(100_000, 500);
    let small = in_files(10_000, 500);
    let mut rows = vec![
        ("1M tests, no files", &flat, 1_000, AIM.0),
        ("1M tests in files, no setup", &million, 1_000, AIM.0),
        ("1M tests in files, 50 ms", &dear, 1_000, AIM.0),
    ];
    let name = "100k tests in 5k files, 500 ms";
    rows.extend([20, 100, 200, 500, 1_000].map(|shards| (name, &large, shards, AIM.1)));
    rows.push(("10k tests in 500 files, 500 ms", &small, 20, AIM.1));
    let mut missed = Vec::new();
    for (name, problem, shards, most) in rows {
        for split in [Split::Auto, Split::Test] {
            if row(out, name, problem, shards, split)? > most {
                missed.push(format!("{name}, split {split}, {shards} shards"));
            }
        }
    }
    let wanted = "150 ms for a million tests on 1,000 shards, and 60 ms for a hundred thousand";
    aim(out, wanted, &missed)
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

/// One suite under one split; what a plan took in milliseconds.
fn row(
    out: &mut impl Write,
    name: &str,
    problem: &Problem,
    shards: u32,
    split: Split,
) -> io::Result<f64> {
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
    let took = cpu.as_secs_f64() * 1e3 / f64::from(RUNS);
    writeln!(
        out,
        "| {name}, split {split} | {shards} | {:.4} % | {took:.1} ms |",
        found.certificate.gap_ppm as f64 / 1e4,
    )?;
    Ok(took)
}
