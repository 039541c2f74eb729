//! CPU time of this thread.

use std::time::{Duration, Instant};

/// Runs `work` and returns what it made with the CPU time that took (wall time where the
/// system does not tell).
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let (cpu, wall) = (cpu_time(), Instant::now());
    let made = work();
    let spent = match (cpu, cpu_time()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => wall.elapsed(),
    };
    (made, spent)
}

/// Nanoseconds on a CPU so far, from the kernel's scheduler.
fn cpu_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}
