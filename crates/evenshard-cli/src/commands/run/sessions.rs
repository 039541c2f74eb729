//! What the plugin's sessions answered.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use evenshard::Micros;
use evenshard::record::{Home, SetupCosts, SharedFixture};
use serde::Deserialize;

use crate::exit;
use crate::failure::Failure;

/// One start of pytest, and the session that came of it.
#[derive(Clone, Debug, Deserialize)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a key of what the plugin says"
)]
pub(super) struct Session {
    key: String,
    role: Role,
    /// How it was started.
    #[serde(default)]
    command: String,
    /// The test that forked it.
    #[serde(default)]
    test: String,
    /// The session that this one is an xdist worker of.
    #[serde(default)]
    parent: Option<String>,
    /// How far it came; the last is `finished`.
    #[serde(default)]
    state: String,
    /// Whether its tests are over or broken off, and it tears down.
    #[serde(default)]
    ending: bool,
    /// pytest's version, where the plugin refused it.
    #[serde(default)]
    too_old: Option<String>,
    /// The node ids that it was to run.
    #[serde(default)]
    pub(super) selected: Vec<String>,
    /// The files that it was offered.
    #[serde(default)]
    pub(super) files: Vec<String>,
    /// How many files it left to other shards.
    #[serde(default)]
    pub(super) pruned: u64,
    /// The tests that the plan expects in files that it collected whole, and that are not there.
    #[serde(default)]
    pub(super) absent: Vec<String>,
    /// Whether such tests are missing in a function that the plan cuts, for other shards to run.
    #[serde(default)]
    pub(super) elsewhere: bool,
    /// Those of files that skipped themselves as a whole.
    #[serde(default)]
    pub(super) gone: Vec<String>,
    /// All tests of the shard that it saw, whatever filters made of them: node ids without
    /// the groups that xdist adds.
    #[serde(default)]
    pub(super) own: Vec<String>,
    /// Those that it selected, in the same form.
    #[serde(default)]
    pub(super) plain: Vec<String>,
    /// The tests that the plan knows and a hook left out.
    #[serde(default)]
    pub(super) dropped_known: Vec<String>,
    /// What the user selected, as text.
    #[serde(default)]
    pub(super) selection: Option<String>,
    /// What a proof needs beside the ids.
    #[serde(default)]
    pub(super) proof: Proof,
    /// How often tests ran again, by node id.
    #[serde(default)]
    pub(super) retried: BTreeMap<String, u32>,
    /// The node ids that failed in quarantine.
    #[serde(default)]
    pub(super) quarantined: Vec<String>,
    /// Which entries of the quarantine fit a test, or may fit one of a file that was left to
    /// other shards; `None` where it did not get as far as to tell.
    #[serde(default)]
    pub(super) quarantine_fits: Option<Vec<usize>>,
    /// Why it stopped early, where that was asked for.
    #[serde(default)]
    pub(super) stopped: Option<String>,
    /// pytest's exit status.
    #[serde(default)]
    pub(super) exit: Option<i64>,
    /// How many of them the timings knew, and how many there were.
    #[serde(default, rename = "match")]
    pub(super) matched: (u64, u64),
    /// Examples of those that the timings did not know.
    #[serde(default)]
    pub(super) unknown: Vec<String>,
    /// Tests whose marks link them to one that another shard runs, and that one.
    #[serde(default)]
    pub(super) apart: Vec<(String, String)>,
    /// Why it ran nothing, if it refused.
    #[serde(default)]
    pub(super) refused: Option<String>,
    /// The option beside which no shard can be run, and what it does, if there was one.
    #[serde(default)]
    contradiction: Option<(String, String)>,
    /// Whether only a look at the whole suite tells if "no tests" is a success.
    #[serde(default)]
    pub(super) survey: bool,
    #[serde(default)]
    pub(super) collect_only: bool,
    /// Where it wrote the record.
    #[serde(default)]
    pub(super) record: Option<PathBuf>,
    #[serde(default)]
    pub(super) record_error: Option<String>,
    /// The JUnit file that it wrote.
    #[serde(default)]
    pub(super) junit: Option<PathBuf>,
    /// Why the results that --junit asks for could not be written.
    #[serde(default)]
    pub(super) junit_error: Option<String>,
    /// The durations of all phases of all tests.
    #[serde(default)]
    pub(super) cases_us: Micros,
    /// The session from its start to its end.
    #[serde(default)]
    pub(super) wall_us: Micros,
    /// How many xdist workers the plugin acted in, and how many collected tests.
    #[serde(default)]
    pub(super) workers: u32,
    #[serde(default)]
    workers_started: u32,
    /// What set-up cost, in its workers as well.
    #[serde(default)]
    pub(super) setup: SetupCosts,
    /// The same of fixtures that tests of several files share.
    #[serde(default, rename = "session_us")]
    pub(super) shared: Vec<SharedFixture>,
}

