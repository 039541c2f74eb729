//! The tests to place, in canonical order: files, their classes, their tests.
//!
//! A suite comes from the history alone, or from a list of collected node ids with what
//! the history knows of them. Which part of a classname is the file is known exactly in
//! the second case and guessed (`files`) in the first; a guess that errs costs some
//! locality, never a test.

mod align;
mod counted;
pub(crate) mod files;
mod homes;
mod lines;
mod numbered;
mod session;
mod sightings;

pub use align::{Alignment, Ambiguous, Shift};
pub use homes::Collected;
pub use lines::{expected_line, has_cases, tests_of_lines};

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher;
use std::ops::Range;

use hashbrown::HashTable;
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::address::{self, NodeId, Pattern, Subject, function_of};
use crate::estimate::{Basis, Estimates, SetupCost};
use crate::history::{ClassId, History, TestId};
use crate::micros::Micros;
use files::Files;
use lines::{Covered, Owners};
use session::SessionSetup;

/// The tests to place and what each is estimated to take. Borrows names from the history.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Suite<'h> {
    pub(crate) files: Vec<SuiteFile<'h>>,
    pub(crate) classes: Vec<SuiteClass<'h>>,
    pub(crate) tests: Vec<SuiteTest<'h>>,
    /// The names of the groups that tests are in.
    pub(crate) groups: Vec<Cow<'h, str>>,
    /// The most that importing a file takes on average, where the history tells.
    pub(crate) import: Option<Micros>,
    /// Setup that is not of one file.
    pub(crate) session: SessionSetup,
}

/// One test of a suite and what it is estimated to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Estimate<'a> {
    /// Its dotted file.
    pub file: &'a str,
    /// Its classname: the dotted file and its classes.
    pub classname: &'a str,
    /// Its name, with parameters.
    pub name: &'a str,
    /// What it is estimated to take, without set-up of its file and class.
    pub estimate: Micros,
    /// Whether the history knows it.
    pub known: bool,
}

/// One dotted file and what touching it costs.
#[derive(Clone, Debug)]
pub(crate) struct SuiteFile<'h> {
    pub(crate) name: Cow<'h, str>,
    /// Importing and collecting it, where that was measured.
    pub(crate) import: Option<Micros>,
    /// Beyond importing it.
    pub(crate) setup: Micros,
}

/// One classname and the file it is in.
#[derive(Clone, Debug)]
pub(crate) struct SuiteClass<'h> {
    pub(crate) classname: Cow<'h, str>,
    pub(crate) file: u32,
    pub(crate) setup: Micros,
    /// The file or class that stays whole and holds it, by a number of that unit.
    pub(crate) home: Option<u32>,
}

/// One test to place.
#[derive(Clone, Debug)]
pub(crate) struct SuiteTest<'h> {
    pub(crate) class: u32,
    pub(crate) name: Cow<'h, str>,
    pub(crate) estimate: Micros,
    /// Seen in the history, sampled or not.
    pub(crate) known: bool,
    /// Its function stays whole, since its parameter ids were not the same in two builds.
    pub(crate) whole_function: bool,
    /// Whether the ids of its function are positions.
    pub(crate) positions: Positions,
    /// Its `xdist_group`: an index into the suite's `groups`.
    pub(crate) group: Option<u32>,
}

/// Whether the ids of a function are positions: tests that differ in these only are not cut apart,
/// unless a rule says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Positions {
    /// They are not.
    No,
    /// They are, and each value of its other arguments comes with each of them: the number of the
    /// group of those that differ in positions only.
    Free(u32),
    /// They are, and its other arguments may go with them: it is not cut at all.
    Bound,
}

impl Positions {
    /// Before those of a function are compared.
    fn of(is_positional: bool) -> Self {
        if is_positional { Self::Bound } else { Self::No }
    }
}

impl SuiteTest<'_> {
    /// What the tests that a function is not cut between have in common: its name, and the group
    /// of those that differ in positions only.
    pub(crate) fn whole_name(&self) -> (&str, Option<u32>) {
        match self.positions {
            _ if self.whole_function => (function_of(&self.name), None),
            Positions::Bound => (function_of(&self.name), None),
            Positions::Free(group) => (function_of(&self.name), Some(group)),
            Positions::No => (&self.name, None),
        }
    }
}

