//! Errors of this crate.

use std::fmt;

/// The most shards; beside the error that names it, since `shard` uses this module.
pub(crate) const MOST_SHARDS: u32 = 100_000;

/// An error of this crate. Its text is a lower-case fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A shard number outside 1..=N, or more shards than are supported.
    ShardOutOfRange {
        /// The number asked for, counted from 1.
        number: u64,
        /// The number of shards.
        count: u64,
    },
    /// Text that is not `I/N`.
    MalformedShard {
        /// The text given.
        text: String,
    },
    /// A word that is not in a closed list.
    UnknownWord {
        /// The kind of word expected, such as `split`.
        what: &'static str,
        /// The word given.
        word: String,
        /// The words that are known.
        known: String,
    },
    /// A packing problem whose indices do not fit together.
    MalformedProblem {
        /// The index at fault.
        detail: &'static str,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShardOutOfRange { number, count: 0 } => {
                write!(
                    f,
                    "shard {number} of 0: the number of shards must be at least 1"
                )
            }
            Self::ShardOutOfRange { number, count } if (1..=*count).contains(number) => {
                write!(
                    f,
                    "shard {number} of {count}: the number of shards must be at most {MOST_SHARDS}"
                )
            }
            Self::ShardOutOfRange { number, count } => {
                write!(
                    f,
                    "shard {number} of {count} does not exist: the shards are 1 to {count}"
                )
            }
            Self::MalformedShard { text } => write!(f, "'{text}' is not a shard such as 3/20"),
            Self::UnknownWord { what, word, known } => {
                write!(f, "'{word}' is no {what} (known: {known})")
            }
            Self::MalformedProblem { detail } => write!(f, "not a packing problem: {detail}"),
        }
    }
}

impl std::error::Error for Error {}
