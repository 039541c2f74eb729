//! The content of a plan, as its file has it.

use serde::{Deserialize, Serialize};

use crate::Micros;
use crate::pack::{Algorithm, Certificate, Split, Workers};
use crate::plan::{PlannedRules, Room, Unit};
use crate::record::Match;

/// The content of a plan file, without its version and digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlanContent {
    /// The version of the planning algorithm.
    pub algorithm_version: u32,
    /// The suite that it is for, of several separate ones; `""` is the suite without a name.
    #[serde(default)]
    pub scope: String,
    /// The packing algorithm.
    pub algorithm: Algorithm,
    /// The finest unit that could be cut apart.
    pub split: Split,
    /// The workers of each shard, if there are several. Times are then those of the whole shard,
    /// not sums of its tests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workers: Option<Workers>,
    /// The target that the number of shards was chosen for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<MetTarget>,
    /// The rules of the user, with the shards of groups.
    #[serde(default, skip_serializing_if = "PlannedRules::is_empty")]
    pub rules: PlannedRules,
    /// The proof of its quality.
    #[serde(flatten)]
    pub certificate: Certificate,
    /// The tests that the history knew.
    #[serde(rename = "match")]
    pub matched: Match,
    /// The rule for tests in unknown files.
    pub unknown: Unknown,
    /// The tests are those of a list, not those that the history remembers.
    pub collected: bool,
    /// The plan of a first build: no time was known, and tests were balanced by their number. Each
    /// counts one microsecond, and files, classes and functions are listed instead of tests.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counted: bool,
    /// The units that every shard runs; their times count in each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub everywhere: Vec<Unit>,
    /// The shards, in order.
    pub shards: Vec<PlannedShard>,
}

impl PlanContent {
    /// Iterates over the units, each with the index of its shard; `None` for every shard.
    pub fn units(&self) -> impl Iterator<Item = (Option<u32>, &Unit)> {
        let of_shards = (0..).zip(&self.shards).flat_map(|(index, shard)| {
            let units = shard.units.iter();
            units.map(move |unit| (Some(index), unit))
        });
        of_shards.chain(self.everywhere.iter().map(|unit| (None, unit)))
    }

    /// Iterates over the listed tests: the index of the shard as in [`units`](Self::units), the
    /// classname, the name.
    pub fn tests(&self) -> impl Iterator<Item = (Option<u32>, &str, &str)> {
        self.units().flat_map(|(index, unit)| {
            unit.tests.iter().flat_map(move |(classname, names)| {
                let names = names.iter();
                names.map(move |name| (index, classname.as_str(), name.as_str()))
            })
        })
    }
}

/// The target that a plan meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MetTarget {
    /// The time by which the slowest shard is to finish, overhead included.
    #[serde(rename = "target_us")]
    pub time: Micros,
    /// The time of every shard beside its tests: start of the job, checkout, install.
    #[serde(rename = "job_overhead_us")]
    pub overhead: Micros,
    /// Lower bounds prove that no smaller number of shards meets it.
    pub proved_smallest: bool,
    /// The room that is left for builds that take longer than predicted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<Room>,
}

/// The rule for tests in files that the plan does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unknown {
    /// A fixed hash of the dotted file: a file stays whole.
    #[default]
    FileHash,
    /// A fixed hash of the function, for `--split test` without timings.
    FunctionHash,
}

/// One shard of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlannedShard {
    /// The predicted time of its tests and their setup.
    pub predicted_us: Micros,
    /// The units that only this shard runs.
    pub units: Vec<Unit>,
}

/// The size of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// All of a file, except tests that run everywhere.
    File,
    /// All of a class, or of the functions outside classes, except tests that run everywhere.
    Class,
    /// Some tests of a class.
    Test,
}
