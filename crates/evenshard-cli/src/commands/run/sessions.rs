//! The sessions of one command, as their messages have them.

use std::path::Path;

use evenshard::record::SharedFixture;

use crate::commands::run::plugin::message::{Role, Session};
use crate::failure::Failure;

#[derive(Debug, Default)]
pub(super) struct Answers {
    /// The sessions without workers, in the order in which they began.
    pub(super) sessions: Vec<Session>,
    /// Set when pytest loaded the plugin, and nothing kept it from acting.
    pub(super) imported: bool,
    /// Reasons for which the sessions do not prove that all tests ran, such as one that broke
    /// off before it wrote anything.
    pub(super) faults: Vec<String>,
    /// The version of a pytest that is too old for the plugin.
    pub(super) too_old: Option<String>,
}

impl Answers {
    /// Returns why a session refused to run, where an option contradicts the shard or pytest is too old.
    pub(super) fn contradiction(&self) -> Option<Failure> {
        if let Some(version) = &self.too_old {
            let what = format!("the plugin never loaded: pytest {version} is too old for it");
            let hint = "install pytest 7.4 or newer in the environment that the command uses";
            return Some(Failure::config(what).hint(hint));
        }
        let found = self.sessions.iter().find_map(|s| s.contradiction.as_ref());
        let (option, why) = found?;
        let what = format!("pytest was stopped: {option} {why}");
        let hint = format!("take {option} out of the command, and of addopts");
        Some(Failure::config(what).hint(hint))
    }
}

/// A process in which the plugin was imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) id: i32,
    /// Set for an xdist worker, which its controller ends.
    pub(super) is_worker: bool,
    pub(super) is_ending: bool,
}

/// Returns the processes with a message in this folder; some may have ended.
pub(super) fn processes(folder: &Path) -> Vec<Process> {
    let process = |s: &Session| {
        Some(Process {
            id: s.began()?.1,
            is_worker: s.role == Role::Worker,
            // A finished one still tears down.
            is_ending: s.ending || s.is_finished(),
        })
    };
    all(folder).0.iter().filter_map(process).collect()
}

/// Reads the messages in a folder.
pub(super) fn read(folder: &Path) -> Answers {
    let (mut all, mut faults) = all(folder);
    join_workers(&mut all);
    faults.extend(all.iter().filter_map(Session::fault));
    Answers {
        imported: !all.is_empty() && all.iter().all(|s| s.role != Role::Blocked),
        faults,
        too_old: all.iter().find_map(|s| s.too_old.clone()),
        sessions: all.into_iter().filter(|s| s.role == Role::Main).collect(),
    }
}

/// Returns the messages in the order in which their sessions began, and why others cannot be read.
fn all(folder: &Path) -> (Vec<Session>, Vec<String>) {
    let (mut sessions, mut faults) = (Vec::new(), Vec::new());
    let entries = fs_err::read_dir(folder).into_iter().flatten();
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    for path in paths.filter(|path| path.extension().is_some_and(|e| e == "json")) {
        // It may be gone: another process replaces it.
        let Ok(bytes) = fs_err::read(&path) else {
            continue;
        };
        match serde_json::from_slice(&bytes) {
            Ok(session) => sessions.push(session),
            Err(error) => faults.push(format!("{} cannot be read: {error}", path.display())),
        }
    }
    sessions.sort_by_key(Session::began);
    (sessions, faults)
}

/// Adds the measurements of workers to their sessions.
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
    use super::{Role, Session};
    use crate::commands::run::plugin::message::State;

    fn write(talk: &std::path::Path, session: &Session) {
        let json = serde_json::to_vec(session).unwrap();
        fs_err::write(talk.join(format!("{}.json", session.key)), json).unwrap();
    }

    #[test]
    fn sessions_are_in_the_order_in_which_they_began() {
        let talk = tempfile::tempdir().unwrap();
        for key in ["10000-1000", "9999-999", "7-1001", "100-20", "99-3"] {
            let session = Session {
                key: key.to_owned(),
                state: State::Finished,
                ..Session::default()
            };
            write(talk.path(), &session);
        }
        let sessions = super::read(talk.path()).sessions;
        let keys: Vec<&str> = sessions.iter().map(|s| s.key.as_str()).collect();
        assert_eq!(keys, ["99-3", "100-20", "9999-999", "10000-1000", "7-1001"]);
    }

    #[test]
    fn a_pytest_that_is_too_old_is_named() {
        let talk = tempfile::tempdir().unwrap();
        let session = Session {
            key: "1-1".to_owned(),
            role: Role::Imported,
            too_old: Some("6.2.5".to_owned()),
            ..Session::default()
        };
        write(talk.path(), &session);
        let failure = super::read(talk.path()).contradiction().unwrap();
        assert_eq!(failure.code(), 78);
        assert!(failure.render().contains("pytest 6.2.5 is too old"));
    }
    #[test]
    fn a_message_that_cannot_be_read_is_a_fault() {
        let talk = tempfile::tempdir().unwrap();
        fs_err::write(talk.path().join("1-1.json"), r#"{"key": "1-1"}"#).unwrap();
        let faults = super::read(talk.path()).faults;
        assert!(faults[0].contains("1-1.json cannot be read"), "{faults:?}");
    }
}
