//! How fast reports are read: `cargo bench -p evenshard-benches --bench parse [-- 20000 1000000]`.
//!
//! Each report is generated in memory from a fixed seed and read as a whole: bytes to cases,
//! with the digest, and each address interned as the planner does. Beside it stand a scan for
//! `<` over the same bytes, which no reader can beat, the reader without interning, and Python's
//! expat where there is a `python3`. Of several runs the fastest counts; one core.
#![allow(clippy::print_stdout, reason = "a benchmark prints its results")]

use std::hint::black_box;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

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
        let mut names = Interner::default();
        let result = junit::read(bytes, "bench.xml", &mut |case| {
            names.intern(case.classname, case.name);
        });
        assert!(result.is_ok());
        assert!(
            names.ends.len() as u64 <= shape.cases && names.ends.len() as u64 > shape.cases / 2
        );
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

/// Addresses in one text, found by an open hash table: no allocation per address.
#[derive(Default)]
struct Interner {
    text: String,
    ends: Vec<usize>,
    /// Hash and number, counted from 1; the number 0 is a free slot.
    table: Vec<(u32, u32)>,
}

impl Interner {
    fn intern(&mut self, classname: &str, name: &str) -> usize {
        if self.table.len() < self.ends.len() * 2 + 16 {
            self.grow();
        }
        let hash = hash(classname.as_bytes(), name.as_bytes());
        let mask = self.table.len() - 1;
        let mut slot = hash as usize & mask;
        while let (known, id @ 1..) = self.table[slot] {
            if known == hash && self.is(id as usize - 1, classname, name) {
                return id as usize - 1;
            }
            slot = (slot + 1) & mask;
        }
        self.text.push_str(classname);
        self.text.push('\0');
        self.text.push_str(name);
        self.ends.push(self.text.len());
        self.table[slot] = (hash, u32::try_from(self.ends.len()).unwrap_or(u32::MAX));
        self.ends.len() - 1
    }

    fn is(&self, id: usize, classname: &str, name: &str) -> bool {
        let start = id.checked_sub(1).map_or(0, |before| self.ends[before]);
        let rest = self.text[start..self.ends[id]].strip_prefix(classname);
        rest.and_then(|rest| rest.strip_prefix('\0')) == Some(name)
    }

    fn grow(&mut self) {
        let len = (self.table.len() * 2).max(1_024);
        let mut table = vec![(0, 0); len];
        for &(hash, id) in self.table.iter().filter(|(_, id)| *id > 0) {
            let mut slot = hash as usize & (len - 1);
            while table[slot].1 > 0 {
                slot = (slot + 1) & (len - 1);
            }
            table[slot] = (hash, id);
        }
        self.table = table;
    }
}

fn hash(classname: &[u8], name: &[u8]) -> u32 {
    let mix =
        |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    let mut hash = 0_u64;
    for part in [classname, name] {
        let (words, rest) = part.as_chunks::<8>();
        hash = words
            .iter()
            .fold(hash, |hash, word| mix(hash, u64::from_le_bytes(*word)));
        // What is left over, with some of what was already seen.
        let last = part.last_chunk::<8>().map_or_else(
            || {
                rest.iter()
                    .fold(0, |word, byte| word << 8 | u64::from(*byte))
            },
            |word| u64::from_le_bytes(*word),
        );
        hash = mix(hash, last);
    }
    u32::try_from(hash >> 32).unwrap_or(0)
}
