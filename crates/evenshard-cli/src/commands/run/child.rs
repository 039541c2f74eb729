//! Starting the user's command, and passing signals on to it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::commands::run::handover::Handover;
use crate::exit;
use crate::failure::Failure;
pub(super) use signals::Caught;

/// Where the command's standard output goes.
#[derive(Debug)]
pub(super) enum Stdout {
    /// Where ours goes.
    Inherited,
    /// Into a file, standard error too.
    File(PathBuf),
}

/// How the command ended.
#[derive(Debug)]
pub(super) struct Ended {
    status: ExitStatus,
    /// The last signal that was passed on to it.
    passed_on: Option<i32>,
}

impl Ended {
    /// The signal that ended the run: one that killed the command, or one that was passed
    /// on and made it stop in order.
    pub(super) fn signal(&self) -> Option<i32> {
        killed_by(self.status).or(self.passed_on)
    }

    /// The exit status: the command's own, 128+n for signal n.
    pub(super) fn exit_status(&self) -> u8 {
        let code = match self.signal() {
            Some(signal) => i32::from(exit::SIGNAL_BASE) + signal,
            None => self.status.code().unwrap_or(1),
        };
        u8::try_from(code & 0xFF).unwrap_or(1)
    }
}

/// Catches the signals that end a job, from before the private folder is made until it is
/// removed; what came before the command starts is passed on to it then.
pub(super) fn catch() -> Caught {
    signals::catch()
}

/// Runs `command` to its end with the variables of the hand-over.
///
/// # Errors
/// 127 when it is not found, 126 when it cannot be started.
pub(super) fn run(
    command: &[OsString],
    handover: &Handover,
    stdout: Stdout,
    signals: Caught,
) -> Result<Ended, Failure> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(Failure::new(
            exit::USAGE,
            "which command? Nothing stands behind --",
        ));
    };
    let name = program.to_string_lossy().into_owned();
    let mut prepared = Command::new(program);
    prepared.args(arguments);
    prepared.envs(handover.variables().iter().map(|(k, v)| (k, v)));
    if let Stdout::File(path) = stdout {
        let open = || fs_err::File::create(&path).map(|f| Stdio::from(f.into_file()));
        let opened = open().and_then(|out| Ok((out, Stdio::from(reopen(&path)?))));
        let (out, err) = opened.map_err(|error| {
            Failure::new(exit::CANNOT_WRITE, "cannot write to a temporary folder").caused_by(&error)
        })?;
        prepared.stdin(Stdio::null()).stdout(out).stderr(err);
    }
    let child = prepared.spawn().map_err(|error| {
        let (code, hint) = match error.kind() {
            std::io::ErrorKind::NotFound => (
                exit::NOT_FOUND,
                "is it on PATH? For a virtual environment: .venv/bin/pytest, or uv run pytest",
            ),
            _ => (exit::CANNOT_START, "is it a program that may be executed?"),
        };
        Failure::new(code, format!("cannot start {name}"))
            .caused_by(&error)
            .hint(hint)
    })?;
    wait(child, signals)
}

fn reopen(path: &std::path::Path) -> std::io::Result<std::fs::File> {
    Ok(fs_err::OpenOptions::new()
        .append(true)
        .open(path)?
        .into_file())
}

fn wait(mut child: Child, signals: Caught) -> Result<Ended, Failure> {
    let guard = signals.pass_on_to(&child);
    let status = child.wait().map_err(|error| {
        Failure::new(exit::CANNOT_START, "cannot wait for the command").caused_by(&error)
    })?;
    Ok(Ended {
        status,
        passed_on: guard.finish(),
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

#[cfg(unix)]
mod signals {
    //! Signals that end a job are passed on; the command decides how it stops.

    use std::process::Child;
    use std::thread::JoinHandle;

    use rustix::process::{Pid, Signal, kill_process};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::{Handle, Signals};

    /// Signals that are caught from now on; none where they cannot be.
    pub(in crate::commands::run) struct Caught(Option<Signals>);

    pub(super) fn catch() -> Caught {
        Caught(Signals::new([SIGTERM, SIGINT, SIGHUP]).ok())
    }

    /// Passes signals on until it is told to finish.
    pub(super) struct PassingOn(Option<(Handle, JoinHandle<Option<i32>>)>);

    impl Caught {
        pub(super) fn pass_on_to(self, child: &Child) -> PassingOn {
            let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
            PassingOn(self.0.zip(pid).map(|(mut signals, pid)| {
                let handle = signals.handle();
                let thread = std::thread::spawn(move || {
                    let mut last = None;
                    for number in &mut signals {
                        last = Some(number);
                        if let Some(signal) = Signal::from_named_raw(number) {
                            // The command may be gone already; then there is none to tell.
                            let _ = kill_process(pid, signal);
                        }
                    }
                    last
                });
                (handle, thread)
            }))
        }
    }

    impl PassingOn {
        /// The last signal that was passed on.
        pub(super) fn finish(self) -> Option<i32> {
            let (handle, thread) = self.0?;
            handle.close();
            thread.join().ok().flatten()
        }
    }
}

#[cfg(not(unix))]
mod signals {
    //! Elsewhere the console tells the whole group, and nothing is to be passed on.

    pub(in crate::commands::run) struct Caught;
    pub(super) struct PassingOn;

    pub(super) fn catch() -> Caught {
        Caught
    }

    impl Caught {
        pub(super) fn pass_on_to(self, _: &std::process::Child) -> PassingOn {
            PassingOn
        }
    }

    impl PassingOn {
        pub(super) fn finish(self) -> Option<i32> {
            None
        }
    }
}
