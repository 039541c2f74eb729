//! Tests that exist only when files of other shards are imported, such as parameters from a
//! registry that other test files fill.
//!
//! Where a plan expects tests in a file that this job collected whole, and they are not there,
//! the suite is collected once more with all files imported. Tests that come back run in a second
//! session of this job; the others are gone.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use evenshard::NodeId;
use evenshard_report::words::counted;

use crate::commands::run::NO_TESTS;
use crate::commands::run::child::{self, Stdout};
use crate::commands::run::launcher::Launcher;
use crate::commands::run::plugin::message::Session;
use crate::commands::run::record::joined_hashes;
use crate::commands::run::sessions::{self, Answers};
use crate::commands::run::share::Share;
use crate::env::Env;
use crate::exit;
use crate::failure::Failure;
use crate::streams::Streams;

/// The number of tests that are named. Chosen, not measured.
const SHOWN: usize = 10;
/// The addition to the names of a second session's files.
const SUFFIX: &str = "-unpruned";

/// The tests that were expected and not there.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Tests that are missing even with all files imported.
    pub(super) gone: BTreeSet<String>,
    /// Tests that came back, for a session of their own.
    pub(super) unpruned: BTreeSet<String>,
    /// The hashes of cut functions with all files imported: every shard that looks finds the same.
    pub(super) cut: BTreeMap<String, String>,
    /// The hashes of the files whose tests stay together.
    pub(super) kept: BTreeMap<String, String>,
    /// Tests that came back and did not run.
    pub(super) not_run: BTreeSet<String>,
}

/// Looks for the tests that are missing and runs those that come back. Returns the exit status of
/// the whole run. Fails with 73, 126 and 127 when the command could not be started again.
pub(super) fn look(
    share: &Share<'_>,
    answers: &mut Answers,
    code: u8,
    streams: &mut Streams<'_>,
) -> Result<(u8, Found), Failure> {
    let ran: Vec<&Session> = answers
        .sessions
        .iter()
        .filter(|s| !s.collect_only)
        .collect();
    let mut found = Found {
        gone: ran.iter().flat_map(|s| &s.gone).cloned().collect(),
        ..Found::default()
    };
    let own: BTreeSet<&String> = ran.iter().flat_map(|s| &s.own).collect();
    let absent = ran.iter().flat_map(|s| &s.absent);
    let absent: BTreeSet<String> = absent.filter(|id| !own.contains(id)).cloned().collect();
    // A session that broke off, or that was asked to stop, fails or names its tests anyway.
    let is_whole = answers.faults.is_empty() && ran.iter().all(|s| s.stopped.is_none());
    let elsewhere = ran.iter().any(|s| s.elsewhere);
    if absent.is_empty() && !elsewhere || !is_whole || !matches!(code, exit::OK | 1 | NO_TESTS) {
        return Ok((code, found));
    }
    // All files were imported: another look would find the same.
    if ran.iter().all(|s| s.pruned == 0) {
        warn_of_missing(&absent, GONE, streams);
        found.gone.extend(absent);
        return Ok((code, found));
    }
    let what = match absent.len() {
        0 => "parameters of the plan are not there".to_owned(),
        n => format!("{} not there", tests_are(n)),
    };
    streams.say(&format!(
        "{what}: collecting once more, with all files imported"
    ));
    let Some(survey) = collect(share, streams)? else {
        if absent.is_empty() {
            return Ok((code, found)); // `verify` compares what the shards saw
        }
        warn_of_missing(&absent, UNKNOWN, streams);
        let lost = code == exit::OK;
        return Ok((if lost { exit::TESTS_LOST } else { code }, found));
    };
    let again: BTreeSet<&String> = survey.iter().flat_map(|s| &s.absent).collect();
    let gone: BTreeSet<String> = absent.into_iter().filter(|id| again.contains(id)).collect();
    warn_of_missing(&gone, GONE, streams);
    found.gone.extend(gone);
    found.cut = joined_hashes(survey.iter().map(|s| &s.proof.cut));
    found.kept = joined_hashes(survey.iter().map(|s| &s.proof.kept));
    found.unpruned = came_back(&survey, &own);
    if found.unpruned.is_empty() {
        return Ok((code, found));
    }
    let code = run(share, answers, &mut found, code, streams)?;
    Ok((code, found))
}

/// Collects with all files imported; `None` where a session did not get as far.
fn collect(share: &Share<'_>, streams: &mut Streams<'_>) -> Result<Option<Vec<Session>>, Failure> {
    let signals = child::catch();
    let mut launcher = Launcher::prepare(&share.survey(), share.launch, share.env)?;
    // What the first session measured stays.
    launcher.set("COVERAGE_FILE", launcher.scratch("coverage").into());
    let log = launcher.scratch("collect.log");
    let collecting = streams.step(|| "collecting with pytest".to_owned());
    launcher.run(Stdout::File(log), signals, streams)?;
    drop(collecting);
    let sessions = sessions::read(launcher.answers()).sessions;
    let whole = !sessions.is_empty() && sessions.iter().all(Session::has_collected);
    Ok(whole.then_some(sessions))
}

