//! Programs that are not everywhere: their tests skip with a visible line.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Says past libtest's capture that a test was skipped, or fails where tools are required.
pub(crate) fn skipped(why: &str) {
    let required = std::env::var_os("EVENSHARD_REQUIRE_TOOLS").is_some();
    assert!(!required, "{why}");
    say_skipped(why);
}

/// Says past libtest's capture that a test was skipped, whose tool no machine has to have.
pub(crate) fn say_skipped(why: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    let mut stderr = std::io::stderr();
    writeln!(stderr, "SKIPPED: {test}: {why}").unwrap();
}

/// The folder in which `scripts/venvs` makes environments.
pub(crate) fn venvs() -> PathBuf {
    std::env::var_os("EVENSHARD_VENVS").map_or_else(
        || {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
            root.unwrap_or(Path::new("")).join("target/venvs")
        },
        PathBuf::from,
    )
}
