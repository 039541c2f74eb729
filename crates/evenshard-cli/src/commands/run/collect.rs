//! Collecting with pytest itself: the user's command with the plugin, nothing executed.

use evenshard::suite::Collected;
use evenshard_report::words::plural;

use crate::commands::run::child::{self, Stdout};
use crate::commands::run::handover::{Handover, Mode};
use crate::commands::run::{never_loaded, sessions};
use crate::env::Env;
use crate::exit;
use crate::failure::Failure;
use crate::settings::Launch;
use crate::streams::Streams;

/// How much of a failed collection's output is shown.
const SHOWN_LINES: usize = 40;

/// The tests that a command selects.
#[derive(Debug)]
pub(crate) struct Found {
    /// Their node ids, in pytest's order.
    pub(crate) ids: Vec<String>,
    /// What pytest told of them besides.
    pub(crate) collected: Collected,
}

/// Collects the tests that a command selects; those with one of these marks stay with their file.
///
/// # Errors
/// 65 when it does not collect, with the end of what it printed; 78 when the plugin never
/// loaded or an option contradicts; 126 and 127 when it could not be started.
pub(crate) fn tests(
    launch: &Launch,
    whole_marks: &[String],
    env: &Env,
    streams: &mut Streams<'_>,
) -> Result<Found, Failure> {
    let Launch { command, work_dir } = launch;
    let signals = child::catch();
    let handover = Handover::prepare(&Mode::Collect { whole_marks }, work_dir.as_ref(), env)?;
    let log = handover.scratch("collect.log");
    streams.detail(&handover.told(command));
    let collecting = streams.step(|| "collecting with pytest".to_owned());
    let ended = handover.run(command, Stdout::File(log.clone()), signals)?;
    let took = collecting.end();
    let answers = sessions::read(handover.talk());
    if let Some(contradiction) = answers.contradiction() {
        return Err(contradiction);
    }
    let sessions = answers.sessions;
    let status = ended.exit_status();
    if !sessions.is_empty() && matches!(status, exit::OK | super::NO_TESTS) {
        let mut collected = Collected::default();
        for proof in sessions.iter().map(|session| &session.proof) {
            collected.homes.extend(proof.homes());
            collected
                .positional
                .extend(proof.positional.iter().cloned());
        }
        let ids: Vec<String> = sessions.into_iter().flat_map(|s| s.selected).collect();
        let n = ids.len();
        streams.detail(&format!("collected {n} test{} in {took}", plural(n)));
        return Ok(Found { ids, collected });
    }
    let output = fs_err::read(&log).unwrap_or_default();
    let output = String::from_utf8_lossy(&output);
    let lines: Vec<&str> = output.lines().collect();
    for line in &lines[lines.len().saturating_sub(SHOWN_LINES)..] {
        streams.add(line);
    }
    Err(if ended.signal().is_some() {
        Failure::new(status, "collecting was interrupted")
    } else if sessions.is_empty() && !answers.imported {
        never_loaded::failure(command, &handover, env, status)
    } else {
        Failure::data(format!(
            "the command did not collect (it ended with {status})"
        ))
    })
}
