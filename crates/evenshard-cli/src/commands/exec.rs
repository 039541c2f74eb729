//! `evenshard exec`

mod reports;
mod words;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Instant;

use evenshard::record::State;
use evenshard::{Micros, RunRecord};
use evenshard_report::words::counted;

use crate::ci::agreement;
use crate::commands::run::child::{self, Child, Ended, Stdout};
use crate::env::Env;
use crate::exit;
use crate::failure::{Failure, Outcome};
use crate::files;
use crate::list::without_return;
use crate::results;
use crate::settings::ExecSettings;
use crate::share::Share;
use crate::streams::{Streams, write_whole};
use crate::work_dir::Private;
use reports::Reports;
use words::Takes;

/// Runs the lines of this shard under any runner, and returns its exit status.
pub(crate) fn run(settings: &ExecSettings, env: &Env, streams: &mut Streams<'_>) -> Outcome {
    streams.refuse_closed()?;
    // Before anything is read: it needs nothing but the command.
    let takes = Takes::of(&settings.command)?;
    let mut share = Share::select(&settings.share, streams)?;
    share.drop_repeats(streams);
    if settings.compare {
        agreement::compare(&share.plan, env, streams)?;
    }
    let mut record = share.record(&settings.share.job, true, !settings.junit.is_empty());
    let path = &settings.record;
    let reports = prepare(settings, &record, env)?;
    let write = |record: &RunRecord| write_whole(path, record.to_json().as_bytes());
    if share.is_empty() {
        return nothing_to_run(record, path, &reports, streams);
    }
    write(&record)?;
    let begun = Instant::now();
    let ended = start(settings, takes, &share, env)?;
    if let Some(signal) = ended.signal() {
        streams.warn(&format!(
            "the runner was ended by signal {signal}: its run record stays unfinished"
        ));
        return Ok(ended.exit_status());
    }
    let wall = Micros::new(u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX));
    let written = reports.written()?;
    let (tests, took) = reports::measured(&written, streams);
    let mut names = written.iter().map(|file| reports::named(file, path, env));
    record.state = State::Finished;
    record.exit_status = Some(ended.exit_status());
    record.cases_us = (!written.is_empty()).then_some(took);
    record.wall_us = Some(wall);
    // `exec` cannot look into the runner: its session is its whole time.
    record.command_us = Some(wall);
    record.junit = names.next();
    record.further_junit = names.collect();
    write(&record)?;
    let mut run = counted(share.len(), "line");
    if tests > 0 {
        run.extend([", ", &counted(tests, "test")]);
    }
    let (words, prediction) = (&share.shard.words, share.prediction());
    streams.say(&format!("{words}: {run} in {wall}{prediction}"));
    exit_status(&ended, &reports, &written, streams)
}

/// Returns the runner's own exit status. Fails with 73 where it ended well and wrote no report.
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
    // A runner that failed has said so, and its status must not be hidden.
    if status == exit::OK {
        return Err(Failure::unwritable(what).hint(
            "does its command write where --junit says? What was there before does not count",
        ));
    }
    streams.warn(&what);
    Ok(status)
}

/// Checks the places of the reports and the record, and removes the record of an earlier run.
fn prepare(settings: &ExecSettings, record: &RunRecord, env: &Env) -> Result<Reports, Failure> {
    let (share, path) = (&settings.share, &settings.record);
    // All checks come before the runner: afterwards its work would be lost.
    results::check_apart(&settings.junit, &share.source.timings, &share.job, env)?;
    if env.absolute(&share.list.path) == *path {
        let what = format!("--record would replace the list {}", path.display());
        return Err(Failure::config(what).hint("nothing was run; name another file for the record"));
    }
    results::check_writable([path])?;
    check_list(record, path)?;
    results::remove_earlier(None, Some(path), &record.scope)?;
    Reports::before(settings.junit.clone())
}

/// Stops where the record of another list would be lost, of the same shard, attempt and build: one
/// job can run several suites.
fn check_list(own: &RunRecord, path: &Path) -> Result<(), Failure> {
    let Some(found) = files::record_at(path).filter(|found| found.build.is_some()) else {
        return Ok(());
    };
    let digest = |record: &RunRecord| record.list.as_ref().map(|list| list.digest.clone());
    let same_job = |r: &RunRecord| (r.build.clone(), r.shard, r.attempt);
    if same_job(&found) != same_job(own) || digest(&found) == digest(own) {
        return Ok(());
    }
    let what = format!(
        "{} is of this job too, and of another list: its proof would be lost",
        path.display()
    );
    Err(Failure::config(what)
        .hint("no test was run; give each suite of a job a --scope and a --record of its own"))
}

/// Writes the record of a shard without lines, and a report without tests where reports are
/// wanted: without them the build would not be complete.
fn nothing_to_run(
    mut record: RunRecord,
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
fn start(
    settings: &ExecSettings,
    takes: Takes,
    share: &Share,
    env: &Env,
) -> Result<Ended, Failure> {
    // Before the temporary folder is made, which a signal would leave behind.
    let signals = child::catch();
    let (_folder, file) = match takes {
        Takes::File => {
            let (folder, file) = file_of(share, env)?;
            (Some(folder), Some(file))
        }
        _ => (None, None),
    };
    let command: Vec<OsString> = words::filled(&settings.command, takes, share, file.as_deref())?;
    let child = Child {
        command: &command,
        variables: &[],
        answers: None,
        stdout: Stdout::Inherited,
    };
    child::run(child, signals)
}

/// Writes the lines into a file. Dropping the first value removes it.
fn file_of(share: &Share, env: &Env) -> Result<(Private, PathBuf), Failure> {
    let written = || {
        let folder = Private::new(None, env)?;
        let file = folder.path().join("tests.txt");
        fs_err::write(&file, share.to_bytes(without_return))?;
        Ok((folder, file))
    };
    written().map_err(|error: std::io::Error| {
        Failure::unwritable("cannot write the lines to a temporary folder").caused_by(&error)
    })
}
