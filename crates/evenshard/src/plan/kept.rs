//! The file, class or function that a test stays with.

/// The file, class or function that a test stays with, whatever the plan lists. A runner knows it
/// from what a name does not show: the test's marks, its collector, and the origin of its
/// parameter ids.
///
/// ```
/// use evenshard::{NodeId, Planner, plan::Kept};
/// use evenshard::pack::Split;
///
/// let plan = Planner::new(50)?.split(Split::Test).plan_without_timings()?;
/// let shard = |id: &str, kept| plan.place(&NodeId::parse(id), kept).on;
/// let (open, close) = ("tests/test_flow.py::test_open", "tests/test_flow.py::test_close");
/// assert_ne!(shard(open, Kept::No), shard(close, Kept::No));
/// assert_eq!(shard(open, Kept::WithFile), shard(close, Kept::WithFile));
/// # Ok::<(), evenshard::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kept {
    /// Nothing: it goes where the plan lists it.
    #[default]
    No,
    /// The tests of its function that differ in positions only, which say nothing about the
    /// values.
    WithFunction,
    /// Its class, or its file where it has none: its order there matters.
    WithClass,
    /// Its file: its order there matters.
    WithFile,
}
