//! A plan: a total function from tests to shards, with its predictions and its proof.

mod alternatives;
#[cfg(feature = "internals")]
mod as_suite;
mod build;
mod content;
mod file;
mod groups;
mod kept;
mod lines;
mod names;
mod placed;
mod placement;
mod room;
mod rules;
mod sizing;
mod slice;
mod unit;

pub use build::Planner;
pub use kept::Kept;
pub use placed::{Placed, Reason};
pub use rules::Rules;

internal!(alternatives::Alternatives);
internal!(crate::record::Match);
internal!(content::{Level, MetTarget, PlanContent, PlannedShard, Unknown});
internal!(names::Names);
internal!(room::{Percentile, Room, TooFewBuilds});
internal!(rules::{Group, PlannedRules});
internal!(slice::{Pieces, Slice, SliceRules});
internal!(unit::Unit);

use std::num::NonZeroU32;
use std::sync::OnceLock;

use crate::address::{Address, NodeId, Pattern, Subject, dotted};
use crate::error::Error;
use crate::intern::count;
use crate::pack::Certificate;
use crate::{Micros, Shard};
use placement::Placement;

/// A total function from tests to shards: every test, known or not, has exactly one, except those
/// that the user wants to [run everywhere](Rules::everywhere).
///
/// No test is lost or runs twice while all shards use plans with the same
/// [`digest`](Self::digest).
#[derive(Clone, Debug)]
#[must_use]
pub struct Plan {
    content: PlanContent,
    digest: String,
    /// Made for the first question: a job that only writes the plan needs none.
    placement: OnceLock<Placement>,
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
        let new = || Placement::new(&self.content, self.shards().collect());
        self.placement.get_or_init(new)
    }

    /// Returns the digest. Two plans with one digest place every test alike.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Returns the content of the plan file.
    #[doc(hidden)]
    pub fn content(&self) -> &PlanContent {
        &self.content
    }

    /// Returns the proof of the plan: its slowest shard, and a lower bound for any plan.
    pub fn certificate(&self) -> &Certificate {
        &self.content.certificate
    }

    /// Returns the number of shards.
    pub fn shard_count(&self) -> u32 {
        self.count().get()
    }

    fn count(&self) -> NonZeroU32 {
        NonZeroU32::new(count(self.content.shards.len())).unwrap_or(NonZeroU32::MIN)
    }

    /// Iterates over the shards.
    pub fn shards(&self) -> impl ExactSizeIterator<Item = Shard> + use<> {
        Shard::all(self.count())
    }

    /// Returns the shard with this index, counted from 0.
    ///
    /// # Errors
    /// [`ShardOutOfRange`](crate::pack::Error::ShardOutOfRange) if there is none.
    pub fn shard(&self, index: u32) -> Result<Shard, Error> {
        Ok(Shard::new(index, self.shard_count())?)
    }

    /// Returns true if `shard` runs the test with this node id, known or not. An id without `::`
    /// is the path of a file for a runner of whole files, or another name that such a runner has
    /// for it, as for a Go package.
    ///
    /// A test that runs everywhere is selected by every shard, any other test by exactly one.
    pub fn selects(&self, shard: Shard, id: &NodeId<'_>) -> bool {
        self.place(id, Kept::No).runs_on(shard)
    }

    /// Returns the shards that run the test with this node id, and the reason. All jobs have to
    /// agree on what a test is `kept` with. A file that the plan cuts, as an id without `::`, runs
    /// on the lowest shard with a part of it.
    pub fn place(&self, id: &NodeId<'_>, kept: Kept) -> Placed {
        self.placement().of_id(id, kept)
    }

    /// Returns the shards to which tests of the file at `path` can go, ascending. Every other
    /// shard can leave the file unread.
    pub fn shards_of_file(&self, path: &str) -> Vec<Shard> {
        self.placement().shards_of_file(&dotted(path))
    }

    /// Iterates over the known tests that `shard` runs, by their names in reports. A plan by
    /// [count](Planner::plan_by_count) knows none.
    pub fn tests(&self, shard: Shard) -> impl Iterator<Item = Address> {
        // Its entries are files, classes and functions, not tests.
        let planned = self.planned(shard).filter(|_| !self.content.counted);
        let own = planned.into_iter().flat_map(|planned| &planned.units);
        let everywhere = planned.into_iter().flat_map(|_| &self.content.everywhere);
        let classes = own.chain(everywhere).flat_map(|unit| &unit.tests);
        classes.flat_map(|(classname, names)| {
            names.iter().map(|name| Address {
                classname: classname.clone(),
                name: name.clone(),
            })
        })
    }

    /// Returns the predicted time of `shard`: of its tests and their setup. In a plan by the number of
    /// tests, that number.
    pub fn predicted(&self, shard: Shard) -> Micros {
        let planned = self.planned(shard);
        planned.map_or(Micros::ZERO, |planned| planned.predicted_us)
    }

    fn planned(&self, shard: Shard) -> Option<&PlannedShard> {
        self.content.shards.get(shard.index() as usize)
    }

    /// Returns how many of the tests that both plans list have another shard than in `previous`,
    /// and how many both list.
    #[doc(hidden)]
    pub fn moved_since(&self, previous: &Self) -> (u64, u64) {
        let (mut moved, mut shared) = (0, 0);
        for (shard, classname, name) in self.content.tests() {
            let before = previous.placement().listed(classname, name);
            if let (Some(shard), Some(before)) = (shard, before) {
                shared += 1;
                moved += u64::from(before.index() != shard);
            }
        }
        (moved, shared)
    }

    /// Returns true if the pattern covers a test that the plan lists.
    #[doc(hidden)]
    pub fn has_some_of(&self, pattern: &Pattern) -> bool {
        let mut units = self.content.units().map(|(_, unit)| unit);
        units.any(|unit| {
            let file = unit.file();
            let covers = |classname: &str, name: &str| {
                let subject = Subject::of_address(file, classname, name);
                pattern.end(file, &subject).is_some()
            };
            let mut classes = unit.tests.iter();
            pattern.can_cover(file)
                && classes
                    .any(|(classname, names)| names.iter().any(|name| covers(classname, name)))
        })
    }

    /// Returns the part of the plan that a runner's plugin needs to select the tests of `shard`.
    #[doc(hidden)]
    pub fn slice(&self, shard: Shard) -> Slice<'_> {
        slice::of(&self.content, self.placement(), &self.digest, shard)
    }
}
