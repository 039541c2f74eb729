//! Collecting with pytest itself: the user's command with the plugin, nothing executed.

use evenshard::suite::Collected;
use evenshard_report::words::counted;

use crate::commands::run::child::{self, Stdout};
use crate::commands::run::launcher::Launcher;
use crate::commands::run::plugin::settings::Job;
use crate::commands::run::{never_loaded, sessions};
use crate::env::Env;
use crate::exit;
use crate::failure::Failure;
use crate::settings::Launch;
use crate::streams::Streams;

/// The lines of a failed collection's output that are shown. Chosen, not
/// measured: pytest prints the errors at its end.
const SHOWN_LINES: usize = 40;

/// The tests that a command selects.
#[derive(Debug)]
pub(crate) struct Found {
    /// Their node ids, in pytest's order.
    pub(crate) ids: Vec<String>,
    /// The facts that pytest adds to them.
    pub(crate) collected: Collected,
}

/// Collects the tests that a command selects; those with one of these marks stay with their file.
/// Fails with 65 when it does not collect, after the end of its output; with 78 when the plugin never
/// loaded or an option contradicts; with 126 and 127 when it could not be started.
pub(crate) fn tests(
    launch: &Launch,
    whole_marks: &[String],
    env: &Env,
    streams: &mut Streams<'_>,
) -> Result<Found, Failure> {
    let signals = child::catch();
    let job = Job {
        whole_marks,
        run: None,
    };
    let launcher = Launcher::prepare(&job, launch, env)?;
    let log = launcher.scratch("collect.log");
    let collecting = streams.step(|| "collecting with pytest".to_owned());
    let ended = launcher.run(Stdout::File(log.clone()), signals, streams)?;
    let took = collecting.end();
    let answers = sessions::read(launcher.answers());
    if let Some(contradiction) = answers.contradiction() {
        return Err(contradiction);
    }
    let sessions = answers.sessions;
    let status = ended.exit_status();
    if !sessions.is_empty() && matches!(status, exit::OK | super::NO_TESTS) {
        let mut collected = Collected::default();
        for proof in sessions.iter().map(|session| &session.proof) {
            let homes = proof.home.iter().filter(|home| home.binds());
            collected.homes.extend(homes.map(|home| home.of.clone()));
            collected
                .positional
                .extend(proof.positional.iter().flatten().cloned());
        }
        let ids: Vec<String> = sessions.into_iter().flat_map(|s| s.selected).collect();
        let n = counted(ids.len(), "test");
        streams.detail(&format!("collected {n} in {took}"));
        return Ok(Found { ids, collected });
    }
    let output = fs_err::read(&log).unwrap_or_default();
    let output = String::from_utf8_lossy(&output);
    let lines: Vec<&str> = output.lines().collect();
    // pytest prints the errors of a collection at its end.
    for line in &lines[lines.len().saturating_sub(SHOWN_LINES)..] {
        streams.add(line);
    }
    Err(if ended.signal().is_some() {
        Failure::new(status, "collecting was interrupted")
    } else if sessions.is_empty() && !answers.imported {
        never_loaded::failure(&launcher, env, status)
    } else {
        Failure::data(format!(
            "the command did not collect (it ended with {status})"
        ))
    })
}
