//! The tests to place, in canonical order: files, their classes, their tests.
//!
//! A suite comes from the history alone, or from a list of collected node ids with what
//! the history knows of them. Which part of a classname is the file is known exactly in
//! the second case and guessed by [`files`] in the first; a guess that errs costs some
//! locality, never a test.

pub(crate) mod files;
mod sightings;

use std::collections::BTreeMap;

use crate::address::{NodeId, function_of};
use crate::estimate::{Basis, Estimates};
use crate::history::{History, TestId};
use crate::micros::Micros;
use files::Files;

/// The tests to place and what each is estimated to take.
#[derive(Clone, Debug, Default)]
pub struct Suite {
    pub(crate) files: Vec<String>,
    pub(crate) classes: Vec<SuiteClass>,
    pub(crate) tests: Vec<SuiteTest>,
}

/// One classname and the file it is in.
#[derive(Clone, Debug)]
pub(crate) struct SuiteClass {
    pub(crate) classname: String,
    pub(crate) file: u32,
}

/// One test to place.
#[derive(Clone, Debug)]
pub(crate) struct SuiteTest {
    pub(crate) class: u32,
    pub(crate) name: String,
    pub(crate) estimate: Micros,
    /// Seen in the history, sampled or not.
    pub(crate) known: bool,
    /// Its function stays whole, since its parameter ids were not the same in two builds.
    pub(crate) whole_function: bool,
}

impl Suite {
    /// All tests that `history` knows.
    pub fn from_history(history: &History) -> Self {
        let files = Files::of_history(history);
        let estimates = Estimates::new(history, |c| files.of(c));
        let stable = sightings::stable_functions(history, None);
        let mut builder = Builder::default();
        for test in history.tests() {
            let (classname, name) = (history.classname(test), history.name(test));
            let file = files.of(classname);
            builder.add(Entry {
                file: file.to_owned(),
                classname: classname.to_owned(),
                name: name.to_owned(),
                estimate: estimates.of(Some(test), classname, file).0,
                known: true,
                whole_function: !stable.may_be_cut(classname, name),
            });
        }
        builder.build()
    }

    /// The tests of a list, with what `history` knows of them: pytest node ids (lines with
    /// `::`), or paths of files, which stand for all tests in them.
    pub fn from_list<'a>(lines: impl IntoIterator<Item = &'a str>, history: &History) -> Self {
        let listed: Vec<Listed> = lines.into_iter().map(|l| Listed::new(l, history)).collect();
        // The files of listed tests are known; the guess serves the others only.
        let mut files = Files::of_history(history);
        for test in &listed {
            files.settle(&test.classname, &test.file);
        }
        let estimates = Estimates::new(history, |c| files.of(c));
        let seen = listed
            .iter()
            .map(|c| (c.classname.as_str(), c.name.as_str()));
        let stable = sightings::stable_functions(history, Some(&mut { seen }));
        let mut builder = Builder::default();
        for test in listed {
            let (estimate, known) = if test.is_file {
                estimates.of_file(&test.file)
            } else {
                (
                    estimates.of(test.id, &test.classname, &test.file).0,
                    test.id.is_some(),
                )
            };
            builder.add(Entry {
                estimate,
                known,
                whole_function: !stable.may_be_cut(&test.classname, &test.name),
                file: test.file,
                classname: test.classname,
                name: test.name,
            });
        }
        builder.build()
    }

    /// How many tests there are.
    pub fn len(&self) -> usize {
        self.tests.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.tests.is_empty()
    }

    /// How many of the tests the history knows.
    pub fn known(&self) -> usize {
        self.tests.iter().filter(|t| t.known).count()
    }
}

/// The estimate for one node id, and what it rests on: its own samples, or a mean.
pub fn estimate_of(id: &NodeId<'_>, history: &History) -> (Micros, Basis) {
    let files = Files::of_history(history);
    let estimates = Estimates::new(history, |c| files.of(c));
    estimates.of(find(id, history), &id.classname(), &id.dotted_file())
}

