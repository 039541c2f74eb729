//! The part of a plan that the runner of one shard needs.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::Shard;
use crate::address::Pattern;
use crate::plan::placement::Placement;
use crate::plan::{PlanContent, PlannedRules, Unknown};

/// The part of a plan that a runner's plugin needs to select the tests of one shard: the function
/// in full, and the tests that the shard is expected to run.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Slice<'a> {
    /// The plan's digest.
    pub digest: &'a str,
    /// The shard, counted from 0.
    pub shard: u32,
    /// The number of shards.
    pub shards: u32,
    /// The rule for tests in unknown files.
    pub unknown: Unknown,
    /// Every known classname with the shards of its tests, ascending.
    pub classes: BTreeMap<&'a str, &'a [u32]>,
    /// The shard of each test of the classes on several shards.
    pub listed: BTreeMap<&'a str, &'a BTreeMap<String, u32>>,
    /// The rules of the user.
    pub rules: Option<SliceRules<'a>>,
    /// The names of this shard's tests by classname, with those that run everywhere.
    pub expected: BTreeMap<&'a str, Vec<&'a str>>,
}

/// A pattern taken apart at its stars: the pieces of its path, and of its names if it has any.
pub type Pieces<'a> = (&'a [String], Option<&'a [String]>);

/// The rules of a plan, their patterns taken apart.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct SliceRules<'a> {
    /// The tests that every shard runs.
    pub everywhere: Vec<Pieces<'a>>,
    /// The groups, each with its shard and its patterns.
    pub together: Vec<(u32, Vec<Pieces<'a>>)>,
    /// The files, classes and functions that are never cut.
    pub never_split: Vec<Pieces<'a>>,
    /// The tests that may always be cut apart.
    pub may_split: Vec<Pieces<'a>>,
}

impl<'a> SliceRules<'a> {
    fn of(rules: &'a PlannedRules) -> Option<Self> {
        let pieces =
            |patterns: &'a [Pattern]| patterns.iter().map(Pattern::pieces).collect::<Vec<_>>();
        let groups = rules.together.iter();
        // Most plans have none, and the plugin then asks for none.
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
    let classes = placement.classes().all();
    Slice {
        digest,
        shard: shard.index(),
        shards: shard.count().get(),
        unknown: content.unknown,
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
