//! How a problem is to be packed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::bonds::Bonds;
use super::shared::SharedSetup;
use super::workers::Workers;
use crate::error::{Error, ErrorKind};

/// The finest unit that may be cut apart.
///
/// ```
/// use evenshard::pack::Split;
/// assert_eq!("class".parse::<Split>()?, Split::Class);
/// assert_eq!(Split::Auto.to_string(), "auto");
/// assert!("folder".parse::<Split>().is_err());
/// # Ok::<(), evenshard::Error>(())
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// Files stay whole while they fit; one that is too large is cut at class borders, and a
    /// class only when nothing else brings the plan under target.
    #[default]
    Auto,
    /// A file is never cut.
    File,
    /// A class is never cut; the classes of a file go wherever they balance best.
    Class,
    /// Every atom goes wherever it balances best.
    Test,
}

/// How the plan is found.
///
/// ```
/// use evenshard::pack::Algorithm;
/// assert_eq!("lpt".parse::<Algorithm>()?, Algorithm::Lpt);
/// # Ok::<(), evenshard::Error>(())
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// The whole pipeline: never worse than [`Algorithm::Lpt`] under the same options.
    #[default]
    Auto,
    /// Plain greedy longest-processing-time, blind to shared set-up costs, for comparison.
    Lpt,
}

/// How to pack: the finest unit, the algorithm, the plan to stay near, and what atoms share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options<'a> {
    /// The finest unit that may be cut apart.
    pub split: Split,
    /// How the plan is found.
    pub algorithm: Algorithm,
    /// The shard of each atom in the plan to stay near; `None` for an atom that it did not
    /// hold. Shards that no longer exist, and atoms beyond its end, count as `None`.
    /// [`Algorithm::Lpt`] takes no notice of it.
    pub previous: Option<&'a [Option<u32>]>,
    /// The workers of every shard; `None` is one.
    pub workers: Option<Workers>,
    /// What must share a shard, and what every shard runs. Units of the split of which some
    /// atoms are bound share a shard as a whole.
    pub bonds: Option<&'a Bonds>,
    /// Setups that atoms of several files share.
    pub shared: &'a [SharedSetup],
}

impl Options<'_> {
    /// The same without shared setups.
    pub(super) fn without_shared(&self) -> Self {
        Self {
            shared: &[],
            ..*self
        }
    }
}

/// Reads a word out of a closed list, or names the list.
pub(super) fn word<T: Copy>(
    what: &'static str,
    known: &[(&'static str, T)],
    text: &str,
) -> Result<T, Error> {
    let found = known.iter().find(|(name, _)| *name == text);
    found.map(|&(_, value)| value).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|&(name, _)| name).collect();
        Error::new(ErrorKind::UnknownWord {
            what,
            word: text.to_owned(),
            known: names.join(", "),
        })
    })
}

impl Split {
    const NAMES: [(&'static str, Self); 4] = [
        ("auto", Self::Auto),
        ("file", Self::File),
        ("class", Self::Class),
        ("test", Self::Test),
    ];
}

impl Algorithm {
    const NAMES: [(&'static str, Self); 2] = [("auto", Self::Auto), ("lpt", Self::Lpt)];
}

impl FromStr for Split {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        word("split", &Self::NAMES, text)
    }
}

impl FromStr for Algorithm {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        word("algorithm", &Self::NAMES, text)
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Auto => "auto",
            Self::File => "file",
            Self::Class => "class",
            Self::Test => "test",
        })
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Auto => "auto",
            Self::Lpt => "lpt",
        })
    }
}
