//! Names of elements in the reports of all producers.

/// The elements that matter. Names are compared without their namespace prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Suites,
    Suite,
    Case,
    Failure,
    Error,
    Skipped,
    Attempt,
    Time,
    SystemOut,
    SystemErr,
    /// Any other, with a hash of its name.
    Other(u32),
}

impl Element {
    pub(super) fn of(name: &[u8]) -> Self {
        // Nearly every tag of a report, and nearly always without a prefix.
        if name == b"testcase" {
            return Self::Case;
        }
        let local = match memchr::memrchr(b':', name) {
            Some(colon) => &name[colon + 1..],
            None => name,
        };
        match local {
            b"testcase" => Self::Case,
            b"testsuite" => Self::Suite,
            b"testsuites" | b"testrun" => Self::Suites,
            b"failure" => Self::Failure,
            b"error" => Self::Error,
            b"skipped" | b"skip" => Self::Skipped,
            b"flakyFailure" | b"flakyError" | b"rerunFailure" | b"rerunError" => Self::Attempt,
            b"time" | b"duration" => Self::Time,
            b"system-out" => Self::SystemOut,
            b"system-err" => Self::SystemErr,
            other => Self::Other(crc32fast::hash(other)),
        }
    }
}
