//! What one shard's runner has to know of a plan.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::Shard;
use crate::address::Pattern;
use crate::plan::placement::Placement;
use crate::plan::{PlanContent, PlannedRules, Unknown};

/// What a runner's plugin needs to select the tests of one shard: the plan's function in
/// full, and the tests that the shard is expected to run.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Slice<'a> {
    /// The plan's digest.
    pub digest: &'a str,
    /// The shard, counted from 0.
    pub shard: u32,
    /// How many shards there are.
    pub shards: u32,
    /// The rule for tests in unknown files.
    pub unknown: Unknown,
    /// Every known classname with the shards (ascending) that hold tests of it.
    pub classes: BTreeMap<&'a str, &'a [u32]>,
    /// The shard of each test of the classes that are spread over shards.
    pub listed: BTreeMap<&'a str, &'a BTreeMap<String, u32>>,
    /// What the user said about where tests run.
    pub rules: Option<SliceRules<'a>>,
    /// The names of this shard's tests, by classname, with those that run everywhere.
    pub expected: BTreeMap<&'a str, Vec<&'a str>>,
}

/// A pattern taken apart at its stars: the pieces of its path, and of its names if it has any.
pub type Pieces<'a> = (&'a [String], Option<&'a [String]>);

/// The rules of a plan, their patterns taken apart.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct SliceRules<'a> {
    /// What every shard runs.
    pub everywhere: Vec<Pieces<'a>>,
    /// The shard of each group, and what it covers.
    pub together: Vec<(u32, Vec<Pieces<'a>>)>,
    /// What is never cut.
    pub never_split: Vec<Pieces<'a>>,
    /// What stays with nothing.
    pub may_split: Vec<Pieces<'a>>,
}

impl<'a> SliceRules<'a> {
    fn of(rules: &'a PlannedRules) -> Option<Self> {
        let pieces =
            |patterns: &'a [Pattern]| patterns.iter().map(Pattern::pieces).collect::<Vec<_>>();
        let groups = rules.together.iter();
        (!rules.is_empty()).then(|| Self {
            everywhere: pieces(&rules.everywhere),
            together: groups.map(|g| (g.shard, pieces(&g.patterns))).collect(),
            never_split: pieces(&rules.never_split),
            may_split: pieces(&rules.may_split),
        })
    }
}

pub(super) fn of<'a>(
    content: &'a PlanContent,
    placement: &'a Placement,
    digest: &'a str,
    shard: Shard,
) -> Slice<'a> {
    let mut expected: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let planned = content.shards.get(shard.index() as usize);
    let units = planned.into_iter().flat_map(|s| &s.units);
    let units = units.chain(&content.everywhere);
    // The entries of a counted plan are no tests, so it expects none by name.
    for (classname, names) in units
        .filter(|_| !content.counted)
        .flat_map(|unit| &unit.tests)
    {
        expected
            .entry(classname)
            .or_default()
            .extend(names.iter().map(String::as_str));
    }
    let classes = placement.classes();
    Slice {
        digest,
        shard: shard.index(),
        shards: placement.shard_count(),
        unknown: placement.unknown(),
        classes: classes
            .iter()
            .map(|c| (c.classname.as_str(), &*c.shards))
            .collect(),
        listed: classes
            .iter()
            .filter_map(|c| Some((c.classname.as_str(), c.tests()?)))
            .collect(),
        rules: SliceRules::of(placement.rules()),
        expected,
    }
}
