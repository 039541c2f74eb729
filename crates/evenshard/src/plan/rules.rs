//! The rules of the user about where tests run.

use serde::{Deserialize, Serialize};

use crate::address::{Pattern, Subject};

/// Tests that belong together, stay whole, or run everywhere. Rules apply to tests that the plan
/// does not know as well, since placement asks the patterns themselves.
///
/// Of several rules that cover a test, `everywhere` comes first, then `together`, then
/// `never_split`. A group with a part of a whole file brings the rest of it along, if the plan
/// knows the file. A test that several groups cover belongs to the first of them; groups with a
/// known test in common share a shard.
///
/// ```
/// use evenshard::{NodeId, Planner, plan::Rules};
/// let rules = Rules {
///     together: vec![vec!["tests/db".parse()?, "*::TestMigration".parse()?]],
///     everywhere: vec!["tests/test_smoke.py".parse()?],
///     ..Rules::default()
/// };
/// let plan = Planner::new(4)?.rules(rules).plan_without_timings()?;
/// let selects = |shard, id| plan.selects(shard, &NodeId::parse(id));
/// for shard in plan.shards() {
///     let [db, migration] = ["tests/db/test_a.py::test_x", "app/test_b.py::TestMigration::test_y"];
///     assert_eq!(selects(shard, db), selects(shard, migration));
///     assert!(selects(shard, "tests/test_smoke.py::test_up"));
/// }
/// # Ok::<(), evenshard::Error>(())
/// ```
///
/// The rules of a plan have the shard of each group with its patterns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules<G = Vec<Pattern>> {
    /// Groups, each with the patterns of its tests: a group runs in one shard.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub together: Vec<G>,
    /// Files that are never cut, or classes and functions if a pattern names these, whatever the
    /// [`Split`](crate::pack::Split) is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub never_split: Vec<Pattern>,
    /// Tests that every shard runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub everywhere: Vec<Pattern>,
    /// pytest marks whose tests stay with their file, beyond those that say so anyway (such as
    /// `dependency`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub whole_marks: Vec<String>,
    /// Tests that may always be cut apart, whatever their marks, collectors and parameter ids are:
    /// see [`Kept`](crate::plan::Kept).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub may_split: Vec<Pattern>,
}

/// The [`Rules`] of a plan.
pub type PlannedRules = Rules<Group>;

/// Tests that share a shard, known or not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Group {
    /// The shard, counted from 0.
    pub shard: u32,
    /// The patterns of its tests.
    pub patterns: Vec<Pattern>,
}

impl AsRef<[Pattern]> for Group {
    fn as_ref(&self) -> &[Pattern] {
        &self.patterns
    }
}

impl<G: AsRef<[Pattern]>> Rules<G> {
    /// Returns true if there is no rule.
    pub fn is_empty(&self) -> bool {
        self.together.iter().all(|group| group.as_ref().is_empty())
            && self.never_split.is_empty()
            && self.everywhere.is_empty()
            && self.whole_marks.is_empty()
            && self.may_split.is_empty()
    }

    /// Returns the same rules with other forms of the groups.
    pub(super) fn with_groups<H>(&self, groups: impl FnOnce(&[G]) -> Vec<H>) -> Rules<H> {
        Rules {
            together: groups(&self.together),
            never_split: self.never_split.clone(),
            everywhere: self.everywhere.clone(),
            whole_marks: self.whole_marks.clone(),
            may_split: self.may_split.clone(),
        }
    }
}

impl Rules {
    /// Returns the patterns that can cover tests of one file. Groups keep their numbers.
    pub(super) fn near(&self, file: &str) -> Self {
        let near = |patterns: &Vec<Pattern>| -> Vec<Pattern> {
            let near = patterns.iter().filter(|p| p.can_cover(file));
            near.cloned().collect()
        };
        Self {
            together: self.together.iter().map(near).collect(),
            never_split: near(&self.never_split),
            everywhere: near(&self.everywhere),
            whole_marks: Vec::new(),
            may_split: near(&self.may_split),
        }
    }
}

impl PlannedRules {
    /// Returns the decision of the rules on a test, if one covers it.
    pub(super) fn decision(&self, file: &str, subject: &Subject) -> Option<Decision<'_>> {
        // Everywhere wins: a test that runs in all shards runs in that of its group too.
        if let Some(pattern) = covering(&self.everywhere, file, subject) {
            return Some(Decision::Everywhere(pattern));
        }
        self.together.iter().find_map(|group| {
            let pattern = covering(&group.patterns, file, subject)?;
            Some(Decision::Group(group.shard, pattern))
        })
    }

    /// Returns the shards to which rules can send tests of this dotted file; `None` for all.
    pub(super) fn shards_of_file<'a>(
        &'a self,
        file: &'a str,
    ) -> Option<impl Iterator<Item = u32> + 'a> {
        let can = |patterns: &[Pattern]| patterns.iter().any(|p| p.can_cover(file));
        if can(&self.everywhere) {
            return None;
        }
        let groups = self.together.iter();
        Some(groups.filter(move |g| can(&g.patterns)).map(|g| g.shard))
    }

    /// Returns true if the test may be cut off from its file, class and function.
    pub(super) fn may_split(&self, file: &str, subject: &Subject) -> bool {
        covering(&self.may_split, file, subject).is_some()
    }
}

/// The shards that rules choose for a test, and the pattern that covers it.
pub(super) enum Decision<'p> {
    Everywhere(&'p Pattern),
    /// The shard of a group, by index.
    Group(u32, &'p Pattern),
}

/// Returns the first pattern that covers a test.
pub(super) fn covering<'p>(
    patterns: &'p [Pattern],
    file: &str,
    subject: &Subject,
) -> Option<&'p Pattern> {
    patterns.iter().find(|p| p.end(file, subject).is_some())
}

/// Returns the length of the names that make the unit which `never_split` keeps whole: 0 for a
/// whole file. The shortest counts, so that all tests of a unit have one answer.
pub(super) fn whole(never_split: &[Pattern], file: &str, subject: &Subject) -> Option<usize> {
    let ends = never_split.iter().filter_map(|p| p.end(file, subject));
    ends.min()
}
