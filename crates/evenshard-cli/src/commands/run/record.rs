//! The run record, beside the JUnit file.
//!
//! The plugin writes it as `started` when the session begins and once the tests are collected,
//! so that a job that is killed leaves its list; here it is replaced when the command has ended.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use evenshard::record::{Home, HomeLevel, SharedFixture, State};
use evenshard::{Micros, RunRecord};

use crate::commands::run::plugin::message::Session;
use crate::commands::run::sessions::Answers;
use crate::commands::run::unpruned::Found;
use crate::exit;
use crate::streams::{Streams, write_whole};

/// Returns the exit status: 73 where results that `--junit` asked for are missing, unless something
/// else went wrong before.
pub(super) fn check_written(
    answers: &Answers,
    asked: Option<&Path>,
    code: u8,
    streams: &mut Streams<'_>,
) -> u8 {
    // A session that broke off has a fault of its own.
    let ran = |s: &&Session| asked.is_some() && !s.collect_only && s.is_finished();
    let mut written = true;
    for session in answers.sessions.iter().filter(ran) {
        let Some(junit) = &session.junit else {
            continue;
        };
        if !junit.exists() {
            let why = session.junit_error.as_ref();
            let why = why.map(|why| format!(": {why}")).unwrap_or_default();
            streams.warn(&format!("{} was not written{why}", junit.display()));
            written = false;
        }
    }
    if written || code != exit::OK {
        code
    } else {
        exit::CANNOT_WRITE
    }
}

/// Replaces the started records by finished ones. A failure is a warning: the tests have run, and
/// their exit status counts.
pub(super) fn finish(
    answers: &Answers,
    found: &Found,
    code: u8,
    wall: Micros,
    streams: &mut Streams<'_>,
) {
    let sessions = answers.sessions.iter();
    let ran: Vec<&Session> = sessions.filter(|s| !s.collect_only).collect();
    for error in ran.iter().filter_map(|s| s.record_error.as_ref()) {
        streams.warn(&format!("the run record could not be written: {error}"));
    }
    // The record of what was cut short stays as it was: started.
    if let Some(fault) = answers.faults.first() {
        streams.warn(&format!("the run record stays unfinished: {fault}"));
        return;
    }
    let mut by_path: BTreeMap<&Path, Vec<&Session>> = BTreeMap::new();
    for session in &ran {
        // Sessions of one command share a record, by its path.
        if let (Some(path), None) = (&session.record, &session.record_error) {
            by_path.entry(path).or_default().push(session);
        }
    }
    if by_path.is_empty() && !ran.is_empty() && ran.iter().all(|s| s.record_error.is_none()) {
        streams.say(
            "not recorded: pass --junit results/ so that verify and the next build can use this run",
        );
    }
    for (path, sessions) in by_path {
        if let Err(failure) = replace(path, &sessions, found, code, wall) {
            for line in failure.lines() {
                streams.warn(line);
            }
        }
    }
}

fn replace(
    path: &Path,
    sessions: &[&Session],
    found: &Found,
    code: u8,
    wall: Micros,
) -> Result<(), String> {
    let started = fs_err::read(path).map_err(|e| e.to_string())?;
    let name = path.display().to_string();
    let mut record = RunRecord::from_json(&started, &name).map_err(|e| e.to_string())?;
    let sum = |of: fn(&Session) -> Micros| sessions.iter().map(|s| of(s)).sum::<Micros>();
    let mut junit = junit_files(sessions).into_iter();
    record.state = State::Finished;
    record.exit_status = Some(code);
    record.cases_us = Some(sum(|s| s.cases_us));
    record.wall_us = Some(sum(|s| s.wall_us));
    record.command_us = Some(wall);
    // The most, since each session starts its own.
    record.workers = sessions.iter().map(|s| s.workers).max();
    record.junit = junit.next();
    record.further_junit = junit.collect();
    record.pytest_status = pytest_status(sessions);
    record.stopped = sessions.iter().find_map(|s| s.stopped.clone());
    // The record of a single session is whole as the plugin wrote it.
    if sessions.len() > 1 {
        join(&mut record, sessions);
    }
    record.cut.extend(found.cut.clone());
    record.kept.extend(found.kept.clone());
    record.gone = found.gone.iter().cloned().collect();
    record.unpruned = found.unpruned.iter().cloned().collect();
    record.selected.extend(found.not_run.iter().cloned());
    record.quarantined = distinct(sessions.iter().flat_map(|s| &s.quarantined));
    let measured = sessions.iter();
    let measured = measured.map(|s| (s.shared.as_slice(), s.selected.as_slice()));
    record.session_us = SharedFixture::joined(&measured.collect::<Vec<_>>());
    for session in sessions {
        record.setup.join(session.setup.clone());
        record.retried.extend(session.retried.clone());
    }
    write_whole(path, record.to_json().as_bytes()).map_err(|f| f.render())
}

