//! Starting the user's command, and forwarding signals to it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use crate::commands::run::signals::Caught;
pub(crate) use crate::commands::run::signals::catch;
use crate::exit;
use crate::failure::Failure;

/// The destination of the command's standard output.
#[derive(Debug)]
pub(crate) enum Stdout {
    /// The standard output of evenshard itself.
    Inherited,
    /// A file, for standard error too.
    File(PathBuf),
}

/// The end of the command.
#[derive(Debug)]
pub(crate) struct Ended {
    status: ExitStatus,
    /// The last signal that was forwarded to it.
    forwarded: Option<i32>,
}

impl Ended {
    /// Returns the signal that ended the run: one that was forwarded, whatever the command made of
    /// it, otherwise one that killed the command.
    pub(crate) fn signal(&self) -> Option<i32> {
        self.forwarded.or(killed_by(self.status))
    }

    /// Returns the exit status: the command's own, 128+n for signal n.
    pub(crate) fn exit_status(&self) -> u8 {
        let code = match self.signal() {
            Some(signal) => i32::from(exit::SIGNAL_BASE) + signal,
            None => self.status.code().unwrap_or(1),
        };
        // Windows has exit codes of 32 bits.
        u8::try_from(code & 0xFF).unwrap_or(1)
    }
}

/// The user's command, ready to start.
#[derive(Debug)]
pub(crate) struct Child<'a> {
    pub(crate) command: &'a [OsString],
    /// Variables that are added to the environment.
    pub(crate) variables: &'a [(&'static str, OsString)],
    /// The folder in which its pytest sessions report.
    pub(crate) answers: Option<&'a Path>,
    pub(crate) stdout: Stdout,
}

/// Runs a command to its end. Fails with 127 when it is not found, 126 when it cannot be started,
/// 78 when it has more arguments than the system takes.
pub(crate) fn run(child: Child<'_>, signals: Caught) -> Result<Ended, Failure> {
    let Some((program, arguments)) = child.command.split_first() else {
        return Err(Failure::usage("which command? Nothing stands behind --"));
    };
    let name = program.to_string_lossy().into_owned();
    let mut prepared = Command::new(program);
    prepared.args(arguments);
    prepared.envs(child.variables.iter().map(|(k, v)| (k, v)));
    if let Stdout::File(path) = child.stdout {
        let opened = fs_err::File::create(&path).map(fs_err::File::into_file);
        let opened = opened.and_then(|out| Ok((out.try_clone()?, out)));
        let (out, err) = opened.map_err(|error| {
            Failure::unwritable("cannot write to a temporary folder").caused_by(&error)
        })?;
        // Nobody answers a prompt of a collection whose output is not shown.
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
            // The usual mistake, `-- "pytest -q"`, before the advice on PATH.
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
    wait(started, signals, child.answers)
}

/// Returns true for `NAME=value`, which only a shell takes for a variable.
fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
    })
}

fn wait(
    mut child: std::process::Child,
    signals: Caught,
    answers: Option<&Path>,
) -> Result<Ended, Failure> {
    let guard = signals.forward_to(&child, answers);
    let status = child.wait().map_err(|error| {
        Failure::new(exit::CANNOT_START, "cannot wait for the command").caused_by(&error)
    })?;
    Ok(Ended {
        status,
        forwarded: guard.finish(killed_by(status)),
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
