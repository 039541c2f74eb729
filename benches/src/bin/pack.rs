//! Prints how well and how fast the packing core does, as Markdown.
//!
//! `cargo run --release -p evenshard-benches --bin pack`

use std::io::{self, Write};
use std::num::NonZeroU32;
use std::time::Duration;

use evenshard::Micros;
use evenshard::pack::{Algorithm, Options, Problem, Split, balance};
use evenshard_benches::clock::timed;
use evenshard_benches::families::{self, Family};
use evenshard_benches::suites::{Shape, suite};

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    plain(&mut out)?;
    grouped(&mut out)?;
    large(&mut out)
}

/// Makespan over the bound with set-up costs, beside what simpler ways come to.
fn grouped(out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "\n| tests, shards, set-up | test-level LPT | contiguous chunks | file-level LPT | evenshard | worst | extra work | files cut | CPU |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|---|")?;
    let kinds = [
        (1_000, 20, 500, 0),
        (10_000, 20, 50, 0),
        (10_000, 20, 500, 0),
        (10_000, 20, 500, 200),
        (10_000, 100, 0, 0),
        (10_000, 100, 500, 0),
        (10_000, 100, 500, 200),
        (100_000, 500, 500, 0),
        (100_000, 500, 500, 200),
    ];
    for (tests, shards, file, class) in kinds {
        let shape = Shape {
            tests,
            per_file: 20,
            file_setup: Micros::from_millis(file),
            class_setup: Micros::from_millis(class),
        };
        let row: Vec<Row> = (0..5)
            .map(|seed| Row::of(&suite(shape, seed), shards))
            .collect();
        let mean = |get: fn(&Row) -> f64| row.iter().map(get).sum::<f64>() / row.len() as f64;
        writeln!(
            out,
            "| {tests}, {shards}, {file}+{class} ms | {:.2} | {:.2} | {:.2} | {:.4} | {:.4} | {:.2} % | {:.1} | {:.1} ms |",
            mean(|row| row.tests),
            mean(|row| row.chunks),
            mean(|row| row.files),
            mean(|row| row.ours),
            row.iter().map(|row| row.ours).fold(0.0, f64::max),
            mean(|row| row.extra) * 100.0,
            mean(|row| row.cut),
            mean(|row| row.cpu),
        )?;
    }
    Ok(())
}

struct Row {
    tests: f64,
    chunks: f64,
    files: f64,
    ours: f64,
    extra: f64,
    cut: f64,
    cpu: f64,
}

impl Row {
    fn of(problem: &Problem, shards: u32) -> Self {
        let count = NonZeroU32::new(shards).unwrap_or(NonZeroU32::MIN);
        let options = |split, algorithm| Options {
            split,
            algorithm,
            previous: None,
        };
        let (found, cpu) =
            timed(|| balance(problem, count, &options(Split::Auto, Algorithm::Auto)));
        let floor = found.certificate.lower_bound.get() as f64;
        let over = |time: Micros| time.get() as f64 / floor;
        let lpt = |split| {
            over(
                balance(problem, count, &options(split, Algorithm::Lpt))
                    .certificate
                    .makespan,
            )
        };
        let work: Micros = found.loads.iter().copied().sum();
        let least = problem.least_work().get() as f64;
        Self {
            tests: lpt(Split::Test),
            chunks: over(chunks(problem, shards)),
            files: lpt(Split::File),
            ours: over(found.certificate.makespan),
            extra: work.get() as f64 / least - 1.0,
            cut: files_cut(problem, &found.shard_of) as f64,
            cpu: cpu.as_secs_f64() * 1e3,
        }
    }
}

/// Contiguous chunks of nearly equal duration, in the order of the suite.
fn chunks(problem: &Problem, shards: u32) -> Micros {
    let all: u64 = problem.atoms().iter().map(|atom| atom.duration.get()).sum();
    let mut before = 0;
    let shard = |duration: u64| {
        let middle = before + duration / 2;
        before += duration;
        u32::try_from(u128::from(middle) * u128::from(shards) / u128::from(all.max(1))).unwrap_or(0)
    };
    let durations = problem.atoms().iter().map(|atom| atom.duration.get());
    let shard_of: Vec<u32> = durations
        .map(shard)
        .map(|shard| shard.min(shards - 1))
        .collect();
    problem
        .loads(&shard_of, shards)
        .into_iter()
        .max()
        .unwrap_or_default()
}

/// How many files have atoms on several shards.
fn files_cut(problem: &Problem, shard_of: &[u32]) -> usize {
    let file = |at: usize| problem.classes()[problem.atoms()[at].class as usize].file;
    let mut cut: Vec<u32> = (1..shard_of.len())
        .filter(|&at| file(at) == file(at - 1) && shard_of[at] != shard_of[at - 1])
        .map(file)
        .collect();
    cut.dedup();
    cut.len()
}

