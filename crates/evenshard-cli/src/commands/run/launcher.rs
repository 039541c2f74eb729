//! Launching pytest with the plugin: a private folder holds the plugin, its settings, and the
//! answers of its sessions.
//!
//! The settings name that folder, too. A container sees it elsewhere: the plugin finds the folder
//! by its own path, and rewrites every other path.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::commands::run::child::{self, Child, Ended, Stdout};
use crate::commands::run::own_environment;
use crate::commands::run::plugin;
use crate::commands::run::plugin::settings::{Job, Settings};
use crate::commands::run::signals::Caught;
use crate::env::Env;
use crate::failure::Failure;
use crate::settings::Launch;
use crate::streams::Streams;
use crate::work_dir::Private;

/// A private folder for the command; dropping it removes the folder.
#[derive(Debug)]
pub(super) struct Launcher<'a> {
    launch: &'a Launch,
    folder: Private,
    answers: PathBuf,
    variables: Vec<(&'static str, OsString)>,
}

impl<'a> Launcher<'a> {
    /// Writes the plugin and its settings to a private folder. Fails with 73.
    pub(super) fn prepare(job: &Job<'_>, launch: &'a Launch, env: &Env) -> Result<Self, Failure> {
        let failed = |error: &dyn std::error::Error| {
            Failure::unwritable("cannot write the plugin to a private folder").caused_by(error)
        };
        let folder = Private::new(launch.work_dir.as_ref(), env).map_err(|e| failed(&e))?;
        // Else pytest would start without the plugin and run all tests.
        can_be_on_a_path(folder.seen(), launch.work_dir.is_some())?;
        let answers = folder.path().join("talk");
        // A folder of its own, so that whatever lies in it is an answer.
        fs_err::create_dir(&answers).map_err(|e| failed(&e))?;
        let settings = Settings {
            folder: folder.path(),
            talk: &answers,
            empty: ["PYTHONPATH", "PYTEST_PLUGINS"]
                .into_iter()
                .filter(|name| env.is_empty(name))
                .collect(),
            job,
        };
        // As a file: an environment variable could not hold the plan of a large suite.
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
            launch,
            folder,
            answers,
            variables,
        })
    }

    /// Returns the variables that load the plugin, a user's own values kept, and the PATH that finds
    /// the project's Python.
    pub(super) fn variables(&self) -> &[(&'static str, OsString)] {
        &self.variables
    }

    /// Returns the command as it was typed.
    pub(super) fn command(&self) -> &[OsString] {
        &self.launch.command
    }

    /// Runs the command to its end, with the plugin.
    pub(super) fn run(
        &self,
        stdout: Stdout,
        signals: Caught,
        streams: &mut Streams<'_>,
    ) -> Result<Ended, Failure> {
        streams.detail(&self.command_line());
        let child = Child {
            command: self.command(),
            variables: &self.variables,
            answers: Some(&self.answers),
            stdout,
        };
        child::run(child, signals)
    }

    /// Adds a variable for the command.
    pub(super) fn set(&mut self, name: &'static str, value: OsString) {
        self.variables.push((name, value));
    }

    /// Describes the command with its variables, for `--verbose`.
    fn command_line(&self) -> String {
        let text = |value: &OsStr| value.to_string_lossy().into_owned();
        let variable = |(name, value): &(&str, OsString)| {
            format!("{name}={}", shell_words::quote(&text(value)))
        };
        let variables = self.variables.iter().map(variable);
        let words =
            { self.command().iter() }.map(|word| shell_words::quote(&text(word)).into_owned());
        let line: Vec<String> = variables.chain(words).collect();
        format!("starting {}", line.join(" "))
    }

    /// Returns the folder in which the plugin's sessions answer.
    pub(super) fn answers(&self) -> &Path {
        &self.answers
    }

    /// Names a file in the private folder, for output that is only shown on failure.
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
    Err(Failure::config(
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
        // An empty part of PYTHONPATH is the current folder.
        if !out.is_empty() {
            out.push(separator);
        }
        out.push(second);
    }
    out
}

/// Adds our plugin to the user's.
fn added(plugins: Option<&OsStr>) -> OsString {
    joined(plugins, Some(OsStr::new(plugin::NAME)), ",")
}

#[cfg(test)]
mod tests {
    use super::{Job, Launch, Launcher};
    use crate::commands::run::plugin;
    use crate::env::Env;

    #[test]
    fn a_users_own_values_are_kept() {
        let env = Env::from_pairs([("PYTHONPATH", "src:lib"), ("PYTEST_PLUGINS", "a,b")]);
        let launch = Launch {
            command: Vec::new(),
            work_dir: None,
        };
        let launcher = Launcher::prepare(&Job::default(), &launch, &env).unwrap();
        let value = |name| {
            let found = launcher.variables().iter().find(|(n, _)| *n == name);
            found
                .map(|(_, v)| v.to_string_lossy().into_owned())
                .unwrap_or_default()
        };
        assert!(value("PYTHONPATH").ends_with(":src:lib"));
        assert_eq!(value("PYTEST_PLUGINS"), format!("a,b,{}", plugin::NAME));
        let folder = launcher.answers().parent().unwrap().to_owned();
        assert!(folder.join(format!("{}.py", plugin::NAME)).is_file());
        drop(launcher);
        assert!(!folder.exists());
    }
}
