//! Functions whose parameter ids may be spread over shards.
//!
//! Some suites generate parameter ids anew in each process. If such a function were cut,
//! a shard could collect an id that its plan gives to another shard, which in turn never
//! sees it. So a function is cut only when its ids were the same in the last two builds
//! (the list of collected tests counts as one).

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use crate::address::function_of;
use crate::history::History;

/// The functions of a suite that may be cut.
#[derive(Debug, Default)]
pub(super) struct StableFunctions {
    /// By classname and function.
    stable: BTreeMap<String, BTreeSet<String>>,
}

impl StableFunctions {
    /// True when the test is no parametrised one, or its function may be cut.
    pub(super) fn may_be_cut(&self, classname: &str, name: &str) -> bool {
        !name.contains('[')
            || self
                .stable
                .get(classname)
                .is_some_and(|f| f.contains(function_of(name)))
    }
}

/// A function, by classname and name.
type Function<'a> = (&'a str, &'a str);
/// The names of a function's tests in one build, sorted.
type Names<'a> = Vec<&'a str>;

/// The functions whose ids were the same in the last two builds that had them. `collected`
/// gives classname and name of each collected test, where there is such a list.
pub(super) fn stable_functions<'a>(
    history: &'a History,
    collected: &[(&'a str, &'a str)],
) -> StableFunctions {
    let mut seen: FxHashMap<Function<'a>, BTreeMap<usize, Names<'a>>> = FxHashMap::default();
    let mut note = |build: usize, classname: &'a str, name: &'a str| {
        if name.contains('[') {
            let builds = seen.entry((classname, function_of(name))).or_default();
            builds.entry(build).or_default().push(name);
        }
    };
    let builds = history.builds();
    let mut build_of = vec![0; history.reports().len()];
    for (number, build) in builds.iter().enumerate() {
        for &report in &build.reports {
            build_of[report] = number;
        }
    }
    let samples = history.samples();
    for test in history.tests() {
        for (report, _) in samples.of(test) {
            note(
                build_of[report],
                history.classname(test),
                history.name(test),
            );
        }
    }
    for &(classname, name) in collected {
        note(builds.len(), classname, name);
    }

    let mut result = StableFunctions::default();
    let same = |mut builds: BTreeMap<usize, Names<'a>>| {
        let mut last = || {
            let (_, mut names) = builds.pop_last()?;
            names.sort_unstable();
            names.dedup();
            Some(names)
        };
        last().zip(last()).is_some_and(|(a, b)| a == b)
    };
    let mut functions: Vec<_> = seen.into_iter().collect();
    functions.sort_unstable_by_key(|(function, _)| *function);
    for ((classname, function), builds) in functions {
        if same(builds) {
            result
                .stable
                .entry(classname.to_owned())
                .or_default()
                .insert(function.to_owned());
        }
    }
    result
}
