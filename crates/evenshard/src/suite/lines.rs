//! The tests that the lines of a list stand for, beyond tests and files of the same name.
//!
//! A line can name the source of a class, a class whose tests and nested classes are others in
//! the reports, a module, or a test with parts of its own. The rules are those of
//! [`producers`](crate::producers). Each test goes to the line that says most of it.

mod index;

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::Micros;
use crate::address::function_of;
use crate::estimate::Estimates;
use crate::history::{ClassId, Files, History, TestId};
use crate::producers::{self, Producer, outer_class, words};
use index::{Index, SEPARATOR, ends};

/// The form that most names of a history have, and a line of a list that finds one of them: what
/// a list should have looked like that found nothing.
#[must_use]
pub fn expected_line(history: &History) -> Option<(&'static Producer, String)> {
    let mut found: BTreeMap<&str, Vec<(&'static Producer, String)>> = BTreeMap::new();
    for test in history
        .tests()
        .filter(|&test| !history.name(test).is_empty())
    {
        let (class, name) = (history.class_of(test), history.name(test));
        let form = producers::like(history.class_name(class), name, history.file_hint(class));
        found.entry(form.0.name).or_default().push(form);
    }
    // Of forms that are as frequent the first by name.
    let most = found.into_values().rev().max_by_key(Vec::len)?;
    most.into_iter().min_by(|a, b| a.1.cmp(&b.1))
}

/// Tests and files that lines of a list name as they are, with the numbers of these lines.
#[derive(Debug, Default)]
pub(super) struct Owners {
    pub(super) tests: FxHashMap<TestId, usize>,
    /// By dotted file.
    pub(super) files: FxHashMap<String, usize>,
    /// Classes of pytest, and functions with parameters, by dotted name.
    around: FxHashMap<String, usize>,
}

impl Owners {
    /// Notes a node id without a test of its own: it can be a class or all of a function.
    pub(super) fn note_around(&mut self, line: &str, classname: &str, name: &str, number: usize) {
        if line.contains(".py::") && !name.contains('[') {
            self.around.insert(format!("{classname}.{name}"), number);
        }
    }

    /// Returns true if some node id may be a class, or all of a function.
    pub(super) fn has_around(&self) -> bool {
        !self.around.is_empty()
    }

    /// Returns the line of the nearest class or function around a test.
    fn around(&self, test: TestId, history: &History) -> Option<usize> {
        // Most lists name no class.
        if self.around.is_empty() {
            return None;
        }
        let (classname, name) = (history.classname(test), function_of(history.name(test)));
        let whole = format!("{classname}.{name}");
        let mut unit = whole.as_str();
        loop {
            if let Some(&line) = self.around.get(unit) {
                return Some(line);
            }
            (unit, _) = unit.rsplit_once('.')?;
        }
    }

    pub(super) fn of(&self, test: TestId, files: &Files, history: &History) -> Option<usize> {
        let own = self.tests.get(&test);
        let file = || self.files.get(files.of(history, history.class_of(test)));
        own.or_else(file).copied()
    }
}

/// The tests of lines that they do not name as they are, by the number of the line.
#[derive(Debug, Default)]
pub(super) struct Covered(BTreeMap<usize, Vec<Part>>);

/// A test of a line.
#[derive(Clone, Debug)]
struct Part {
    test: TestId,
    /// The number of lines that share it.
    lines: usize,
    /// The common part of all names of the test. Some producers shorten the file names of a run as
    /// far as they stay distinct, so a build of other shards has others.
    alias: Option<String>,
}

impl Part {
    /// A test of one line.
    fn whole(test: TestId) -> Self {
        Self {
            test,
            lines: 1,
            alias: None,
        }
    }
}

impl Covered {
    /// Finds the tests without an owner; `has_around` is true if there may be node ids that
    /// stand for several.
    pub(super) fn find(
        lines: &[&str],
        has_around: bool,
        owners: impl FnOnce() -> Owners,
        files: &Files,
        history: &History,
    ) -> Self {
        let mut index = Index::new(lines);
        index.note_longest(history);
        let mut covered = Self::default();
        if index.is_empty() && !has_around {
            return covered;
        }
        let owners = owners();
        let mut by_class: FxHashMap<ClassId, OfClass> = FxHashMap::default();
        for test in history.tests() {
            // It is named as it is: no other line can say more of it.
            if owners.of(test, files, history).is_some() {
                continue;
            }
            if let Some(line) = owners.around(test, history) {
                covered.0.entry(line).or_default().push(Part::whole(test));
                continue;
            }
            let class = history.class_of(test);
            let of_class = by_class
                .entry(class)
                .or_insert_with(|| OfClass::new(&index, class, files, history));
            let name = history.name(test);
            let OfTest {
                lines,
                shared,
                alias,
            } = of_class.lines_of(&index, name);
            for &number in &lines {
                covered.0.entry(number).or_default().push(Part {
                    test,
                    lines: if shared { lines.len() } else { 1 },
                    alias: alias.clone(),
                });
            }
        }
        covered
    }

    /// Returns the tests of each line, by the number of the line.
    pub(super) fn into_parts(self) -> impl Iterator<Item = (usize, impl Iterator<Item = TestId>)> {
        let parts = self.0.into_iter();
        parts.map(|(line, parts)| (line, parts.into_iter().map(|part| part.test)))
    }

    /// Returns the estimate for all that a line stands for beside its own name, with the setup of
    /// the classes; `None` if there is no such thing.
    pub(super) fn estimate(&self, line: usize, estimates: &Estimates<'_>) -> Option<Micros> {
        let parts = self.0.get(&line)?;
        let (history, files) = (estimates.history, &estimates.files);
        let mut sum = Micros::ZERO;
        let mut classes: FxHashSet<ClassId> = FxHashSet::default();
        let mut aliases: BTreeMap<(&str, &str), Vec<Micros>> = BTreeMap::new();
        for part in parts {
            let (class, name) = (history.class_of(part.test), history.name(part.test));
            let file = files.of(history, class);
            let (whole, _) = estimates.of(Some(part.test), Some(class), file, name);
            // Each of several lines runs a part of it.
            let own = Micros::new(whole.get() / part.lines as u64);
            // Names of one test in several builds: it runs once.
            if let Some(alias) = &part.alias {
                aliases.entry((alias, name)).or_default().push(own);
                continue;
            }
            sum += own;
            if classes.insert(class) {
                sum += estimates.class_setup(Some(class));
            }
        }
        for times in aliases.into_values() {
            let all: Micros = times.iter().copied().sum();
            sum += Micros::new(all.get() / times.len() as u64);
        }
        Some(sum)
    }
}

/// A class of `GoogleTest` without the number of its type.
fn without_instance(class: &str) -> &str {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    match class.rsplit_once('/') {
        Some((class, number)) if digits(number) => class,
        _ => class,
    }
}

/// The words and lines that the tests of one class can be called by.
struct OfClass {
    /// The line of its source, and what sets its part of the source apart.
    source: Option<(Vec<usize>, String)>,
    /// The words of its name, without those of a file that is named by its path.
    words: Vec<String>,
    /// The number of words of the outermost class.
    outer: usize,
    /// The lines of locations in its file, with titles.
    locations: Vec<(usize, Option<String>)>,
}

impl OfClass {
    fn new(index: &Index, class: ClassId, files: &Files, history: &History) -> Self {
        let classname = history.class_name(class);
        let file = files.of(history, class);
        // Of runners of files, the class name begins with the path.
        let is_path = history.file_hint(class).is_some() && crate::path::extension(file).is_some();
        let inner = if is_path {
            &classname[file.len()..]
        } else {
            classname
        };
        let source = index.source(classname);
        let locations = if is_path && !index.locations.is_empty() {
            ends(&words(file)).find_map(|end| index.locations.get(&end))
        } else {
            None
        };
        Self {
            source: source.map(|(lines, rest)| (lines, rest.to_owned())),
            words: words(inner),
            outer: words(without_instance(outer_class(inner))).len(),
            locations: locations.cloned().unwrap_or_default(),
        }
    }

    /// The lines that say most of a test of the class.
    fn lines_of(&self, index: &Index, name: &str) -> OfTest {
        let words_of_name = if index.names.is_empty() && self.locations.is_empty() {
            Vec::new()
        } else {
            words(name)
        };
        if let Some(lines) = self.named(index, &words_of_name) {
            return OfTest {
                lines: lines.clone(),
                ..OfTest::default()
            };
        }
        // A list of locations runs nothing else of the file.
        if !self.locations.is_empty() {
            return self.at_locations(&words_of_name);
        }
        let source = self.source.clone().map(|(lines, alias)| OfTest {
            lines,
            alias: Some(alias),
            ..OfTest::default()
        });
        source.unwrap_or_default()
    }

    /// The lines that name the test, or something around it. The longest name counts; what
    /// comes before the last part of the class may be left out, as in `CartTest.adds`.
    fn named<'i>(&self, index: &'i Index, name: &[String]) -> Option<&'i Vec<usize>> {
        if index.names.is_empty() {
            return None;
        }
        let mut all: Vec<&str> = self.words.iter().map(String::as_str).collect();
        let class = all.len();
        all.extend(name.iter().map(String::as_str));
        (1..=all.len()).rev().find_map(|end| {
            let starts = if end < self.outer {
                0
            } else {
                class.min(end - 1)
            };
            (0..=starts).find_map(|start| index.names.get(&all[start..end].join(SEPARATOR)))
        })
    }

    /// The lines of locations that have the test's title, else those without titles.
    fn at_locations(&self, name: &[String]) -> OfTest {
        let whole: Vec<&str> = { self.words.iter().chain(name) }
            .map(String::as_str)
            .collect();
        // With the titles around it, or without.
        let titles = [name.join(SEPARATOR), whole.join(SEPARATOR)];
        let of = |fits: &dyn Fn(Option<&String>) -> bool| {
            let locations = self
                .locations
                .iter()
                .filter(|(_, title)| fits(title.as_ref()));
            locations.map(|&(line, _)| line).collect::<Vec<_>>()
        };
        let mut lines = of(&|title| title.is_some_and(|title| titles.contains(title)));
        if lines.is_empty() {
            lines = of(&|title| title.is_none());
        }
        OfTest {
            lines,
            shared: true,
            alias: None,
        }
    }
}

/// The lines of one test.
#[derive(Debug, Default)]
struct OfTest {
    lines: Vec<usize>,
    /// Each of the lines runs a part of it.
    shared: bool,
    /// The common part of all names of the test.
    alias: Option<String>,
}
