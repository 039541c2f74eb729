//! How fast reports are read: `cargo bench -p evenshard-benches --bench parse [-- 20000 1000000]`.
//!
//! Each report is generated in memory from a fixed seed and read as a whole: bytes to cases,
//! with the digest, and each address interned as a history does. Beside it stand a scan for
//! `<` over the same bytes, which no reader can beat, the reader without interning, and Python's
//! expat where there is a `python3`. Of several runs the fastest counts; one core.
#![allow(clippy::print_stdout, reason = "a benchmark prints its results")]

use std::hint::black_box;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use evenshard::history::{CaseSeen, History};
use evenshard::junit;
use evenshard_benches::reports::{Shape, pytest};

const SIZES: [u64; 4] = [1_000, 20_000, 200_000, 1_000_000];

fn main() {
    let asked: Vec<u64> = std::env::args()
        .filter_map(|arg| arg.parse().ok())
        .collect();
    let sizes = if asked.is_empty() {
        SIZES.to_vec()
    } else {
        asked
    };
    println!(
        "| cases | body in each 10th case | MB | scan, MB/s | read, MB/s | cases/s | interned, MB/s | expat, MB/s |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|---:|");
    for cases in sizes {
        for body in [0, 8 << 10] {
            // 80 KB a case would be 8 GB; large suites print less.
            let body = if cases > 200_000 {
                body.min(2 << 10)
            } else {
                body
            };
            measure(Shape { cases, body });
        }
    }
}

fn measure(shape: Shape) {
    let report = pytest(shape);
    let bytes = report.as_bytes();
    let runs = if bytes.len() > 50_000_000 { 3 } else { 15 };
    let scan = fastest(runs, || memchr::memchr_iter(b'<', black_box(bytes)).count());
    let read = fastest(runs, || {
        let mut cases = 0;
        let result = junit::read(bytes, "bench.xml", &mut |case| {
            cases += u64::from(case.line > 0);
        });
        assert!(result.is_ok_and(|r| r.cases == shape.cases && r.warnings.is_empty()));
        assert_eq!(cases, shape.cases);
    });
    let interned = fastest(runs, || {
        let mut history = History::new();
        let mut report = history.report();
        let result = junit::read(bytes, "bench.xml", &mut |case| {
            report.case(&CaseSeen {
                classname: case.classname,
                name: case.name,
                ..CaseSeen::default()
            });
        });
        assert!(result.is_ok());
        drop(report);
        let tests = history.len() as u64;
        assert!(tests <= shape.cases && tests > shape.cases / 2);
    });
    let mb = bytes.len() as f64 / 1e6;
    let speed = |time: Duration| mb / time.as_secs_f64();
    let rate = |time: Duration| shape.cases as f64 / time.as_secs_f64() / 1e6;
    println!(
        "| {} | {} | {mb:.1} | {:.0} | {:.0} | {:.2} million | {:.0} | {} |",
        shape.cases,
        if shape.body == 0 {
            "none".to_owned()
        } else {
            format!("{} KB", shape.body >> 10)
        },
        speed(scan),
        speed(read),
        rate(read),
        speed(interned),
        expat(bytes).map_or_else(|| "–".to_owned(), |t| format!("{:.0}", speed(t))),
    );
}

fn fastest<T>(runs: usize, mut work: impl FnMut() -> T) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..runs {
        let start = Instant::now();
        black_box(work());
        best = best.min(start.elapsed());
    }
    best
}

/// Python's expat with handlers that look at the attributes of each case, by its own clock.
fn expat(bytes: &[u8]) -> Option<Duration> {
    const SCRIPT: &str = "
import sys, time
from xml.parsers import expat
data = sys.stdin.buffer.read()
seen = []
def start(tag, attributes):
    if tag == 'testcase':
        seen.append((attributes['classname'], attributes['name'], float(attributes['time'])))
parser = expat.ParserCreate()
parser.StartElementHandler = start
begin = time.perf_counter()
parser.Parse(data, True)
print(time.perf_counter() - begin)
";
    let mut child = Command::new("python3")
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(bytes).ok()?;
    let output = child.wait_with_output().ok()?;
    let seconds: f64 = String::from_utf8(output.stdout).ok()?.trim().parse().ok()?;
    Some(Duration::from_secs_f64(seconds))
}
