//! Exit codes. pytest's own, 0 to 5, pass through `run`; none of these collides with them.

/// Everything went well.
pub(crate) const OK: u8 = 0;
/// A test failed: pytest's own code, and that of a gate.
pub(crate) const TESTS_FAILED: u8 = 1;
/// Wrong usage of the command line.
pub(crate) const USAGE: u8 = 64;
/// Input that cannot be read or used, or a match or target that is not met.
pub(crate) const DATA: u8 = 65;
/// Tests were lost, or it is unknown whether they ran.
pub(crate) const TESTS_LOST: u8 = 70;
/// A result could not be written.
pub(crate) const CANNOT_WRITE: u8 = 73;
/// Try again: a plan is absent, or not the one that was expected.
pub(crate) const TRY_AGAIN: u8 = 75;
/// Settings contradict each other, or the plugin never loaded.
pub(crate) const CONFIG: u8 = 78;
/// The command exists but could not be started.
pub(crate) const CANNOT_START: u8 = 126;
/// The command was not found.
pub(crate) const NOT_FOUND: u8 = 127;
/// Added to the number of the signal that ended a run.
pub(crate) const SIGNAL_BASE: u8 = 128;