impl<'h> Suite<'h> {
    /// All tests that `history` knows, but for those that are gone: that are in no report of
    /// the two newest complete builds of their selection.
    pub fn from_history(history: &'h History) -> Self {
        let files = Files::of_history(history);
        let estimates = Estimates::with_files(history, &files);
        let stable = sightings::stable_functions(history, &[]);
        let groups = history.groups();
        let mut builder = Builder::new(&estimates);
        // Tests that are gone have no place: one that comes back is placed as a new one is.
        for test in history.tests().filter(|&test| !estimates.is_gone(test)) {
            let class = history.class_of(test);
            let name = history.name(test);
            let file = files.of(history, class);
            let classname = history.class_name(class);
            let number = builder.class(file.len(), Cow::Borrowed(classname), Some(class));
            let group = groups.get(&test).copied().map(Cow::Borrowed);
            let group = builder.group(group);
            builder.tests.push(SuiteTest {
                class: number,
                name: Cow::Borrowed(name),
                estimate: estimates.of(Some(test), Some(class), file, name).0,
                known: true,
                whole_function: !stable.may_be_cut(classname, name),
                positions: Positions::of(stable.is_positional(classname, name)),
                group,
            });
        }
        let mut suite = builder.build();
        suite.keep(&history.homes());
        suite.keep_whole_files(history);
        suite.note_session(estimates.session(), history);
        suite
    }

