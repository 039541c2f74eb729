//! Exit codes. pytest's own, 0 to 5, pass through `run`; none of these collides with them.

/// Everything went well.
pub const OK: u8 = 0;
/// Wrong usage of the command line.
pub const USAGE: u8 = 64;
/// Input that cannot be read or used, or a match or target that is not met.
pub const DATA: u8 = 65;
/// Tests were lost, or whether they ran cannot be told.
pub const TESTS_LOST: u8 = 70;
/// A result could not be written.
pub const CANNOT_WRITE: u8 = 73;
/// Try again: a plan is absent, or not the one that was expected.
pub const TRY_AGAIN: u8 = 75;
/// Settings contradict each other, or the plugin never loaded.
pub const CONFIG: u8 = 78;
/// The command exists but could not be started.
pub const CANNOT_START: u8 = 126;
/// The command was not found.
pub const NOT_FOUND: u8 = 127;
/// Added to the number of the signal that ended a run.
pub const SIGNAL_BASE: u8 = 128;
