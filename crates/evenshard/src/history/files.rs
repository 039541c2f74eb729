//! The rule for the file in a classname: `tests.test_a` of `tests.test_a.TestX`.
//!
//! A node id of a list decides, then a `file` attribute whose dotted form begins the classname,
//! then the names themselves: trailing parts that look like classes, a prefix that has cases of
//! its own. Never the disk: the checkouts of two jobs can differ and their plans must not.

use rustc_hash::FxHashMap;

use crate::address::{NodeId, is_under, strip_classes};
use crate::history::{ClassId, History, count};
use crate::producers::outer_class;

/// The length of the file in each classname of a history.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    /// The number of the class that `lengths` begins with.
    first: usize,
    /// By class; [`UNKNOWN`] for a class that was not asked for.
    lengths: Vec<u32>,
}

const UNKNOWN: u32 = u32::MAX;

impl Files {
    /// Finds the files of all classnames.
    pub(crate) fn of_history(history: &History) -> Self {
        let known = |name: &str| history.find_class(name).is_some();
        let lengths = history
            .class_ids()
            .map(|class| length(history, class, &known));
        Self {
            first: 0,
            lengths: lengths.collect(),
        }
    }

    /// Finds the files of classnames by the node ids of a list, and those of other classnames as
    /// [`of_history`](Self::of_history) does.
    pub(crate) fn of_list(history: &History, lines: &[&str]) -> Self {
        let mut files = Self::of_history(history);
        let mut last: Option<(NodeId<'_>, Option<ClassId>)> = None;
        for line in lines {
            let id = NodeId::parse(line);
            // Lists are long, and most lines are of the class of the line before.
            let same = |(before, _): &(NodeId<'_>, _)| {
                before.path() == id.path() && before.classes() == id.classes()
            };
            if last.as_ref().is_some_and(same) {
                continue;
            }
            let before = last.take().and_then(|(_, class)| class);
            let class = history.find_class_after(before, &id.classname());
            if let Some(class) = class {
                files.lengths[class.index()] = count(id.dotted_file().len());
            }
            last = Some((id, class.or(before)));
        }
        files
    }

    /// Finds the files of some classnames, judged by these alone.
    pub(crate) fn of_classes(history: &History, classes: &[ClassId]) -> Self {
        let numbers = || classes.iter().map(|class| class.index());
        let first = numbers().min().unwrap_or_default();
        let count = numbers().max().map_or(0, |last| last + 1 - first);
        let mut is_one = vec![false; count];
        for class in numbers() {
            is_one[class - first] = true;
        }
        let known = |name: &str| {
            let at = history.find_class(name).map(ClassId::index);
            let at = at.and_then(|class| class.checked_sub(first));
            at.and_then(|at| is_one.get(at)).copied().unwrap_or(false)
        };
        let mut lengths = vec![UNKNOWN; count];
        for &class in classes {
            let of_class = &mut lengths[class.index() - first];
            if *of_class == UNKNOWN {
                *of_class = length(history, class, &known);
            }
        }
        Self { first, lengths }
    }

    /// Returns the file of a class, and the whole classname of one that was not asked for.
    pub(crate) fn of<'h>(&self, history: &'h History, class: ClassId) -> &'h str {
        let name = history.class_name(class);
        let at = class.index().checked_sub(self.first);
        let length = at.and_then(|at| self.lengths.get(at));
        let file = length.and_then(|&length| name.get(..length as usize));
        file.unwrap_or(name)
    }
}

/// Returns the length of the file in the name of a class.
fn length(history: &History, class: ClassId, known: &impl Fn(&str) -> bool) -> u32 {
    let hint = history.file_hint(class);
    let file = hint.unwrap_or_else(|| guess(history.class_name(class), known));
    count(file.len())
}

/// Numbers for the files of a history.
#[derive(Clone, Debug)]
pub(crate) struct FileNumbers<'h> {
    history: &'h History,
    /// By class. A file that is a classname itself has the number of that class.
    of_class: Vec<u32>,
    /// Other files, numbered from the last class on.
    others: FxHashMap<&'h str, u32>,
}

