//! Detection of a standard output that was closed when the process began.
//!
//! Before `main`, Rust opens `/dev/null` in the place of a standard stream that is closed
//! (<https://github.com/rust-lang/rust/pull/75295>), so that every write
//! succeeds and is lost. Afterwards such a stream looks like one that was redirected to
//! `/dev/null` on purpose.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

static CLOSED: AtomicBool = AtomicBool::new(false);

/// Runs before `main`, where little of the standard library may be used.
#[cfg(unix)]
#[ctor::ctor]
fn ask() {
    let stdout = rustix::io::fcntl_getfd(rustix::stdio::stdout());
    CLOSED.store(stdout.is_err(), Relaxed);
}

/// Returns true when results on standard output would go nowhere.
pub(super) fn stdout_was_closed() -> bool {
    CLOSED.load(Relaxed)
}
