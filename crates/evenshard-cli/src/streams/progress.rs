//! The line of progress on the terminal, which a long step shows and removes.

use std::fmt;
use std::io::Write as _;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use evenshard::Micros;

use super::looks;

/// The time after which a step shows its progress. Chosen: shorter steps need none.
const PATIENCE: Duration = Duration::from_secs(1);
/// The time between two updates of the line. Chosen: five a second.
const TICK: Duration = Duration::from_millis(200);
/// Returns to the beginning of the line, and erases it: ECMA-48's EL.
const ERASE: &str = "\r\u{1b}[K";

/// The line of progress on stderr; its lock is for everything that writes there.
#[derive(Clone, Debug, Default)]
pub(super) struct Line(Arc<Mutex<Shown>>);

/// True while the line shows something.
#[derive(Debug, Default)]
pub(super) struct Shown(bool);

impl Line {
    /// Removes the line, and keeps it away until the guard is dropped.
    pub(super) fn clear(&self) -> MutexGuard<'_, Shown> {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.0 {
            let _ = std::io::stderr().write_all(ERASE.as_bytes());
            shown.0 = false;
        }
        shown
    }

    /// Overwrites the line: `text` as far as there is room for it, then `time`.
    fn show(&self, text: &str, time: &str) {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A full line would wrap, and only its last part could be taken away.
        let fits = looks::message_width().saturating_sub(1);
        let text = text.chars().take(fits.saturating_sub(time.len()));
        let line: String = text.chain(time.chars()).take(fits).collect();
        let _ = std::io::stderr().write_all(format!("{ERASE}{line}").as_bytes());
        shown.0 = true;
    }
}

/// A step of the work; dropping it ends the step.
pub(crate) struct Step {
    begun: Instant,
    ticking: Option<(Sender<()>, JoinHandle<()>)>,
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Step").finish_non_exhaustive()
    }
}

impl Step {
    /// Begins a step that shows nothing.
    pub(super) fn silent() -> Self {
        Self {
            begun: Instant::now(),
            ticking: None,
        }
    }

    /// Begins a step that shows the text of `says`, once it has lasted. The text must not come from
    /// outside.
    pub(super) fn shown(line: Line, says: impl Fn() -> String + Send + 'static) -> Self {
        let begun = Instant::now();
        let (end, ended) = mpsc::channel::<()>();
        let tick = move || {
            let mut wait = PATIENCE;
            while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                line.show(&says(), &format!(" ... {} s", begun.elapsed().as_secs()));
                wait = TICK;
            }
            // The next message begins in an empty line.
            drop(line.clear());
        };
        // Without a thread for it there is no progress to see; the work goes on.
        let thread = std::thread::Builder::new().spawn(tick).ok();
        Self {
            begun,
            ticking: thread.map(|thread| (end, thread)),
        }
    }

    /// Ends the step, and returns the time that it took.
    pub(crate) fn end(self) -> Micros {
        let took = self.begun.elapsed().as_micros();
        Micros::new(u64::try_from(took).unwrap_or(u64::MAX))
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.ticking.take() {
            // The thread waits for this end of the channel to go away.
            drop(end);
            let _ = thread.join();
        }
    }
}