impl<'h> FileNumbers<'h> {
    pub(crate) fn new(history: &'h History, files: &Files) -> Self {
        let classes = history.class_ids();
        let is_file = |class| files.of(history, class).len() == history.class_name(class).len();
        let own = classes.map(|class| {
            if is_file(class) {
                class.number()
            } else {
                UNKNOWN
            }
        });
        let mut numbers = Self {
            history,
            of_class: own.collect(),
            others: FxHashMap::default(),
        };
        for class in history.class_ids() {
            if numbers.of_class[class.index()] == UNKNOWN {
                let file = files.of(history, class);
                numbers.of_class[class.index()] = numbers.find(None, file).unwrap_or_else(|| {
                    let next = count(numbers.len());
                    numbers.others.insert(file, next);
                    next
                });
            }
        }
        numbers
    }

    /// Returns the number of the file of a class.
    pub(crate) fn of(&self, class: ClassId) -> u32 {
        self.of_class[class.index()]
    }

    /// Returns the number of a dotted file; `class` is a known class of that file.
    pub(crate) fn find(&self, class: Option<ClassId>, file: &str) -> Option<u32> {
        let is_file = |class: &ClassId| self.of_class[class.index()] == class.number();
        let named = |class: &ClassId| self.history.class_name(*class) == file;
        let class = { class.filter(named) }.or_else(|| self.history.find_class(file));
        let own = class.filter(is_file).map(ClassId::number);
        own.or_else(|| self.others.get(file).copied())
    }

    /// Returns the number of files and classes; all numbers are below it.
    pub(crate) fn len(&self) -> usize {
        self.of_class.len() + self.others.len()
    }
}

/// Guesses the file of `classname`; `known` finds the other classnames of its suite.
fn guess<'a>(classname: &'a str, known: &impl Fn(&str) -> bool) -> &'a str {
    let outer = outer_class(classname);
    if outer.len() < classname.len() {
        return outer;
    }
    let without_classes = strip_classes(classname);
    if looks_like_test_file(last_part(without_classes)) {
        return without_classes;
    }
    // A class with a name like a function's (`class describe_login`): the module above it
    // is the file when it has cases of its own, or is named like a test file.
    let mut prefix = without_classes;
    while let Some((shorter, _)) = prefix.rsplit_once('.') {
        if looks_like_test_file(last_part(shorter)) || known(shorter) {
            debug_assert!(is_under(classname, shorter), "a prefix stays one");
            return shorter;
        }
        prefix = shorter;
    }
    without_classes
}

fn last_part(dotted: &str) -> &str {
    dotted.rsplit_once('.').map_or(dotted, |(_, last)| last)
}

fn looks_like_test_file(part: &str) -> bool {
    part.starts_with("test_") || part.ends_with("_test")
}

#[cfg(test)]
mod tests {
    use super::guess;

    fn guessed<'a>(classname: &'a str, others: &[&str]) -> &'a str {
        guess(classname, &|name: &str| others.contains(&name))
    }

    #[test]
    fn trailing_parts_in_capitals_are_classes() {
        assert_eq!(guessed("tests.test_a.TestX.TestInner", &[]), "tests.test_a");
        assert_eq!(guessed("tests.test_a._TestX", &[]), "tests.test_a");
        assert_eq!(guessed("tests.test_a", &[]), "tests.test_a");
        assert_eq!(guessed("TestX", &[]), "TestX");
    }

    #[test]
    fn a_prefix_with_cases_of_its_own_is_the_file() {
        assert_eq!(
            guessed("checks.login.describe_form", &["checks.login"]),
            "checks.login"
        );
        assert_eq!(
            guessed("checks.login.describe_form", &[]),
            "checks.login.describe_form"
        );
        assert_eq!(guessed("t.test_login.describe_form", &[]), "t.test_login");
    }

    #[test]
    fn a_test_file_beside_a_folder_of_its_name_stays_apart() {
        assert_eq!(
            guessed("tests.a.test_new", &["tests.a"]),
            "tests.a.test_new"
        );
    }
}
