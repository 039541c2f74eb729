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
//! and the order of the values depends on the machine. Run records name the functions with such
//! ids; without such records, ids that count up are taken for them.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::address::function_of;
use crate::history::{ClassId, History, Samples, builds};
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
    /// Returns the parameters of a test, as earlier builds show them; what pytest `collected`
    /// tells which are positions.
    pub(super) fn parameters(
        &self,
        classname: &str,
        name: &str,
        collected: Option<&Collected>,
    ) -> Parameters {
        if !name.contains('[') {
            return Parameters::Values;
        }
        let function = function_of(name);
        // pytest knows the origin of an id; names alone only show its form.
        let positional = match collected {
            Some(collected) => {
                { &collected.positional }.contains(&format!("{classname}::{function}"))
            }
            None => self.positional.contains(&(classname, function)),
        };
        match (self.stable.contains(&(classname, function)), positional) {
            (false, _) => Parameters::Unstable,
            (true, true) => Parameters::Mixed,
            (true, false) => Parameters::Values,
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
    // One build alone shows no id twice.
    if builds.len() + usize::from(!collected.is_empty()) < 2 {
        return result;
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
        build_of: builds::ranks_of(history, &builds),
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
        let mut sightings: Vec<(&'a str, usize)> = Vec::new();
        for (class, tests) in self.history.class_ids().zip(self.history.tests_by_class()) {
            sightings.clear();
            let names = tests.iter().map(|&test| (test, self.history.name(test)));
            for (test, name) in names.filter(|(_, name)| name.contains('[')) {
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
