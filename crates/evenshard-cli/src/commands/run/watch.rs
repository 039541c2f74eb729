//! Running a few tests of a shard and watching one of them: what `explain --bisect` tries.

use std::collections::BTreeSet;
use std::path::Path;

use evenshard::{Plan, Shard};

use crate::ci;
use crate::commands::run::child::{self, Child, Stdout};
use crate::commands::run::launcher::Launcher;
use crate::commands::run::never_loaded;
use crate::commands::run::own_environment;
use crate::commands::run::plugin::message::Session;
use crate::commands::run::plugin::settings::{Job, Run};
use crate::commands::run::sessions;
use crate::env::Env;
use crate::exit;
use crate::failure::Failure;
use crate::results;
use crate::settings::Launch;
use crate::streams::Streams;

/// The lines of a failed command's output that are shown. Chosen, not measured.
const SHOWN_LINES: usize = 40;

/// The outcome of a test that failed, as the plugin has it.
const FAILED: &str = "failed";

/// A shard whose tests are run in parts, one of them watched.
#[derive(Debug)]
pub(crate) struct Watched<'a> {
    pub(crate) launch: &'a Launch,
    pub(crate) env: &'a Env,
    pub(crate) plan: &'a Plan,
    pub(crate) shard: Shard,
    /// Set to leave files of other shards alone, as `run` does.
    pub(crate) prune: bool,
    /// The node id of the watched test.
    pub(crate) test: &'a str,
}

/// What the command selects in the shard.
#[derive(Debug)]
pub(crate) struct Found {
    /// The node ids in the order in which they run.
    pub(crate) ids: Vec<String>,
    /// The words of pytest's command without files and node ids.
    pub(crate) options: Vec<String>,
}

impl Watched<'_> {
    /// Collects the tests of the shard, in their order.
    ///
    /// # Errors
    /// Those of a command that does not collect: 65, 78, 126, 127 and signals.
    pub(crate) fn collect(&self, streams: &mut Streams<'_>) -> Result<Found, Failure> {
        let session = self.session(None, &[], streams)?;
        Ok(Found {
            ids: session.plain,
            options: session.options,
        })
    }

    /// Runs these tests of the shard, in this order of all of them, and returns true if the watched
    /// one failed.
    ///
    /// # Errors
    /// Those of [`collect`](Self::collect), and 65 where the watched test did not run.
    pub(crate) fn fails(
        &self,
        only: &BTreeSet<String>,
        order: &[String],
        streams: &mut Streams<'_>,
    ) -> Result<bool, Failure> {
        let session = self.session(Some(only), order, streams)?;
        Ok(session.watched.as_deref() == Some(FAILED))
    }

    /// Starts the command on some tests of the shard; collects them only, where none are named.
    fn session(
        &self,
        only: Option<&BTreeSet<String>>,
        order: &[String],
        streams: &mut Streams<'_>,
    ) -> Result<Session, Failure> {
        let (plan, shard) = (self.plan, self.shard);
        let slice = plan.slice(shard);
        let record = results::started(plan, shard, plan.predicted(shard), &ci::Job::default());
        // No quarantine: a failure that does not count is one all the same.
        let run = Run {
            prune: self.prune,
            survey: only.is_none(),
            only,
            watch: Some(self.test),
            order,
            ..Run::of(&slice, shard, &record)
        };
        let job = Job {
            whole_marks: &plan.content().rules.whole_marks,
            run: Some(run),
        };
        let signals = child::catch();
        let mut launcher = Launcher::prepare(&job, self.launch, self.env)?;
        // What a real run measured stays.
        launcher.set("COVERAGE_FILE", launcher.scratch("coverage").into());
        let log = launcher.scratch("pytest.log");
        let step = streams.step(|| "running pytest".to_owned());
        let ended = launcher.run(Stdout::File(log.clone()), signals, streams)?;
        drop(step);
        let status = ended.exit_status();
        let answers = sessions::read(launcher.answers());
        if ended.signal().is_some() {
            return Err(Failure::new(status, "pytest was ended by a signal"));
        }
        if let Some(contradiction) = answers.contradiction() {
            return Err(contradiction);
        }
        let several = answers.sessions.len() > 1;
        let session = answers.sessions.into_iter().next();
        if several {
            let what = "the command starts pytest several times: give the one that runs the test";
            return Err(Failure::config(what));
        }
        if let Some(session) = session.clone().filter(|session| answered(session, only)) {
            return Ok(session);
        }
        show_end(&log, streams);
        Err(match session {
            _ if !answers.imported => never_loaded::failure(&launcher, self.env, status),
            Some(session) if only.is_some() && session.has_collected() => Failure::data(format!(
                "{} did not run: pytest ended with {status} before it",
                self.test
            )),
            _ => Failure::data(format!("pytest did not collect (it ended with {status})")),
        })
    }
}

/// Returns true for a session that says what it was started for.
fn answered(session: &Session, only: Option<&BTreeSet<String>>) -> bool {
    match only {
        Some(_) => session.watched.is_some(),
        // With an error in a file, its tests would be missing.
        None => session.has_collected() && matches!(session.exit, Some(0 | 5)),
    }
}

/// Shows the end of what pytest printed.
fn show_end(log: &Path, streams: &mut Streams<'_>) {
    let output = fs_err::read(log).unwrap_or_default();
    let output = String::from_utf8_lossy(&output);
    let lines: Vec<&str> = output.lines().collect();
    for line in &lines[lines.len().saturating_sub(SHOWN_LINES)..] {
        streams.add(line);
    }
}

/// Runs a plain command, without the plugin, and returns true if tests failed in it.
///
/// # Errors
/// Those of a command that cannot be started, and signals.
pub(crate) fn fails_plainly(
    launch: &Launch,
    env: &Env,
    streams: &mut Streams<'_>,
) -> Result<bool, Failure> {
    let folder = tempfile::tempdir()
        .map_err(|error| Failure::unwritable("cannot make a temporary folder").caused_by(&error))?;
    let signals = child::catch();
    let mut variables = vec![("COVERAGE_FILE", folder.path().join("coverage").into())];
    variables.extend(own_environment::path_without(env).map(|path| ("PATH", path)));
    let step = streams.step(|| "running pytest".to_owned());
    let child = Child {
        command: &launch.command,
        variables: &variables,
        answers: None,
        stdout: Stdout::File(folder.path().join("pytest.log")),
    };
    let ended = child::run(child, signals)?;
    drop(step);
    let status = ended.exit_status();
    if ended.signal().is_some() {
        return Err(Failure::new(status, "pytest was ended by a signal"));
    }
    Ok(status == exit::TESTS_FAILED)
}
