//! What the user says about where tests run.

use serde::{Deserialize, Serialize};

use crate::address::{Pattern, Subject};
use crate::plan::{Placed, Reason};

/// Tests that belong together, stay whole, or run everywhere. They hold for tests that the
/// plan does not know as well, since placement asks the patterns themselves.
///
/// Where rules meet, `everywhere` goes before `together`, and that before `never_split`: what
/// a group takes of a whole file brings the rest of it along, if the plan knows the file. A
/// test that several groups cover belongs to the first of them; groups that have a known test
/// in common share a shard.
///
/// ```
/// use evenshard::NodeId;
/// use evenshard::{Planner, plan::{Kept, Rules}};
/// let rules = Rules {
///     together: vec![vec!["tests/db".parse()?, "*::TestMigration".parse()?]],
///     everywhere: vec!["tests/test_smoke.py".parse()?],
///     ..Rules::default()
/// };
/// let plan = Planner::new(4)?.rules(rules).plan_without_timings()?;
/// let shard = |id: &str| plan.place(&NodeId::parse(id), Kept::No).shard;
/// assert_eq!(
///     shard("tests/db/test_a.py::test_x"),
///     shard("app/test_b.py::TestMigration::test_y"),
/// );
/// assert!((0..4).all(|s| plan.runs_on(&NodeId::parse("tests/test_smoke.py::test_up"), Kept::No, s)));
/// # Ok::<(), evenshard::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Groups: all tests that some pattern of a group covers run in one shard.
    pub together: Vec<Vec<Pattern>>,
    /// Files (where a pattern names classes or functions, these) that are never cut, whatever
    /// the [`Split`](crate::pack::Split) is.
    pub never_split: Vec<Pattern>,
    /// Tests that every shard runs.
    pub everywhere: Vec<Pattern>,
    /// pytest marks whose tests stay with their file, beyond those that say so anyway (such as
    /// `dependency`).
    pub whole_marks: Vec<String>,
    /// Tests that stay with nothing, whatever their marks, collectors and parameter ids say: see
    /// [`Kept`](crate::plan::Kept).
    pub may_split: Vec<Pattern>,
}

impl Rules {
    /// True when they say nothing.
    pub fn is_empty(&self) -> bool {
        self.together.iter().all(Vec::is_empty)
            && self.never_split.is_empty()
            && self.everywhere.is_empty()
            && self.whole_marks.is_empty()
            && self.may_split.is_empty()
    }
}

/// The [`Rules`] that a plan was made with, and the shard of each group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlannedRules {
    /// Groups that share a shard.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub together: Vec<Group>,
    /// What is never cut.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub never_split: Vec<Pattern>,
    /// What every shard runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub everywhere: Vec<Pattern>,
    /// The marks whose tests stay with their file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub whole_marks: Vec<String>,
    /// What stays with nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub may_split: Vec<Pattern>,
}

/// Tests that share a shard, known or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Group {
    /// Their shard, counted from 0.
    pub shard: u32,
    /// Which tests they are: what any of these covers.
    pub patterns: Vec<Pattern>,
}

impl PlannedRules {
    /// True when they say nothing.
    pub fn is_empty(&self) -> bool {
        self.together.is_empty()
            && self.never_split.is_empty()
            && self.everywhere.is_empty()
            && self.whole_marks.is_empty()
            && self.may_split.is_empty()
    }

    /// The shard of a test, where a rule names it.
    pub(super) fn place(&self, file: &str, subject: &Subject) -> Option<Placed> {
        let everywhere = covering(&self.everywhere, file, subject);
        if let Some(pattern) = everywhere {
            return Some(everywhere_by(pattern));
        }
        self.together.iter().find_map(|group| {
            let pattern = covering(&group.patterns, file, subject)?;
            Some(group.place(pattern))
        })
    }

    /// The shard of a file that is run as one: the paths of the patterns decide.
    pub(super) fn place_file(&self, file: &str) -> Option<Placed> {
        self.place(file, &Subject::new("", ""))
    }

    /// The shards to which they can send tests of this dotted file; `None` for all.
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

    /// Whether a test stays with nothing.
    pub(super) fn may_split(&self, file: &str, subject: &Subject) -> bool {
        covering(&self.may_split, file, subject).is_some()
    }

    /// How much of the names of a test makes the unit that is not cut: 0 for the whole file.
    pub(super) fn whole(&self, file: &str, subject: &Subject) -> Option<usize> {
        whole(&self.never_split, file, subject)
    }
}

impl Group {
    fn place(&self, pattern: &Pattern) -> Placed {
        Placed {
            shard: self.shard,
            reason: Reason::Group(pattern.to_string()),
        }
    }
}

fn everywhere_by(pattern: &Pattern) -> Placed {
    Placed {
        shard: 0,
        reason: Reason::Everywhere(pattern.to_string()),
    }
}

/// The first pattern that covers a test.
pub(super) fn covering<'p>(
    patterns: &'p [Pattern],
    file: &str,
    subject: &Subject,
) -> Option<&'p Pattern> {
    patterns.iter().find(|p| p.end(file, subject).is_some())
}

/// How much of the names of a test makes the unit that `never_split` keeps whole: the least,
/// so that all tests of a unit have one answer.
pub(super) fn whole<'p>(
    never_split: impl IntoIterator<Item = &'p Pattern>,
    file: &str,
    subject: &Subject,
) -> Option<usize> {
    let ends = never_split.into_iter().filter_map(|p| p.end(file, subject));
    ends.min()
}
