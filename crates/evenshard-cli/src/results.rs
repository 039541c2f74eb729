//! The files that a run leaves: checks before it starts, and the run record that it starts with.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use evenshard::{Micros, Plan, RunRecord, Shard};

use crate::ci::Job;
use crate::env::Env;
use crate::failure::Failure;
use crate::files::{self, record_at};
use crate::settings::TimingsSettings;

/// A page of lines: a full disk may still take an empty file, but no content.
static PROBE: [u8; 1 << 16] = [b'\n'; 1 << 16];

/// Makes the record of a job that starts on its shard of a plan.
pub(crate) fn started(plan: &Plan, shard: Shard, predicted: Micros, job: &Job) -> RunRecord {
    let mut record = RunRecord::started(plan.digest(), shard);
    record.build.clone_from(&job.build);
    record.job.clone_from(&job.id);
    record.attempt = job.attempt.unwrap_or(record.attempt);
    record.scope.clone_from(&plan.content().scope);
    record.predicted_us = predicted;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    record.begun_ms = now.and_then(|now| i64::try_from(now.as_millis()).ok());
    record
}

/// Stops, before a test has run, when these files could not be written.
pub(crate) fn check_writable<'a>(
    paths: impl IntoIterator<Item = &'a PathBuf>,
) -> Result<(), Failure> {
    for path in paths {
        refuse_other_content(path)?;
        let folder = path.parent().unwrap_or(path);
        // Now rather than after an hour of tests.
        let tried = fs_err::create_dir_all(folder).and_then(|()| {
            let mut probe = tempfile::Builder::new()
                .prefix(".evenshard-")
                .tempfile_in(folder)?;
            probe.write_all(&PROBE)
        });
        tried.map_err(|error| {
            let what = format!("cannot write {}", path.display());
            Failure::unwritable(what)
                .caused_by(&error)
                .hint("no test was run; name a folder that can be written for --junit and --record")
        })?;
    }
    Ok(())
}

fn is_file(path: &Path) -> bool {
    fs_err::symlink_metadata(path).is_ok_and(|found| found.is_file())
}

/// Stops where a typo would replace a file that is no earlier result: results are XML or JSON.
fn refuse_other_content(path: &Path) -> Result<(), Failure> {
    let mut head = Vec::new();
    let read = |file: fs_err::File| file.take(files::HEAD).read_to_end(&mut head);
    // Opening a pipe would wait for somebody to write.
    if is_file(path)
        && fs_err::File::open(path).and_then(read).is_ok()
        && !matches!(head.trim_ascii_start().first(), None | Some(b'<' | b'{'))
    {
        let what = format!("{} is no earlier result: it would be lost", path.display());
        let hint = "name a folder for --junit, such as results/";
        return Err(Failure::unwritable(what).hint(hint));
    }
    Ok(())
}

/// Removes the results of an earlier run: they would pass for this run's if it died before it
/// wrote any. Only files go, a device stays.
pub(crate) fn remove_earlier(
    junit: Option<&Path>,
    record: Option<&Path>,
    scope: &str,
) -> Result<(), Failure> {
    let beside = || {
        let junit = junit?;
        let is_xml = junit.extension().is_some_and(|e| e == "xml");
        let name = if is_xml {
            junit.file_stem()
        } else {
            junit.file_name()
        };
        let mut name = name?.to_owned();
        // Where the plugin puts it if nobody says otherwise.
        name.push(".shard.json");
        Some(junit.with_file_name(name))
    };
    let record = record.map(Path::to_owned).or_else(beside);
    if let Some(path) = record.as_deref().filter(|path| is_file(path)) {
        check_scope(path, scope)?;
    }
    let earlier = junit.into_iter().chain(record.as_deref());
    for path in earlier.filter(|path| is_file(path)) {
        fs_err::remove_file(path).map_err(|error| {
            let what = format!("cannot replace {}", path.display());
            Failure::unwritable(what).caused_by(&error)
        })?;
    }
    Ok(())
}

/// Stops where the record of another scope would be lost.
fn check_scope(path: &Path, scope: &str) -> Result<(), Failure> {
    match record_at(path) {
        Some(found) if found.scope != scope => Err(Failure::config(format!(
                "{} is of scope '{}', this run of '{scope}': its results would be lost",
                path.display(),
                found.scope
            ),
        )
        .hint("no test was run; keep scopes apart by folders, such as --junit results/NAME/ (for exec: --record results/NAME/{shard}-{attempt}.shard.json), or remove what is there")),
        _ => Ok(()),
    }
}

/// Stops when reports would go where the timings of the next shard are read from, and nothing
/// tells them from those of earlier builds: each shard would plan otherwise.
pub(crate) fn check_apart<'a>(
    reports: impl IntoIterator<Item = &'a PathBuf>,
    timings: &TimingsSettings,
    job: &Job,
    env: &Env,
) -> Result<(), Failure> {
    // The name of the build tells its own results from earlier ones.
    if job.build.is_some() {
        return Ok(());
    }
    for junit in reports {
        let holds_it = |argument: &&OsString| {
            let folder = env.absolute(Path::new(argument));
            folder.is_dir() && junit.starts_with(&folder)
        };
        if let Some(folder) = timings.paths.iter().find(holds_it) {
            let what = format!(
                "--junit writes into the folder of --timings ({}): the next shard would plan otherwise",
                folder.to_string_lossy()
            );
            return Err(Failure::config(what).hint("write results elsewhere, or name this build with --build ID, whose results are then left out"));
        }
    }
    Ok(())
}
