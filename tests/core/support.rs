//! What the tests of the library share.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Data that lies beside the project, not in it: `None`, with a visible line, where it is
/// missing, as in a user's clone. With `EVENSHARD_REQUIRE_TOOLS` its absence is a failure.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared")
        .join(name);
    if path.is_dir() {
        return Some(path);
    }
    assert!(
        std::env::var_os("EVENSHARD_REQUIRE_TOOLS").is_none(),
        "missing: shared/{name}"
    );
    // Written past libtest, which swallows what passing tests print.
    let _ = writeln!(std::io::stderr(), "SKIPPED: shared/{name} is not here");
    None
}