/// The kernel counts CPU time in ticks of some milliseconds, so runs are timed together.
const RUNS: u32 = 10;

/// CPU time from durations to plan, on large suites.
fn large(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\n| suite | shards | gap | CPU |\n|---|---|---|---|")?;
    let free = |tests, per_file, setup| Shape {
        tests,
        per_file,
        file_setup: Micros::from_millis(setup),
        class_setup: Micros::ZERO,
    };
    let durations =
        |problem: &Problem| Problem::flat(problem.atoms().iter().map(|atom| atom.duration));
    let million = suite(free(1_000_000, 20, 0), 1);
    let cases = [
        ("1M tests, no files", durations(&million), 1_000),
        ("1M tests in files, no set-up", million, 1_000),
        (
            "1M tests in files, 50 ms",
            suite(free(1_000_000, 20, 50), 1),
            1_000,
        ),
        (
            "100k tests in 5k files, 500 ms",
            suite(free(100_000, 20, 500), 1),
            100,
        ),
        (
            "100k tests in 5k files, 500 ms",
            suite(free(100_000, 20, 500), 1),
            500,
        ),
        (
            "100k tests in 5k files, 50 ms",
            suite(free(100_000, 20, 50), 1),
            20,
        ),
        (
            "10k tests in 500 files, 500 ms",
            suite(free(10_000, 20, 500), 1),
            20,
        ),
    ];
    for (name, problem, shards) in cases {
        for split in [Split::Auto, Split::Test] {
            let count = NonZeroU32::new(shards).unwrap_or(NonZeroU32::MIN);
            let options = Options {
                split,
                ..Options::default()
            };
            let (found, cpu) = timed(|| {
                let packings = (0..RUNS).map(|_| balance(&problem, count, &options));
                packings.last().unwrap_or_default()
            });
            writeln!(
                out,
                "| {name}, split {split} | {shards} | {:.4} % | {:.1} ms |",
                found.certificate.gap_ppm as f64 / 1e4,
                cpu.as_secs_f64() * 1e3 / f64::from(RUNS),
            )?;
        }
    }
    Ok(())
}

/// Gap to the bound or the planted optimum, family by family.
fn plain(out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "| family | instances | LPT gap, mean | gap, mean | gap, worst | proved | CPU, mean |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|")?;
    let mut total = Score::default();
    for family in families::all(10) {
        let score = Score::of(&family);
        score.row(out, family.name)?;
        total.add(&score);
    }
    total.row(out, "**all**")
}

#[derive(Default)]
struct Score {
    count: usize,
    lpt: f64,
    gap: f64,
    worst: f64,
    proved: usize,
    cpu: Duration,
}

impl Score {
    fn of(family: &Family) -> Self {
        let mut score = Self::default();
        for instance in &family.instances {
            let problem = Problem::flat(instance.sizes.iter().copied().map(Micros::new));
            let shards = NonZeroU32::new(instance.shards).unwrap_or(NonZeroU32::MIN);
            let options = |algorithm| Options {
                split: Split::Test,
                algorithm,
                previous: None,
            };
            let (found, cpu) = timed(|| balance(&problem, shards, &options(Algorithm::Auto)));
            let lpt = balance(&problem, shards, &options(Algorithm::Lpt))
                .certificate
                .makespan;
            let floor = found
                .certificate
                .lower_bound
                .get()
                .max(instance.optimum.unwrap_or(0));
            let over = |time: Micros| time.get() as f64 / floor.max(1) as f64 - 1.0;
            let gap = over(found.certificate.makespan);
            score.add(&Self {
                count: 1,
                lpt: over(lpt),
                gap,
                worst: gap,
                proved: usize::from(found.certificate.proved_optimal),
                cpu,
            });
        }
        score
    }

    fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.lpt += other.lpt;
        self.gap += other.gap;
        self.worst = self.worst.max(other.worst);
        self.proved += other.proved;
        self.cpu += other.cpu;
    }

    fn row(&self, out: &mut impl Write, name: &str) -> io::Result<()> {
        let mean = |sum: f64| 100.0 * sum / self.count as f64;
        writeln!(
            out,
            "| {name} | {} | {:.3} % | {:.4} % | {:.3} % | {:.1} % | {:.2} ms |",
            self.count,
            mean(self.lpt),
            mean(self.gap),
            100.0 * self.worst,
            mean(self.proved as f64),
            self.cpu.as_secs_f64() * 1e3 / self.count as f64,
        )
    }
}
