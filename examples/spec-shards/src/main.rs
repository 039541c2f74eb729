//! Prints one shard of a list of end-to-end specs, balanced by their JUnit history.
//!
//! `spec-shards I/N LIST REPORT...`: the specs of shard I of N go to standard output, in the
//! order of the list; all else that there is to say goes to standard error.

use std::error::Error;
use std::ffi::OsString;
use std::fmt::Display;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use evenshard::estimate::Estimates;
use evenshard::history::History;
use evenshard::pack::Split;
use evenshard::suite::{Alignment, Suite};
use evenshard::{Micros, NodeId, Plan, Planner, Shard, ingest};

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

    let shard = arguments.shard;
    let plan = plan(&specs, &arguments.reports, shard, talk)?;
    for spec in specs {
        if plan.selects(shard, &NodeId::parse(spec)) {
            writeln!(out, "{spec}")?;
        }
    }
    Ok(())
}

/// Plans the specs by the reports of earlier builds. A report that cannot be opened stops the job: jobs that read
/// different reports would make different plans.
fn plan(
    specs: &[&str],
    reports: &[PathBuf],
    shard: Shard,
    talk: &mut impl Write,
) -> Result<Plan, Box<dyn Error>> {
    let mut history = History::new();
    for warning in ingest::read_files(reports, &mut history)? {
        writeln!(talk, "spec-shards: warning: {warning}")?;
    }
    // Reports often name specs from another folder than the list does: `cart.spec.ts` for
    // `e2e/cart.spec.ts`.
    let history = Alignment::find(specs.iter().copied(), &history).apply(&history);
    let suite = Suite::from_list(specs.iter().copied(), &Estimates::new(&history));
    let plan = Planner::new(shard.count().get())?
        // The runner takes files, so no file can be cut. The time of a suite in a report has its
        // setup in it.
        .split(Split::File)
        .setup_cost(Micros::ZERO)
        .plan(&suite)?;
    let (time, known) = (plan.predicted(shard), suite.known());
    let all = suite.len();
    writeln!(
        talk,
        "spec-shards: shard {shard} takes about {time}; {known} of {all} specs have timings"
    )?;
    // Jobs can be compared by the digest.
    writeln!(talk, "spec-shards: {}", plan.certificate())?;
    writeln!(talk, "spec-shards: plan {:.12}", plan.digest())?;
    Ok(plan)
}

/// Names the file in an error that does not.
fn in_file(path: &Path) -> impl FnOnce(io::Error) -> String {
    move |error| format!("{}: {error}", path.display())
}
