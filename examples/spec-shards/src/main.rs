//! Prints one shard of a list of end-to-end specs, balanced by their JUnit history.
//!
//! `spec-shards I/N LIST REPORT...`: the specs of shard I of N go to standard output, in the
//! order of the list; all else that there is to say goes to standard error.

use std::error::Error;
use std::ffi::OsString;
use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use evenshard::estimate::Estimates;
use evenshard::history::History;
use evenshard::ingest::{self, Source};
use evenshard::pack::Split;
use evenshard::suite::{Alignment, Suite};
use evenshard::{Micros, NodeId, Plan, Planner, Shard, Warning};

const USAGE: &str = "usage: spec-shards I/N LIST REPORT...";

/// The exit code for an argument that is missing or wrong.
const WRONG_USAGE: u8 = 2;

fn main() -> ExitCode {
    let mut talk = io::stderr().lock();
    let arguments = match Arguments::read(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(error) => return failed(&mut talk, &error, WRONG_USAGE),
    };
    match run(&arguments, &mut io::stdout().lock(), &mut talk) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&mut talk, &error, 1),
    }
}

fn failed(talk: &mut impl Write, error: &dyn Display, code: u8) -> ExitCode {
    // Where standard error is closed, the exit code has to do.
    let _ = writeln!(talk, "spec-shards: error: {error}");
    ExitCode::from(code)
}

/// What was typed.
struct Arguments {
    shard: Shard,
    list: PathBuf,
    reports: Vec<PathBuf>,
}

impl Arguments {
    fn read(mut typed: impl Iterator<Item = OsString>) -> Result<Self, Box<dyn Error>> {
        let shard = typed.next().ok_or(USAGE)?;
        Ok(Self {
            // `3/20`, counted from 1; what is not in range is an error that says so.
            shard: shard.to_string_lossy().parse()?,
            list: typed.next().ok_or(USAGE)?.into(),
            reports: typed.map(PathBuf::from).collect(),
        })
    }
}

fn run(
    arguments: &Arguments,
    out: &mut impl Write,
    talk: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let list = fs::read_to_string(&arguments.list).map_err(in_file(&arguments.list))?;
    let specs: Vec<&str> = list.lines().filter(|l| !l.trim().is_empty()).collect();
    if specs.is_empty() {
        return Err(format!("{}: names no spec", arguments.list.display()).into());
    }

    let (history, warnings) = read_reports(&arguments.reports)?;
    for warning in warnings {
        writeln!(talk, "spec-shards: warning: {warning}")?;
    }
    let plan = plan(&specs, &history, arguments.shard)?;

    let here = |spec: &&&str| plan.selects(arguments.shard, &NodeId::parse(spec));
    let mine = specs.iter().filter(here);
    for spec in mine {
        writeln!(out, "{spec}")?;
    }
    Ok(certify(&plan, arguments.shard, talk)?)
}

/// What earlier builds left, and what was odd about it.
///
/// A file that cannot be opened stops the job, since jobs that read different reports would
/// make different plans. What is wrong inside a file is the same for all jobs: a warning.
fn read_reports(paths: &[PathBuf]) -> Result<(History, Vec<Warning>), Box<dyn Error>> {
    let mut history = History::new();
    let mut warnings = Vec::new();
    for path in paths {
        let file = File::open(path).map_err(in_file(path))?;
        let name = path.display().to_string();
        let summary = ingest::read(file, Source::named(&name), &mut history);
        warnings.extend(summary.warnings);
    }
    Ok((history, warnings))
}

/// The plan of all shards. It depends on nothing but the list and the reports, so that all
/// jobs come to the same one without talking to each other.
fn plan(specs: &[&str], history: &History, shard: Shard) -> Result<Plan, evenshard::Error> {
    // Reports often name specs from another folder than the list does: `cart.spec.ts` for
    // `e2e/cart.spec.ts`.
    let history = Alignment::find(specs.iter().copied(), history).apply(history);
    Planner::new(shard.count().get())?
        // The runner is given files, so no file can be cut. What a suite reports to have taken
        // has its set-up in it.
        .split(Split::File)
        .setup_cost(Micros::ZERO)
        .plan(&Suite::from_list(
            specs.iter().copied(),
            &Estimates::new(&history),
        ))
}

/// Says what the plan is worth, and its digest, by which jobs can be compared.
fn certify(plan: &Plan, shard: Shard, talk: &mut impl Write) -> io::Result<()> {
    let content = plan.content();
    let matched = content.matched;
    let time = content.shards.get(shard.index() as usize);
    let time = time.map_or(Micros::ZERO, |planned| planned.predicted_us);
    writeln!(
        talk,
        "spec-shards: shard {shard} takes about {time}; {} of {} specs have timings",
        matched.known, matched.tests
    )?;
    writeln!(talk, "spec-shards: {}", content.certificate)?;
    writeln!(talk, "spec-shards: plan {:.12}", plan.digest())
}

/// Names the file in an error that does not.
fn in_file(path: &Path) -> impl FnOnce(io::Error) -> String {
    move |error| format!("{}: {error}", path.display())
}
