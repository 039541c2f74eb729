//! From the paths of `--timings` and of results to histories and files.

mod claims;
mod named;
mod reading;
mod reads;
mod search;

pub(crate) use named::{Lacking, report_warnings};
pub(crate) use reading::Reading;
pub(crate) use reads::Reads;

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io::Read as _;
use std::path::PathBuf;

use evenshard::history::History;
use evenshard::junit;

use crate::failure::Failure;
use crate::files;
use crate::settings::TimingsSettings;
use crate::streams::Streams;

/// Timings as they were read.
#[derive(Debug, Default)]
pub(crate) struct Timings {
    pub(crate) history: History,
    /// True if any file holds a test.
    pub(crate) found: bool,
}

/// Reads the files of `--timings`, without reports of the current build.
///
/// Fails with 65 when one of the paths names no timings or none of them holds a test, unless
/// that is allowed: a job that planned without the others' timings would lose tests. A history
/// of a newer version is never guessed at.
pub(crate) fn load(
    settings: &TimingsSettings,
    current_build: Option<&str>,
    streams: &mut Streams<'_>,
) -> Result<Timings, Failure> {
    let reading = Reading {
        without_build: current_build,
        ..Reading::new(&settings.scope, &settings.path_map.mappings)
    };
    let mut history = History::new();
    let go_without = |problem: String, look: &str, streams: &mut Streams<'_>| {
        if settings.allow_no_timings {
            streams.warn(&format!("{problem}: going on without (--allow-no-timings)"));
            return Ok(());
        }
        let hint = format!("{look} a first build, without timings yet, pass --allow-no-timings");
        Err(Failure::data(problem).hint(hint))
    };
    let paths = &settings.paths;
    let found = reading.read_each("timings", paths, &mut history, go_without, streams)?;
    Ok(Timings { history, found })
}

/// Lists the JUnit files that a file, a folder or a glob names now.
pub(crate) fn reports(argument: &OsStr) -> Result<Vec<PathBuf>, Failure> {
    let is_junit = |path: &PathBuf| {
        let mut head = Vec::new();
        let file = files::open_report(path);
        let read = file.and_then(|file| file.take(files::HEAD).read_to_end(&mut head));
        read.is_ok() && junit::looks_like_junit(&head)
    };
    let found = search::candidates(argument)?.files.into_iter();
    Ok(found.filter(is_junit).collect())
}

/// Lists the files that these arguments name as results of a build, each once, in bytewise order.
/// Fails with 65 for an argument that names nothing.
pub(crate) fn result_files(arguments: &[OsString]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = BTreeSet::new();
    for argument in arguments {
        let found = search::results(argument)?;
        if !found.exists {
            let argument = argument.to_string_lossy();
            let message = format!("no file, folder or glob match: {argument}");
            return Err(Failure::data(message));
        }
        // A file that two arguments name is one file.
        files.extend(found.files);
    }
    Ok(files.into_iter().collect())
}
