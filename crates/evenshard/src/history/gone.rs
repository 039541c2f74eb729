//! Tests that are gone: the newest builds do not have them any more.
//!
//! A build that selects some of the tests shows nothing about the others, so builds are compared
//! with those of the same selection. A build whose session broke off shows nothing either.

use std::collections::BTreeSet;

use crate::history::{Build, History, builds};

/// A test is gone if the newest complete builds, this number of them, do not have it. One build alone
/// can lack tests by mistake. Chosen, not measured.
const BUILDS: usize = 2;

/// The known tests that the newest complete build does not have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Missing {
    /// The newest complete build.
    pub build: Build,
    /// The number of tests of earlier builds of its selection that it does not have.
    pub tests: usize,
    /// The number of them that are gone: the complete build before it did not have them either.
    pub gone: usize,
}

/// The builds of one selection.
#[derive(Debug)]
struct Kind<'h> {
    selections: BTreeSet<Option<&'h str>>,
    /// The complete ones, by number, oldest first.
    complete: Vec<usize>,
}

/// The builds, by their selection of tests.
struct Sightings<'h> {
    builds: Vec<Build>,
    kinds: Vec<Kind<'h>>,
    /// The kind of each build.
    kind_of: Vec<usize>,
    /// The build of each report.
    build_of: Vec<usize>,
}

impl History {
    /// Returns, by test, true if the test is gone: for every selection that it was seen in, the two
    /// newest complete builds and those since do not have it. A test that comes back is in one of
    /// them.
    pub(crate) fn gone(&self) -> Vec<bool> {
        let sightings = Sightings::of(self);
        let limits: Vec<Option<usize>> = sightings.kinds.iter().map(Kind::oldest_of_two).collect();
        let mut gone = vec![false; self.len()];
        if limits.iter().all(Option::is_none) {
            return gone;
        }
        let mut there = gone.clone();
        for o in &self.observations {
            let build = sightings.build_of[o.report as usize];
            let limit = limits[sightings.kind_of[build]];
            // Without two complete builds of a selection, none of its tests can be gone.
            let since = limit.is_none_or(|limit| build >= limit);
            let seen = if since { &mut there } else { &mut gone };
            seen[o.test as usize] = true;
        }
        for (gone, there) in gone.iter_mut().zip(there) {
            *gone &= !there;
        }
        gone
    }

    /// Counts the known tests that the newest complete build and all builds since do not have;
    /// `None` if no build is complete.
    #[doc(hidden)]
    pub fn missing(&self) -> Option<Missing> {
        let sightings = Sightings::of(self);
        let newest = sightings
            .kinds
            .iter()
            .filter_map(|kind| kind.complete.last());
        let newest = *newest.max()?;
        // Builds of other selections have other tests.
        let kind = sightings.kind_of[newest];
        let (mut earlier, mut since) = (vec![false; self.len()], vec![false; self.len()]);
        for o in &self.observations {
            let build = sightings.build_of[o.report as usize];
            since[o.test as usize] |= build >= newest;
            earlier[o.test as usize] |= sightings.kind_of[build] == kind;
        }
        let lacks = |test: &usize| earlier[*test] && !since[*test];
        let missing: Vec<usize> = (0..self.len()).filter(lacks).collect();
        let gone = self.gone();
        Some(Missing {
            tests: missing.len(),
            gone: missing.iter().filter(|&&test| gone[test]).count(),
            build: sightings.builds[newest].clone(),
        })
    }
}

impl Kind<'_> {
    fn oldest_of_two(&self) -> Option<usize> {
        let at = self.complete.len().checked_sub(BUILDS)?;
        Some(self.complete[at])
    }
}

impl<'h> Sightings<'h> {
    fn of(history: &'h History) -> Self {
        let builds = builds::group(history);
        let mut kinds: Vec<Kind<'h>> = Vec::new();
        let mut kind_of = Vec::with_capacity(builds.len());
        for (number, build) in builds.iter().enumerate() {
            let reports = || build.reports.iter().map(|&r| &history.reports()[r]);
            let selections = reports().map(|r| r.origin.selection.as_deref()).collect();
            let known = kinds.iter().position(|kind| kind.selections == selections);
            let kind = known.unwrap_or_else(|| {
                kinds.push(Kind {
                    selections,
                    complete: Vec::new(),
                });
                kinds.len() - 1
            });
            kind_of.push(kind);
            // A build of shards without tests would make all others look gone.
            let has_tests = reports().any(|report| report.tests > 0);
            if has_tests && !reports().any(|r| r.broke_off) && build.is_complete(history) {
                kinds[kind].complete.push(number);
            }
        }
        Self {
            build_of: builds::ranks_of(history, &builds),
            builds,
            kinds,
            kind_of,
        }
    }
}