/// The test of `history` that `id` is, by any name that pytest writes for it.
pub fn find(id: &NodeId<'_>, history: &History) -> Option<TestId> {
    let classname = id.classname();
    id.names_in_reports()
        .iter()
        .find_map(|name| history.find(&classname, name))
}

struct Listed {
    is_file: bool,
    file: String,
    classname: String,
    name: String,
    id: Option<TestId>,
}

impl Listed {
    fn new(line: &str, history: &History) -> Self {
        let id = NodeId::parse(line);
        let known = find(&id, history);
        Self {
            is_file: !line.contains("::"),
            file: id.dotted_file(),
            classname: id.classname(),
            // The spelling of the reports, so that functions compare with earlier builds.
            name: known.map_or_else(|| id.name(), |test| history.name(test).to_owned()),
            id: known,
        }
    }
}

struct Entry {
    file: String,
    classname: String,
    name: String,
    estimate: Micros,
    known: bool,
    whole_function: bool,
}

/// Sorts tests into files and classes; tests of one address become one.
#[derive(Default)]
struct Builder {
    entries: Vec<Entry>,
}

impl Builder {
    fn add(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    fn build(mut self) -> Suite {
        self.settle_files();
        let key = |e: &Entry| (e.file.clone(), e.classname.clone(), e.name.clone());
        self.entries.sort_by_cached_key(key);
        self.entries
            .dedup_by(|a, b| (&a.classname, &a.name) == (&b.classname, &b.name));
        let mut suite = Suite::default();
        for e in self.entries {
            if suite.files.last() != Some(&e.file) {
                suite.files.push(e.file);
            }
            let file = index(suite.files.len() - 1);
            let new_class = suite
                .classes
                .last()
                .is_none_or(|c| c.file != file || c.classname != e.classname);
            if new_class {
                suite.classes.push(SuiteClass {
                    classname: e.classname,
                    file,
                });
            }
            suite.tests.push(SuiteTest {
                class: index(suite.classes.len() - 1),
                name: e.name,
                estimate: e.estimate,
                known: e.known,
                whole_function: e.whole_function,
            });
        }
        suite
    }
}

impl Builder {
    /// Gives each classname one file. Classnames of two files can meet (`tests/a.py` with a
    /// class `b`, beside `tests/a/b.py`); their addresses then share one unit.
    fn settle_files(&mut self) {
        let mut file_of: BTreeMap<String, String> = BTreeMap::new();
        for e in &self.entries {
            match file_of.get_mut(&e.classname) {
                Some(file) if *file <= e.file => {}
                Some(file) => file.clone_from(&e.file),
                None => {
                    file_of.insert(e.classname.clone(), e.file.clone());
                }
            }
        }
        for e in &mut self.entries {
            if let Some(file) = file_of.get(&e.classname) {
                e.file.clone_from(file);
            }
        }
    }
}

fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl Suite {
    /// The tests as indivisible atoms: ranges of `tests`. A function that must stay whole
    /// is one atom.
    pub(crate) fn atoms(&self) -> Vec<std::ops::Range<usize>> {
        let mut atoms = Vec::with_capacity(self.tests.len());
        let mut start = 0;
        while start < self.tests.len() {
            let first = &self.tests[start];
            let mut end = start + 1;
            if first.whole_function {
                let function = function_of(&first.name);
                let same =
                    |t: &SuiteTest| t.class == first.class && function_of(&t.name) == function;
                end += self.tests[end..].iter().take_while(|t| same(t)).count();
            }
            atoms.push(start..end);
            start = end;
        }
        atoms
    }

    /// The tests of each class, by classname, for a set of test indices.
    pub(crate) fn by_class(&self, tests: &[usize]) -> BTreeMap<String, Vec<String>> {
        let mut classes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for &test in tests {
            let test = &self.tests[test];
            let classname = &self.classes[test.class as usize].classname;
            match classes.get_mut(classname) {
                Some(names) => names.push(test.name.clone()),
                None => {
                    classes.insert(classname.clone(), vec![test.name.clone()]);
                }
            }
        }
        classes
    }
}
