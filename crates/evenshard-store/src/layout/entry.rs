//! Listed keys of a build, read back.

use super::Job;
use crate::nonce::Nonce;
use crate::segment::Segment;

/// The meaning of a key of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Entry {
    /// The plan.
    Plan,
    /// The owner of a shard's attempt.
    Owner(Job),
    /// The run record of an owner.
    Record(Job, Nonce),
    /// The JUnit XML of an owner, counted from 1.
    Junit(Job, Nonce, u32),
    /// A verdict: how many records it is over, and their digest.
    Verdict(u32, String),
    /// The claim of a block, and its generation.
    Claim(u32, u32),
    /// The beat of a job.
    Beat(Job),
    /// The results of a block, and their round.
    Done(u32, u32),
}

impl Entry {
    pub(super) fn parse(rest: &str) -> Option<Self> {
        let parts: Vec<&str> = rest.split('/').collect();
        Some(match parts[..] {
            ["plan"] => Self::Plan,
            ["job", job, "owner"] => Self::Owner(self::job(job)?),
            ["job", job, nonce, "record"] => Self::Record(self::job(job)?, Nonce::parse(nonce)?),
            ["job", job, nonce, name] => {
                Self::Junit(self::job(job)?, Nonce::parse(nonce)?, report(name)?)
            }
            ["verdict", name] => {
                let (records, digest) = name.split_once('-')?;
                if records.len() < 5 || !records.bytes().all(|b| b.is_ascii_digit()) {
                    return None;
                }
                Self::Verdict(records.parse().ok()?, Segment::decode(digest)?)
            }
            ["claim", block, generation] => Self::Claim(number(block)?, number(generation)?),
            ["beat", job] => Self::Beat(self::job(job)?),
            ["done", block, round] => Self::Done(number(block)?, number(round)?),
            _ => return None,
        })
    }
}

fn job(text: &str) -> Option<Job> {
    let (shard, attempt) = text.split_once('-')?;
    let job = Job {
        shard: number(shard)?,
        attempt: number(attempt)?,
    };
    (job.shard > 0 && job.attempt > 0).then_some(job)
}

/// The number of a report: `junit`, `junit-2` and so on.
fn report(name: &str) -> Option<u32> {
    match name.strip_prefix("junit")? {
        "" => Some(1),
        rest => number(rest.strip_prefix('-')?).filter(|number| *number > 1),
    }
}

/// A number as `Display` writes it: `07` and `+7` are other keys.
fn number(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}
