//! Questions to another program: it answers on its standard output, within a time.

use std::io::{self, Read as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The pause between two looks at a program that has not answered. Chosen: no user notices it.
const PAUSE: Duration = Duration::from_millis(10);

/// The answer of a program.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its exit status; `None` where a signal ended it.
    pub(crate) status: Option<i32>,
    pub(crate) text: String,
}

/// Runs a command whose output fits into a pipe; `None` where it is not done in time.
pub(crate) fn ask(command: &mut Command, until: Instant) -> io::Result<Option<Answer>> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status.code(),
            None if Instant::now() < until => std::thread::sleep(PAUSE),
            None => {
                // It may have ended in the meantime.
                let _ = child.kill();
                child.wait()?;
                return Ok(None);
            }
        }
    };
    let mut text = String::new();
    if let Some(mut out) = child.stdout.take() {
        // Only now: a pipe holds more than any answer.
        out.read_to_string(&mut text)?;
    }
    Ok(Some(Answer { status, text }))
}