    /// The tests of a list, with what `history` knows of them: pytest node ids (lines with
    /// `::`), or paths of files, which stand for all tests in them.
    pub fn from_list<'l>(lines: impl IntoIterator<Item = &'l str>, history: &'h History) -> Self {
        Self::listed(lines, None, history)
    }

    /// The tests that pytest collected (their node ids), with what it told of them and what
    /// `history` knows.
    pub fn from_collected<'l>(
        lines: impl IntoIterator<Item = &'l str>,
        collected: &Collected,
        history: &'h History,
    ) -> Self {
        Self::listed(lines, Some(collected), history)
    }

    fn listed<'l>(
        lines: impl IntoIterator<Item = &'l str>,
        collected: Option<&Collected>,
        history: &'h History,
    ) -> Self {
        let lines: Vec<&str> = lines.into_iter().collect();
        let (listed, files) = look_up(&lines, history);
        let estimates = Estimates::with_files(history, &files);
        // What pytest collected is named as its reports name it.
        let open = listed.iter().any(|test| !test.is_file && test.id.is_none());
        let find = || Covered::find(&lines, open, || owners(&lines, &listed), &files, history);
        let covered = collected.map_or_else(find, |_| Covered::default());
        let whole = whole(&listed, collected, history);
        let groups = history.groups();
        let mut builder = Builder::new(&estimates);
        for (line, (test, (whole_function, positional))) in
            listed.into_iter().zip(whole).enumerate()
        {
            let class = test.class;
            let (own, known) = test.estimate(&estimates);
            let (estimate, known) = match covered.estimate(line, &estimates, &files, history) {
                Some(more) if known => (own + more, true),
                Some(all) => (all, true),
                None => (own, known),
            };
            let class = builder.class(test.file, test.classname, class);
            let remembered = || groups.get(&test.id?).copied().map(Cow::Borrowed);
            let group = builder.group(
                test.group
                    .map(|group| Cow::Owned(group.into()))
                    .or_else(remembered),
            );
            let name = test.name;
            builder.tests.push(SuiteTest {
                class,
                name,
                estimate,
                known,
                whole_function,
                positions: Positions::of(positional),
                group,
            });
        }
        let mut suite = builder.build();
        suite.keep(&match collected {
            Some(told) => told.homes.iter().map(String::as_str).collect(),
            None => history.homes(),
        });
        suite.note_session(estimates.session(), history);
        suite
    }

    /// How many tests there are.
    pub fn len(&self) -> usize {
        self.tests.len()
    }

    /// True when the pattern covers some test.
    ///
    /// ```
    /// use evenshard::{address::Pattern, history::History, suite::Suite};
    /// let history = History::new();
    /// let suite = Suite::from_list(["tests/a.py::TestX::test_1[x]"], &history);
    /// let has = |pattern: &str| Ok(suite.has_some_of(&pattern.parse::<Pattern>()?));
    /// assert!(has("tests/a.py::TestX")?);
    /// assert!(!has("tests/a.py::TestY")?);
    /// # Ok::<(), evenshard::Error>(())
    /// ```
    pub fn has_some_of(&self, pattern: &Pattern) -> bool {
        let names = self.files.iter().map(|file| file.name.as_ref());
        let files: Vec<bool> = names.map(|name| pattern.can_cover(name)).collect();
        self.tests.iter().any(|test| {
            let class = &self.classes[test.class as usize];
            let file = class.file as usize;
            files[file] && {
                let file = &self.files[file].name;
                let subject = Subject::of_address(file, &class.classname, &test.name);
                pattern.end(file, &subject).is_some()
            }
        })
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.tests.is_empty()
    }

    /// How many of the tests the history knows.
    pub fn known(&self) -> usize {
        self.tests.iter().filter(|t| t.known).count()
    }

    /// Every test with what it is estimated to take, in canonical order.
    pub fn estimates(&self) -> impl Iterator<Item = Estimate<'_>> {
        self.tests.iter().map(|test| {
            let class = &self.classes[test.class as usize];
            Estimate {
                file: &self.files[class.file as usize].name,
                classname: &class.classname,
                name: &test.name,
                estimate: test.estimate,
                known: test.known,
            }
        })
    }

    /// The tests as indivisible atoms: ranges of `tests`. A function that must stay whole is
    /// one atom, as far as its tests are not `apart` (by index), each of which is one. So are the
    /// tests of one whose ids are positions that differ in these only, unless they are `free`.
    pub(crate) fn atoms(&self, apart: &[bool], free: &[bool]) -> Vec<Range<usize>> {
        let mut atoms = Vec::with_capacity(self.tests.len());
        let mut start = 0;
        while start < self.tests.len() {
            let first = &self.tests[start];
            let mut end = start + 1;
            let joins = |at: usize| !apart[at] && self.stays_whole(at, free);
            if joins(start) {
                let name = first.whole_name();
                let same = |t: &SuiteTest<'_>| t.class == first.class && t.whole_name() == name;
                let rest = (end..).zip(&self.tests[end..]);
                end += rest.take_while(|(at, t)| joins(*at) && same(t)).count();
            }
            atoms.push(start..end);
            start = end;
        }
        atoms
    }

    /// Whether a test (an index) stays with others of its function.
    pub(crate) fn stays_whole(&self, test: usize, free: &[bool]) -> bool {
        let SuiteTest {
            whole_function,
            positions,
            ..
        } = self.tests[test];
        whole_function || positions != Positions::No && !free[test]
    }
}

/// The estimate for one node id, and what it rests on: its own samples, or a mean.
pub fn estimate_of(id: &NodeId<'_>, history: &History) -> (Micros, Basis) {
    let (estimates, test) = (Estimates::new(history), find(id, history));
    if test.is_some_and(|test| estimates.is_gone(test)) {
        return (Micros::ZERO, Basis::Gone);
    }
    let class = history.find_class(&id.classname());
    estimates.of(test, class, &id.dotted_file(), &id.name())
}

/// What every shard that runs this node id pays once for its file and class, as far as the
/// history knows.
pub fn setup_of(id: &NodeId<'_>, history: &History) -> SetupCost {
    let class = history.find_class(&id.classname());
    Estimates::new(history).setup_of(class, &id.dotted_file())
}

/// The test of `history` that `id` is, by any name that pytest writes for it.
pub fn find(id: &NodeId<'_>, history: &History) -> Option<TestId> {
    find_in(id, history.find_class(&id.classname())?, history)
}

fn find_in(id: &NodeId<'_>, class: ClassId, history: &History) -> Option<TestId> {
    let names = id.names_in_reports();
    names.iter().find_map(|name| history.find_in(class, name))
}

