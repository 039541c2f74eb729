//! Shard numbers: 1-based for people, 0-based inside.

use std::fmt;
use std::num::NonZeroU32;
use std::ops::Range;
use std::str::FromStr;

use crate::error::{Error, MOST_SHARDS};

/// One shard of N. A value that exists is in range.
///
/// ```
/// use evenshard_pack::Shard;
/// let third: Shard = "3/20".parse()?;
/// assert_eq!((third.index(), third.count().get()), (2, 20));
/// assert_eq!(third.to_string(), "3/20");
/// assert!("21/20".parse::<Shard>().is_err());
/// # Ok::<(), evenshard_pack::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shard {
    index: u32,
    count: NonZeroU32,
}

impl Shard {
    /// The largest N that [`Shard::new`] and parsing accept.
    pub const MAX_COUNT: u32 = MOST_SHARDS;

    /// The shard with the 0-based `index` of `count`.
    ///
    /// # Errors
    /// [`Error::ShardOutOfRange`] unless `index < count <= MAX_COUNT`.
    pub fn new(index: u32, count: u32) -> Result<Self, Error> {
        match NonZeroU32::new(count) {
            Some(count) if index < count.get() && count.get() <= Self::MAX_COUNT => {
                Ok(Self { index, count })
            }
            _ => Err(Error::ShardOutOfRange {
                number: u64::from(index) + 1,
                count: u64::from(count),
            }),
        }
    }

    /// All shards of `count`, in order.
    pub fn all(count: NonZeroU32) -> impl ExactSizeIterator<Item = Self> {
        (0..count.get()).map(move |index| Self { index, count })
    }

    /// The 0-based index.
    pub const fn index(self) -> u32 {
        self.index
    }

    /// The number that people see, counted from 1.
    pub const fn number(self) -> u32 {
        self.index + 1
    }

    /// The number of shards.
    pub const fn count(self) -> NonZeroU32 {
        self.count
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number(), self.count)
    }
}

impl FromStr for Shard {
    type Err = Error;

    /// Reads `I/N` with I counted from 1.
    fn from_str(text: &str) -> Result<Self, Error> {
        let malformed = || Error::MalformedShard {
            text: text.to_owned(),
        };
        let (number, count) = text.split_once('/').ok_or_else(malformed)?;
        // `u64::from_str` alone would take a sign.
        let digits = |s: &str| {
            let plain = s.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| s.parse::<u64>().ok()).flatten()
        };
        let (number, count) = digits(number).zip(digits(count)).ok_or_else(malformed)?;
        let narrow = |n: u64| u32::try_from(n).ok();
        let index = number.checked_sub(1).and_then(narrow);
        let shard = index.zip(narrow(count));
        let found = shard.and_then(|(index, count)| Self::new(index, count).ok());
        found.ok_or(Error::ShardOutOfRange { number, count })
    }
}

/// The shards that run an atom: one, or all of them.
///
/// ```
/// use evenshard_pack::{RunsOn, Shard};
/// let (first, second) = (Shard::new(0, 2)?, Shard::new(1, 2)?);
/// assert!(RunsOn::Shard(first).includes(first) && !RunsOn::Shard(first).includes(second));
/// assert!(RunsOn::Everywhere.includes(second));
/// # Ok::<(), evenshard_pack::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RunsOn {
    /// This shard alone.
    Shard(Shard),
    /// Every shard.
    Everywhere,
}

// A packing has one for each atom: the second variant lives in the niche of the count.
const _: () = assert!(size_of::<RunsOn>() == size_of::<Shard>());

impl RunsOn {
    /// Reports whether `shard` runs the atom.
    pub fn includes(self, shard: Shard) -> bool {
        self.shard().is_none_or(|own| own == shard)
    }

    /// The one shard that runs the atom; `None` where every shard does.
    pub const fn shard(self) -> Option<Shard> {
        match self {
            Self::Shard(shard) => Some(shard),
            Self::Everywhere => None,
        }
    }

    /// The indices of the shards, of `shards` in all: none if the one shard is not among them.
    pub(crate) fn indices(self, shards: usize) -> Range<usize> {
        match self {
            Self::Everywhere => 0..shards,
            Self::Shard(shard) if (shard.index as usize) < shards => {
                shard.index as usize..shard.index as usize + 1
            }
            Self::Shard(_) => 0..0,
        }
    }

    /// Shard indices as what they stand for; each is below `count`.
    pub(crate) fn each(indices: &[u32], count: NonZeroU32) -> Vec<Self> {
        let on = |&index| Self::Shard(Shard { index, count });
        indices.iter().map(on).collect()
    }
}
