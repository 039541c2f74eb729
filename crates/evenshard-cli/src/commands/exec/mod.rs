//! `evenshard exec`: run one shard's lines under any runner, and keep the record of it.

mod reports;
mod words;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Instant;

use evenshard::record::State;
use evenshard::{Micros, ShardRecord};
use evenshard_report::words::plural;

use crate::args::ExecArgs;
use crate::ci::{Job, agreement};
use crate::commands::run::child::{self, Child, Ended, Stdout};
use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::list::without_return;
use crate::settings::{self, Results};
use crate::share::{self, Share};
use crate::streams::{Streams, write_whole};
use crate::work_dir::Private;
use reports::Reports;
use words::Takes;

/// Starts the runner with the lines of this shard, and answers with its exit status.
///
/// # Errors
/// 64, 65, 73, 75, 78, 126, 127 as documented, each before a test has run.
pub fn run(args: &ExecArgs, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    streams.refuse_closed()?;
    let takes = Takes::of(&args.command)?;
    let job = settings::job(&args.job, env);
    let mut share = Share::settle(&args.share, &job, env, streams)?;
    share.drop_repeats(streams);
    if args.share.given.plan.is_none() && !args.no_ci_compare {
        agreement::compare(&share.plan, env, streams)?;
    }
    let mut record = share.record(&job, true, !args.junit.is_empty());
    let (reports, path) = results(args, &record, &job, env)?;
    let write = |record: &ShardRecord| write_whole(&path, record.to_json().as_bytes());
    if share.is_empty() {
        return nothing_to_run(record, &path, &reports, streams);
    }
    write(&record)?;
    let begun = Instant::now();
    let ended = start(args, takes, &share, env)?;
    if let Some(signal) = ended.signal() {
        streams.warn(&format!(
            "the runner was ended by signal {signal}: its run record stays unfinished"
        ));
        return Ok(ended.exit_status());
    }
    let wall = Micros::new(u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX));
    let written = reports.written()?;
    let (tests, took) = reports::measured(&written, streams);
    let mut names = written.iter().map(|file| reports::named(file, &path, env));
    record.state = State::Finished;
    record.exit_status = Some(ended.exit_status());
    record.cases_us = (!written.is_empty()).then_some(took);
    record.wall_us = Some(wall);
    record.command_us = Some(wall);
    record.junit = names.next();
    record.further_junit = names.collect();
    write(&record)?;
    streams.say(&format!(
        "{}: {}{} in {wall}{}",
        share.said,
        share::lines(share.len()),
        said_of_tests(tests),
        share.said_of_prediction()
    ));
    exit_status(&ended, &reports, &written, streams)
}

/// The runner's own exit status.
///
/// # Errors
/// 73 where it ended well and the reports that it was to write are not there.
fn exit_status(
    ended: &Ended,
    reports: &Reports,
    written: &[PathBuf],
    streams: &mut Streams<'_>,
) -> Outcome {
    let status = ended.exit_status();
    if !reports.are_wanted() || !written.is_empty() {
        return Ok(status);
    }
    let places = reports.places();
    let what = format!("the runner wrote no report to {places}: what it ran cannot be proved");
    if status == exit::OK {
        return Err(Failure::new(exit::CANNOT_WRITE, what).hint(
            "does its command write where --junit says? What was there before does not count",
        ));
    }
    streams.warn(&what);
    Ok(status)
}

fn said_of_tests(tests: usize) -> String {
    if tests == 0 {
        return String::new();
    }
    format!(", {tests} test{}", plural(tests))
}

/// Where the reports and the record will be. What an earlier run left in the record's place is
/// removed.
///
/// # Errors
/// 73 where the record cannot be written, 78 where reports of this build could be taken for
/// timings.
fn results(
    args: &ExecArgs,
    record: &ShardRecord,
    job: &Job,
    env: &Env,
) -> Result<(Reports, PathBuf), Failure> {
    let fill = |path: &PathBuf| settings::filled(path, record.shard, job, env);
    let places: Vec<PathBuf> = args.junit.iter().map(fill).collect();
    let path = fill(&args.record);
    for place in &places {
        let results = Results {
            junit: Some(place.clone()),
            record: None,
            job: job.clone(),
        };
        settings::results_beside_timings(&results, &args.share.timings, env)?;
    }
    let results = Results {
        record: Some(path.clone()),
        ..Results::default()
    };
    apart_from_the_list(args, &path, env)?;
    settings::results_can_be_written(&results)?;
    of_the_same_list(record, &path)?;
    settings::remove_earlier(&results, &record.scope)?;
    Ok((Reports::before(places)?, path))
}

