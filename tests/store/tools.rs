//! Programs that are not everywhere: their tests skip with a visible line.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Says past libtest's capture that a test was skipped, or fails where tools are required.
pub(crate) fn skipped(why: &str) {
    let thread = std::thread::current();
    let line = format!("SKIPPED: {}: {why}", thread.name().unwrap_or("a test"));
    assert!(std::env::var_os("EVENSHARD_REQUIRE_TOOLS").is_none(), "{line}");
    writeln!(std::io::stderr(), "{line}").unwrap();
}

/// Where `scripts/venvs` makes environments.
pub(crate) fn venvs() -> PathBuf {
    std::env::var_os("EVENSHARD_VENVS").map_or_else(
        || {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
            root.unwrap_or(Path::new("")).join("target/venvs")
        },
        PathBuf::from,
    )
}
