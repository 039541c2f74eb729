//! Building a suite: tests sorted into files and classes.

use std::borrow::Cow;
use std::hash::BuildHasher;

use hashbrown::HashTable;
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::parameters::sort_by_name;
use super::{Suite, SuiteClass, SuiteFile, SuiteTest};
use crate::Micros;
use crate::estimate::Estimates;
use crate::history::ClassId;
use crate::intern::count;

/// Sorts tests into files and classes, and merges tests of one address.
pub(super) struct Builder<'e, 'h> {
    estimates: &'e Estimates<'e>,
    classes: Vec<OpenClass<'h>>,
    /// Indices into `classes`, by the number of the class in the history.
    known: Vec<Option<u32>>,
    /// Indices of the other classes, by the hash of their names.
    by_name: HashTable<u32>,
    /// The tests. Until `build`, their classes are indices into `classes`.
    pub(super) tests: Vec<SuiteTest<'h>>,
    groups: FxHashMap<Cow<'h, str>, u32>,
}

struct OpenClass<'h> {
    /// The length of the file in the classname.
    file: usize,
    classname: Cow<'h, str>,
    setup: Micros,
}

impl OpenClass<'_> {
    fn file(&self) -> &str {
        &self.classname[..self.file]
    }
}

impl<'e, 'h> Builder<'e, 'h> {
    pub(super) fn new(estimates: &'e Estimates<'e>) -> Self {
        Self {
            estimates,
            classes: Vec::new(),
            known: Vec::new(),
            by_name: HashTable::new(),
            tests: Vec::new(),
            groups: FxHashMap::default(),
        }
    }

    /// Returns the number of an `xdist_group`.
    pub(super) fn group(&mut self, name: Option<Cow<'h, str>>) -> Option<u32> {
        let next = count(self.groups.len());
        name.map(|name| *self.groups.entry(name).or_insert(next))
    }

    /// Returns the number of a class, given the length of the file in its name.
    ///
    /// Two files can have one classname (`tests/a.py` with a class `b`, beside `tests/a/b.py`).
    /// Their tests then share one class, in the file that sorts first.
    pub(super) fn class(
        &mut self,
        file: usize,
        classname: Cow<'h, str>,
        known: Option<ClassId>,
    ) -> u32 {
        let next = count(self.classes.len());
        let class = if let Some(known) = known {
            if self.known.len() <= known.index() {
                self.known.resize(known.index() + 1, None);
            }
            *self.known[known.index()].get_or_insert(next)
        } else {
            let classes = &self.classes;
            let hash = |name: &str| FxBuildHasher.hash_one(name);
            let name_of = |&class: &u32| &*classes[class as usize].classname;
            let same = |class: &u32| name_of(class) == classname;
            let again = |class: &u32| hash(name_of(class));
            let entry = self.by_name.entry(hash(&classname), same, again);
            *entry.or_insert(next).get()
        };
        if let Some(open) = self.classes.get_mut(class as usize) {
            // The shorter file sorts first, and the tests of both stay in one.
            open.file = open.file.min(file);
            return class;
        }
        let setup = self.estimates.class_setup(known);
        self.classes.push(OpenClass {
            file,
            classname,
            setup,
        });
        class
    }

    /// Returns the suite, in canonical order.
    pub(super) fn build(mut self) -> Suite<'h> {
        let order = self.sort_classes();
        self.sort_tests(&order);
        let groups = self.merge_tests();
        let mut suite = Suite {
            tests: self.tests,
            groups,
            import: self.estimates.import,
            ..Suite::default()
        };
        let mut open: Vec<Option<OpenClass<'h>>> = self.classes.into_iter().map(Some).collect();
        for class in order.into_iter().filter_map(|class| open[class].take()) {
            // Classes are sorted by file, so those of one come together.
            if suite.files.last().is_none_or(|f| f.name != class.file()) {
                let setup = self.estimates.file_setup(class.file());
                let import = self.estimates.file_import(class.file());
                suite.files.push(SuiteFile {
                    name: match &class.classname {
                        Cow::Borrowed(name) => Cow::Borrowed(&name[..class.file]),
                        Cow::Owned(_) => Cow::Owned(class.file().to_owned()),
                    },
                    import,
                    setup,
                });
            }
            let file = count(suite.files.len() - 1);
            let (classname, setup) = (class.classname, class.setup);
            suite.classes.push(SuiteClass {
                classname,
                file,
                setup,
                home: None,
            });
        }
        suite
    }

    /// Returns the classes by file and name, bytewise.
    fn sort_classes(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.classes.len()).collect();
        let key = |&class: &usize| (self.classes[class].file(), &self.classes[class].classname);
        order.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
        order
    }

    /// Sorts the tests by class and name. Classes get the numbers that they have in `order`.
    fn sort_tests(&mut self, order: &[usize]) {
        let mut rank = vec![0; order.len()];
        for (at, &class) in order.iter().enumerate() {
            rank[class] = count(at);
        }
        for test in &mut self.tests {
            test.class = rank[test.class as usize];
        }
        // By class first, which is cheap, then by name within each.
        self.tests.sort_by_key(|test| test.class);
        for of_class in self.tests.chunk_by_mut(|a, b| a.class == b.class) {
            sort_by_name(of_class);
        }
    }

    /// Merges tests of one address, and returns the names of the groups.
    fn merge_tests(&mut self) -> Vec<Cow<'h, str>> {
        let mut groups: Vec<(Cow<'h, str>, u32)> = self.groups.drain().collect();
        groups.sort_unstable_by_key(|&(_, number)| number);
        let groups: Vec<Cow<'h, str>> = groups.into_iter().map(|(name, _)| name).collect();
        self.tests.dedup_by(|a, b| {
            let same = a.class == b.class && a.name == b.name;
            if same {
                // Listed with several groups, or with and without one: the first by name.
                let named = [a.group, b.group].into_iter().flatten();
                b.group = named.min_by_key(|&group| &groups[group as usize]);
            }
            same
        });
        groups
    }
}
