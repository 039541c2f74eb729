//! The tests that earlier attempts at a shard leave for an attempt at failed tests only.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::{Address, NodeId};
use crate::outcome::Outcome;
use crate::record::RunRecord;
use crate::verify::evidence::Evidence;
use crate::verify::job::Job;

/// The earlier attempts at one shard.
///
/// ```
/// use evenshard::record::{RunRecord, State};
/// use evenshard::history::History;
/// use evenshard::verify::{Earlier, Evidence, Results};
/// use evenshard::{Outcome, Shard};
///
/// let mut record = RunRecord::started("5f0c", Shard::new(0, 2)?);
/// record.state = State::Finished;
/// record.selected = vec!["test_a.py::test_x".to_owned(), "test_a.py::test_y".to_owned()];
/// record.junit = Some("junit-1-1.xml".to_owned());
/// let mut now = record.clone();
/// now.attempt = 2;
/// let mut results = Results { complete: true, ..Results::default() };
/// results.add("test_a", "test_x", "", Outcome::Passed, None);
/// results.add("test_a", "test_y", "", Outcome::Failed, None);
/// let evidence = [Evidence { record, name: "junit-1-1.shard.json".to_owned(), results: vec![results], cases: History::new() }];
///
/// let earlier = Earlier::of(&evidence, &now)?;
/// assert_eq!(Vec::from_iter(earlier.done), ["test_a.py::test_x"]);
/// assert_eq!((earlier.tests, earlier.attempts), (2, vec![1]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Earlier {
    /// The attempts that count, in order: the last full one, and those of failed tests only
    /// after it.
    pub attempts: Vec<u32>,
    /// The number of tests that they were to run.
    pub tests: usize,
    /// The node ids of the tests whose latest result is passed, failed as expected, or skipped.
    pub done: BTreeSet<String>,
}

/// The reason why there is no earlier attempt to continue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoEarlier {
    /// No record is of this shard and scope.
    #[error("no record of this shard")]
    OtherShards,
    /// The records of this shard are of other builds.
    #[error("the records of this shard are of another build")]
    OtherBuild,
    /// The records of this shard are not of attempts before this one.
    #[error("no record of this shard is of an attempt before this one")]
    NotEarlier,
    /// The earlier attempts used other plans.
    #[error("the earlier attempt used another plan")]
    OtherPlan,
    /// The last attempt at the whole shard left no results, or only a part.
    #[error("the last attempt at the whole shard left no whole JUnit file")]
    NoResults,
}

impl Earlier {
    /// Finds the attempts before `now` of the same build (if both name it), scope, plan and shard.
    /// As in [`verify`](super::verify), the last full attempt counts, with those of failed tests
    /// only after it.
    ///
    /// # Errors
    /// [`NoEarlier`] where there is no such attempt, or it left no whole results.
    pub fn of(evidence: &[Evidence], now: &RunRecord) -> Result<Self, NoEarlier> {
        let of_shard = |r: &RunRecord| r.shard == now.shard && r.scope == now.scope;
        let other_build = |r: &RunRecord| r.build.is_some() && now.build.is_some();
        // A job that does not know its build may be of any.
        let of_build = |r: &RunRecord| !other_build(r) || r.build == now.build;
        let mut found: Vec<&Evidence> = evidence.iter().collect();
        let mut keep = |wanted: &dyn Fn(&RunRecord) -> bool, otherwise| {
            found.retain(|e| wanted(&e.record));
            if found.is_empty() {
                return Err(otherwise);
            }
            Ok(())
        };
        keep(&of_shard, NoEarlier::OtherShards)?;
        keep(&of_build, NoEarlier::OtherBuild)?;
        keep(&|r| r.attempt < now.attempt, NoEarlier::NotEarlier)?;
        keep(&|r| r.plan_digest == now.plan_digest, NoEarlier::OtherPlan)?;
        found.sort_by_key(|e| (e.record.attempt, &e.name));
        let full = found.iter().filter(|e| !e.record.failed_only);
        let begin = full.map(|e| e.record.attempt).max();
        let begin = begin.ok_or(NoEarlier::NoResults)?;
        // Results that are cut short could lack a failure.
        found.retain(|e| e.record.attempt >= begin && is_whole(e));
        let has_full = |e: &&Evidence| !e.record.failed_only;
        if !found.iter().any(has_full) {
            return Err(NoEarlier::NoResults);
        }
        Ok(Self::from_chain(&found))
    }

    fn from_chain(chain: &[&Evidence]) -> Self {
        let ids: BTreeSet<&String> = chain.iter().flat_map(|e| &e.record.selected).collect();
        let mut by_name: BTreeMap<Address, Vec<&String>> = BTreeMap::new();
        for &id in &ids {
            let of_name = by_name.entry(NodeId::with_group(id).address());
            of_name.or_default().push(id);
        }
        let jobs: Vec<Job<'_>> = chain.iter().map(|e| Job::new(e)).collect();
        // What may have no result runs again.
        let in_doubt = |id: &str| jobs.iter().any(|job| job.lacks(id));
        let is_done = |id: &str, alone: bool| {
            // The latest attempt with a result of it; of two records of one attempt, both.
            let with_result = chain.iter().filter(|e| e.result(id).is_some());
            let latest = with_result.clone().map(|e| e.record.attempt).max();
            let mut of_latest = with_result.filter(|e| Some(e.record.attempt) == latest);
            latest.is_some() && !in_doubt(id) && of_latest.all(|e| is_success(e, id, alone))
        };
        // Tests of one name in reports are done together.
        let all_done = |ids: &Vec<&String>| ids.iter().all(|id| is_done(id, ids.len() == 1));
        let done = by_name.into_values().filter(all_done).flatten();
        let mut attempts: Vec<u32> = chain.iter().map(|e| e.record.attempt).collect();
        attempts.dedup();
        Self {
            attempts,
            tests: ids.len(),
            done: done.cloned().collect(),
        }
    }

    /// Returns the number of tests that are left to run.
    pub fn left(&self) -> usize {
        self.tests - self.done.len()
    }
}

/// Returns true if all JUnit files of the record are here, and none is cut short.
fn is_whole(evidence: &Evidence) -> bool {
    evidence.has_all_results() && evidence.results.iter().all(|r| r.complete)
}

/// Returns true if the test did what it should. A failure before that is forgiven if it is
/// certainly of the same test: several tests can have one name in the report.
fn is_success(evidence: &Evidence, id: &str, alone: bool) -> bool {
    let Some(result) = evidence.result(id) else {
        return false;
    };
    let again = alone && evidence.record.retried.contains_key(id);
    let done = !result.outcome.failed() && result.outcome != Outcome::NotRun;
    let always = !result.worst.failed() && result.worst != Outcome::NotRun;
    done && (always || again)
}
