//! The failures of a job beside the lines of a change, on GitHub Actions.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

use evenshard::verify::{Expectations, verify};
use evenshard_report::verdict::github;

use crate::commands::run::sessions::Answers;
use crate::commands::verify::{folder, gather::gather};
use crate::env::Env;
use crate::files;
use crate::streams::Streams;

/// The variable that GitHub Actions sets to `true`.
const GITHUB: &str = "GITHUB_ACTIONS";

/// Prints at most ten errors for the failed tests of a job, by its own run record and reports.
/// Whatever fails here fails no job: pytest has printed the failures.
pub(super) fn annotate(answers: &Answers, env: &Env, streams: &mut Streams<'_>) {
    if env.get(GITHUB) != Some("true") {
        return;
    }
    let records = answers.sessions.iter().filter_map(|s| s.record.as_deref());
    let records: BTreeSet<&Path> = records.collect();
    let mut results: Vec<OsString> = Vec::new();
    for path in records {
        let Some(record) = files::record_at(path) else {
            continue;
        };
        results.push(path.into());
        let named = record.junit.iter().chain(&record.further_junit);
        let reports = named.map(|name| path.with_file_name(name));
        results.extend(reports.filter(|file| file.exists()).map(OsString::from));
    }
    if results.is_empty() {
        return;
    }
    match gather(&results, &[], streams) {
        Ok(gathered) => {
            let verdict = verify(&gathered, None, &Expectations::default());
            let errors = github::failures(&verdict, &folder(env));
            // Escaped already; what else prints results would escape the commands, too.
            if let Err(failure) = streams.result(errors.as_bytes()) {
                streams.warn(failure.render().trim_end());
            }
        }
        Err(failure) => streams.warn(failure.render().trim_end()),
    }
}
