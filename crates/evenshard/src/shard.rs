//! Shard numbers: 1-based for people, 0-based inside.

use std::fmt;
use std::num::NonZeroU32;

use crate::error::{Error, ErrorKind};

/// One shard of N. A value that exists is in range.
///
/// ```
/// use evenshard::Shard;
/// let third: Shard = "3/20".parse()?;
/// assert_eq!((third.index(), third.count().get()), (2, 20));
/// assert_eq!(third.to_string(), "3/20");
/// assert!("21/20".parse::<Shard>().is_err());
/// # Ok::<(), evenshard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shard {
    index: u32,
    count: NonZeroU32,
}

impl Shard {
    /// The most shards a plan can have.
    pub const MAX_COUNT: u32 = 100_000;

    /// The shard with the 0-based `index` of `count`.
    ///
    /// # Errors
    /// [`ErrorKind::ShardOutOfRange`] unless `index < count <= MAX_COUNT`.
    pub fn new(index: u32, count: u32) -> Result<Self, Error> {
        let out_of_range = || {
            Error::new(ErrorKind::ShardOutOfRange {
                number: u64::from(index) + 1,
                count: u64::from(count),
            })
        };
        match NonZeroU32::new(count) {
            Some(count) if index < count.get() && count.get() <= Self::MAX_COUNT => {
                Ok(Self { index, count })
            }
            _ => Err(out_of_range()),
        }
    }

    /// The 0-based index.
    pub const fn index(self) -> u32 {
        self.index
    }

    /// The number that people see, counted from 1.
    pub const fn number(self) -> u32 {
        self.index + 1
    }

    /// How many shards there are.
    pub const fn count(self) -> NonZeroU32 {
        self.count
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number(), self.count)
    }
}

impl std::str::FromStr for Shard {
    type Err = Error;

    /// Reads `I/N` with I counted from 1.
    fn from_str(text: &str) -> Result<Self, Error> {
        let malformed = || {
            Error::new(ErrorKind::MalformedShard {
                text: text.to_owned(),
            })
        };
        let (number, count) = text.split_once('/').ok_or_else(malformed)?;
        let digits = |s: &str| {
            let plain = !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
            plain
                .then(|| s.parse::<u64>().ok())
                .flatten()
                .ok_or_else(malformed)
        };
        let (number, count) = (digits(number)?, digits(count)?);
        let out_of_range = || Error::new(ErrorKind::ShardOutOfRange { number, count });
        let index = number.checked_sub(1).ok_or_else(out_of_range)?;
        let narrow = |n: u64| u32::try_from(n).map_err(|_| out_of_range());
        Self::new(narrow(index)?, narrow(count)?)
    }
}
