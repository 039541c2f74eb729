//! A plan: a total function from tests to shards, with its predictions and its proof.

#[cfg(feature = "internals")]
mod alternatives;
#[cfg(feature = "internals")]
mod as_suite;
mod bonds;
mod build;
mod file;
mod kept;
mod lines;
mod names;
mod newcomers;
mod placement;
mod prepared;
mod rules;
mod sizing;
mod slice;
mod unit;

pub use crate::record::Match;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub use alternatives::Alternatives;
pub use build::Planner;
pub use kept::Kept;
pub use names::Names;
pub use placement::{Placed, Reason};
pub use rules::{Group, PlannedRules, Rules};
pub use slice::{Pieces, Slice, SliceRules};
pub use unit::Unit;

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::address::{Address, NodeId, Pattern, Subject};
use crate::error::Error;
use crate::micros::Micros;
use crate::pack::{Algorithm, Certificate, Split, Workers};
use crate::shard::Shard;
use placement::Placement;

/// A total function from tests to shards: every test, known or not, has exactly one, but for
/// those that the user wants to [run everywhere](Rules::everywhere).
///
/// So no test can be lost or run twice while all shards hold the same plan, which its
/// [`digest`](Self::digest) tells.
#[derive(Clone, Debug)]
#[must_use]
pub struct Plan {
    content: PlanContent,
    digest: String,
    /// Made when it is first asked for: who only writes a plan needs none.
    placement: OnceLock<Placement>,
}

/// What a plan file holds besides its version and digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlanContent {
    /// The version of the planning algorithm; another one may plan otherwise.
    pub algorithm_version: u32,
    /// Which of several separate suites it is for; `""` is the one without a name.
    #[serde(default)]
    pub scope: String,
    /// How the units were packed.
    pub algorithm: Algorithm,
    /// The finest unit that could be cut apart.
    pub split: Split,
    /// The workers of each shard, where it was planned for more than one: times are then of
    /// the whole shard, not sums of its tests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workers: Option<Workers>,
    /// The target that the number of shards was chosen for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<MetTarget>,
    /// What the user said about where tests run, and the shards of groups.
    #[serde(default, skip_serializing_if = "PlannedRules::is_empty")]
    pub rules: PlannedRules,
    /// What was proved about the plan.
    #[serde(flatten)]
    pub certificate: Certificate,
    /// How many of the tests the history knew.
    #[serde(rename = "match")]
    pub matched: Match,
    /// Where a test goes that stands in no known file.
    pub unknown: Unknown,
    /// True when the tests were collected, not merely remembered.
    pub collected: bool,
    /// True for the plan of a first build: no time was known, and tests were balanced by their
    /// number. Each counts one microsecond; files, classes and functions stand for their tests.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counted: bool,
    /// What every shard runs besides its own units; their times count in each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub everywhere: Vec<Unit>,
    /// The shards, in order.
    pub shards: Vec<PlannedShard>,
}

/// The target that a plan was sized for, and met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MetTarget {
    /// When the slowest shard is to be through, overhead included.
    #[serde(rename = "target_us")]
    pub time: Micros,
    /// What every shard takes beside its tests: start of the job, checkout, install.
    #[serde(rename = "job_overhead_us")]
    pub overhead: Micros,
    /// Whether lower bounds prove that no fewer shards meet it.
    pub proved_smallest: bool,
}

/// The rule for tests in files that the plan does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unknown {
    /// By a fixed hash of the dotted file: a file stays whole.
    #[default]
    FileHash,
    /// By a fixed hash of the function: what `--split test` asks for without timings.
    FunctionHash,
}

/// One shard of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlannedShard {
    /// How long its tests and their set-up are expected to take.
    pub predicted_us: Micros,
    /// What it runs, and no other shard.
    pub units: Vec<Unit>,
}

/// The size of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// All of a file, but for what runs everywhere.
    File,
    /// All of a class (or of the functions outside classes), but for what runs everywhere.
    Class,
    /// Some tests of a class.
    Test,
}

impl Plan {
    pub(crate) fn new(content: PlanContent) -> Self {
        let digest = file::digest(&content);
        Self {
            content,
            digest,
            placement: OnceLock::new(),
        }
    }

    fn placement(&self) -> &Placement {
        self.placement.get_or_init(|| Placement::new(&self.content))
    }