/// What a proof needs beside the ids of the selected tests, as the record has it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Proof {
    pub(super) everywhere: Vec<String>,
    pub(super) collected_from: BTreeMap<String, Vec<String>>,
    pub(super) cut: BTreeMap<String, String>,
    pub(super) dropped: Vec<String>,
    pub(super) kept: BTreeMap<String, String>,
    pub(super) home: Vec<Home>,
    pub(super) positional: Vec<String>,
}

impl Proof {
    /// The files and classes whose tests have to stay together.
    pub(super) fn homes(&self) -> impl Iterator<Item = String> {
        let homes = self.home.iter().filter(|home| home.binds());
        homes.map(|home| home.of.clone())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Role {
    /// pytest itself, or the controller of xdist workers.
    Main,
    /// An xdist worker.
    Worker,
    /// No session yet: pytest loaded the plugin, and may have ended over its arguments or a
    /// `conftest.py`.
    Imported,
    /// No session: an option of pytest keeps the plugin from acting.
    Blocked,
    /// No session of its own: a test forked pytest, and the child went on with the tests.
    Forked,
}

impl Session {
    /// True when it came to its end in order, however its tests ended.
    pub(super) fn is_finished(&self) -> bool {
        self.state == "finished"
    }

    /// True when it collected its tests, whatever became of them.
    pub(super) fn has_collected(&self) -> bool {
        matches!(self.state.as_str(), "collected" | "finished")
    }

    /// What keeps it from being a proof that its tests ran, if anything does.
    fn fault(&self) -> Option<String> {
        let command = &self.command;
        match self.role {
            Role::Imported => Some(format!("`{command}` ended before its session began")),
            Role::Main if !self.is_finished() => {
                Some(format!("`{command}` ended before its session did"))
            }
            Role::Forked => Some(format!(
                "the child that {} forked went on with the tests of `{command}`",
                self.test
            )),
            Role::Main | Role::Worker | Role::Blocked => None,
        }
    }

    /// By what sessions are ordered: when they began, and which process they are.
    fn place(&self) -> Option<(u128, i32)> {
        let (process, began) = self.key.split_once('-')?;
        Some((began.parse().ok()?, process.parse().ok()?))
    }

    /// True when xdist started workers in which the plugin did not load.
    pub(super) fn lost_workers(&self) -> bool {
        self.workers < self.workers_started
    }
}

/// What answered.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// The sessions, workers left out, in the order in which they began.
    pub(super) sessions: Vec<Session>,
    /// Whether pytest loaded the plugin at all, and nothing kept it from acting.
    pub(super) imported: bool,
    /// What keeps the sessions from being a proof that all tests ran, such as one that broke
    /// off before it wrote anything.
    pub(super) faults: Vec<String>,
    /// The version of a pytest that is too old for the plugin.
    pub(super) too_old: Option<String>,
}

impl Answers {
    /// Why a session refused to run, where an option contradicts the shard or pytest is too old.
    pub(super) fn contradiction(&self) -> Option<Failure> {
        if let Some(version) = &self.too_old {
            let what = format!("the plugin never loaded: pytest {version} is too old for it");
            let hint = "install pytest 7.4 or newer in the environment that the command uses";
            return Some(Failure::new(exit::CONFIG, what).hint(hint));
        }
        let found = self.sessions.iter().find_map(|s| s.contradiction.as_ref());
        let (option, why) = found?;
        let what = format!("pytest was stopped: {option} {why}");
        let hint = format!("take {option} out of the command, and of addopts");
        Some(Failure::new(exit::CONFIG, what).hint(hint))
    }
}

/// A process in which the plugin was imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Process {
    /// Its id.
    pub(super) id: i32,
    /// Whether it is an xdist worker, which its controller ends.
    pub(super) is_worker: bool,
    /// Whether its session has begun to end.
    pub(super) is_ending: bool,
}

