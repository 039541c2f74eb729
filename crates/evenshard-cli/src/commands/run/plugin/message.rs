//! Everything that the plugin tells `run`: one file for each start of pytest, replaced as it grows.
//!
//! `pytest/plugin/messages.py` lists the same keys.

use std::collections::BTreeMap;
use std::path::PathBuf;

use evenshard::Micros;
use evenshard::record::{Home, SetupCosts, SharedFixture};
use serde::Deserialize;

/// One start of pytest, and its session if it began one.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(Default, serde::Serialize))]
#[serde(deny_unknown_fields)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a key of the plugin's message"
)]
pub(crate) struct Session {
    /// The process and its clock when pytest started, such as `4711-98765`.
    pub(crate) key: String,
    pub(crate) role: Role,
    /// The command line that started it.
    pub(crate) command: String,
    /// The test that forked it.
    pub(crate) test: Option<String>,
    /// The key of the session that started this xdist worker.
    pub(crate) parent: Option<String>,
    pub(crate) state: State,
    /// Set while it tears down: its tests are done or were broken off.
    pub(crate) ending: bool,
    /// pytest's version, where the plugin refused it.
    pub(crate) too_old: Option<String>,
    /// The option beside which no shard can be run, and what it does.
    pub(crate) contradiction: Option<(String, String)>,
    pub(crate) collect_only: bool,
    /// The tests that the user selected, as words of a shell.
    pub(crate) selection: Option<String>,
    /// The node ids that it was to run.
    pub(crate) selected: Vec<String>,
    /// The files that it visited.
    pub(crate) files: Vec<String>,
    /// The number of files that it left to other shards.
    pub(crate) pruned: u64,
    /// The tests that it left to other shards; `None` where it has not collected.
    pub(crate) others: Option<Others>,
    /// How many of its tests the timings knew, and how many there were.
    #[serde(rename = "match")]
    pub(crate) matched: (u64, u64),
    /// Examples of tests that the timings did not know.
    pub(crate) unknown: Vec<String>,
    /// The reason for which it ran nothing, if it refused.
    pub(crate) refused: Option<String>,
    /// Tests whose marks link them to one that another shard runs, and that one.
    pub(crate) apart: Vec<(String, String)>,
    pub(crate) proof: Proof,
    /// Tests that the plan expects in files that it collected whole, and that are missing.
    pub(crate) absent: Vec<String>,
    /// Set when such tests are missing in a function that the plan cuts, for other shards to run.
    pub(crate) elsewhere: bool,
    /// Missing tests of files that skipped themselves as a whole.
    pub(crate) gone: Vec<String>,
    /// All tests of the shard that it saw, whatever filters left out: node ids without the
    /// groups that xdist adds.
    pub(crate) own: Vec<String>,
    /// The selected tests in the same form.
    pub(crate) plain: Vec<String>,
    /// The tests that the plan knows and a hook left out.
    pub(crate) dropped_known: Vec<String>,
    /// The numbers of quarantine entries that cover a test, or may cover one of a file that was
    /// left to other shards; `None` where it has not collected.
    pub(crate) quarantine_fits: Option<Vec<usize>>,
    /// The node ids that failed in quarantine.
    pub(crate) quarantined: Vec<String>,
    /// The number of times that tests ran again, by node id.
    pub(crate) retried: BTreeMap<String, u32>,
    /// The reason for which it stopped early, where an option asked for that.
    pub(crate) stopped: Option<String>,
    /// pytest's exit status.
    pub(crate) exit: Option<i64>,
    /// The durations of all phases of all tests.
    pub(crate) cases_us: Micros,
    /// The session from its start to its end.
    pub(crate) wall_us: Micros,
    pub(crate) setup: SetupCosts,
    #[serde(rename = "session_us")]
    pub(crate) shared: Vec<SharedFixture>,
    /// The number of xdist workers in which the plugin acted.
    pub(crate) workers: u32,
    /// The number of xdist workers that collected tests.
    pub(crate) workers_started: u32,
    /// The path of its run record.
    pub(crate) record: Option<PathBuf>,
    pub(crate) record_error: Option<String>,
    /// The JUnit file that it wrote.
    pub(crate) junit: Option<PathBuf>,
    /// The reason for which the results of `--junit` could not be written.
    pub(crate) junit_error: Option<String>,
    /// The words of its command without files and node ids, where a test is watched.
    pub(crate) options: Vec<String>,
    /// The outcome of the watched test, if it ran.
    pub(crate) watched: Option<String>,
}

