//! Starting the user's command, and passing signals on to it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use crate::commands::run::signals::{self, Caught};
use crate::exit;
use crate::failure::Failure;

/// Where the command's standard output goes.
#[derive(Debug)]
pub(crate) enum Stdout {
    /// Where ours goes.
    Inherited,
    /// Into a file, standard error too.
    File(PathBuf),
}

/// How the command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    status: ExitStatus,
    /// The last signal that was passed on to it.
    passed_on: Option<i32>,
}

impl Ended {
    /// The signal that ended the run: one that was passed on, whatever the command made of
    /// it, else one that killed the command.
    pub(crate) fn signal(&self) -> Option<i32> {
        self.passed_on.or(killed_by(self.status))
    }

    /// The exit status: the command's own, 128+n for signal n.
    pub(crate) fn exit_status(&self) -> u8 {
        let code = match self.signal() {
            Some(signal) => i32::from(exit::SIGNAL_BASE) + signal,
            None => self.status.code().unwrap_or(1),
        };
        u8::try_from(code & 0xFF).unwrap_or(1)
    }
}

/// Catches the signals that end a job, from before the private folder is made until it is
/// removed; what came before the command starts is passed on to it then.
pub(crate) fn catch() -> Caught {
    signals::catch()
}

/// The user's command, ready to start.
#[derive(Debug)]
pub(crate) struct Child<'a> {
    pub(crate) command: &'a [OsString],
    /// What its environment gets beside our own.
    pub(crate) variables: &'a [(&'static str, OsString)],
    /// Where its pytest sessions say that they are there.
    pub(crate) talk: Option<&'a Path>,
    pub(crate) stdout: Stdout,
}

/// Runs a command to its end.
///
/// # Errors
/// 127 when it is not found, 126 when it cannot be started, 78 when it has more arguments than
/// the system takes.
pub(crate) fn run(child: Child<'_>, signals: Caught) -> Result<Ended, Failure> {
    let Some((program, arguments)) = child.command.split_first() else {
        return Err(Failure::new(
            exit::USAGE,
            "which command? Nothing stands behind --",
        ));
    };
    let name = program.to_string_lossy().into_owned();
    let mut prepared = Command::new(program);
    prepared.args(arguments);
    prepared.envs(child.variables.iter().map(|(k, v)| (k, v)));
    if let Stdout::File(path) = child.stdout {
        let open = || fs_err::File::create(&path).map(|f| Stdio::from(f.into_file()));
        let opened = open().and_then(|out| Ok((out, Stdio::from(reopen(&path)?))));
        let (out, err) = opened.map_err(|error| {
            Failure::new(exit::CANNOT_WRITE, "cannot write to a temporary folder").caused_by(&error)
        })?;
        prepared.stdin(Stdio::null()).stdout(out).stderr(err);
    }
    let started = prepared.spawn().map_err(|error| {
        let code = match error.kind() {
            std::io::ErrorKind::NotFound => exit::NOT_FOUND,
            std::io::ErrorKind::ArgumentListTooLong => exit::CONFIG,
            _ => exit::CANNOT_START,
        };
        let hint = match () {
            () if code == exit::CONFIG => {
                "give the lines in a file: {file} in the command stands for one that holds them".to_owned()
            }
            () if name.contains(char::is_whitespace) => {
                format!("take the quotes away: the program and its arguments are words of their own, as in -- {name}")
            }
            () if is_assignment(&name) => format!("put env in front: -- env {name} ..."),
            () if code == exit::NOT_FOUND => {
                "is it on PATH? For a virtual environment: .venv/bin/pytest, or uv run pytest".to_owned()
            }
            () => "is it a program that may be executed?".to_owned(),
        };
        Failure::new(code, format!("cannot start {name}"))
            .caused_by(&error)
            .hint(hint)
    })?;
    wait(started, signals, child.talk)
}

/// True for `NAME=value`, which only a shell takes for a variable.
fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
    })
}

fn reopen(path: &Path) -> std::io::Result<std::fs::File> {
    Ok(fs_err::OpenOptions::new()
        .append(true)
        .open(path)?
        .into_file())
}

fn wait(
    mut child: std::process::Child,
    signals: Caught,
    talk: Option<&Path>,
) -> Result<Ended, Failure> {
    let guard = signals.pass_on_to(&child, talk);
    let status = child.wait().map_err(|error| {
        Failure::new(exit::CANNOT_START, "cannot wait for the command").caused_by(&error)
    })?;
    Ok(Ended {
        status,
        passed_on: guard.finish(killed_by(status)),
    })
}

#[cfg(unix)]
fn killed_by(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn killed_by(_: ExitStatus) -> Option<i32> {
    None
}
