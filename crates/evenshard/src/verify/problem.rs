//! The problems that keep a build from being proved.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// One thing that keeps a build from being proved, or that people should know beside the
/// proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Problem {
    /// The kind.
    pub kind: ProblemKind,
    /// The finding, without the lists that follow.
    pub message: String,
    /// The shards concerned, counted from 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shards: Vec<u32>,
    /// The tests concerned: node ids, or `classname::name` where only a report names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<String>,
    /// The files concerned: of the suite, or of the results.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
}

/// The kinds of [`Problem`]; in JSON in lower case with hyphens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ProblemKind {
    /// A run record cannot be read.
    UnreadableRecord,
    /// Records of more than one build, or of another than expected.
    MixedBuilds,
    /// Records of more than one scope, or of another than the plan's.
    MixedScopes,
    /// Shards used different plans, or another than expected.
    MixedPlans,
    /// Shards were of different numbers of shards, or of another than the plan's.
    MixedCounts,
    /// Two different records of one shard and attempt.
    DuplicateShard,
    /// A shard left no record.
    MissingShard,
    /// A shard was killed, is still running, or broke off.
    CutShort,
    /// A shard ran again only what had not passed before, and what it had run before is
    /// not here.
    MissingAttempt,
    /// A shard's JUnit file was not written or is not here.
    MissingJunit,
    /// A JUnit file ends too early.
    JunitCutShort,
    /// Shards selected from different tests, by options such as `-k` or by arguments.
    MixedSelections,
    /// Shards had different lists of tests.
    DifferentLists,
    /// Shards visited different files.
    DifferentFiles,
    /// Shards that share the parameters of a function saw different ones, or one does not say.
    DifferentParameters,
    /// Shards that share a file saw different tests in it that have to stay together.
    DifferentHomes,
    /// Tests ran in another shard than the plan places them in.
    Misplaced,
    /// Tests ran, or were to run, in two shards.
    RanTwice,
    /// Tests were to run and have no result, or one of several that share a name in reports
    /// has none.
    NoResult,
    /// Lines of the list have no cases in the reports of their shard.
    NoCases,
    /// No report says which lines its cases are of.
    NoNames,
    /// Results of tests that no record of their shard lists.
    Unlisted,
    /// Tests of the plan that no shard selected.
    Vanished,
    /// Tests of the plan that no shard selected, of functions that have as many others:
    /// their parameters are made anew in every process.
    Renamed,
    /// Tests that the earlier build ran are gone or newly skipped.
    Missing,
    /// No shard ran any test.
    NothingRan,
    /// A shard stopped early because `-x`, `--maxfail` or `--stepwise` asked for that.
    StoppedOnRequest,
    /// Tests passed several times in one job, and no retry or failure explains it.
    Repeated,
    /// Tests that a hook of the suite or a plugin left out.
    Dropped,
    /// No record names its build.
    NoBuild,
    /// JUnit files that no record names.
    UnclaimedJunit,
    /// Records of other scopes that were left out.
    OtherScopes,
}

impl Problem {
    pub(super) fn shards(&mut self, shards: impl IntoIterator<Item = u32>) -> &mut Self {
        extend(&mut self.shards, shards);
        self
    }

    pub(super) fn tests(
        &mut self,
        tests: impl IntoIterator<Item = impl Into<String>>,
    ) -> &mut Self {
        extend(&mut self.tests, tests);
        self
    }

    pub(super) fn files(
        &mut self,
        files: impl IntoIterator<Item = impl Into<String>>,
    ) -> &mut Self {
        extend(&mut self.files, files);
        self
    }
}

/// Adds to a list that is sorted and has everything once.
fn extend<T: Ord, S: Into<T>>(list: &mut Vec<T>, more: impl IntoIterator<Item = S>) {
    list.extend(more.into_iter().map(Into::into));
    list.sort_unstable();
    list.dedup();
}

/// The weight of a finding: a problem keeps a build from being proved, a warning does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Problem,
    Warning,
}

impl Weight {
    /// Returns the weight of a finding that is a problem only if `fatal`.
    pub(super) fn of(fatal: bool) -> Self {
        if fatal { Self::Problem } else { Self::Warning }
    }
}

/// The problems and warnings found so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<Problem>,
}

impl Findings {
    /// Adds a problem, to be filled with shards, tests and files.
    pub(super) fn problem(
        &mut self,
        kind: ProblemKind,
        message: impl Into<String>,
    ) -> &mut Problem {
        self.add(Weight::Problem, kind, message.into())
    }

    /// Adds a warning, to be filled with shards, tests and files.
    pub(super) fn warning(
        &mut self,
        kind: ProblemKind,
        message: impl Into<String>,
    ) -> &mut Problem {
        self.add(Weight::Warning, kind, message.into())
    }

    /// Adds a finding about some tests, which `message` counts. Without tests there is none.
    pub(super) fn about<S: Into<String>>(
        &mut self,
        weight: Weight,
        kind: ProblemKind,
        shards: impl IntoIterator<Item = u32>,
        tests: impl IntoIterator<Item = S, IntoIter: ExactSizeIterator>,
        message: impl FnOnce(usize) -> String,
    ) {
        let tests = tests.into_iter();
        if tests.len() > 0 {
            let problem = self.add(weight, kind, message(tests.len()));
            problem.shards(shards).tests(tests);
        }
    }

    fn add(&mut self, weight: Weight, kind: ProblemKind, message: String) -> &mut Problem {
        let into = match weight {
            Weight::Problem => &mut self.problems,
            Weight::Warning => &mut self.warnings,
        };
        let at = into.len();
        into.push(Problem {
            kind,
            message,
            shards: Vec::new(),
            tests: Vec::new(),
            files: Vec::new(),
        });
        &mut into[at]
    }

    /// Returns true if there is a problem of this kind.
    pub(super) fn has(&self, kind: ProblemKind) -> bool {
        self.problems.iter().any(|problem| problem.kind == kind)
    }
}

/// Returns the number of tests that findings of these kinds name.
pub(super) fn tests_named(found: &[Problem], kinds: &[ProblemKind]) -> u64 {
    let of_kind = found.iter().filter(|p| kinds.contains(&p.kind));
    of_kind.map(|p| p.tests.len() as u64).sum()
}

/// Formats a number of things: `1 test`, `2 tests`.
pub(super) fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// Formats shards: `shard 2`, `shards 1, 2 and 5`.
pub(super) fn shards_in_words(shards: &BTreeSet<u32>) -> String {
    let mut names = shards.iter().map(u32::to_string);
    let Some(last) = names.next_back() else {
        return "no shard".to_owned();
    };
    let most: Vec<String> = names.collect();
    if most.is_empty() {
        return format!("shard {last}");
    }
    format!("shards {} and {last}", most.join(", "))
}
