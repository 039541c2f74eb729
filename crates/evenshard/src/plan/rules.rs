//! What the user says about where tests run.

use crate::address::Pattern;

/// Tests that belong together, stay whole, or run everywhere. They hold for tests that the
/// plan does not know as well, since placement asks the patterns themselves.
///
/// Where rules meet, `everywhere` goes before `together`. A test that several groups cover
/// belongs to the first of them; groups that have a known test in common share a shard.
///
/// ```
/// use evenshard::NodeId;
/// use evenshard::{Planner, plan::Rules};
/// let rules = Rules {
///     together: vec![vec!["tests/db".parse()?, "*::TestMigration".parse()?]],
///     everywhere: vec!["tests/test_smoke.py".parse()?],
///     ..Rules::default()
/// };
/// assert!(!rules.is_empty());
/// let planner = Planner::new(4)?.rules(rules);
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
}

impl Rules {
    /// True when they say nothing.
    pub fn is_empty(&self) -> bool {
        self.together.iter().all(Vec::is_empty)
            && self.never_split.is_empty()
            && self.everywhere.is_empty()
    }
}
