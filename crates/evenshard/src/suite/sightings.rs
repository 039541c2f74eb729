//! Functions whose parameter ids may be spread over shards.
//!
//! Some suites generate parameter ids anew in each process. If such a function were cut,
//! a shard could collect an id that its plan gives to another shard, which in turn never
//! sees it. So a function is cut only when its ids were the same in two builds, one after
//! the other (the list of collected tests counts as one), and have not changed more than once
//! since: someone who edits parameters changes them once, a process that makes them up does
//! so each time.
//!
//! Ids that are the same can stand for other values, where they are positions (`path0`, `path1`)
//! and the order of the values depends on the machine. Records tell which functions have such
//! ids; where none tells, ids that count up are taken for them.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::address::function_of;
use crate::history::{ClassId, History, Samples};
use crate::suite::Collected;
use crate::suite::numbered::count_up;
use crate::suite::parameters::Parameters;

/// The functions of a suite that may be cut.
#[derive(Debug, Default)]
pub(super) struct StableFunctions<'a> {
    /// By classname and function.
    stable: FxHashSet<(&'a str, &'a str)>,
    /// The positional ones among them.
    positional: FxHashSet<(&'a str, &'a str)>,
}

impl StableFunctions<'_> {
    /// Returns the parameters of a test, as earlier builds show them.
    pub(super) fn parameters(&self, classname: &str, name: &str) -> Parameters {
        let positional = |function: &str| self.positional.contains(&(classname, function));
        self.parameters_if(classname, name, positional)
    }

    /// Returns the parameters of a test, the positions among them as pytest collected them.
    pub(super) fn parameters_as_collected(
        &self,
        classname: &str,
        name: &str,
        collected: &Collected,
    ) -> Parameters {
        let key = |function: &str| format!("{classname}::{function}");
        let positional = |function: &str| collected.positional.contains(&key(function));
        self.parameters_if(classname, name, positional)
    }

    fn parameters_if(
        &self,
        classname: &str,
        name: &str,
        positional: impl Fn(&str) -> bool,
    ) -> Parameters {
        if !name.contains('[') {
            return Parameters::Values;
        }
        let function = function_of(name);
        if !self.stable.contains(&(classname, function)) {
            Parameters::Unstable
        } else if positional(function) {
            Parameters::Mixed
        } else {
            Parameters::Values
        }
    }
}

/// The functions whose ids were the same in two of the last three builds that had them, one
/// after the other. `collected` gives classname and name of each collected test, where there
/// is such a list.
pub(super) fn stable_functions<'a>(
    history: &'a History,
    collected: &[(&'a str, &'a str)],
) -> StableFunctions<'a> {
    let mut result = StableFunctions::default();
    let builds = history.builds();
    if builds.len() + usize::from(!collected.is_empty()) < 2 {
        return result;
    }
    let mut build_of = vec![0; history.reports().len()];
    for (number, build) in builds.iter().enumerate() {
        for &report in &build.reports {
            build_of[report] = number;
        }
    }
    let mut listed: FxHashMap<ClassId, Vec<&'a str>> = FxHashMap::default();
    for &(classname, name) in collected {
        // A class that no build knows has been seen once.
        if let Some(class) = history.find_class(classname)
            && name.contains('[')
        {
            listed.entry(class).or_default().push(name);
        }
    }
    let seen = Seen {
        history,
        samples: history.samples(),
        build_of,
        listed,
        list: builds.len(),
        recorded: history.positional(),
    };
    seen.add_stable(&mut result);
    result
}

/// The builds that saw each test.
struct Seen<'a> {
    history: &'a History,
    samples: Samples,
    build_of: Vec<usize>,
    listed: FxHashMap<ClassId, Vec<&'a str>>,
    /// The number of the list among the builds: the newest.
    list: usize,
    /// The functions that run records tell about: true if the ids are positions.
    recorded: FxHashMap<(ClassId, &'a str), bool>,
}

impl<'a> Seen<'a> {
    fn add_stable(&self, result: &mut StableFunctions<'a>) {
        let mut tests_of = vec![Vec::new(); self.history.class_ids().len()];
        for test in self.history.tests() {
            if self.history.name(test).contains('[') {
                tests_of[self.history.class_of(test).index()].push(test);
            }
        }
        let mut sightings: Vec<(&'a str, usize)> = Vec::new();
        for class in self.history.class_ids() {
            sightings.clear();
            for &test in &tests_of[class.index()] {
                let name = self.history.name(test);
                let builds = self
                    .samples
                    .of(test)
                    .map(|(report, _)| self.build_of[report]);
                sightings.extend(builds.map(|build| (name, build)));
            }
            let listed = self.listed.get(&class).into_iter().flatten();
            sightings.extend(listed.map(|&name| (name, self.list)));
            // Sorted by name, the tests of one function stand together.
            sightings.sort_unstable();
            sightings.dedup();
            let same = |a: &(&str, usize), b: &(&str, usize)| function_of(a.0) == function_of(b.0);
            for function in sightings.chunk_by(same) {
                if is_stable(function) {
                    let name = function_of(function[0].0);
                    let key = (self.history.class_name(class), name);
                    result.stable.insert(key);
                    let recorded = self.recorded.get(&(class, name)).copied();
                    if recorded.unwrap_or_else(|| counts_up(function)) {
                        result.positional.insert(key);
                    }
                }
            }
        }
    }
}

/// Returns true if the last two builds that saw a function saw the same tests of it, or the two
/// before the last.
fn is_stable(sightings: &[(&str, usize)]) -> bool {
    let build_before = |limit| last_before(sightings, limit);
    let same = |one: usize, other: usize| {
        sightings.chunk_by(|a, b| a.0 == b.0).all(|of_test| {
            let in_build = |build| of_test.iter().any(|s| s.1 == build);
            in_build(one) == in_build(other)
        })
    };
    let Some(last) = build_before(usize::MAX) else {
        return false;
    };
    let Some(before) = build_before(last) else {
        return false;
    };
    same(last, before) || build_before(before).is_some_and(|older| same(before, older))
}

/// Returns true if the ids of a function count up in one of the last two builds that saw it.
fn counts_up(sightings: &[(&str, usize)]) -> bool {
    let in_build = |build: usize| {
        let of_build = sightings.iter().filter(move |s| s.1 == build);
        count_up(of_build.map(|s| s.0))
    };
    let last = last_before(sightings, usize::MAX);
    let before = last.and_then(|last| last_before(sightings, last));
    last.is_some_and(in_build) || before.is_some_and(in_build)
}

/// The last build that saw some of these, before another one.
fn last_before(sightings: &[(&str, usize)], limit: usize) -> Option<usize> {
    let builds = sightings.iter().map(|s| s.1);
    builds.filter(|&build| build < limit).max()
}