/// What a history knows of each line, and the files of its classes: those of the lines are known,
/// the guess serves the others only.
fn look_up<'h>(lines: &[&str], history: &'h History) -> (Vec<Listed<'h>>, Files) {
    let mut last = None;
    let listed = lines.iter().map(|line| {
        let test = Listed::new(line, history, last);
        last = test.class.or(last);
        test
    });
    let listed: Vec<Listed<'h>> = listed.collect();
    let mut files = Files::of_history(history);
    for test in &listed {
        if let Some(class) = test.class {
            files.settle(class, index(test.file));
        }
    }
    (listed, files)
}

/// What lines of a list name as it is.
fn owners(lines: &[&str], listed: &[Listed<'_>]) -> Owners {
    let mut owners = Owners::default();
    for (line, test) in listed.iter().enumerate() {
        if test.is_file {
            owners.files.insert(test.file().to_owned(), line);
        } else if let Some(id) = test.id {
            owners.tests.insert(id, line);
        } else {
            owners.note_around(lines[line], &test.classname, &test.name, line);
        }
    }
    owners
}

/// One line of a list.
struct Listed<'h> {
    is_file: bool,
    /// How much of the classname is the file.
    file: usize,
    classname: Cow<'h, str>,
    class: Option<ClassId>,
    name: Cow<'h, str>,
    id: Option<TestId>,
    group: Option<Box<str>>,
}

impl<'h> Listed<'h> {
    /// `last` is the class of a line before.
    fn new(line: &str, history: &'h History, last: Option<ClassId>) -> Self {
        let id = NodeId::parse(line);
        let classname = id.classname();
        let class = history.find_class_after(last, &classname);
        let known = class.and_then(|class| find_in(&id, class, history));
        let inner = id.classes().iter().map(|class| class.len() + 1);
        // Lists are long: what the history has a text of needs none of its own.
        let named = class.map(|class| history.class_name(class));
        Self {
            is_file: !line.contains("::"),
            file: classname.len() - inner.sum::<usize>(),
            classname: named.map_or(Cow::Owned(classname), Cow::Borrowed),
            class,
            // The spelling of the reports, so that functions compare with earlier builds.
            name: known.map_or_else(|| id.name().into(), |test| history.name(test).into()),
            id: known,
            group: id.group().map(Box::from),
        }
    }

    /// What it takes by its own name, and whether that is known.
    fn estimate(&self, estimates: &Estimates<'_>) -> (Micros, bool) {
        if self.is_file {
            return estimates.of_file(self.class, self.file());
        }
        let (estimate, _) = estimates.of(self.id, self.class, self.file(), &self.name);
        (estimate, self.id.is_some())
    }

    fn file(&self) -> &str {
        &self.classname[..self.file]
    }
}

/// Of each test of a list, whether its function stays whole, and whether its ids are positions.
fn whole(
    listed: &[Listed<'_>],
    collected: Option<&Collected>,
    history: &History,
) -> Vec<(bool, bool)> {
    let seen = listed.iter().map(|t| (&*t.classname, &*t.name));
    let seen: Vec<(&str, &str)> = seen.collect();
    let stable = sightings::stable_functions(history, &seen);
    let is_positional = |classname: &str, name: &str| match collected {
        Some(told) if name.contains('[') => {
            let function = format!("{classname}::{}", function_of(name));
            told.positional.contains(&function)
        }
        Some(_) => false,
        None => stable.is_positional(classname, name),
    };
    let whole = |(c, n): (&str, &str)| (!stable.may_be_cut(c, n), is_positional(c, n));
    seen.iter().copied().map(whole).collect()
}

/// Sorts tests into files and classes; tests of one address become one.
struct Builder<'e, 'h> {
    estimates: &'e Estimates<'e>,
    classes: Vec<OpenClass<'h>>,
    /// The numbers of classes that the history knows, by theirs there, and of all others, by
    /// the hash of their names.
    known: Vec<Option<u32>>,
    by_name: HashTable<u32>,
    /// With the numbers of `classes`, until they are sorted.
    tests: Vec<SuiteTest<'h>>,
    groups: FxHashMap<Cow<'h, str>, u32>,
}

struct OpenClass<'h> {
    /// How much of the classname is the file.
    file: usize,
    classname: Cow<'h, str>,
    setup: Micros,
    known: Option<ClassId>,
}

