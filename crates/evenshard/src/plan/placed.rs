//! The shard of a test in a plan, and the reason for it.

use std::fmt;

use crate::address::likely_node_id;
use crate::pack::{RunsOn, Shard};

/// The shard of a test, or all of them, and the rule that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Placed {
    /// The shards that run it.
    pub on: RunsOn,
    /// The rule that decided.
    pub reason: Reason,
}

impl Placed {
    pub(super) fn new(on: RunsOn, reason: Reason) -> Self {
        Self { on, reason }
    }

    /// Returns true if `shard` runs it.
    pub fn runs_on(&self, shard: Shard) -> bool {
        self.on.includes(shard)
    }
}

/// The rule that decides where a test runs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// A pattern of `everywhere` covers it.
    Everywhere(String),
    /// A pattern of `together` covers it.
    Group(String),
    /// It stays with this file or class: the lowest shard with some of that.
    Home(String),
    /// All known tests of this classname are on one shard.
    Class(String),
    /// The plan lists the test.
    Listed,
    /// The plan lists other parameters of its function.
    Function(String),
    /// The plan knows this class or file around it.
    Prefix(String),
    /// The hash of its file, which the plan does not know.
    FileHash(String),
    /// The hash of its function, or of the unit around it that is never cut.
    FunctionHash(String),
}

impl Reason {
    /// Returns false if a hash decides, because the plan knows nothing of the file.
    pub fn is_known(&self) -> bool {
        !matches!(self, Self::FileHash(_) | Self::FunctionHash(_))
    }
}

impl fmt::Display for Reason {
    /// Writes a clause that follows "shard 3: ".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everywhere(pattern) => {
                write!(f, "'{pattern}' is to run everywhere: every shard runs it")
            }
            Self::Group(pattern) => {
                write!(f, "'{pattern}' makes it one of a group that shares a shard")
            }
            Self::Home(unit) => write!(
                f,
                "its order matters, so it stays with {unit}: the lowest shard that holds some of that"
            ),
            Self::Class(class) => write!(f, "all of {} is there", likely_node_id(class)),
            Self::Listed => f.write_str("the plan lists it there"),
            Self::Function(function) => write!(
                f,
                "the plan lists {} with other parameters; new ones join the lowest shard that has some",
                likely_node_id(function)
            ),
            Self::Prefix(prefix) => write!(
                f,
                "the plan does not list it; it joins the lowest shard that holds some of {}",
                likely_node_id(prefix)
            ),
            Self::FileHash(file) => write!(
                f,
                "nothing is known of {}: a file unknown to the plan goes by a fixed hash of its name",
                likely_node_id(file)
            ),
            Self::FunctionHash(function) => write!(
                f,
                "there is no plan of known tests: {} goes by a fixed hash of its name",
                likely_node_id(function)
            ),
        }
    }
}
