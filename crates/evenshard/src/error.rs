//! Errors, and warnings about oddities that did not stop the work.
//!
//! An [`Error`] stops the work and gives the location, the problem and (by its kind) a remedy. A
//! [`Warning`] is returned beside a result: the library never prints.

use std::fmt;

use serde::Serialize;

use crate::Micros;

/// A location in a file: its name as given, and the line if known.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[non_exhaustive]
pub struct Location {
    /// The file's name, as the caller gave it.
    pub file: String,
    /// The line, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

impl Location {
    /// A whole file.
    #[doc(hidden)]
    pub fn file(file: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line: None,
        }
    }

    /// A line of a file, counted from 1.
    #[doc(hidden)]
    pub fn line(file: impl Into<String>, line: u64) -> Self {
        Self {
            file: file.into(),
            line: Some(line),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.file),
            None => f.write_str(&self.file),
        }
    }
}

/// An oddity that did not stop the work, with its location.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[non_exhaustive]
pub struct Warning {
    /// The location.
    pub location: Location,
    /// The oddity and what was done about it, as a lower-case fragment.
    pub message: String,
}

impl Warning {
    /// A warning about `location`.
    #[doc(hidden)]
    pub fn new(location: Location, message: impl Into<String>) -> Self {
        Self {
            location,
            message: message.into(),
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.location, self.message)
    }
}

/// An error of this library: its [`ErrorKind`] and its location, if known.
#[derive(Debug, thiserror::Error)]
#[error("{}{kind}", self.location.as_ref().map(|l| format!("{l}: ")).unwrap_or_default())]
pub struct Error {
    kind: ErrorKind,
    location: Option<Location>,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error without a location.
    #[doc(hidden)]
    pub fn new(kind: ErrorKind) -> Self {
        Self {
            kind,
            location: None,
            source: None,
        }
    }

    /// The error for a file that cannot be read.
    #[cfg(feature = "junit")]
    pub(crate) fn unreadable(file: &str, error: std::io::Error) -> Self {
        Self::new(ErrorKind::Unreadable)
            .at(Location::file(file))
            .caused_by(error)
    }

    /// The error for a text that is not of the expected format.
    pub(crate) fn malformed(expected: &'static str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self::new(ErrorKind::Malformed { expected, detail })
    }

    /// Returns an error for a version of a format above `supported`.
    pub(crate) fn check_version(
        format: &'static str,
        found: u64,
        supported: u64,
    ) -> Result<(), Self> {
        let newer = ErrorKind::NewerVersion {
            format,
            found,
            supported,
        };
        if found > supported {
            return Err(Self::new(newer));
        }
        Ok(())
    }

    /// Sets the location.
    #[doc(hidden)]
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.location = Some(location);
        self
    }

    /// Sets the cause.
    #[doc(hidden)]
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Returns the kind of the error.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// Returns the location, if known.
    pub fn location(&self) -> Option<&Location> {
        self.location.as_ref()
    }
}

impl From<crate::pack::Error> for Error {
    fn from(error: crate::pack::Error) -> Self {
        Self::new(error.into())
    }
}

/// The remedy for a target that cannot be met, other than a later target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// A faster test: one test is too long.
    FasterTest,
    /// A finer split: the longest unit may be cut under it.
    FinerSplit,
    /// Fewer groups: the longest unit stays whole under any split, by rules, groups, or parameters
    /// whose ids were not the same in two builds.
    FewerGroups,
    /// More shards than allowed.
    MoreShards,
    /// A faster start: a job takes too long before its first test.
    FasterStart,
}

/// The kinds of errors; they display as lower-case fragments.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A shard number, a word or a problem that packing refuses.
    #[error(transparent)]
    Packing(#[from] crate::pack::Error),
    /// A file could not be read.
    #[error("cannot read it")]
    Unreadable,
    /// A file is not of the expected format.
    #[error("not a {expected}: {detail}")]
    Malformed {
        /// The format that was expected, such as `plan`.
        expected: &'static str,
        /// The problem with it.
        detail: String,
    },
    /// A file of a format version that this program does not know.
    #[error("{format} version {found} is newer than this program reads (version {supported})")]
    NewerVersion {
        /// The format, such as `plan`.
        format: &'static str,
        /// The version found.
        found: u64,
        /// The newest version that can be read.
        supported: u64,
    },
    /// No number of shards that is allowed meets the target.
    #[error("the target of {target} cannot be met: {obstacle}")]
    TargetUnmet {
        /// The time at which the slowest shard should have finished.
        target: Micros,
        /// The obstacle, by name, with its time.
        obstacle: String,
        /// The remedy.
        remedy: Remedy,
        /// The time of the fastest plan that is allowed, with the overhead of a job.
        floor: Micros,
    },
    /// A pattern that can name nothing.
    #[error("'{pattern}' is not a pattern such as tests/test_a.py::TestX: {detail}")]
    MalformedPattern {
        /// The text that was given.
        pattern: String,
        /// The problem with it.
        detail: &'static str,
    },
}
