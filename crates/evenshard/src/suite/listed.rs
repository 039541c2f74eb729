//! Lists of tests: the suite of a list, and the tests that each of its lines stands for.

use std::borrow::Cow;

use super::build::Builder;
use super::lines::{Covered, Owners};
use super::{Collected, Suite, SuiteTest, sightings};
use crate::Micros;
use crate::address::NodeId;
use crate::estimate::Estimates;
use crate::history::{ClassId, Files, History, TestId};

impl<'h> Suite<'h> {
    pub(super) fn listed<'l>(
        lines: impl IntoIterator<Item = &'l str>,
        collected: Option<&Collected>,
        estimates: &Estimates<'h>,
    ) -> Self {
        let lines: Vec<&str> = lines.into_iter().collect();
        let history = estimates.history;
        let listed = look_up(&lines, history);
        // The reports of pytest name tests as pytest collects them.
        let covered = if collected.is_some() {
            Covered::default()
        } else {
            let open = listed.iter().any(|test| !test.is_file && test.id.is_none());
            let owners = || owners(&lines, &listed);
            Covered::find(&lines, open, owners, &estimates.files, history)
        };
        let seen: Vec<(&str, &str)> = listed.iter().map(|t| (&*t.classname, &*t.name)).collect();
        let stable = sightings::stable_functions(history, &seen);
        let parameters = seen.iter();
        let parameters = parameters.map(|&(class, name)| stable.parameters(class, name, collected));
        let parameters: Vec<_> = parameters.collect();
        let groups = history.groups();
        let mut builder = Builder::new(estimates);
        for (line, (test, parameters)) in listed.into_iter().zip(parameters).enumerate() {
            let (own, known) = test.estimate(estimates);
            // A class or module has tests of its own beside those that its name covers.
            let (estimate, known) = match covered.estimate(line, estimates) {
                Some(more) if known => (own + more, true),
                Some(all) => (all, true),
                None => (own, known),
            };
            let class = builder.class(test.file, test.classname, test.class);
            // A list can be made without `--dist loadgroup`, which shows groups.
            let remembered = || groups.get(&test.id?).copied().map(Cow::Borrowed);
            let named = test.group.map(|group| Cow::Owned(group.into()));
            let group = builder.group(named.or_else(remembered));
            builder.tests.push(SuiteTest {
                class,
                name: test.name,
                estimate,
                known,
                parameters,
                group,
            });
        }
        let mut suite = builder.build();
        suite.keep(&match collected {
            Some(collected) => collected.homes.iter().map(String::as_str).collect(),
            None => history.homes(),
        });
        suite.note_session(&estimates.session, history);
        suite.listed = true;
        suite
    }
}

/// Returns the tests of a history that each line of a list stands for, by the names that the
/// producers of reports and their runners use: the test itself, or all tests of a file, class,
/// package or module. A test that no line names is in none; one that several lines name alike is
/// in each of them. Names are compared as they are: see [`Alignment`](super::Alignment).
///
/// ```
/// use evenshard::history::{CaseSeen, History, Origin, ReportFacts};
/// use evenshard::suite::tests_of_lines;
///
/// let mut history = History::new();
/// let mut report = history.report();
/// for classname in ["com.shop.CartTest", "com.shop.CartTest$Adding"] {
///     report.case(&CaseSeen { classname, name: "works", ..CaseSeen::default() });
/// }
/// report.finish(ReportFacts::default(), Origin::default());
/// let lines = ["src/test/java/com/shop/CartTest.java", "com.shop.MailTest"];
/// let tests = tests_of_lines(lines, &history);
/// assert_eq!([tests[0].len(), tests[1].len()], [2, 0]);
/// ```
#[must_use]
pub fn tests_of_lines<'l>(
    lines: impl IntoIterator<Item = &'l str>,
    history: &History,
) -> Vec<Vec<TestId>> {
    let lines: Vec<&str> = lines.into_iter().collect();
    let (listed, files) = (look_up(&lines, history), Files::of_list(history, &lines));
    let owners = owners(&lines, &listed);
    let mut tests = vec![Vec::new(); lines.len()];
    for test in history.tests() {
        if let Some(owner) = owners.of(test, &files, history) {
            tests[owner].push(test);
        }
    }
    let open = owners.has_around();
    let covered = Covered::find(&lines, open, || owners, &files, history);
    for (number, parts) in covered.into_parts() {
        tests[number].extend(parts);
    }
    tests
}

/// Returns, for each line, whether `history` has tests of it; see [`tests_of_lines`].
pub fn has_cases<'l>(lines: impl IntoIterator<Item = &'l str>, history: &History) -> Vec<bool> {
    let tests = tests_of_lines(lines, history).into_iter();
    tests.map(|tests| !tests.is_empty()).collect()
}

/// Looks up each line in the history.
fn look_up<'h>(lines: &[&str], history: &'h History) -> Vec<Listed<'h>> {
    let mut last = None;
    let listed = lines.iter().map(|line| {
        let test = Listed::new(line, history, last);
        last = test.class.or(last);
        test
    });
    listed.collect()
}

/// Returns the lines that name a test or a file of the history as it is.
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
    /// The length of the file in the classname.
    file: usize,
    classname: Cow<'h, str>,
    class: Option<ClassId>,
    name: Cow<'h, str>,
    id: Option<TestId>,
    group: Option<Box<str>>,
}

impl<'h> Listed<'h> {
    /// Looks up a line; `last` is the class of a line before.
    fn new(line: &str, history: &'h History, last: Option<ClassId>) -> Self {
        let id = NodeId::parse(line);
        let classname = id.classname();
        let class = history.find_class_after(last, &classname);
        let known = class.and_then(|class| history.find_id_in(class, &id));
        let inner = id.classes().iter().map(|class| class.len() + 1);
        // Lists are long: a text that the history has is not copied.
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

    /// Returns the estimate for what the line names itself, and whether that is known.
    fn estimate(&self, estimates: &Estimates<'_>) -> (Micros, bool) {
        if self.is_file {
            return estimates.of_file(self.file());
        }
        let (estimate, _) = estimates.of(self.id, self.class, self.file(), &self.name);
        (estimate, self.id.is_some())
    }

    fn file(&self) -> &str {
        &self.classname[..self.file]
    }
}
