//! What the plugin gets: a private folder with the plugin, the slice, and room to answer.
//!
//! The slice names that folder, too. Where the command sees it elsewhere (a container), the
//! plugin knows from where itself is, and brings every other path along.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::commands::run::child::{self, Child, Ended, Stdout};
use crate::commands::run::own_environment;
use crate::commands::run::plugin;
use crate::commands::run::plugin::settings::{Job, Settings};
use crate::commands::run::signals::Caught;
use crate::env::Env;
use crate::exit;
use crate::failure::Failure;
use crate::work_dir::{Private, WorkDir};

/// A prepared hand-over; its folder goes when it does.
#[derive(Debug)]
pub(super) struct Handover {
    folder: Private,
    talk: PathBuf,
    variables: Vec<(&'static str, OsString)>,
}

impl Handover {
    /// Writes plugin and slice to a private folder.
    ///
    /// # Errors
    /// Code 73 when that cannot be written.
    pub(super) fn prepare(
        job: &Job<'_>,
        work_dir: Option<&WorkDir>,
        env: &Env,
    ) -> Result<Self, Failure> {
        let failed = |error: &dyn std::error::Error| {
            Failure::new(
                exit::CANNOT_WRITE,
                "cannot write the plugin to a private folder",
            )
            .caused_by(error)
        };
        let folder = Private::new(work_dir, env).map_err(|e| failed(&e))?;
        can_be_on_a_path(folder.seen(), work_dir.is_some())?;
        let talk = folder.path().join("talk");
        fs_err::create_dir(&talk).map_err(|e| failed(&e))?;
        let settings = Settings {
            folder: folder.path(),
            talk: &talk,
            empty: ["PYTHONPATH", "PYTEST_PLUGINS"]
                .into_iter()
                .filter(|name| env.is_empty(name))
                .collect(),
            job,
        };
        let settings = serde_json::to_vec(&settings).map_err(|e| failed(&e))?;
        fs_err::write(folder.path().join("slice.json"), settings).map_err(|e| failed(&e))?;
        plugin::write_into(folder.path()).map_err(|e| failed(&e))?;
        let mut variables = vec![
            (
                "EVENSHARD_SLICE",
                folder.seen().join("slice.json").into_os_string(),
            ),
            (
                "PYTHONPATH",
                joined(
                    Some(folder.seen().as_os_str()),
                    env.get_os("PYTHONPATH"),
                    PATHS,
                ),
            ),
            ("PYTEST_PLUGINS", added(env.get_os("PYTEST_PLUGINS"))),
        ];
        variables.extend(own_environment::path_without(env).map(|path| ("PATH", path)));
        Ok(Self {
            folder,
            talk,
            variables,
        })
    }

    /// The environment variables that bring the plugin in, a user's own values kept, and the
    /// PATH on which the project's Python is found.
    pub(super) fn variables(&self) -> &[(&'static str, OsString)] {
        &self.variables
    }

    /// Runs a command to its end, with the plugin.
    ///
    /// # Errors
    /// Those of [`child::run`].
    pub(super) fn run(
        &self,
        command: &[OsString],
        stdout: Stdout,
        signals: Caught,
    ) -> Result<Ended, Failure> {
        let child = Child {
            command,
            variables: &self.variables,
            talk: Some(&self.talk),
            stdout,
        };
        child::run(child, signals)
    }

    /// Adds a variable of the command's own.
    pub(super) fn set(&mut self, name: &'static str, value: OsString) {
        self.variables.push((name, value));
    }

    /// What `--verbose` says of the command and what is added to it.
    pub(super) fn told(&self, command: &[OsString]) -> String {
        let text = |value: &OsStr| value.to_string_lossy().into_owned();
        let variable = |(name, value): &(&str, OsString)| {
            format!("{name}={}", shell_words::quote(&text(value)))
        };
        let variables = self.variables.iter().map(variable);
        let words = command
            .iter()
            .map(|word| shell_words::quote(&text(word)).into_owned());
        let line: Vec<String> = variables.chain(words).collect();
        format!("starting {}", line.join(" "))
    }

    /// Where the plugin's sessions answer.
    pub(super) fn talk(&self) -> &Path {
        &self.talk
    }

    /// A file in the private folder, for output that is only looked at on failure.
    pub(super) fn scratch(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

#[cfg(windows)]
const PATHS: &str = ";";
#[cfg(not(windows))]
const PATHS: &str = ":";

/// Stops before pytest starts where PYTHONPATH cannot hold the private folder.
fn can_be_on_a_path(folder: &Path, is_chosen: bool) -> Result<(), Failure> {
    if !folder.to_string_lossy().contains(PATHS) {
        return Ok(());
    }
    let (setting, hint) = if is_chosen {
        ("--work-dir", "give --work-dir a folder")
    } else {
        (
            "TMPDIR",
            "set TMPDIR to a folder, or name one with --work-dir,",
        )
    };
    Err(Failure::new(
        exit::CONFIG,
        format!(
            "pytest cannot load the plugin from {}: PYTHONPATH takes a `{PATHS}` for the end of a folder ({setting})",
            folder.display()
        ),
    )
    .hint(format!("{hint} whose path has no `{PATHS}`")))
}

fn joined(first: Option<&OsStr>, second: Option<&OsStr>, separator: &str) -> OsString {
    let mut out = first.unwrap_or_default().to_owned();
    if let Some(second) = second {
        if !out.is_empty() {
            out.push(separator);
        }
        out.push(second);
    }
    out
}

/// The user's plugins, then ours.
fn added(plugins: Option<&OsStr>) -> OsString {
    joined(plugins, Some(OsStr::new(plugin::NAME)), ",")
}

#[cfg(test)]
mod tests {
    use super::{Handover, Job};
    use crate::commands::run::plugin;
    use crate::env::Env;

    #[test]
    fn a_users_own_values_are_kept() {
        let env = Env::from_pairs([("PYTHONPATH", "src:lib"), ("PYTEST_PLUGINS", "a,b")]);
        let handover = Handover::prepare(&Job::default(), None, &env).unwrap();
        let value = |name| {
            let found = handover.variables().iter().find(|(n, _)| *n == name);
            found
                .map(|(_, v)| v.to_string_lossy().into_owned())
                .unwrap_or_default()
        };
        assert!(value("PYTHONPATH").ends_with(":src:lib"));
        assert_eq!(value("PYTEST_PLUGINS"), format!("a,b,{}", plugin::NAME));
        let folder = handover.talk().parent().unwrap().to_owned();
        assert!(folder.join(format!("{}.py", plugin::NAME)).is_file());
        drop(handover);
        assert!(!folder.exists());
    }
}
