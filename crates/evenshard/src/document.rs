//! The JSON files of this project, told apart for errors about the wrong one.

use std::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// A kind of JSON file that this project writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// A timings file.
    Timings,
    /// A plan.
    Plan,
    /// A run record.
    RunRecord,
    /// A verdict.
    Verdict,
}

/// The keys of which only one kind of file has all.
#[derive(Deserialize)]
struct Keys {
    scopes: Option<IgnoredAny>,
    digest: Option<IgnoredAny>,
    shard_count: Option<IgnoredAny>,
    plan_digest: Option<IgnoredAny>,
    state: Option<IgnoredAny>,
    proved: Option<IgnoredAny>,
}

impl Document {
    /// Recognises a file by its keys; `None` for any other text.
    pub fn of_json(json: &[u8]) -> Option<Self> {
        let keys: Keys = serde_json::from_slice(json).ok()?;
        match keys {
            Keys {
                proved: Some(_), ..
            } => Some(Self::Verdict),
            Keys {
                plan_digest: Some(_),
                state: Some(_),
                ..
            } => Some(Self::RunRecord),
            Keys {
                digest: Some(_),
                shard_count: Some(_),
                ..
            } => Some(Self::Plan),
            Keys {
                scopes: Some(_), ..
            } => Some(Self::Timings),
            _ => None,
        }
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timings => "timings",
            Self::Plan => "a plan",
            Self::RunRecord => "a run record",
            Self::Verdict => "a verdict",
        })
    }
}