/// The processes that answered in `talk`; some may have ended.
pub(super) fn processes(talk: &Path) -> Vec<Process> {
    let process = |s: &Session| {
        let (_, id) = s.place()?;
        let is_worker = s.role == Role::Worker;
        let is_ending = s.ending || s.is_finished();
        Some(Process {
            id,
            is_worker,
            is_ending,
        })
    };
    all(talk).iter().filter_map(process).collect()
}

/// Reads what answered in `talk`.
pub(super) fn read(talk: &Path) -> Answers {
    let mut all = all(talk);
    join_workers(&mut all);
    Answers {
        imported: !all.is_empty() && all.iter().all(|s| s.role != Role::Blocked),
        faults: all.iter().filter_map(Session::fault).collect(),
        too_old: all.iter().find_map(|s| s.too_old.clone()),
        sessions: all.into_iter().filter(|s| s.role == Role::Main).collect(),
    }
}

/// Whatever answered, in the order in which it began.
fn all(talk: &Path) -> Vec<Session> {
    let entries = fs_err::read_dir(talk)
        .into_iter()
        .flatten()
        .filter_map(Result::ok);
    let session = |path: PathBuf| serde_json::from_slice::<Session>(&fs_err::read(path).ok()?).ok();
    let mut found: Vec<Session> = entries
        .map(|e| e.path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .filter_map(session)
        .collect();
    found.sort_by_key(Session::place);
    found
}

/// Brings what workers measured to their sessions.
fn join_workers(all: &mut [Session]) {
    let (workers, others): (Vec<&mut Session>, Vec<&mut Session>) =
        all.iter_mut().partition(|s| s.role == Role::Worker);
    for session in others {
        let of_session = workers.iter();
        let of_session = of_session.filter(|w| w.parent.as_ref() == Some(&session.key));
        let mut fixtures: Vec<&[SharedFixture]> = Vec::new();
        for worker in of_session {
            session.setup.join(worker.setup.clone());
            fixtures.push(&worker.shared);
        }
        if !fixtures.is_empty() {
            // Every worker collects all tests of the session.
            let all = fixtures
                .into_iter()
                .map(|found| (found, &*session.selected));
            session.shared = SharedFixture::joined(&all.collect::<Vec<_>>());
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn sessions_are_in_the_order_in_which_they_began() {
        let talk = tempfile::tempdir().unwrap();
        for key in ["10000-1000", "9999-999", "7-1001", "100-20", "99-3"] {
            let json = format!(r#"{{"key": "{key}", "role": "main", "state": "finished"}}"#);
            fs_err::write(talk.path().join(format!("{key}.json")), json).unwrap();
        }
        let sessions = super::read(talk.path()).sessions;
        let keys: Vec<&str> = sessions.iter().map(|s| s.key.as_str()).collect();
        assert_eq!(keys, ["99-3", "100-20", "9999-999", "10000-1000", "7-1001"]);
    }

    #[test]
    fn a_pytest_that_is_too_old_is_named() {
        let talk = tempfile::tempdir().unwrap();
        let json = r#"{"key": "1-1", "role": "imported", "too_old": "6.2.5"}"#;
        fs_err::write(talk.path().join("1-1.json"), json).unwrap();
        let failure = super::read(talk.path()).contradiction().unwrap();
        assert_eq!(failure.code(), 78);
        assert!(failure.render().contains("pytest 6.2.5 is too old"));
    }
}