/// Lists the names of the JUnit files that the sessions wrote, each once.
fn junit_files(sessions: &[&Session]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for file in sessions
        .iter()
        .filter_map(|s| s.junit.as_deref()?.file_name())
    {
        let name = file.to_string_lossy().into_owned();
        // In the order of the sessions: the first one is the main report.
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Returns pytest's most telling exit status: an interrupt or an error of its own (2 to 4) before
/// any other.
fn pytest_status(sessions: &[&Session]) -> Option<u8> {
    let statuses = sessions.iter().filter_map(|s| u8::try_from(s.exit?).ok());
    statuses.max_by_key(|status| (matches!(status, 2..=4), *status))
}

/// Joins the selections of several sessions of one command; the last wrote the record.
fn join(record: &mut RunRecord, sessions: &[&Session]) {
    let selected = sessions.iter().flat_map(|s| &s.selected);
    record.selected = selected.cloned().collect();
    record.files = distinct(sessions.iter().flat_map(|s| &s.files));
    let everywhere = sessions.iter().flat_map(|s| &s.proof.everywhere);
    record.everywhere = everywhere.cloned().collect();
    record.home = joined_homes(sessions.iter().flat_map(|s| &s.proof.home));
    let positional = sessions.iter().flat_map(|s| &s.proof.positional);
    record.positional = Some(distinct(positional.flatten()));
    record.cut = joined_hashes(sessions.iter().map(|s| &s.proof.cut));
    record.kept = joined_hashes(sessions.iter().map(|s| &s.proof.kept));
    record.collected_from = joined_sources(sessions);
    let selections = distinct(sessions.iter().filter_map(|s| s.selection.as_ref()));
    record.selection = (!selections.is_empty()).then(|| selections.join("; "));
    let selected: BTreeSet<&String> = record.selected.iter().collect();
    let dropped = sessions.iter().flat_map(|s| &s.proof.dropped);
    record.dropped = distinct(dropped.filter(|id| !selected.contains(id)));
}

/// Lists texts once each, in bytewise order.
fn distinct<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<String> {
    let texts: BTreeSet<&String> = texts.collect();
    texts.into_iter().cloned().collect()
}

/// Lists the files through which tests were collected, one for each time that a test is listed.
fn joined_sources(sessions: &[&Session]) -> BTreeMap<String, Vec<String>> {
    let from = sessions.iter().flat_map(|s| s.proof.collected_from.keys());
    let mut joined: BTreeMap<String, Vec<String>> =
        from.map(|id| (id.clone(), Vec::new())).collect();
    for session in sessions {
        for (id, files) in &mut joined {
            if let Some(more) = session.proof.collected_from.get(id) {
                files.extend(more.iter().cloned());
            } else {
                let own = id.split_once("::").map_or(id.as_str(), |(path, _)| path);
                let times = session
                    .selected
                    .iter()
                    .filter(|selected| *selected == id)
                    .count();
                files.extend(std::iter::repeat_n(own.to_owned(), times));
            }
        }
    }
    joined
}

/// Joins the homes of all sessions, by home and reason.
fn joined_homes<'a>(homes: impl Iterator<Item = &'a Home>) -> Vec<Home> {
    let mut joined: BTreeMap<(HomeLevel, &String, &String), BTreeSet<&String>> = BTreeMap::new();
    for home in homes {
        let tests = joined.entry((home.level, &home.of, &home.why)).or_default();
        tests.extend(&home.tests);
    }
    let home =
        |((level, of, why), tests): ((HomeLevel, &String, &String), BTreeSet<&String>)| Home {
            level,
            of: of.clone(),
            why: why.clone(),
            tests: tests.into_iter().cloned().collect(),
        };
    joined.into_iter().map(home).collect()
}

/// SHA-256 of nothing: the hash of a function that a session did not collect.
const OF_NONE: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Joins the hashes of each function so that sessions may run in any order.
pub(super) fn joined_hashes<'a>(
    sessions: impl Iterator<Item = &'a BTreeMap<String, String>>,
) -> BTreeMap<String, String> {
    let mut found: BTreeMap<&String, Vec<&str>> = BTreeMap::new();
    for (function, hash) in sessions.flatten() {
        found.entry(function).or_default().push(hash);
    }
    let joined = |mut hashes: Vec<&str>| {
        hashes.sort_unstable();
        if hashes.iter().any(|hash| *hash != OF_NONE) {
            // A session that did not collect the function says nothing about it.
            hashes.retain(|hash| *hash != OF_NONE);
        } else {
            hashes.truncate(1);
        }
        hashes.concat()
    };
    let joined = |(function, hashes): (&String, _)| (function.clone(), joined(hashes));
    found.into_iter().map(joined).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{OF_NONE, joined_hashes};

    #[test]
    fn what_sessions_collected_of_a_function_is_joined_in_any_order() {
        let session = |hash: &str| BTreeMap::from([("test_a::test_p".to_owned(), hash.to_owned())]);
        let joined = |hashes: &[&str]| {
            let sessions: Vec<_> = hashes.iter().map(|hash| session(hash)).collect();
            joined_hashes(sessions.iter())["test_a::test_p"].clone()
        };
        assert_eq!(joined(&["a1", OF_NONE, "b2"]), "a1b2");
        assert_eq!(joined(&[OF_NONE, "b2", "a1"]), "a1b2");
        assert_eq!(joined(&["a1", "a1"]), "a1a1");
        assert_eq!(joined(&[OF_NONE, OF_NONE]), OF_NONE);
    }
}
