//! The options of packing: what may be cut, what belongs together, which plan to stay near.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use crate::error::Error;
use crate::micros::Micros;
use crate::shard::Shard;

/// The finest unit that may be cut apart.
///
/// ```
/// use evenshard_pack::Split;
/// assert_eq!("class".parse::<Split>()?, Split::Class);
/// assert_eq!(Split::Auto.to_string(), "auto");
/// assert!("folder".parse::<Split>().is_err());
/// # Ok::<(), evenshard_pack::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
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

/// The search for a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
pub enum Algorithm {
    /// The whole pipeline: never worse than [`Algorithm::Lpt`] under the same options.
    #[default]
    Auto,
    /// Plain greedy longest-processing-time, blind to shared setup costs, for comparison.
    Lpt,
}

/// The unit that xdist keeps on one worker.
///
/// ```
/// use evenshard_pack::Distribution;
/// assert_eq!("loadfile".parse::<Distribution>()?, Distribution::LoadFile);
/// assert_eq!("worksteal".parse::<Distribution>()?, Distribution::Load);
/// # Ok::<(), evenshard_pack::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
pub enum Distribution {
    /// Each atom for itself: `load`, `worksteal`, and `loadgroup`, whose groups are atoms.
    #[default]
    Load,
    /// The atoms of a class on a shard: `loadscope`.
    LoadScope,
    /// The atoms of a file on a shard: `loadfile`.
    LoadFile,
}

/// Implements reading and showing of a closed list of words; of two words for one value, the
/// first is shown.
macro_rules! words {
    ($type:ident, $what:literal, $($word:literal => $variant:ident),+) => {
        impl $type {
            const WORDS: &[(&str, Self)] = &[$(($word, Self::$variant)),+];
        }

        impl FromStr for $type {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                let found = Self::WORDS.iter().find(|(word, _)| *word == text);
                found.map(|&(_, value)| value).ok_or_else(|| Error::UnknownWord {
                    what: $what,
                    word: text.to_owned(),
                    known: [$($word),+].join(", "),
                })
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let word = Self::WORDS.iter().find(|(_, value)| value == self);
                f.pad(word.map_or("", |(word, _)| word))
            }
        }
    };
}

words!(Split, "split", "auto" => Auto, "file" => File, "class" => Class, "test" => Test);
words!(Algorithm, "algorithm", "auto" => Auto, "lpt" => Lpt);
words!(
    Distribution, "distribution",
    "load" => Load, "loadscope" => LoadScope, "loadfile" => LoadFile,
    "worksteal" => Load, "loadgroup" => Load
);

/// The workers of every shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Workers {
    /// The number of workers of a shard.
    pub count: NonZeroU32,
    /// The unit that goes to one worker as a whole.
    pub distribution: Distribution,
}

/// Atoms that must share a shard, and atoms that every shard runs.
///
/// ```
/// use std::num::NonZeroU32;
/// use evenshard_pack::{Groups, Micros, Options, Problem, RunsOn, balance};
/// let problem = Problem::flat([5, 4, 4, 3, 1].map(Micros::new));
/// // 5 and 3 use one database; 1 is a smoke test.
/// let groups = Groups { together: vec![vec![0, 3]], everywhere: vec![4] };
/// let options = Options { groups: Some(&groups), ..Options::default() };
/// let two = NonZeroU32::MIN.saturating_add(1);
/// let packing = balance(&problem, two, &options);
/// assert_eq!(packing.loads, [Micros::new(9), Micros::new(9)]);
/// assert_eq!(packing.shard_of[0], packing.shard_of[3]);
/// assert_eq!(packing.shard_of[4], RunsOn::Everywhere);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    /// Groups of atoms (by index), whatever their classes and files: each runs on one shard.
    /// Groups that have an atom in common are one. An atom that does not exist is left out.
    pub together: Vec<Vec<u32>>,
    /// Atoms that run on every shard, whatever group they are in.
    pub everywhere: Vec<u32>,
}

impl Groups {
    /// Reports whether no atom is grouped with another, nor runs everywhere.
    pub fn is_empty(&self) -> bool {
        self.everywhere.is_empty() && self.together.iter().all(|group| group.len() < 2)
    }
}

/// A setup that atoms of several files share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedSetup {
    /// The cost that every shard with one of its users pays once.
    pub cost: Micros,
    /// The atoms that need it, by index, ascending. One that does not exist is left out.
    pub users: Vec<u32>,
}

/// The options of packing; the defaults are the whole pipeline and nothing special.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options<'a> {
    /// The finest unit that may be cut apart.
    pub split: Split,
    /// The search for a plan.
    pub algorithm: Algorithm,
    /// The shard of each atom in the plan to stay near; `None` for an atom that it did not
    /// have. Shards that no longer exist, and atoms beyond its end, count as `None`.
    /// [`Algorithm::Lpt`] ignores it.
    pub previous: Option<&'a [Option<Shard>]>,
    /// The workers of every shard; `None` is one.
    pub workers: Option<Workers>,
    /// Atoms that share a shard, and atoms that every shard runs. Units of the split that have
    /// a grouped atom share its shard as a whole.
    pub groups: Option<&'a Groups>,
    /// Setups that atoms of several files share.
    pub shared: &'a [SharedSetup],
    /// Atoms whose duration is a guess, by index, ascending: [`balance`](crate::balance) spreads
    /// them over all shards where they are many.
    pub untimed: &'a [u32],
}

impl Options<'_> {
    /// The workers of a shard where there are several; one alone is the plain problem.
    pub(crate) fn several_workers(&self) -> Option<Workers> {
        self.workers.filter(|workers| workers.count.get() > 1)
    }
}
