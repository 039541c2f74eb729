//! The tests to place, in canonical order: files, their classes, their tests.
//!
//! A suite is made of estimates: of all tests that a history knows, or of the tests of a list.

mod align;
mod build;
mod counted;
mod homes;
mod lines;
mod listed;
mod numbered;
mod parameters;
mod session;
mod sightings;

pub use align::{Alignment, Shift};

internal!(align::Ambiguous);
internal!(homes::Collected);
internal!(lines::expected_line);
internal!(listed::{has_cases, tests_of_lines});

use std::borrow::Cow;
use std::ops::Range;

use crate::Micros;
use crate::address::{Pattern, Subject, function_of};
use crate::estimate::Estimates;
use build::Builder;
pub(crate) use parameters::Parameters;
use session::SessionSetup;

/// The tests to place, each with its estimate. Borrows names from the history.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Suite<'h> {
    pub(crate) files: Vec<SuiteFile<'h>>,
    pub(crate) classes: Vec<SuiteClass<'h>>,
    pub(crate) tests: Vec<SuiteTest<'h>>,
    /// The names of the `xdist_group`s.
    pub(crate) groups: Vec<Cow<'h, str>>,
    /// The most that importing a file takes on average, if the history shows it.
    pub(crate) import: Option<Micros>,
    pub(crate) session: SessionSetup,
    /// The tests are those of a list, not those that the history remembers.
    pub(crate) listed: bool,
}

/// One test of a suite and its estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Estimate<'a> {
    /// The dotted file.
    pub file: &'a str,
    /// The classname: the dotted file and the classes.
    pub classname: &'a str,
    /// The name, with parameters.
    pub name: &'a str,
    /// The estimated time, without setup of the file and class.
    pub estimate: Micros,
    /// The history knows it.
    pub known: bool,
}

/// One dotted file and its setup cost.
#[derive(Clone, Debug)]
pub(crate) struct SuiteFile<'h> {
    pub(crate) name: Cow<'h, str>,
    /// Import and collection; `None` if no run measured it.
    pub(crate) import: Option<Micros>,
    /// Setup beyond the import.
    pub(crate) setup: Micros,
}

/// One classname and its file.
#[derive(Clone, Debug)]
pub(crate) struct SuiteClass<'h> {
    pub(crate) classname: Cow<'h, str>,
    pub(crate) file: u32,
    pub(crate) setup: Micros,
    /// The number of the file or class that stays whole and contains it.
    pub(crate) home: Option<u32>,
}

/// One test to place.
#[derive(Clone, Debug)]
pub(crate) struct SuiteTest<'h> {
    pub(crate) class: u32,
    pub(crate) name: Cow<'h, str>,
    pub(crate) estimate: Micros,
    /// Seen in the history, measured or not.
    pub(crate) known: bool,
    pub(crate) parameters: Parameters,
    /// The `xdist_group`: an index into the suite's `groups`.
    pub(crate) group: Option<u32>,
}

impl SuiteTest<'_> {
    /// Returns what the tests have in common that are not cut apart: the function, and the group
    /// of those that differ in positions only.
    pub(crate) fn whole_name(&self) -> (&str, Option<u32>) {
        match self.parameters {
            Parameters::Unstable | Parameters::Mixed => (function_of(&self.name), None),
            Parameters::ButForPositions(group) => (function_of(&self.name), Some(group)),
            Parameters::Values => (&self.name, None),
        }
    }
}

