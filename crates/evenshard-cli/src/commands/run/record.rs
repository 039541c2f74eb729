//! The shard record: who ran what, beside the JUnit file.
//!
//! The plugin writes it as `started` once the tests are collected, so that a job that is
//! killed leaves its list; here it is replaced when the command has ended.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use evenshard::{Micros, Plan, Shard};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::commands::run::sessions::Session;
use crate::settings::Results;
use crate::streams::{Streams, write_whole};

/// The version of the record's format.
const VERSION: u32 = 1;

/// What is known of a record before the run.
#[derive(Debug, Serialize)]
pub(super) struct Template {
    version: u32,
    state: &'static str,
    build: Option<String>,
    job: Option<String>,
    attempt: u32,
    scope: String,
    plan_digest: String,
    /// Counted from 1.
    shard: u32,
    shards: u32,
    predicted_us: Micros,
    /// Where it goes; `None`: beside the JUnit file. Not part of what is written.
    path: Option<PathBuf>,
}

impl Template {
    pub(super) fn new(plan: &Plan, shard: Shard, predicted: Micros, results: &Results) -> Self {
        Self {
            version: VERSION,
            state: "started",
            build: results.job.build.clone(),
            job: results.job.job.clone(),
            attempt: results.job.attempt.unwrap_or(1),
            scope: plan.content().scope.clone(),
            plan_digest: plan.digest().to_owned(),
            shard: shard.number(),
            shards: shard.count().get(),
            predicted_us: predicted,
            path: results.record.clone(),
        }
    }
}

/// Replaces the started records by finished ones. What cannot be written is said: the
/// tests have run, and their exit status stands.
pub(super) fn finish(sessions: &[Session], code: u8, wall: Micros, streams: &mut Streams<'_>) {
    let ran: Vec<&Session> = sessions.iter().filter(|s| !s.collect_only).collect();
    for error in ran.iter().filter_map(|s| s.record_error.as_ref()) {
        streams.warn(&format!("the shard record could not be written: {error}"));
    }
    let mut by_path: BTreeMap<&Path, Vec<&Session>> = BTreeMap::new();
    for session in &ran {
        // The record of a session that was cut short stays as it was: started.
        if let (Some(path), None) = (&session.record, &session.record_error) {
            by_path.entry(path).or_default().push(session);
        }
    }
    if by_path.is_empty() && !ran.is_empty() && ran.iter().all(|s| s.record_error.is_none()) {
        streams.say(
            "no shard record is written: --junit, --record or pytest's --junitxml names its place",
        );
    }
    by_path.retain(|_, sessions| sessions.iter().all(|s| s.is_finished()));
    for (path, sessions) in by_path {
        if let Err(failure) = replace(path, &sessions, code, wall) {
            for line in failure.lines() {
                streams.warn(line);
            }
        }
    }
}

fn replace(path: &Path, sessions: &[&Session], code: u8, wall: Micros) -> Result<(), String> {
    let started = fs_err::read(path).map_err(|e| e.to_string())?;
    let mut record: Map<String, Value> =
        serde_json::from_slice(&started).map_err(|e| format!("{}: {e}", path.display()))?;
    let sum = |of: fn(&Session) -> Micros| sessions.iter().map(|s| of(s)).sum::<Micros>();
    let junit = sessions.iter().find_map(|s| s.junit.as_deref());
    record.insert("state".to_owned(), json!("finished"));
    record.insert("exit_status".to_owned(), json!(code));
    record.insert("cases_us".to_owned(), json!(sum(|s| s.cases_us)));
    record.insert("wall_us".to_owned(), json!(sum(|s| s.wall_us)));
    record.insert("command_us".to_owned(), json!(wall));
    record.insert(
        "workers".to_owned(),
        json!(sessions.iter().map(|s| s.workers).max()),
    );
    record.insert(
        "junit".to_owned(),
        json!(junit.and_then(Path::file_name).map(|n| n.to_string_lossy())),
    );
    if sessions.len() > 1 {
        // One command can start pytest several times; the last one wrote the record.
        let selected: Vec<&String> = sessions.iter().flat_map(|s| &s.selected).collect();
        record.insert("selected".to_owned(), json!(selected));
    }
    let text = serde_json::to_string_pretty(&record).map_err(|e| e.to_string())? + "\n";
    write_whole(path, text.as_bytes()).map_err(|f| f.render())
}
