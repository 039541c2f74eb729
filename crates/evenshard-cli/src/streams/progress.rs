//! A line on the terminal that tells how a long step goes, and is gone when it ends.

use std::fmt;
use std::io::Write as _;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use evenshard::Micros;

use super::looks;

/// A step that takes less shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a line stands before it is written anew.
const TICK: Duration = Duration::from_millis(200);
/// Back to the begin of the line, and all of it away.
const ERASE: &str = "\r\u{1b}[K";

/// The line of progress on stderr; whoever writes there holds it.
#[derive(Clone, Debug, Default)]
pub(super) struct Line(Arc<Mutex<Shown>>);

/// Whether the line holds something.
#[derive(Debug, Default)]
pub(super) struct Shown(bool);

impl Line {
    /// Takes the line away, if there is one, and keeps it away while the answer is held.
    pub(super) fn clear(&self) -> MutexGuard<'_, Shown> {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.0 {
            let _ = std::io::stderr().write_all(ERASE.as_bytes());
            shown.0 = false;
        }
        shown
    }

    /// Writes the line anew: `text` as far as there is room for it, then `time`.
    fn show(&self, text: &str, time: &str) {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A full line would wrap, and only its last part could be taken away.
        let fits = looks::talk_width().saturating_sub(1);
        let text = text.chars().take(fits.saturating_sub(time.len()));
        let line: String = text.chain(time.chars()).take(fits).collect();
        let _ = std::io::stderr().write_all(format!("{ERASE}{line}").as_bytes());
        shown.0 = true;
    }
}

/// A step of the work: it ends when this is dropped.
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
    /// A step that shows nothing.
    pub(super) fn silent() -> Self {
        Self {
            begun: Instant::now(),
            ticking: None,
        }
    }

    /// A step that shows, once it has lasted, what `says` tells at that moment. That has to
    /// be text of our own.
    pub(super) fn shown(line: Line, says: impl Fn() -> String + Send + 'static) -> Self {
        let begun = Instant::now();
        let (end, ended) = mpsc::channel::<()>();
        let tick = move || {
            let mut wait = PATIENCE;
            while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                line.show(&says(), &format!(" ... {} s", begun.elapsed().as_secs()));
                wait = TICK;
            }
            drop(line.clear());
        };
        // Without a thread for it there is no progress to see; the work goes on.
        let thread = std::thread::Builder::new().spawn(tick).ok();
        Self {
            begun,
            ticking: thread.map(|thread| (end, thread)),
        }
    }

    /// How long the step has lasted.
    pub(crate) fn took(&self) -> Micros {
        let took = self.begun.elapsed().as_micros();
        Micros::new(u64::try_from(took).unwrap_or(u64::MAX))
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.ticking.take() {
            drop(end);
            let _ = thread.join();
        }
    }
}
