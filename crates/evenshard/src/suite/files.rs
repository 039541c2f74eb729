//! Which part of a classname is the file, where no collected id tells.
//!
//! In this order: a `file` attribute whose dotted form is a prefix of the classname; the
//! names themselves (trailing parts that look like classes, a prefix that has cases of its
//! own). Never the disk: the jobs' checkouts can differ and the plan must not.

use rustc_hash::FxHashMap;

use crate::address::is_under;
use crate::history::{ClassId, History};
use crate::producers::outer_class;
use crate::suite::index;

/// How much of each classname of a history is the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    /// The number of the first class that something is known of.
    first: usize,
    /// From that one on, the length of its file; [`UNKNOWN`] where nothing is known.
    lengths: Vec<u32>,
}

const UNKNOWN: u32 = u32::MAX;

impl Files {
    /// The files of all classnames that `history` knows.
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

    /// The files of some classnames, judged by these alone.
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

    /// Settles the length of the file in a classname, known for certain.
    pub(crate) fn settle(&mut self, class: ClassId, length: u32) {
        if let Some(of_class) = self.lengths.get_mut(class.index() - self.first) {
            *of_class = length;
        }
    }

    /// The file of a class; all of its name where nothing is known of it.
    pub(crate) fn of<'h>(&self, history: &'h History, class: ClassId) -> &'h str {
        let name = history.class_name(class);
        let at = class.index().checked_sub(self.first);
        let length = at.and_then(|at| self.lengths.get(at));
        let file = length.and_then(|&length| name.get(..length as usize));
        file.unwrap_or(name)
    }
}

/// The length of the file in the name of a class.
fn length(history: &History, class: ClassId, known: &impl Fn(&str) -> bool) -> u32 {
    let told = history.file_hint(class);
    let file = told.unwrap_or_else(|| guess(history.class_name(class), known));
    index(file.len())
}

/// Numbers for the files of a history.
#[derive(Clone, Debug)]
pub(crate) struct FileNumbers<'h> {
    history: &'h History,
    /// By class. A file that is a class itself has the number of that.
    of_class: Vec<u32>,
    /// All others come behind the classes.
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
                    let next = index(numbers.len());
                    numbers.others.insert(file, next);
                    next
                });
            }
        }
        numbers
    }

    /// The number of the file of a class.
    pub(crate) fn of(&self, class: ClassId) -> u32 {
        self.of_class[class.index()]
    }

    /// The number of a dotted file; `class` is one of it that the history knows.
    pub(crate) fn find(&self, class: Option<ClassId>, file: &str) -> Option<u32> {
        let is_file = |class: &ClassId| self.of_class[class.index()] == class.number();
        let named = |class: &ClassId| self.history.class_name(*class) == file;
        let class = { class.filter(named) }.or_else(|| self.history.find_class(file));
        let own = class.filter(is_file).map(ClassId::number);
        own.or_else(|| self.others.get(file).copied())
    }

    /// All numbers are below this one.
    pub(crate) fn len(&self) -> usize {
        self.of_class.len() + self.others.len()
    }
}

/// The likely file of `classname`; `known` tells other classnames of its suite.
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

/// `classname` without its trailing parts that look like classes; at least one part stays.
pub(crate) fn strip_classes(classname: &str) -> &str {
    let mut rest = classname;
    while let Some((shorter, last)) = rest.rsplit_once('.') {
        if !looks_like_class(last) || shorter.is_empty() {
            break;
        }
        rest = shorter;
    }
    rest
}

fn last_part(dotted: &str) -> &str {
    dotted.rsplit_once('.').map_or(dotted, |(_, last)| last)
}

fn looks_like_class(part: &str) -> bool {
    part.trim_start_matches('_').starts_with(char::is_uppercase)
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