    /// Identifies the plan: two plans with one digest place every test alike.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// What the plan says, as its file holds it.
    pub fn content(&self) -> &PlanContent {
        &self.content
    }

    /// How many shards there are.
    pub fn shard_count(&self) -> u32 {
        u32::try_from(self.content.shards.len())
            .unwrap_or(u32::MAX)
            .max(1)
    }

    /// How many of the tests that both plans list changed their shard since `previous`, and
    /// how many both list.
    pub fn moved_since(&self, previous: &Self) -> (u64, u64) {
        let (mut moved, mut shared) = (0, 0);
        for (shard, planned) in (0_u32..).zip(&self.content.shards) {
            for (classname, names) in planned.units.iter().flat_map(|unit| &unit.tests) {
                for name in names {
                    if let Some(before) = previous.placement().listed(classname, name) {
                        shared += 1;
                        moved += u64::from(before != shard);
                    }
                }
            }
        }
        (moved, shared)
    }

    /// The shard of this number, counted from 0.
    ///
    /// # Errors
    /// [`ErrorKind::ShardOutOfRange`](crate::ErrorKind::ShardOutOfRange) when there is none.
    pub fn shard(&self, index: u32) -> Result<Shard, Error> {
        Shard::new(index, self.shard_count())
    }

    /// Where the test with this address in a report goes, and why. Where the
    /// plan does not know the classname, its file is taken to be what comes before the
    /// parts that look like classes; prefer [`place`](Self::place) where the node id is known.
    pub fn place_address(&self, address: &Address) -> Placed {
        self.placement().place_address(address)
    }

    /// The shard (counted from 0) of [`place_address`](Self::place_address).
    pub fn shard_of(&self, address: &Address) -> u32 {
        self.place_address(address).shard
    }

    /// Whether this shard (counted from 0) runs the test with this node id.
    pub fn runs_on(&self, id: &NodeId<'_>, kept: Kept, shard: u32) -> bool {
        self.place(id, kept).runs_on(shard)
    }

    /// The shard of the test with this node id, and why. All jobs have to agree on what it is
    /// `kept` with.
    pub fn place(&self, id: &NodeId<'_>, kept: Kept) -> Placed {
        self.placement().place(id, kept)
    }

    /// True when the pattern covers a test that the plan lists.
    pub fn has_some_of(&self, pattern: &Pattern) -> bool {
        let shards = self.content.shards.iter().flat_map(|shard| &shard.units);
        let mut units = shards.chain(&self.content.everywhere);
        units.any(|unit| {
            let covers = |classname: &str, name: &str| {
                let subject = Subject::of_address(unit.file(), classname, name);
                pattern.end(unit.file(), &subject).is_some()
            };
            pattern.can_cover(unit.file())
                && unit
                    .tests
                    .iter()
                    .any(|(classname, names)| names.iter().any(|name| covers(classname, name)))
        })
    }

    /// The shards (counted from 0, ascending) to which tests in the file at `path` can go.
    /// Every other shard can leave the file unread.
    pub fn shards_of_file(&self, path: &str) -> Vec<u32> {
        self.placement()
            .shards_of_file(&crate::address::dotted(path))
    }

    /// The shard (counted from 0) of the file at `path` for a runner that runs whole files. A
    /// file that the plan cuts goes to the lowest shard that holds a part of it. The path can
    /// be whatever the runner's unit is called in reports, such as a Go package.
    pub fn shard_of_path(&self, path: &str) -> u32 {
        self.place_path(path).shard
    }

    /// Where the file at `path` goes for a runner that runs whole files; see
    /// [`shard_of_path`](Self::shard_of_path). Of a rule that names classes or tests, the path
    /// decides.
    pub fn place_path(&self, path: &str) -> Placed {
        self.placement().place_file(&crate::address::dotted(path))
    }

    /// The shard of a line of a list, and why: a node id where it has `::`, else a path.
    pub fn place_line(&self, line: &str) -> Placed {
        if line.contains("::") {
            return self.place(&NodeId::parse(line), Kept::No);
        }
        self.place_path(line)
    }

    /// What a runner's plugin needs to select the tests of `shard`.
    pub fn slice(&self, shard: Shard) -> Slice<'_> {
        slice::of(&self.content, self.placement(), &self.digest, shard)
    }
}
