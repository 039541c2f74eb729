//! What the tests of the library share.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use evenshard::estimate::Estimates;
use evenshard::history::History;
use evenshard::suite::Suite;

/// Data that lies beside the project, not in it: `None`, with a visible line, where it is
/// missing, as in most clones.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared")
        .join(name);
    if path.is_dir() {
        return Some(path);
    }
    // Written past libtest, which swallows what passing tests print.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED: shared/{name} is not beside the project"
    );
    None
}

/// Makes the suite of a list, with what a history knows.
pub(crate) fn suite_of<'l, 'h>(
    lines: impl IntoIterator<Item = &'l str>,
    history: &'h History,
) -> Suite<'h> {
    let lines: Vec<&str> = lines.into_iter().collect();
    let estimates = Estimates::for_list(history, lines.iter().copied());
    Suite::from_list(lines, &estimates)
}