impl<'h> Suite<'h> {
    /// Takes all tests of the history, except those that the newest two complete builds of their
    /// selection do not have.
    pub fn from_history(estimates: &Estimates<'h>) -> Self {
        let (history, files) = (estimates.history, &estimates.files);
        let stable = sightings::stable_functions(history, &[]);
        let groups = history.groups();
        let mut builder = Builder::new(estimates);
        for test in history.tests().filter(|&test| !estimates.is_gone(test)) {
            let (class, name) = (history.class_of(test), history.name(test));
            let (classname, file) = (history.class_name(class), files.of(history, class));
            let number = builder.class(file.len(), Cow::Borrowed(classname), Some(class));
            let group = builder.group(groups.get(&test).copied().map(Cow::Borrowed));
            builder.tests.push(SuiteTest {
                class: number,
                name: Cow::Borrowed(name),
                estimate: estimates.of(Some(test), Some(class), file, name).0,
                known: true,
                parameters: stable.parameters(classname, name, None),
                group,
            });
        }
        let mut suite = builder.build();
        suite.keep(&history.homes());
        // After homes of run records, which have the lower numbers.
        suite.keep_whole_files(history);
        suite.note_session(&estimates.session, history);
        suite
    }

    /// Takes the tests of a list: pytest node ids (lines with `::`), or paths, which stand for
    /// all tests of a file.
    ///
    /// For node ids use [`Estimates::for_list`] of the same lines: they tell files and classes
    /// apart, which is guessed from names otherwise.
    pub fn from_list<'l>(
        lines: impl IntoIterator<Item = &'l str>,
        estimates: &Estimates<'h>,
    ) -> Self {
        Self::listed(lines, None, estimates)
    }

    /// Takes the node ids that pytest collected, with what the plugin knows about them.
    #[doc(hidden)]
    pub fn from_collected<'l>(
        lines: impl IntoIterator<Item = &'l str>,
        collected: &Collected,
        estimates: &Estimates<'h>,
    ) -> Self {
        Self::listed(lines, Some(collected), estimates)
    }

    /// Returns the number of tests.
    pub fn len(&self) -> usize {
        self.tests.len()
    }

    /// Returns true if the pattern covers a test.
    ///
    /// ```
    /// use evenshard::estimate::Estimates;
    /// use evenshard::{address::Pattern, history::History, suite::Suite};
    /// let history = History::new();
    /// let suite = Suite::from_list(["tests/a.py::TestX::test_1[x]"], &Estimates::new(&history));
    /// let has = |pattern: &str| pattern.parse::<Pattern>().map(|p| suite.has_some_of(&p));
    /// assert!(has("tests/a.py::TestX")?);
    /// assert!(!has("tests/a.py::TestY")?);
    /// # Ok::<(), evenshard::Error>(())
    /// ```
    #[doc(hidden)]
    pub fn has_some_of(&self, pattern: &Pattern) -> bool {
        let names = self.files.iter().map(|file| file.name.as_ref());
        let files: Vec<bool> = names.map(|name| pattern.can_cover(name)).collect();
        self.tests.iter().any(|test| {
            let class = &self.classes[test.class as usize];
            let file = class.file as usize;
            // The file first: it is asked once, and excludes most.
            files[file] && {
                let file = &self.files[file].name;
                let subject = Subject::of_address(file, &class.classname, &test.name);
                pattern.end(file, &subject).is_some()
            }
        })
    }

    /// Returns true if there is no test.
    pub fn is_empty(&self) -> bool {
        self.tests.is_empty()
    }

    /// Returns the number of tests that the history knows.
    pub fn known(&self) -> usize {
        self.tests.iter().filter(|t| t.known).count()
    }

    /// Iterates over the estimates of all tests, in canonical order.
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

    /// Returns the indivisible atoms, as ranges of `tests`. The tests of a function that stays
    /// whole are one atom, except those that are `apart` (by index), each of which is an atom of
    /// its own. So are tests that differ in positions only, unless they are `free`.
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

    /// Returns true if a test (by index) stays with others of its function.
    pub(crate) fn stays_whole(&self, test: usize, free: &[bool]) -> bool {
        match self.tests[test].parameters {
            Parameters::Unstable => true,
            Parameters::Values => false,
            Parameters::Mixed | Parameters::ButForPositions(_) => !free[test],
        }
    }
}