impl OpenClass<'_> {
    fn file(&self) -> &str {
        &self.classname[..self.file]
    }
}

impl<'e, 'h> Builder<'e, 'h> {
    fn new(estimates: &'e Estimates<'e>) -> Self {
        Self {
            estimates,
            classes: Vec::new(),
            known: Vec::new(),
            by_name: HashTable::new(),
            tests: Vec::new(),
            groups: FxHashMap::default(),
        }
    }

    /// The number of a group.
    fn group(&mut self, name: Option<Cow<'h, str>>) -> Option<u32> {
        let next = index(self.groups.len());
        name.map(|name| *self.groups.entry(name).or_insert(next))
    }

    /// The number of a class, so many bytes of whose name are the file. Classnames of two
    /// files can meet (`tests/a.py` with a class `b`, beside `tests/a/b.py`); their addresses
    /// then share one unit, in the file that sorts first.
    fn class(&mut self, file: usize, classname: Cow<'h, str>, known: Option<ClassId>) -> u32 {
        let next = index(self.classes.len());
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
            open.file = open.file.min(file);
            return class;
        }
        let setup = self.estimates.class_setup(known);
        self.classes.push(OpenClass {
            file,
            classname,
            setup,
            known,
        });
        class
    }

    fn build(mut self) -> Suite<'h> {
        // Classes by file and name, bytewise; tests by class and name.
        let mut order: Vec<usize> = (0..self.classes.len()).collect();
        let key = |&class: &usize| (self.classes[class].file(), &self.classes[class].classname);
        order.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
        let mut rank = vec![0; order.len()];
        for (at, &class) in order.iter().enumerate() {
            rank[class] = index(at);
        }
        for test in &mut self.tests {
            test.class = rank[test.class as usize];
        }
        // By class first, which is cheap, then by name within each.
        self.tests.sort_by_key(|test| test.class);
        for of_class in self.tests.chunk_by_mut(|a, b| a.class == b.class) {
            sort_by_name(of_class);
        }
        let mut groups: Vec<(Cow<'h, str>, u32)> = self.groups.into_iter().collect();
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

        let mut suite = Suite {
            tests: self.tests,
            groups,
            import: self.estimates.import(),
            ..Suite::default()
        };
        let mut open: Vec<Option<OpenClass<'h>>> = self.classes.into_iter().map(Some).collect();
        for class in order.into_iter().filter_map(|class| open[class].take()) {
            if suite.files.last().is_none_or(|f| f.name != class.file()) {
                let setup = self.estimates.file_setup(class.known, class.file());
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
            let file = index(suite.files.len() - 1);
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
}

/// Sorts the tests of a class by name; those whose ids differ in positions only are neighbours.
fn sort_by_name(tests: &mut [SuiteTest<'_>]) {
    tests.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    if tests.iter().all(|test| test.positions == Positions::No) {
        return;
    }
    let same = |a: &SuiteTest<'_>, b: &SuiteTest<'_>| function_of(&a.name) == function_of(&b.name);
    for of_function in tests.chunk_by_mut(same) {
        group_by_positions(of_function);
        of_function.sort_by(|a, b| (a.whole_name(), &a.name).cmp(&(b.whole_name(), &b.name)));
    }
}

/// Gives the tests of a function whose positions are free of all else the numbers of their groups.
fn group_by_positions(tests: &mut [SuiteTest<'_>]) {
    if tests.iter().all(|test| test.positions == Positions::No) {
        return;
    }
    let mut names: Vec<&str> = tests.iter().map(|test| test.name.as_ref()).collect();
    names.dedup(); // a list can have a test twice
    let positions = address::Positions::of(names.iter().copied());
    if !positions.are_free(names.iter().copied()) {
        return;
    }
    let without = names
        .iter()
        .map(|name| positions.without(name).into_owned());
    let groups: BTreeSet<String> = without.collect();
    let numbers: BTreeMap<String, u32> = groups.into_iter().zip(0..).collect();
    for test in tests
        .iter_mut()
        .filter(|test| test.positions != Positions::No)
    {
        let number = numbers.get(positions.without(&test.name).as_ref());
        test.positions = number.map_or(Positions::Bound, |&number| Positions::Free(number));
    }
}

fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