/// Stops where the record would replace the list.
fn apart_from_the_list(args: &ExecArgs, record: &Path, env: &Env) -> Result<(), Failure> {
    let list = args.share.list.tests.as_ref();
    if list.is_none_or(|list| env.absolute(list) != record) {
        return Ok(());
    }
    let what = format!("--record would replace the list {}", record.display());
    Err(Failure::new(exit::CONFIG, what).hint("nothing was run; name another file for the record"))
}

/// Stops where the record of another list would be lost, of the same shard, attempt and build: one
/// job can run several suites.
fn of_the_same_list(own: &ShardRecord, path: &Path) -> Result<(), Failure> {
    let Some(found) = settings::record_at(path).filter(|found| found.build.is_some()) else {
        return Ok(());
    };
    let digest = |record: &ShardRecord| record.list.as_ref().map(|list| list.digest.clone());
    let same_job = |r: &ShardRecord| (r.build.clone(), r.shard, r.attempt);
    if same_job(&found) != same_job(own) || digest(&found) == digest(own) {
        return Ok(());
    }
    let what = format!(
        "{} is of this job too, and of another list: its proof would be lost",
        path.display()
    );
    Err(Failure::new(exit::CONFIG, what)
        .hint("no test was run; give each suite of a job a --scope and a --record of its own"))
}

/// Leaves the record of a shard without lines, and a report without tests where reports are
/// wanted: builds of which a shard has none would not be complete.
fn nothing_to_run(
    mut record: ShardRecord,
    path: &Path,
    reports: &Reports,
    streams: &mut Streams<'_>,
) -> Outcome {
    record.state = State::Finished;
    record.exit_status = Some(exit::OK);
    record.cases_us = Some(Micros::ZERO);
    record.wall_us = Some(Micros::ZERO);
    if reports.are_wanted() {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let stem = name.strip_suffix(".shard.json").unwrap_or(&name);
        let name = format!("{stem}.xml");
        let now = jiff::Timestamp::now();
        let empty = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<testsuites><testsuite name=\"evenshard\" tests=\"0\" failures=\"0\" errors=\"0\" skipped=\"0\" time=\"0\" timestamp=\"{now}\"/></testsuites>\n"
        );
        write_whole(&path.with_file_name(&name), empty.as_bytes())?;
        record.junit = Some(name);
    }
    write_whole(path, record.to_json().as_bytes())?;
    streams.say("no line of the list is this shard's: the runner is not started");
    Ok(exit::OK)
}

/// Runs the command with the lines of the share, to its end.
fn start(args: &ExecArgs, takes: Takes, share: &Share, env: &Env) -> Result<Ended, Failure> {
    let signals = child::catch();
    let (_folder, file) = match takes {
        Takes::File => {
            let (folder, file) = file_of(share, env)?;
            (Some(folder), Some(file))
        }
        _ => (None, None),
    };
    let command: Vec<OsString> = words::filled(&args.command, takes, share, file.as_deref())?;
    let child = Child {
        command: &command,
        variables: &[],
        talk: None,
        stdout: Stdout::Inherited,
    };
    child::run(child, signals)
}

/// A file with the lines, in a private folder that goes with the first value.
fn file_of(share: &Share, env: &Env) -> Result<(Private, PathBuf), Failure> {
    let failed = |error: &dyn std::error::Error| {
        let what = "cannot write the lines to a temporary folder";
        Failure::new(exit::CANNOT_WRITE, what).caused_by(error)
    };
    let folder = Private::new(None, env).map_err(|error| failed(&error))?;
    let file = folder.path().join("tests.txt");
    fs_err::write(&file, share.to_bytes(without_return)).map_err(|error| failed(&error))?;
    Ok((folder, file))
}