/// Facts that a proof needs beside the ids of the selected tests, as in the run record.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(Default, serde::Serialize))]
#[serde(deny_unknown_fields)]
pub(crate) struct Proof {
    pub(crate) everywhere: Vec<String>,
    pub(crate) collected_from: BTreeMap<String, Vec<String>>,
    pub(crate) cut: BTreeMap<String, String>,
    pub(crate) dropped: Vec<String>,
    pub(crate) kept: BTreeMap<String, String>,
    pub(crate) home: Vec<Home>,
    pub(crate) positional: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(Default, serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// pytest itself, or the controller of xdist workers.
    #[cfg_attr(test, default)]
    Main,
    Worker,
    /// No session yet: pytest loaded the plugin, and may have ended over its arguments or a
    /// `conftest.py`.
    Imported,
    /// No session: an option of pytest keeps the plugin from acting.
    Blocked,
    /// No session of its own: a test forked pytest, and the child went on with the tests.
    Forked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(Default, serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    #[cfg_attr(test, default)]
    Loaded,
    Begun,
    Collecting,
    Collected,
    /// The end in order, whatever became of the tests.
    Finished,
}

/// Tests that a session left to other shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Others {
    Some,
    /// It left files alone that may have tests: only a look at the whole suite tells.
    Unknown,
    None,
}

impl Session {
    pub(crate) fn is_finished(&self) -> bool {
        self.state == State::Finished
    }

    /// True when it collected its tests, whatever became of them.
    pub(crate) fn has_collected(&self) -> bool {
        matches!(self.state, State::Collected | State::Finished)
    }

    /// True when xdist started workers in which the plugin did not load.
    pub(crate) fn lost_workers(&self) -> bool {
        self.workers < self.workers_started
    }

    /// Returns the reason for which it does not prove that its tests ran, if there is one.
    pub(crate) fn fault(&self) -> Option<String> {
        let command = &self.command;
        match self.role {
            Role::Imported => Some(format!("`{command}` ended before its session began")),
            // It died, or os._exit ended it, whatever its exit status.
            Role::Main if !self.is_finished() => {
                Some(format!("`{command}` ended before its session did"))
            }
            Role::Forked => Some(format!(
                "the child that {} forked went on with the tests of `{command}`",
                self.test.as_deref().unwrap_or_default()
            )),
            Role::Main | Role::Worker | Role::Blocked => None,
        }
    }

    /// Returns when it began and its process id: sessions are ordered by these.
    pub(crate) fn began(&self) -> Option<(u128, i32)> {
        let (process, began) = self.key.split_once('-')?;
        // The clock first: process ids start anew after a while.
        Some((began.parse().ok()?, process.parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::{assert_lists, assert_names};
    use super::{Others, Role, Session, State};

    #[test]
    fn rust_and_the_plugin_list_the_same_keys() {
        let session = serde_json::to_value(Session::default()).unwrap();
        assert_lists("messages.py", "Message", &session);
        assert_lists("messages.py", "Proof", &session["proof"]);
        assert_names::<Role>("Role");
        assert_names::<State>("State");
        assert_names::<Others>("Others");
    }

    #[test]
    fn keys_that_are_not_listed_are_denied() {
        let read = |value: &Value| serde_json::from_value::<Session>(value.clone());
        let mut session = serde_json::to_value(Session::default()).unwrap();
        assert!(read(&session).is_ok());
        session["more"] = json!(1);
        assert!(read(&session).unwrap_err().to_string().contains("`more`"));
        let mut session = serde_json::to_value(Session::default()).unwrap();
        session["proof"]["more"] = json!([]);
        assert!(read(&session).unwrap_err().to_string().contains("`more`"));
    }
}