/// Runs the tests that came back, with the same command.
fn run(
    share: &Share<'_>,
    answers: &mut Answers,
    found: &mut Found,
    code: u8,
    streams: &mut Streams<'_>,
) -> Result<u8, Failure> {
    let n = found.unpruned.len();
    let verb = if n == 1 { "exists" } else { "exist" };
    let n = counted(n, "test");
    streams.warn(&format!(
        "{n} of this shard {verb} only when files of other shards are imported: running in a second session"
    ));
    add_names(&found.unpruned, streams);
    streams.add(
        "hint: `prune = false` in the configuration, or --no-prune, imports all files at once",
    );
    let junit = share.run.junit.map(second);
    let signals = child::catch();
    let mode = share.unpruned(&found.unpruned, junit.as_deref());
    let mut launcher = Launcher::prepare(&mode, share.launch, share.env)?;
    // A file of its own: the second session would replace the data of the first.
    launcher.set("COVERAGE_FILE", coverage_file(share.env));
    let ended = launcher.run(Stdout::Inherited, signals, streams)?;
    let status = ended.exit_status();
    streams.detail(&format!("the command ended with {status}"));
    let mut second = sessions::read(launcher.answers());
    let record = answers.sessions.iter().find_map(|s| s.record.clone());
    for session in &mut second.sessions {
        // Both sessions are one attempt at the shard, with one record.
        session.record.clone_from(&record);
    }
    let ran: BTreeSet<&String> = second.sessions.iter().flat_map(|s| &s.plain).collect();
    found.not_run = found
        .unpruned
        .iter()
        .filter(|id| !ran.contains(id))
        .cloned()
        .collect();
    answers.sessions.extend(second.sessions);
    answers.faults.extend(second.faults);
    if ended.signal().is_some() {
        return Ok(status);
    }
    if !found.not_run.is_empty() {
        let n = found.not_run.len();
        streams.warn(&format!("{n} of them did not run in that session either"));
        add_names(&found.not_run, streams);
    }
    Ok(match (code, status) {
        (exit::OK | NO_TESTS, exit::OK) if !found.not_run.is_empty() => exit::TESTS_LOST,
        // The first failure counts; a success leaves it to the second session.
        (exit::OK | NO_TESTS, status) => status,
        (code, _) => code,
    })
}

/// Lists the tests that a survey selects and the first session did not see, of functions that have
/// more tests in the survey. Where there are as many, their parameters get new names in every
/// process.
fn came_back(survey: &[Session], own: &BTreeSet<&String>) -> BTreeSet<String> {
    let function = |id: &str| {
        let id = NodeId::parse(id);
        (id.classname(), id.function().to_owned())
    };
    let counted = |ids: &BTreeSet<&String>| {
        let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
        for id in ids {
            *counts.entry(function(id)).or_default() += 1;
        }
        counts
    };
    let before = counted(own);
    let now = counted(&survey.iter().flat_map(|s| &s.own).collect());
    let has_more = |id: &str| {
        let function = function(id);
        now.get(&function) > before.get(&function)
    };
    let selected = survey.iter().flat_map(|s| &s.plain);
    let new = selected.filter(|id| !own.contains(id) && has_more(id));
    new.cloned().collect()
}

/// Names the tests that the plan knows here and that a hook left out.
pub(super) fn warn_of_dropped(answers: &Answers, streams: &mut Streams<'_>) {
    let selected: BTreeSet<&String> = answers.sessions.iter().flat_map(|s| &s.selected).collect();
    let dropped = answers.sessions.iter().flat_map(|s| &s.dropped_known);
    let dropped = dropped.filter(|id| !selected.contains(id));
    let dropped: BTreeSet<String> = dropped.cloned().collect();
    if !dropped.is_empty() {
        let n = counted(dropped.len(), "test");
        streams.warn(&format!(
            "a hook of the suite or a plugin left out {n} that the plan expects here"
        ));
        add_names(&dropped, streams);
    }
}

/// Endings of messages about missing tests.
const GONE: &str = "gone: not there even with all files imported";
const UNKNOWN: &str =
    "not there, and the whole suite could not be collected: whether pruning lost them is unknown";

fn warn_of_missing(tests: &BTreeSet<String>, what: &str, streams: &mut Streams<'_>) {
    if !tests.is_empty() {
        streams.warn(&format!("{} {what}", tests_are(tests.len())));
        add_names(tests, streams);
    }
}

/// `1 test of the plan is`, `2 tests of the plan are`.
fn tests_are(n: usize) -> String {
    let verb = if n == 1 { "is" } else { "are" };
    format!("{} of the plan {verb}", counted(n, "test"))
}

fn add_names(names: &BTreeSet<String>, streams: &mut Streams<'_>) {
    for name in names.iter().take(SHOWN) {
        streams.add(&format!("  {name}"));
    }
    if let Some(more) = names.len().checked_sub(SHOWN).filter(|&n| n > 0) {
        streams.add(&format!("  ... and {more} more"));
    }
}

/// Names the JUnit file of the second session.
fn second(junit: &Path) -> PathBuf {
    let stem = junit.file_stem().unwrap_or_default();
    let mut name = stem.to_owned();
    name.push(SUFFIX);
    if let Some(extension) = junit.extension() {
        name.push(".");
        name.push(extension);
    }
    junit.with_file_name(name)
}

/// Names the second session's data: `coverage combine` finds it beside the first one's.
fn coverage_file(env: &Env) -> OsString {
    let first = env.get_os("COVERAGE_FILE").filter(|name| !name.is_empty());
    let mut name = first.map_or_else(|| OsString::from(".coverage"), ToOwned::to_owned);
    name.push(".unpruned");
    name
}
